package pipeline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// engineWith makes an engine over a clock and a file system of the test's own.
func (p *planner) engineWith(o Options) *Engine {
	p.t.Helper()
	plan := p.plan
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	e, err := New(&plan, o)
	if err != nil {
		p.t.Fatalf("New: %v", err)
	}
	return e
}

func soon(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(limit) {
			t.Fatalf("timed out: %s", what)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// TestClockJumpsDisturbNoTimer: whatever the operator or NTP does to the clock, a
// ticker ticks once an interval, a retry comes when its pause is over, a log line
// a minute is let through, and nothing spins.
func TestClockJumpsDisturbNoTimer(t *testing.T) {
	const day = 24 * time.Hour
	year2038 := time.Unix(1<<31, 0)
	first := time.Date(2026, 3, 29, 0, 59, 50, 0, time.UTC) // ten seconds before summer time
	for _, tt := range []struct {
		name string
		jump time.Duration
	}{
		{"none", 0}, {"+30s", 30 * time.Second}, {"-30s", -30 * time.Second}, {"leap second", -time.Second},
		{"+1 day", day}, {"-1 day", -day}, {"summer time, clock kept in local time", time.Hour},
		{"winter time, clock kept in local time", -time.Hour}, {"2038", year2038.Sub(first)}, {"1970", time.Unix(0, 0).Sub(first)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sim := clock.NewSim(first)
			p := newPlan(t)
			var ticks, tries atomic.Int64
			p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
				<-ctx.Done()
				return nil
			})
			p.filter("ticking", "TRUE", 5*time.Second, filterConfig{
				Process: func(*message.Selection, plugin.Emitter) error { return nil },
				Tick:    func(plugin.Emitter) error { ticks.Add(1); return nil },
			})
			p.input("failing", "LineSplitter", "", func(context.Context, plugin.Host) error {
				tries.Add(1)
				return fmt.Errorf("no")
			}).Input.Retries = config.Retries{Delay: 5 * time.Second, MaxDelay: 5 * time.Second, Max: -1}
			r := start(t, p.engineWith(Options{Clock: sim}))
			r.ready(t)
			soon(t, "first try", func() bool { return tries.Load() == 1 })
			armed := func() bool { return sim.Waiting() == 3 } // the ticker, the retry and the housekeeping
			for i := range int64(6) {
				if i == 2 {
					soon(t, "timers armed", armed)
					sim.Jump(tt.jump)
				}
				soon(t, "timers armed", armed)
				sim.Advance(4 * time.Second)
				if got := ticks.Load(); got != i {
					t.Fatalf("%d ticks before interval %d was over", got, i+1)
				}
				sim.Advance(time.Second)
				soon(t, fmt.Sprintf("tick %d", i+1), func() bool { return ticks.Load() == i+1 })
				soon(t, fmt.Sprintf("try %d", i+2), func() bool { return tries.Load() == i+2 })
			}
			r.cancel()
			<-r.ended
		})
	}
}

// TestGripesSurviveJumps: a clock that was set back a day silences no log line.
func TestGripesSurviveJumps(t *testing.T) {
	sim := clock.NewSim(time.Unix(1e9, 0))
	var g gripes
	if _, ok := g.speak(sim.Passed(), "x"); !ok {
		t.Error("the first is not let through")
	}
	sim.Jump(-24 * time.Hour)
	sim.Advance(time.Minute)
	if n, ok := g.speak(sim.Passed(), "x"); !ok || n != 1 {
		t.Errorf("after a minute: %d, %v", n, ok)
	}
}

// TestSickDiskUnderTheWholeEngine: the journal's disk gives an I/O error or is
// read-only for a while; with overflow = "spill" and a durable input nothing is
// lost, nothing is acknowledged too early, and work goes on by itself.
func TestSickDiskUnderTheWholeEngine(t *testing.T) {
	for _, trouble := range []error{syscall.EIO, syscall.EROFS, syscall.ENOSPC} {
		t.Run(trouble.Error(), func(t *testing.T) {
			const count = 3000
			var sick atomic.Bool
			var acked atomic.Uint64
			fault := &fsx.Fault{FS: fsx.OS{}, Hook: func(op fsx.Op) error {
				if sick.Load() && (op.Kind == "write" || op.Kind == "sync" || op.Kind == "rename" || op.Kind == "truncate") {
					return trouble
				}
				return nil
			}}
			p := withJournal(newPlan(t), t.TempDir())
			half, second := make(chan struct{}), make(chan struct{})
			p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
				s, err := h.Open(plugin.StreamOptions{Acked: func(pos uint64) { acked.Store(pos) }})
				if err != nil {
					return err
				}
				for i := range count {
					if i == count/2 {
						s.Send()
						close(half)
						<-second
					}
					if _, err := s.Write([]byte(padded(i) + "\n")); err != nil {
						return err
					}
					if i%100 == 99 {
						s.Send()
					}
				}
				s.Send()
				<-ctx.Done()
				return nil
			}).Input.Durable = true
			out := newGated()
			o := spilling(p.output("out", "TRUE", out.deliver))
			o.Route.UseBuffering = true
			spilling(p.output("other", "TRUE", newSink().deliver))
			r := start(t, p.engineWith(Options{FS: fault}))
			<-half
			size := uint64(len(padded(0)) + 1)
			soon(t, "the first half is safe", func() bool { return acked.Load() == count/2*size })
			sick.Store(true)
			close(second)
			soon(t, "the writer notices", func() bool { return r.journal.Summary().WriteErrors > 0 })
			if acked.Load() > count/2*size {
				t.Errorf("acknowledged %d bytes while nothing could be written", acked.Load())
			}
			sick.Store(false)
			soon(t, "all is safe", func() bool { return acked.Load() == count*size })
			close(out.gate)
			inOrder(t, out.wait(t, count), count)
			soon(t, "nothing is held", func() bool { return r.workers["output/out"].r.held.Load() == 0 })
			r.finish(t)
		})
	}
}

// TestReportsComeWhenTheyAreDue: report_interval is kept as written, below the
// beat of the housekeeping and between two of its beats.
func TestReportsComeWhenTheyAreDue(t *testing.T) {
	for _, every := range []time.Duration{time.Second, 7 * time.Second} {
		t.Run(every.String(), func(t *testing.T) {
			sim := clock.NewSim(time.Unix(1e9, 0))
			p := newPlan(t)
			p.plan.Globals.ReportInterval = every
			p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
				<-ctx.Done()
				return nil
			})
			out := newSink()
			p.output("out", "Type == 'heka.all-report'", out.deliver)
			r := start(t, p.engineWith(Options{Clock: sim}))
			r.ready(t)
			for second := range 21 {
				soon(t, "housekeeping waits", func() bool { return sim.Waiting() > 0 })
				sim.Advance(time.Second)
				want := (second + 1) / int(every/time.Second)
				soon(t, fmt.Sprintf("%d reports after %d s", want, second+1), func() bool { return out.len() == want })
			}
			r.finish(t)
		})
	}
}
