package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// feed writes lines from n on until the context ends or count are out.
func feed(count int, line func(i int) string) func(ctx context.Context, h plugin.Host) error {
	return func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		for i := 0; i < count; i++ {
			if _, err := s.Write([]byte(line(i) + "\n")); err != nil {
				return nil
			}
			if i%10 == 9 {
				s.Send()
			}
		}
		s.Close()
		<-ctx.Done()
		return nil
	}
}

func number(i int) string { return fmt.Sprintf("line %d", i) }

func TestLinesReachTheRoutesThatMatchThem(t *testing.T) {
	p := newPlan(t)
	all, odd := newSink(), newSink()
	p.input("in", "LineSplitter", "", feed(5000, number))
	p.output("all", "TRUE", all.deliver)
	p.output("odd", "Payload =~ /[13579]$/", odd.deliver)
	r := p.run()
	got := all.wait(t, 5000)
	for i, l := range got {
		if l != number(i) {
			t.Fatalf("message %d = %q, want %q: order is kept", i, l, number(i))
		}
	}
	odd.wait(t, 2500)
	r.finish(t)
	if n := odd.len(); n != 2500 {
		t.Errorf("odd got %d messages, want 2500", n)
	}
}

func TestFramesAreCutAtAnyChunking(t *testing.T) {
	d := message.Draft{Header: message.Header{Type: "t", Payload: "plain", Timestamp: 1}}
	var stream []byte
	stream = append(stream, "garbage \x1e\x03 more"...)
	stream = message.AppendFrame(stream, d.Encode())
	d.Payload = "signed"
	signed, err := message.AppendSigned(nil, d.Encode(), message.Signer{Name: "ops", Version: 1, Hash: message.SHA1, Key: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	stream = append(stream, signed...)
	forged := slices.Clone(signed)
	forged[len(forged)-1] ^= 1
	stream = append(stream, forged...)
	stream = message.AppendFrame(stream, []byte("no message"))
	d.Payload = "last"
	stream = message.AppendFrame(stream, d.Encode())
	for _, step := range []int{1, 2, 3, 7, 50, 1000} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			p := newPlan(t)
			all, ops := newSink(), newSink()
			p.input("in", "FramedSplitter", "RawDecoder", func(ctx context.Context, h plugin.Host) error {
				s, err := h.Open(plugin.StreamOptions{})
				if err != nil {
					return err
				}
				for b := stream; len(b) > 0; {
					n := min(step, len(b))
					if _, err := s.Write(b[:n]); err != nil {
						return err
					}
					b = b[n:]
					if step != 7 {
						s.Send()
					}
				}
				s.Close()
				<-ctx.Done()
				return nil
			})
			p.output("all", "TRUE", all.deliver)
			p.output("ops", "TRUE", ops.deliver).Route.Signer = "ops"
			r := p.run()
			all.wait(t, 3)
			r.finish(t)
			if got, want := all.list(), []string{"plain", "signed", "last"}; !slices.Equal(got, want) {
				t.Errorf("all = %q, want %q", got, want)
			}
			if got, want := ops.list(), []string{"signed"}; !slices.Equal(got, want) {
				t.Errorf("ops = %q, want %q", got, want)
			}
			in := r.inputs["in"]
			if got := fmt.Sprint(in.drops.List()); !strings.Contains(got, "digest does not fit") || !strings.Contains(got, "decode failure 1") {
				t.Errorf("drops = %s", got)
			}
		})
	}
}

func TestPositionsMoveWhenAllTakersHaveDelivered(t *testing.T) {
	p := newPlan(t)
	var acked atomic.Uint64
	open := make(chan struct{})
	done := newSink()
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, _ := h.Open(plugin.StreamOptions{Acked: func(pos uint64) {
			if old := acked.Swap(pos); old > pos {
				t.Errorf("position went back from %d to %d", old, pos)
			}
		}})
		s.Write([]byte("one\ntwo\nthr"))
		s.Send()
		<-ctx.Done()
		return nil
	})
	p.output("fast", "TRUE", done.deliver)
	p.output("slow", "Payload == 'two'", func(ctx context.Context, in []message.Selection) error {
		select {
		case <-open:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	r := p.run()
	done.wait(t, 2)
	if pos := acked.Load(); pos != 0 {
		t.Errorf("position %d is acknowledged before the slow output delivered", pos)
	}
	close(open)
	r.finish(t)
	if pos := acked.Load(); pos != 8 {
		t.Errorf("position = %d after the stop, want 8: the unfinished record is not dealt with", pos)
	}
}

func TestWhatAStopLosesIsNotAcknowledged(t *testing.T) {
	p := newPlan(t)
	p.plan.Globals.ShutdownTimeout = 200 * time.Millisecond
	var acked atomic.Uint64
	began := make(chan struct{}, 1)
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, _ := h.Open(plugin.StreamOptions{Acked: func(pos uint64) { acked.Store(pos) }})
		s.Write([]byte("one\n"))
		s.Send()
		<-ctx.Done()
		return nil
	})
	p.output("dead", "TRUE", func(ctx context.Context, in []message.Selection) error {
		select {
		case began <- struct{}{}:
		default:
		}
		return fmt.Errorf("nobody there: %w", plugin.ErrRetry)
	})
	r := p.run()
	<-began
	r.finish(t)
	if acked.Load() != 0 {
		t.Error("a message that was never delivered is acknowledged")
	}
	if got := fmt.Sprint(r.workers["output/dead"].r.drops.List()); got != "[{shutdown 1}]" {
		t.Errorf("drops = %s", got)
	}
}

func TestRetryGoesOnWhereDeliveryStopped(t *testing.T) {
	p := newPlan(t)
	s := newSink()
	p.input("in", "LineSplitter", "", feed(100, number))
	var v message.View
	p.output("flaky", "TRUE", func(ctx context.Context, in []message.Selection) error {
		for k := range in {
			i := in[k].Next(-1)
			if i < 0 {
				continue
			}
			v.Parse(in[k].At(i), nil)
			s.mu.Lock()
			s.got = append(s.got, string(v.Bytes(message.NumPayload)))
			s.mu.Unlock()
			in[k].Done(i + 1)
			return plugin.ErrRetry // one message at a time
		}
		s.deliver(ctx, nil)
		return nil
	})
	r := p.run()
	s.wait(t, 100)
	r.finish(t)
	for i, l := range s.list() {
		if l != number(i) {
			t.Fatalf("message %d = %q, want %q", i, l, number(i))
		}
	}
}

func TestUndecodableRecordsAreCountedOrPassedOn(t *testing.T) {
	p := newPlan(t)
	good, bad := newSink(), newSink()
	in := p.input("in", "LineSplitter", "EvenDecoder", feed(1, func(int) string { return "even\nodd\nsame" }))
	in.Input.SendDecodeFailures = true
	p.output("good", "Fields[decode_failure] == NIL", good.deliver)
	p.output("bad", "Fields[decode_failure] == TRUE && Fields[decode_error] == 'odd number of bytes'", bad.deliver)
	r := p.run()
	good.wait(t, 2)
	bad.wait(t, 1)
	r.finish(t)
	if got := r.inputs["in"].failures.Load(); got != 1 {
		t.Errorf("failures = %d, want 1", got)
	}
}

func TestFiltersInjectWithinTheirDepth(t *testing.T) {
	p := newPlan(t)
	s := newSink()
	p.input("in", "LineSplitter", "", feed(1, number))
	var self error
	var loop atomic.Value
	p.filter("echo", "Type == ''", 0, filterConfig{Process: func(in *message.Selection, out plugin.Emitter) error {
		b := out.Begin()
		b.Payload = "x"
		self = out.Inject()
		b = out.Begin()
		b.Type = "never"
		b.Payload = "made"
		return out.Inject()
	}})
	p.filter("a", "Type == 'never' || Type == 'b'", 0, filterConfig{Process: func(in *message.Selection, out plugin.Emitter) error {
		out.Begin().Type = "a"
		if err := out.Inject(); err != nil {
			loop.Store(err)
		}
		return nil
	}})
	p.filter("b", "Type == 'a'", 0, filterConfig{Process: func(in *message.Selection, out plugin.Emitter) error {
		out.Begin().Type = "b"
		if err := out.Inject(); err != nil {
			loop.Store(err)
		}
		return nil
	}})
	p.output("all", "TRUE", s.deliver)
	r := p.run()
	s.wait(t, 5) // the line, what echo made, and the ring's three
	r.finish(t)
	if !errors.Is(self, plugin.ErrSelf) {
		t.Errorf("injecting what the own matcher takes = %v, want ErrSelf", self)
	}
	if err, _ := loop.Load().(error); !errors.Is(err, plugin.ErrLoop) {
		t.Errorf("endless ring = %v, want ErrLoop", err)
	}
}

func TestRingsOfFiltersUnderFloodDoNotDeadlock(t *testing.T) {
	p := newPlan(t)
	p.plan.Globals.MemoryBudget = 8 << 20
	var n atomic.Int64
	ring := func(typ string) filterConfig {
		return filterConfig{Process: func(in *message.Selection, out plugin.Emitter) error {
			for i := in.Next(-1); i >= 0; i = in.Next(i) {
				n.Add(1)
				b := out.Begin()
				b.Type, b.Payload = typ, strings.Repeat("x", 300)
				if err := out.Inject(); err != nil && !errors.Is(err, plugin.ErrLoop) {
					return err
				}
			}
			return nil
		}}
	}
	const count = 30000
	p.input("in", "LineSplitter", "", feed(count, func(i int) string { return strings.Repeat("y", 300) }))
	p.filter("a", "Type == '' || Type == 'b'", 0, ring("a")).Route.QueueSize = 64 << 10
	p.filter("b", "Type == '' || Type == 'a'", 0, ring("b")).Route.QueueSize = 64 << 10
	r := p.run()
	deadline := time.Now().Add(30 * time.Second)
	for n.Load() < 10*count { // 2 filters, each input echoed at depths 1 to 4
		if time.Now().After(deadline) {
			t.Fatalf("stuck at %d of %d", n.Load(), 10*count)
		}
		time.Sleep(time.Millisecond)
	}
	r.finish(t)
}

func TestTickersTickAndTickOnceMoreAtTheEnd(t *testing.T) {
	p := newPlan(t)
	s := newSink()
	p.filter("clock", "FALSE", 5*time.Millisecond, filterConfig{Tick: func(out plugin.Emitter) error {
		b := out.Begin()
		b.Type, b.Payload = "tick", "tick"
		return out.Inject()
	}})
	p.output("all", "Type == 'tick'", s.deliver)
	r := p.run()
	s.wait(t, 3)
	r.finish(t)
}

func TestAPanicCostsOnlyTheBatchAtHand(t *testing.T) {
	p := newPlan(t)
	s := newSink()
	p.input("in", "LineSplitter", "", feed(1000, number))
	calls := 0
	p.output("mad", "TRUE", func(ctx context.Context, in []message.Selection) error {
		if calls++; calls == 2 {
			panic("mad")
		}
		return nil
	})
	p.output("calm", "TRUE", s.deliver)
	r := p.run()
	s.wait(t, 1000)
	r.finish(t)
}

func TestBlockedRouteHoldsTheReaderAndDropDoesNot(t *testing.T) {
	for _, policy := range []config.Overflow{config.Block, config.Drop} {
		t.Run(string(policy), func(t *testing.T) {
			p := newPlan(t)
			s := newSink()
			const count = 20000
			line := strings.Repeat("z", 200)
			p.input("in", "LineSplitter", "", feed(count, func(i int) string { return line }))
			gate := make(chan struct{})
			var slow atomic.Int64
			o := p.output("slow", "TRUE", func(ctx context.Context, in []message.Selection) error {
				select {
				case <-gate:
				case <-ctx.Done():
					return ctx.Err()
				}
				for i := range in {
					slow.Add(int64(in[i].Len()))
				}
				return nil
			})
			o.Route.Overflow, o.Route.QueueSize = policy, 100<<10
			p.output("fast", "TRUE", s.deliver)
			r := p.run()
			if policy == config.Drop {
				s.wait(t, count)
			} else {
				s.wait(t, 100)
			}
			close(gate)
			s.wait(t, count)
			r.finish(t)
			drops := r.workers["output/slow"].r.drops.Total()
			if got := slow.Load() + int64(drops); got != count {
				t.Errorf("slow output: delivered %d + dropped %d != %d", slow.Load(), drops, count)
			}
			if policy == config.Block && drops != 0 {
				t.Errorf("blocking dropped %d", drops)
			}
			if policy == config.Drop && drops == 0 {
				t.Error("dropping dropped nothing")
			}
		})
	}
}

func TestSparseRouteThatLagsDoesNotKeepChunks(t *testing.T) {
	p := newPlan(t)
	s := newSink()
	const count = 60000
	pad := strings.Repeat("p", 150)
	p.input("in", "LineSplitter", "", feed(count, func(i int) string {
		if i%1000 == 0 {
			return "rare" + pad
		}
		return "often" + pad
	}))
	gate := make(chan struct{})
	var rare atomic.Int64
	p.output("rare", "Payload =~ /^rare/", func(ctx context.Context, in []message.Selection) error {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range in {
			rare.Add(int64(in[i].Len()))
		}
		return nil
	})
	p.output("all", "TRUE", func(ctx context.Context, in []message.Selection) error {
		n := 0
		for i := range in {
			n += in[i].Len()
		}
		s.mu.Lock()
		s.got = append(s.got, make([]string, n)...)
		s.mu.Unlock()
		return s.deliver(ctx, nil)
	})
	r := p.run()
	s.wait(t, count)
	if used := r.pool.Used(); used > 4<<20 {
		t.Errorf("a lagging sparse route keeps %d bytes of chunks", used)
	}
	close(gate)
	r.finish(t)
	if rare.Load() != count/1000 {
		t.Errorf("rare got %d, want %d", rare.Load(), count/1000)
	}
}

func TestInputIsStartedAgainAndMayExit(t *testing.T) {
	p := newPlan(t)
	s := newSink()
	tries := 0
	in := p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		st, _ := h.Open(plugin.StreamOptions{})
		st.Record([]byte("hello"))
		return plugin.ErrExit
	})
	in.Input.CanExit = true
	ended := newSink()
	p.output("all", "Type != 'heka.terminated'", s.deliver)
	p.output("ended", "Type == 'heka.terminated' && Fields[plugin] == 'in'", ended.deliver)
	r := p.run()
	s.wait(t, 1)
	ended.wait(t, 1)
	r.finish(t)
	if tries != 3 {
		t.Errorf("tries = %d, want 3", tries)
	}
}

func TestPluginThatMayNotExitStopsTheDaemon(t *testing.T) {
	p := newPlan(t)
	p.input("in", "LineSplitter", "", feed(1, number))
	p.output("out", "TRUE", func(ctx context.Context, in []message.Selection) error { return plugin.ErrExit })
	r := p.run()
	select {
	case err := <-r.ended:
		if err == nil || !strings.Contains(err.Error(), "can_exit") {
			t.Errorf("Run = %v, want an error that names can_exit", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the daemon runs on")
	}
}

func TestCountersAreNeverQueued(t *testing.T) {
	p := newPlan(t)
	all := newSink()
	p.input("in", "LineSplitter", "", feed(1000, number))
	o := p.output("count", "Payload =~ /7$/", nil)
	o.Info, o.Config = info(t, "CountOutput"), new(none)
	p.output("all", "TRUE", all.deliver)
	r := p.run()
	all.wait(t, 1000)
	r.finish(t)
	if n := r.workers["output/count"].plugged().(*countOutput).n.Load(); n != 100 {
		t.Errorf("counted %d, want 100", n)
	}
}

func TestDecoderAndSplitterMayPanic(t *testing.T) {
	p := newPlan(t)
	all := newSink()
	p.input("in", "LineSplitter", "EvenDecoder", func(ctx context.Context, h plugin.Host) error {
		s, _ := h.Open(plugin.StreamOptions{})
		for _, part := range []string{"before\npanic!\nbeside\n", "splitter panic!\n", "behind\n"} {
			s.Write([]byte(part))
		}
		s.Close()
		<-ctx.Done()
		return nil
	})
	p.output("all", "TRUE", all.deliver)
	r := p.run()
	all.wait(t, 3)
	r.finish(t)
	if got, want := all.list(), []string{"before", "beside", "behind"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
