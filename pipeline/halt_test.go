package pipeline

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// TestStopWhileMemoryIsFullAcknowledgesNothingLost: the engine stops while a
// reader waits for room for what it decodes. What found none is not passed over.
func TestStopWhileMemoryIsFullAcknowledgesNothingLost(t *testing.T) {
	p := newPlan(t)
	p.plan.Globals.MemoryBudget = 8 << 20
	var acked atomic.Uint64
	var taken atomic.Int64 // bytes of lines that became messages in the output's hands
	full := make(chan struct{})
	line := strings.Repeat("x", 999) + "\n"
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, _ := h.Open(plugin.StreamOptions{Acked: func(pos uint64) { acked.Store(pos) }})
		block := []byte(strings.Repeat(line, 200))
		for n := 0; ; n++ {
			buf, err := s.Grab()
			if err != nil {
				return nil
			}
			if n == 40 {
				close(full)
			}
			if err := s.Commit(copy(buf, block)); err != nil {
				return nil
			}
			s.Send()
		}
	})
	release := make(chan struct{})
	o := p.output("stuck", "TRUE", func(ctx context.Context, in []message.Selection) error {
		select {
		case <-release:
			var v message.View
			for k := range in {
				for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
					v.Parse(in[k].At(i), nil)
					taken.Add(int64(len(v.Payload()) + 1))
				}
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	o.Route.QueueSize = 1 << 30 // the pool is what fills up
	r := p.run()
	select {
	case <-full:
		t.Fatal("the pool does not fill up: the test tries nothing")
	case <-time.After(300 * time.Millisecond):
	}
	r.cancel()
	limit := time.Now().Add(10 * time.Second)
	for in := r.inputs["in"]; in.count() > 0; time.Sleep(time.Millisecond) { // until nothing more comes
		if time.Now().After(limit) {
			t.Fatal("the input does not stop")
		}
	}
	close(release)
	r.finish(t)
	if pos := acked.Load(); pos > uint64(taken.Load()) {
		t.Errorf("acknowledged %d bytes, delivered %d", pos, taken.Load())
	}
}
