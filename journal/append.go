package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/heka-project/heka/message"
)

// entry is a record on its way to the log. The appending goroutine fills it, the
// writer empties it.
type entry struct {
	batch  *message.Batch
	done   func(*message.Batch, error)
	takers []share
	drops  []refusal
	meta   []byte
	runs   []span // which of the batch's frames are written
	frames int
	crc    uint32 // of the frames
	n      int
	rows   int
	words  int

	taken  []int32 // scratch, for each row of the batch: its row in meta, or -1
	starts []int   // scratch: offset in meta of each row
}

// share is one consumer's part of an entry.
type share struct {
	c *Cursor
	n Count
}

// refusal is what one consumer is not given, to be counted once the entry is
// accepted.
type refusal struct {
	share
	reason   Reason
	reserved bool
}

// span is a range of bytes.
type span struct{ lo, hi int }

func (e *entry) size() int64 { return headSize + int64(len(e.meta)) + int64(e.frames) }

// Append writes what the takers take of a batch, in the order of the calls. It
// waits while the writer is behind or a taker that blocks is full. After an
// error nothing was kept and Done is not called: it is the context's, ErrClosed
// or a *FullError, which asks to stop the daemon. The batch is referenced until
// Done has returned; the caller's own reference stays the caller's.
//
// Slow disks are the writer's business: Append itself touches none, but to drop
// a full consumer's oldest.
func (j *Journal) Append(ctx context.Context, e Entry) error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		cancelAll(e.Takers)
		return ErrClosed
	}
	j.appends.Add(1)
	j.mu.Unlock()
	defer j.appends.Done()

	q := j.entries.Get().(*entry)
	q.batch, q.done = e.Batch, e.Done
	if err := j.admit(ctx, q, &e); err != nil {
		j.revoke(q)
		return err
	}
	if len(q.takers) == 0 {
		j.finished(q, nil)
		return nil
	}
	if err := q.encode(&e); err != nil {
		j.revoke(q)
		return err
	}
	e.Batch.Keep(1)
	select {
	case j.queue <- q:
		return nil
	default:
	}
	select {
	case j.queue <- q:
		return nil
	case <-ctx.Done():
		e.Batch.Release()
		j.revoke(q)
		return ctx.Err()
	case <-j.stopping:
		e.Batch.Release()
		j.revoke(q)
		return ErrClosed
	}
}

// cancelAll takes back the reservations of takers.
func cancelAll(takers []Taker) {
	for i := range takers {
		if takers[i].Reserved {
			takers[i].Cursor.Cancel()
		}
	}
}

// revoke takes an entry back that was admitted.
func (j *Journal) revoke(q *entry) {
	for _, s := range q.takers {
		s.c.settle(s.n)
	}
	q.settleDrops(false)
	j.recycle(q)
}

// settleDrops counts what the entry's consumers were not given, or forgets it
// because the whole entry was refused.
func (q *entry) settleDrops(count bool) {
	for _, d := range q.drops {
		d.c.mu.Lock()
		if d.reserved {
			d.c.pending--
		}
		if count {
			d.c.dropNew(d.n, d.reason)
		}
		d.c.mu.Unlock()
	}
	q.drops = q.drops[:0]
}

// recycle makes the entry ready for the next Append.
func (j *Journal) recycle(q *entry) {
	clear(q.takers)
	q.batch, q.done, q.takers, q.meta, q.runs = nil, nil, q.takers[:0], q.meta[:0], q.runs[:0]
	j.entries.Put(q)
}

// finished tells the entry's maker how it ended. The entry holds no reference
// to the batch.
func (j *Journal) finished(q *entry, err error) {
	q.settleDrops(err == nil)
	if q.done != nil {
		q.done(q.batch, err)
	}
	j.recycle(q)
}

// admit counts what each taker takes and lets its policy speak. Who takes
// nothing, or drops it, is left out of the entry.
func (j *Journal) admit(ctx context.Context, q *entry, e *Entry) error {
	for i := range e.Takers {
		t := &e.Takers[i]
		n := selected(e, t)
		if n.Messages == 0 {
			if t.Reserved {
				t.Cursor.Cancel()
			}
			continue
		}
		take, reason, err := t.Cursor.admit(ctx, n, t.Reserved)
		if err != nil {
			cancelAll(e.Takers[i+1:])
			return err
		}
		if s := (share{t.Cursor, n}); take {
			q.takers = append(q.takers, s)
		} else {
			q.drops = append(q.drops, refusal{s, reason, t.Reserved})
		}
	}
	return nil
}

// selected counts what t takes of e.
func selected(e *Entry, t *Taker) (c Count) {
	b := e.Batch
	if e.First <= 0 && !t.All {
		n, size := b.Count(t.Route)
		return Count{int64(n), int64(size)}
	}
	if e.First <= 0 {
		return Count{int64(b.Len()), int64(b.Size())}
	}
	rows := b.Rows()
	for i := e.First; i < b.Len(); i++ {
		if t.All || rows[b.RowOf(i)].Has(t.Route) {
			c.Messages++
			c.Bytes += int64(len(b.Frame(i)))
		}
	}
	return c
}

// admit makes room for n among what waits for c, as its policy says, and marks
// it as on its way. False: it is to be dropped for that reason. An error takes
// the reservation back.
func (c *Cursor) admit(ctx context.Context, n Count, reserved bool) (take bool, reason Reason, err error) {
	for {
		failing := c.j.failing()
		c.mu.Lock()
		held := c.held().plus(c.queued)
		full := c.o.MaxSize > 0 && held.Bytes > 0 && held.Bytes+n.Bytes > c.o.MaxSize
		if !full && (failing == nil || c.o.FullAction == Block) {
			c.queued = c.queued.plus(n)
			if !reserved {
				c.pending++
			}
			c.mu.Unlock()
			return true, 0, nil
		}
		switch c.o.FullAction {
		case Shutdown:
			if reserved {
				c.pending--
			}
			name := c.name
			c.mu.Unlock()
			return false, 0, &FullError{Consumer: name, Err: failing}
		case Drop:
			excess := held.Bytes + n.Bytes - c.o.MaxSize
			c.mu.Unlock()
			if full && c.dropOldest(excess) {
				continue
			}
			if full {
				return false, ReasonFull, nil
			}
			return false, diskReason(failing), nil
		}
		if c.space == nil {
			c.space = make(chan struct{})
		}
		space := c.space
		c.mu.Unlock()
		select {
		case <-space:
			continue
		case <-ctx.Done():
		case <-c.j.stopping:
		}
		if reserved {
			c.Cancel()
		}
		if ctx.Err() != nil {
			return false, 0, ctx.Err()
		}
		return false, 0, ErrClosed
	}
}

// dropNew counts messages that never reach the log. Called with mu held.
func (c *Cursor) dropNew(n Count, reason Reason) {
	c.refused = c.refused.plus(n)
	c.dropped[reason] = c.dropped[reason].plus(n)
	c.settled[reason] = c.settled[reason].plus(n)
	c.save.settled[reason] = c.save.settled[reason].plus(n)
	c.save.refused = c.refused
	c.dirty = true
}

// dropOldest passes over unread records until at least excess bytes are gone;
// false when nothing could be passed over.
func (c *Cursor) dropOldest(excess int64) bool {
	c.reading.Lock()
	defer c.reading.Unlock()
	t := c.begin()
	from := t.seen
	for t.seen.Bytes-from.Bytes < excess {
		if !c.passOne(&t, ReasonFull) {
			break
		}
	}
	c.commit(&t, Count{})
	return t.seen.Messages > from.Messages
}

// passOne drops the next record that concerns the cursor. Called with reading
// held.
func (c *Cursor) passOne(t *turn, reason Reason) bool {
	n, ok, err := c.walk(t)
	if err != nil || !ok {
		return false
	}
	t.pass(Pos{Segment: t.p.Segment, Offset: c.r.off + c.r.h.size(), Seq: c.r.h.seq}, n, reason)
	c.r.skip()
	return true
}

func diskReason(err error) Reason {
	if errors.Is(err, errFull) {
		return ReasonJournal
	}
	return ReasonDisk
}

// encode fills in the entry's record but for its header.
func (q *entry) encode(e *Entry) error {
	b := e.Batch
	q.words = 0
	for _, s := range q.takers {
		q.words = max(q.words, s.c.id>>6+1)
	}
	q.meta = le.AppendUint16(q.meta[:0], uint16(min(len(b.Signer), 1<<16-1)))
	q.meta = le.AppendUint16(q.meta, uint16(min(len(b.Origin), 1<<16-1)))
	q.meta = le.AppendUint32(q.meta, uint32(len(e.Token)))
	q.meta = append(q.meta, b.Signer[:min(len(b.Signer), 1<<16-1)]...)
	q.meta = append(q.meta, b.Origin[:min(len(b.Origin), 1<<16-1)]...)
	q.meta = append(q.meta, e.Token...)
	q.dictionary(e)
	q.messages(e)
	if len(q.meta) > maxMeta || q.frames > maxFrames {
		return fmt.Errorf("append to journal: a batch of %d bytes with %d bytes of rows is too large", q.frames, len(q.meta))
	}
	return nil
}

// dictionary writes one row for each of the batch's rows that a taker takes.
func (q *entry) dictionary(e *Entry) {
	rows := e.Batch.Rows()
	n := max(len(rows), 1)
	q.taken, q.starts, q.rows = q.taken[:0], q.starts[:0], 0
	for r := range n {
		at := len(q.meta)
		q.meta = append(q.meta, make([]byte, 8+8*q.words)...)
		any := false
		for i := range e.Takers {
			t := &e.Takers[i]
			if (t.All || r < len(rows) && rows[r].Has(t.Route)) && q.takes(t.Cursor) {
				id := t.Cursor.id
				q.meta[at+8+id>>3] |= 1 << (id & 7)
				any = true
			}
		}
		if !any {
			q.meta = q.meta[:at]
			q.taken = append(q.taken, -1)
			continue
		}
		q.taken = append(q.taken, int32(q.rows))
		q.starts = append(q.starts, at)
		q.rows++
	}
}

// takes reports whether c was admitted.
func (q *entry) takes(c *Cursor) bool {
	for i := range q.takers {
		if q.takers[i].c == c {
			return true
		}
	}
	return false
}

// messages writes the row and the length of each message that is taken, and
// notes where its frame lies.
func (q *entry) messages(e *Entry) {
	b := e.Batch
	n, matched := b.Len(), len(b.Rows()) > 0
	q.n, q.frames, q.crc, q.runs = 0, 0, 0, q.runs[:0]
	off := 0
	for i := range n {
		l := len(b.Frame(i))
		row := int32(0)
		if matched {
			row = int32(b.RowOf(i))
		}
		if row = q.taken[row]; row >= 0 && i >= e.First {
			if q.rows > 1 {
				q.meta = le.AppendUint16(q.meta, uint16(row))
			}
			head := q.meta[q.starts[row]:]
			le.PutUint32(head, le.Uint32(head)+1)
			le.PutUint32(head[4:], le.Uint32(head[4:])+uint32(l))
			if k := len(q.runs) - 1; k >= 0 && q.runs[k].hi == off {
				q.runs[k].hi += l
			} else {
				q.runs = append(q.runs, span{off, off + l})
			}
			q.n++
			q.frames += l
		}
		off += l
	}
	for i := max(e.First, 0); i < n; i++ {
		if !matched || q.taken[b.RowOf(i)] >= 0 {
			q.meta = le.AppendUint32(q.meta, uint32(len(b.Frame(i))))
		}
	}
	frames := b.Frames()
	for _, r := range q.runs {
		q.crc = crcUpdate(q.crc, frames[r.lo:r.hi])
	}
}

// without takes consumer i out of the entry; what only it took stays as bytes
// that nobody reads.
func (q *entry) without(i int) {
	id := q.takers[i].c.id
	for _, at := range q.starts {
		q.meta[at+8+id>>3] &^= 1 << (id & 7)
	}
	q.takers = append(q.takers[:i], q.takers[i+1:]...)
}
