package pipeline

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
)

// backoff is the pause between two tries, as the retries table says: it doubles
// up to a limit, with a random addition.
type backoff struct {
	o     config.Retries
	clock clock.Clock
	tries int
}

// reset forgets earlier failures.
func (b *backoff) reset() { b.tries = 0 }

// spent reports whether no further try is allowed.
func (b *backoff) spent() bool { return b.o.Max >= 0 && b.tries >= b.o.Max }

// next returns the pause before the next try.
func (b *backoff) next() time.Duration {
	d := max(b.o.Delay, time.Millisecond) << min(b.tries, 30)
	b.tries++
	if limit := max(b.o.MaxDelay, b.o.Delay); d <= 0 || d > limit {
		d = limit
	}
	if b.o.MaxJitter > 0 {
		d += rand.N(b.o.MaxJitter)
	}
	return d
}

// wait sleeps for the next pause; false when the context ended first.
func (b *backoff) wait(ctx context.Context) bool { return pause(ctx, b.clock, b.next()) }

func pause(ctx context.Context, c clock.Clock, d time.Duration) bool {
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
