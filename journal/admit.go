package journal

import (
	"context"
	"errors"
)

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
