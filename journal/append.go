package journal

import (
	"context"
)

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
