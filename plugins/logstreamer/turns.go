package logstreamer

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/heka-project/heka/internal/clock"
)

const (
	// burst is how much a stream reads in one turn, in bytes.
	burst = 2 << 20
	// patience is how long a turn may last before it is taken to be held up, by a full
	// queue perhaps, so that another stream reads in its stead.
	patience = 100 * time.Millisecond
)

// turns lets a few streams read at a time where many have much to read: their
// buffers then stay in the processor's cache, and memory does not grow with the
// number of files. Who waits is served in order. Safe for any number of goroutines.
type turns struct {
	clock clock.Clock
	base  int // turns at a time

	mu      sync.Mutex
	free    int
	lent    int // turns given beyond base while others are held up
	waiting []chan struct{}
	moved   time.Time // when a turn was last given or ended
}

func newTurns(c clock.Clock) *turns {
	n := max(4, 2*runtime.GOMAXPROCS(0))
	return &turns{clock: c, base: n, free: n}
}

// take waits for a turn; end gives it back.
func (t *turns) take(ctx context.Context) (end func()) {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		now := t.clock.Now()
		t.moved = now
		t.mu.Unlock()
		return t.end(now)
	}
	w := make(chan struct{}, 1)
	t.waiting = append(t.waiting, w)
	t.mu.Unlock()
	for {
		timer := t.clock.NewTimer(patience)
		select {
		case <-w:
			timer.Stop()
			return t.end(t.clock.Now())
		case <-ctx.Done():
			timer.Stop()
			t.leave(w)
			return func() {}
		case <-timer.C:
			t.lend()
		}
	}
}

// lend gives as many turns more as there are at a time when nothing has moved for
// a while.
func (t *turns) lend() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	if now.Sub(t.moved) < patience {
		return
	}
	t.moved = now
	for range min(t.base, len(t.waiting)) {
		t.lent++
		t.next()
	}
}

// next gives a turn to who has waited longest. Called with mu held.
func (t *turns) next() {
	t.waiting[0] <- struct{}{}
	t.waiting = slices.Delete(t.waiting, 0, 1)
}

// end returns what ends the turn that began then. One that was held up takes back
// a turn that was lent in its stead.
func (t *turns) end(began time.Time) func() {
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.moved = t.clock.Now()
		switch {
		case t.lent > 0 && t.moved.Sub(began) >= patience:
			t.lent--
		case len(t.waiting) > 0:
			t.next()
		case t.lent > 0:
			t.lent--
		default:
			t.free++
		}
	}
}

// leave takes w out of the queue; a turn that it was given meanwhile goes on.
func (t *turns) leave(w chan struct{}) {
	t.mu.Lock()
	i := slices.Index(t.waiting, w)
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		t.end(t.clock.Now())()
	}
}

// crowded reports that somebody waits for a turn.
func (t *turns) crowded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting) > 0
}
