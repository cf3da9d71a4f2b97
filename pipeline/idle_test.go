package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/heka-project/heka/plugin"
)

// TestSourcesThatPauseWithinARecord: however many do, they leave the others
// their memory, and their records are whole in the end.
func TestSourcesThatPauseWithinARecord(t *testing.T) {
	const n = 300 // with a chunk of 256 KiB each more than the budget
	half := strings.Repeat("x", 17<<10)
	p := newPlan(t)
	out := newSink()
	paused, other := make(chan struct{}), make(chan struct{})
	p.input("slow", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		var list []plugin.Stream
		for range n {
			s, err := h.Open(plugin.StreamOptions{})
			if err != nil {
				return err
			}
			if _, err := s.Write([]byte(half)); err != nil {
				return err
			}
			s.Idle()
			list = append(list, s)
		}
		close(paused)
		<-other
		for i, s := range list {
			end := "y\n"
			if i == 0 {
				end = "" // never finished
			}
			if _, err := s.Write([]byte(end)); err != nil {
				return err
			}
			s.Idle()
			if err := s.Close(); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return nil
	})
	p.input("other", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		<-paused
		return feed(100, number)(ctx, h)
	})
	p.output("out", "TRUE", out.deliver)
	r := p.run()
	out.wait(t, 100)
	close(other)
	got := out.wait(t, 100+n-1)
	for _, l := range got[100:] {
		if l != half+"y" {
			t.Fatalf("a paused record came out with %d bytes, want %d", len(l), len(half)+1)
		}
	}
	r.finish(t)
	for _, e := range r.Report().Inputs {
		for _, m := range e.Metrics {
			if e.Name == "slow" && m.Name == "DropMessageCount.incomplete_at_end" && m.Value != int64(1) {
				t.Errorf("%s = %v, want 1", m.Name, m.Value)
			}
		}
	}
	if left := r.Engine.stashed.Load(); left != 0 {
		t.Errorf("%d bytes are still counted as stashed", left)
	}
}
