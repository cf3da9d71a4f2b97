package journal

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/internal/kill"
)

const (
	bufSize     = 256 << 10
	directFrom  = 32 << 10 // bytes of frames from which on they are not copied
	groupBytes  = 8 << 20
	firstPause  = 10 * time.Millisecond
	longestStop = time.Second
)

// errFull is what a new segment meets when Options.MaxSize is reached.
var errFull = errors.New("journal_max_size is reached")

// writer puts entries into the active segment, group by group. Its goroutine
// owns all fields but seq.
type writer struct {
	j   *Journal
	f   fsx.File // of Journal.act, nil when there is none
	seg *segment
	off int64 // behind the last record that counts as written

	buf   []byte // bytes for the file from bufAt on
	bufAt int64
	group []*entry
	seq   atomic.Uint64 // of the last record
}

// write is the writer's goroutine.
func (j *Journal) write() {
	defer j.running.Done()
	w := &j.writer
	for {
		q, ok := <-j.queue
		if !ok {
			return
		}
		w.take(q)
		w.turn()
	}
}

// take collects q and what waits behind it.
func (w *writer) take(q *entry) {
	size := int64(0)
	for q != nil {
		w.group = append(w.group, q)
		if size += q.size(); size >= groupBytes || len(w.group) >= queueLen {
			return
		}
		select {
		case q = <-w.j.queue:
		default:
			q = nil
		}
	}
}

// turn writes the group, however long it takes.
func (w *writer) turn() {
	pause := firstPause
	for len(w.group) > 0 {
		err := w.writeGroup()
		if err == nil {
			w.j.well()
			continue
		}
		if w.j.makeRoom(err) {
			continue
		}
		w.j.fail(err, pause)
		w.relieve(err)
		if len(w.group) == 0 {
			return
		}
		w.j.sleep(context.Background(), pause, w.j.room, w.j.stopping)
		select {
		case <-w.j.stopping:
			if err := w.writeGroup(); err != nil {
				w.abandon(fmt.Errorf("append to journal: %w while stopping: %w", ErrClosed, err))
			}
		default:
		}
		pause = min(2*pause, longestStop)
	}
}

// abandon gives up the group.
func (w *writer) abandon(err error) {
	for _, q := range w.group {
		w.resolve(q, err)
	}
	w.group = w.group[:0]
}

// resolve ends an entry that was not written.
func (w *writer) resolve(q *entry, err error) {
	for _, s := range q.takers {
		s.c.settle(s.n)
	}
	b := q.batch
	w.j.finished(q, err)
	b.Release()
}

// writeGroup writes all entries of the group and takes those out of it that are
// safe. After an error it can be called again: what it wrote and did not count
// is written over, in a new segment when the active one cannot be trusted.
func (w *writer) writeGroup() error {
	off, n := w.off, 0
	w.buf, w.bufAt = w.buf[:0], off
	for n < len(w.group) {
		q := w.group[n]
		if w.f == nil || w.j.giveUp.Load() || off+q.size() > w.j.o.SegmentSize && off > w.first() {
			if err := w.secure(off, n); err != nil {
				return err
			}
			n = 0
			if err := w.roll(); err != nil {
				return err
			}
			off = w.off
			w.buf, w.bufAt = w.buf[:0], off
		}
		if err := w.put(q, uint64(n)); err != nil {
			return w.distrust(err)
		}
		off += q.size()
		n++
	}
	return w.secure(off, n)
}

// first is the offset of the active segment's first record of messages.
func (w *writer) first() int64 {
	if w.seg == nil {
		return 0
	}
	return w.seg.first
}

// put writes one entry, or as much of it as is not better kept in the buffer.
func (w *writer) put(q *entry, nth uint64) error {
	h := header{
		epoch: w.j.secret ^ w.seg.number, seq: w.seq.Load() + 1 + nth, time: w.j.clock.Now().UnixNano(),
		meta: uint32(len(q.meta)), frames: uint32(q.frames), metaCRC: crc(q.meta), frameCRC: q.crc,
		n: uint32(q.n), kind: kindMessages, depth: uint8(min(q.batch.Depth, 255)),
		rows: uint16(q.rows), words: uint16(q.words),
	}
	n := len(w.buf)
	w.buf = append(w.buf, make([]byte, headSize)...)
	h.encode(w.buf[n:])
	w.buf = append(w.buf, q.meta...)
	frames := q.batch.Frames()
	for _, r := range q.runs {
		if r.hi-r.lo >= directFrom {
			if err := w.flush(); err != nil {
				return err
			}
			if _, err := w.f.WriteAt(frames[r.lo:r.hi], w.bufAt); err != nil {
				return err
			}
			w.bufAt += int64(r.hi - r.lo)
			continue
		}
		w.buf = append(w.buf, frames[r.lo:r.hi]...)
	}
	if len(w.buf) >= bufSize {
		return w.flush()
	}
	return nil
}

// flush writes the buffer.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.f.WriteAt(w.buf, w.bufAt)
	if err != nil {
		return err
	}
	w.bufAt += int64(len(w.buf))
	w.buf = w.buf[:0]
	return nil
}

// secure makes the first n entries of the group, which end at off, safe: written
// and, when every acknowledgement asks for it, synced. Then they count.
func (w *writer) secure(off int64, n int) error {
	if n == 0 {
		return nil
	}
	if off+markSize <= w.seg.room {
		w.buf = append(w.buf, make([]byte, markSize)...)
		putMark(w.buf[len(w.buf)-markSize:], w.j.secret^w.seg.number)
	}
	if err := w.flush(); err != nil {
		return w.distrust(err)
	}
	kill.Point("journal.appended")
	if w.j.o.Sync <= 0 {
		kill.Point("journal.sync.before")
		if err := w.f.Sync(); err != nil {
			w.j.giveUp.Store(true)
			return fmt.Errorf("sync journal: %w", err)
		}
		w.j.tally.syncs.Add(1)
		kill.Point("journal.sync.after")
	}
	w.count(off, n)
	if w.j.o.Sync > 0 {
		signal(w.j.written)
	}
	return nil
}

// distrust has the next attempt begin a new segment, unless the disk is just full.
func (w *writer) distrust(err error) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		w.j.giveUp.Store(true)
	}
	return fmt.Errorf("append to journal: %w", err)
}

// count makes the first n entries part of the log.
func (w *writer) count(off int64, n int) {
	j := w.j
	j.mu.Lock()
	w.seg.end = off
	w.seg.size = max(w.seg.size, off)
	j.mu.Unlock()
	at := w.off
	for _, q := range w.group[:n] {
		start := Pos{Segment: w.seg.number, Offset: at, Seq: w.seq.Load()}
		at += q.size()
		end := Pos{Segment: w.seg.number, Offset: at, Seq: w.seq.Add(1)}
		for _, s := range q.takers {
			s.c.grow(start, end, s.n)
		}
		j.tally.appended.Add(1)
		j.tally.bytes.Add(q.size())
	}
	w.off = off
	for _, q := range w.group[:n] {
		b := q.batch
		j.finished(q, nil)
		b.Release()
	}
	k := copy(w.group, w.group[n:])
	clear(w.group[k:])
	w.group = w.group[:k]
}

// grow says that the record between start and end holds n for the cursor.
func (c *Cursor) grow(start, end Pos, n Count) {
	c.mu.Lock()
	if c.seen == c.in {
		c.read = start // nothing in between concerns it
		if c.out == c.ackedOut {
			c.rest()
		}
	}
	c.in, c.end = c.in.plus(n), end
	c.queued = c.queued.minus(n)
	c.pending--
	c.mu.Unlock()
	c.wake()
}
