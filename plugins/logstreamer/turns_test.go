package logstreamer

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/heka-project/heka/internal/clock"
)

// TestTurns: a few read at a time, in order; who is held up does not hold up the
// rest; in the end as many may read as at first.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(clock.Real{})
		n := turns.base
		var reading, most atomic.Int32
		read := func(d time.Duration) {
			end := turns.take(t.Context())
			most.Store(max(most.Load(), reading.Add(1)))
			time.Sleep(d)
			reading.Add(-1)
			end()
		}
		for range 50 {
			go read(30 * time.Millisecond)
		}
		synctest.Wait()
		if !turns.crowded() {
			t.Error("nobody waits")
		}
		time.Sleep(time.Minute)
		if got := most.Load(); int(got) != n {
			t.Errorf("%d read at a time, want %d", got, n)
		}

		most.Store(0)
		for range n {
			go read(time.Hour)
		}
		synctest.Wait()
		for range 50 {
			go read(30 * time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		if got := reading.Load(); int(got) != n {
			t.Errorf("%d are left, want the %d that are held up", got, n)
		}
		if got := most.Load(); int(got) > 3*n {
			t.Errorf("%d read at a time while %d are held up", got, n)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if turns.free != n || turns.lent != 0 || turns.crowded() {
			t.Errorf("in the end %d are free, %d lent", turns.free, turns.lent)
		}

		for range n {
			go read(time.Second)
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			go func() { turns.take(ctx)() }()
		}
		synctest.Wait()
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		if turns.free != n || turns.lent != 0 || turns.crowded() {
			t.Errorf("after giving up %d are free, %d lent", turns.free, turns.lent)
		}
	})
}
