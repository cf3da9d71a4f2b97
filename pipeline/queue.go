package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
)

// item is a batch in a queue with the bit of its route in the batch's rows.
type item struct {
	b      *message.Batch
	bit    int
	n      int             // messages selected
	size   int             // bytes of their frames
	charge int             // bytes that the queue counts for it
	cursor *journal.Cursor // where it was read from, nil for memory
	pos    journal.Pos     // to acknowledge there
}

// queue is a route's memory: batches in order, bounded in bytes by its limit
// only in so far as who put too much waits before it makes more. Putting never
// blocks, so nobody waits while it holds a batch. Any goroutine puts; one takes.
type queue struct {
	limit  int           // bytes; fixed
	spills func() bool   // whether it may spill; nil: never
	ready  chan struct{} // has a token when there is something to take; cap 1

	mu      sync.Mutex
	items   []item // ring
	at, n   int
	bytes   int
	closed  bool
	cursor  *journal.Cursor // the route's place in the journal, nil until it has one
	spilled bool            // batches go to the journal until the cursor has caught up
	spillN  int             // how often that began
	moved   time.Time       // when something was last dealt with, or put into the empty queue
	late    bool            // waited for long enough: the next batch may spill
	waiters []chan struct{}
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, ready: make(chan struct{}, 1), items: make([]item, 16)}
}

// put appends an item. over means that the queue is over its limit now; ok is
// false when the queue is closed and the item was not taken.
func (q *queue) put(it item) (over, ok bool) {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false, false
	}
	if q.n == len(q.items) {
		grown := make([]item, 2*q.n)
		for i := range q.n {
			grown[i] = q.items[(q.at+i)%q.n]
		}
		q.items, q.at = grown, 0
	}
	q.items[(q.at+q.n)%len(q.items)] = it
	q.n++
	if q.bytes == 0 {
		q.moved = time.Now()
	}
	q.bytes += it.charge
	over = q.bytes > q.limit
	q.mu.Unlock()
	q.poke()
	return over, true
}

// close refuses further items; what is in stays to be taken.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}

func (q *queue) poke() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take moves up to max items to dst. Their bytes stay charged until free.
func (q *queue) take(dst []item, max int) []item {
	q.mu.Lock()
	for ; max > 0 && q.n > 0; max-- {
		dst = append(dst, q.items[q.at])
		q.items[q.at] = item{}
		q.at = (q.at + 1) % len(q.items)
		q.n--
	}
	more := q.n > 0
	q.mu.Unlock()
	if more {
		q.poke()
	}
	return dst
}

// free uncharges bytes of items that were taken, and wakes who waits for room.
func (q *queue) free(bytes int) {
	q.mu.Lock()
	q.bytes -= bytes
	q.moved = time.Now()
	if q.bytes <= q.limit-q.limit/4 {
		q.late = false
		q.wake()
	}
	q.mu.Unlock()
}

// wake lets all who wait look again. Called with mu held.
func (q *queue) wake() {
	for _, w := range q.waiters {
		close(w)
	}
	q.waiters = q.waiters[:0]
}

// overdue lets the next batch spill, so that nobody waits any longer.
func (q *queue) overdue() {
	q.mu.Lock()
	q.late = true
	q.wake()
	q.mu.Unlock()
}

// over reports whether the queue is over its limit.
func (q *queue) over() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes > q.limit
}

// room returns nil when the queue is within its limit, else a channel that is
// closed once it is well within, or may spill.
func (q *queue) room() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bytes <= q.limit || q.late {
		return nil
	}
	w := make(chan struct{})
	q.waiters = append(q.waiters, w)
	return w
}

// wait returns once there is room, or with the context's error. A queue that may
// spill is overdue when nothing has moved in it for that grace; 0 waits for ever.
func (q *queue) wait(ctx context.Context, grace time.Duration) error {
	w := q.room()
	if w == nil {
		return nil
	}
	var patience <-chan time.Time
	if grace > 0 {
		q.mu.Lock()
		left := grace - time.Since(q.moved)
		q.mu.Unlock()
		if left <= 0 {
			q.overdue()
			return nil
		}
		t := time.NewTimer(left)
		defer t.Stop()
		patience = t.C
	}
	select {
	case <-w:
		return nil
	case <-patience:
		q.overdue()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// size is what the queue holds, taken but not freed included.
func (q *queue) size() (batches, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n, q.bytes
}
