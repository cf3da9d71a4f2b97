package pipeline

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// withJournal gives the plan a journal in a folder that outlives the engine.
func withJournal(p *planner, dir string) *planner {
	p.plan.Globals.Journal, p.plan.Globals.BaseDir = true, dir
	p.plan.Globals.JournalSync = 20 * time.Millisecond
	return p
}

func spilling(s *config.Section) *config.Section {
	s.Route.Overflow, s.Route.QueueSize = config.Spill, 64<<10
	return s
}

func padded(i int) string { return fmt.Sprintf("%07d %s", i, strings.Repeat("p", 200)) }

// gated is an output that delivers nothing until its gate opens.
type gated struct {
	sink
	gate chan struct{}
}

func newGated() *gated { return &gated{sink: *newSink(), gate: make(chan struct{})} }

func (g *gated) deliver(ctx context.Context, in []message.Selection) error {
	select {
	case <-g.gate:
		return g.sink.deliver(ctx, in)
	case <-ctx.Done():
		return ctx.Err()
	default:
		return fmt.Errorf("nobody there: %w", plugin.ErrRetry)
	}
}

func inOrder(t *testing.T, got []string, n int) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d messages, want %d", len(got), n)
	}
	for i, l := range got {
		if l != padded(i) {
			t.Fatalf("message %d = %.20q, want %.20q", i, l, padded(i))
		}
	}
}

func TestDeadOutputSpillsAndTheOthersGoOn(t *testing.T) {
	const count = 20000
	p := withJournal(newPlan(t), t.TempDir())
	fast, dead := newSink(), newGated()
	p.input("in", "LineSplitter", "", feed(count, padded))
	spilling(p.output("fast", "TRUE", fast.deliver))
	spilling(p.output("dead", "TRUE", dead.deliver))
	r := p.run()
	inOrder(t, fast.wait(t, count), count)
	r.checkAccount(t)
	if r.workers["output/dead"].r.in.spillN == 0 {
		t.Error("the dead output did not spill")
	}
	if used := r.pool.Used(); used > 8<<20 {
		t.Errorf("%d bytes of chunks are held for the dead output", used)
	}
	close(dead.gate)
	inOrder(t, dead.wait(t, count), count)
	for limit := time.Now().Add(10 * time.Second); r.workers["output/dead"].r.held.Load() > 0; {
		if time.Now().After(limit) {
			t.Fatal("messages stay held")
		}
		time.Sleep(time.Millisecond)
	}
	r.finish(t)
}

func TestWhatIsLeftAtAStopComesAfterTheRestart(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		t.Run(fmt.Sprint("use_buffering=", buffered), func(t *testing.T) {
			const count = 5000
			dir := t.TempDir()
			var acked atomic.Uint64
			dead := newGated()
			plan := func(run func(context.Context, plugin.Host) error, d *gated) *planner {
				p := withJournal(newPlan(t), dir)
				p.input("in", "LineSplitter", "", run)
				o := spilling(p.output("dead", "TRUE", d.deliver))
				o.Route.UseBuffering = buffered
				spilling(p.output("other", "TRUE", newSink().deliver)) // it would be held up
				return p
			}
			fed := make(chan struct{})
			r := plan(func(ctx context.Context, h plugin.Host) error {
				s, _ := h.Open(plugin.StreamOptions{Acked: func(pos uint64) { acked.Store(pos) }})
				for i := range count {
					s.Write([]byte(padded(i) + "\n"))
					if i%50 == 0 {
						s.Send()
					}
				}
				s.Send()
				close(fed)
				<-ctx.Done()
				return nil
			}, dead).run()
			<-fed
			r.finish(t)
			if want := uint64(count * len(padded(0)+"\n")); acked.Load() != want {
				t.Errorf("acknowledged %d of %d bytes, though the journal has all", acked.Load(), want)
			}
			alive := newGated()
			close(alive.gate)
			r = plan(func(ctx context.Context, h plugin.Host) error { <-ctx.Done(); return nil }, alive).run()
			got := alive.wait(t, count)
			seen := map[string]bool{}
			for _, l := range got {
				seen[l] = true
			}
			if len(seen) != count {
				t.Errorf("%d of %d messages survived the restart", len(seen), count)
			}
			r.finish(t)
		})
	}
}

func TestDurableInputIsAcknowledgedByTheJournal(t *testing.T) {
	const count = 1000
	p := withJournal(newPlan(t), t.TempDir())
	var acked atomic.Uint64
	dead := newGated()
	in := p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, _ := h.Open(plugin.StreamOptions{Acked: func(pos uint64) { acked.Store(pos) }})
		for i := range count {
			s.Write([]byte(padded(i) + "\n"))
		}
		s.Send()
		<-ctx.Done()
		return nil
	})
	in.Input.Durable = true
	spilling(p.output("dead", "TRUE", dead.deliver))
	r := p.run()
	for limit := time.Now().Add(10 * time.Second); acked.Load() != uint64(count*len(padded(0)+"\n")); {
		if time.Now().After(limit) {
			t.Fatalf("acknowledged %d", acked.Load())
		}
		time.Sleep(time.Millisecond)
	}
	close(dead.gate)
	inOrder(t, dead.wait(t, count), count)
	r.finish(t)
}

func TestFlappingOutputKeepsTheOrder(t *testing.T) {
	const count = 30000
	p := withJournal(newPlan(t), t.TempDir())
	s := newSink()
	p.input("in", "LineSplitter", "", feed(count, padded))
	n := 0
	spilling(p.output("flap", "TRUE", func(ctx context.Context, in []message.Selection) error {
		if n++; n%100 >= 15 { // long enough to be given up
			return fmt.Errorf("gone again: %w", plugin.ErrRetry)
		}
		return s.deliver(ctx, in)
	}))
	r := p.run()
	inOrder(t, s.wait(t, count), count)
	r.finish(t)
	if spills := r.workers["output/flap"].r.in.spillN; spills < 1 {
		t.Errorf("spilled %d times", spills)
	}
}

func TestWhatIsRefusedForGoodIsADeadLetter(t *testing.T) {
	dir := t.TempDir()
	p := withJournal(newPlan(t), dir)
	in := p.input("in", "LineSplitter", "EvenDecoder", feed(6, func(i int) string { return strings.Repeat("x", i+2) }))
	in.Input.KeepDecodeFailures = true
	good := newSink()
	p.output("picky", "TRUE", func(ctx context.Context, sels []message.Selection) error {
		for k := range sels {
			for i := sels[k].Next(-1); i >= 0; i = sels[k].Next(i) {
				if len(sels[k].At(i)) > 0 && strings.Contains(string(sels[k].At(i)), "xxxx") {
					sels[k].Refuse(i, "too many x")
				}
			}
		}
		return good.deliver(ctx, sels)
	})
	p.output("broken", "Payload == 'xx'", func(ctx context.Context, sels []message.Selection) error {
		return fmt.Errorf("table is missing")
	})
	r := p.run()
	good.wait(t, 3)
	r.finish(t)
	got := map[string]int{}
	for l, err := range journal.ListDeadLetters(nil, filepath.Join(dir, "deadletter")) {
		if err != nil {
			t.Fatal(err)
		}
		got[l.Plugin+": "+l.Reason]++
	}
	want := map[string]int{"picky: too many x": 2, "broken: table is missing": 1, "in: odd number of bytes": 3}
	if !maps.Equal(got, want) {
		t.Errorf("dead letters = %v, want %v", got, want)
	}
}

func TestLoneOutputHoldsItsSourceBackInsteadOfSpilling(t *testing.T) {
	const count = 3000
	p := withJournal(newPlan(t), t.TempDir())
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, _ := h.Open(plugin.StreamOptions{Acked: func(uint64) {}})
		for i := range count {
			if _, err := s.Write([]byte(padded(i) + "\n")); err != nil {
				return nil
			}
			if i%50 == 0 {
				s.Send()
			}
		}
		s.Send()
		<-ctx.Done()
		return nil
	})
	slow := newSink()
	spilling(p.output("slow", "TRUE", func(ctx context.Context, in []message.Selection) error {
		t := time.NewTimer(3 * time.Millisecond) // its nature: 3 ms a delivery
		defer t.Stop()
		<-t.C
		return slow.deliver(ctx, in)
	}))
	r := p.run()
	inOrder(t, slow.wait(t, count), count)
	if n := r.workers["output/slow"].r.in.spillN; n != 0 {
		t.Errorf("spilled %d times, though nobody else was held up and the source can wait", n)
	}
	r.finish(t)
}

func TestStateOutlivesTheEngine(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		t.Run(fmt.Sprint("use_buffering=", buffered), func(t *testing.T) {
			dir := t.TempDir()
			for run := 1; run <= 3; run++ {
				p := withJournal(newPlan(t), dir)
				p.input("in", "LineSplitter", "", feed(10, number))
				f := p.filter("keep", "TRUE", 0, filterConfig{})
				f.Info, f.Config = info(t, "KeepFilter"), new(none)
				f.Route.UseBuffering = buffered
				r := p.run()
				for limit := time.Now().Add(20 * time.Second); r.Report().Filters == nil || r.Report().Filters[0].Account.Delivered < 10; {
					if time.Now().After(limit) {
						t.Fatal("messages do not arrive")
					}
					time.Sleep(time.Millisecond)
				}
				r.finish(t)
				if n := int(r.workers["filter/keep"].plugged().(*counter).n); n != 10*run {
					t.Errorf("after run %d the filter has counted %d, want %d", run, n, 10*run)
				}
			}
		})
	}
}
