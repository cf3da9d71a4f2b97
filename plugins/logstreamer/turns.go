package logstreamer

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
)

const (
	// burst is how much a stream reads in one turn, in bytes.
	burst = 2 << 20
	// patience is how long a stream waits for its turn. A turn may last, as its
	// stream may be waiting for room in the engine; the others then go on without.
	patience = 100 * time.Millisecond
)

// turns lets a few streams read at a time where many have much to read: their
// buffers then stay in the processor's cache, and memory does not grow with the
// number of files. Safe for any number of goroutines.
type turns struct {
	clock   clock.Clock
	slots   chan struct{}
	waiting atomic.Int32
}

func newTurns(c clock.Clock) *turns {
	return &turns{clock: c, slots: make(chan struct{}, max(4, 2*runtime.GOMAXPROCS(0)))}
}

// take waits for a turn; end gives it back.
func (t *turns) take(ctx context.Context) (end func()) {
	select {
	case t.slots <- struct{}{}:
		return t.give
	default:
	}
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	timer := t.clock.NewTimer(patience)
	defer timer.Stop()
	select {
	case t.slots <- struct{}{}:
		return t.give
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}

func (t *turns) give() { <-t.slots }

// crowded reports that somebody waits for a turn.
func (t *turns) crowded() bool { return t.waiting.Load() > 0 }
