package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func (r *running) reload(t *testing.T, p *planner) {
	t.Helper()
	plan := p.plan
	if _, err := r.Reload(&plan); err != nil {
		t.Fatalf("Reload: %v", err)
	}
}

// endless writes numbered lines until the context ends, and counts them.
func endless(n *atomic.Int64, opened *atomic.Int64) func(ctx context.Context, h plugin.Host) error {
	return func(ctx context.Context, h plugin.Host) error {
		opened.Add(1)
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		for ctx.Err() == nil {
			if _, err := s.Write([]byte(number(int(n.Load())) + "\n")); err != nil {
				break
			}
			s.Send()
			n.Add(1)
		}
		return nil
	}
}

func TestFiftyReloadsUnderLoadLoseNothing(t *testing.T) {
	var sent, opened, got, extra atomic.Int64
	count := func(n *atomic.Int64) func(ctx context.Context, in []message.Selection) error {
		return func(ctx context.Context, in []message.Selection) error {
			for i := range in {
				n.Add(int64(in[i].Len()))
			}
			return nil
		}
	}
	run := endless(&sent, &opened)
	plan := func(i int) *planner {
		p := newPlan(t)
		p.input("in", "LineSplitter", "", run)
		o := p.output("keep", "TRUE", count(&got))
		o.Text = fmt.Sprint("version ", i) // replaced in every reload
		if i%2 == 1 {
			p.output("extra", "Payload =~ /7$/", count(&extra))
		}
		return p
	}
	r := plan(0).run()
	for i := 1; i <= 50; i++ {
		for n := sent.Load(); sent.Load() < n+100; {
			time.Sleep(100 * time.Microsecond)
		}
		r.reload(t, plan(i))
	}
	r.finish(t)
	if got.Load() != sent.Load() {
		t.Errorf("sent %d, delivered %d", sent.Load(), got.Load())
	}
	if opened.Load() != 1 {
		t.Errorf("the unchanged input was started %d times", opened.Load())
	}
	if extra.Load() == 0 {
		t.Error("the output that came and went got nothing")
	}
}

func TestReloadThatCannotStartChangesNothing(t *testing.T) {
	p := newPlan(t)
	var sent, opened atomic.Int64
	s := newSink()
	p.input("in", "LineSplitter", "", endless(&sent, &opened))
	p.output("out", "TRUE", s.deliver)
	r := p.run()
	s.wait(t, 10)

	bad := newPlan(t)
	in := bad.input("in", "LineSplitter", "", endless(&sent, &opened))
	in.Text = "changed"
	in.Config.(*scriptConfig).Start = func() error { return errors.New("address already in use") }
	bad.output("out", "TRUE", s.deliver)
	bad.output("new", "TRUE", s.deliver)
	plan := bad.plan
	_, err := r.Reload(&plan)
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatalf("Reload = %v, want the reason", err)
	}
	n := s.len()
	s.wait(t, n+10) // the old input runs again
	if len(r.workers) != 1 {
		t.Errorf("%d routes after the refused reload, want the one of before", len(r.workers))
	}
	plan.Sections = append(plan.Sections, newPlan(t).output("broken", "Type ==", s.deliver))
	if _, err := r.Reload(&plan); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("Reload with a broken matcher = %v", err)
	}
	r.finish(t)
}

func TestReloadReplacesAnOutputThatHangs(t *testing.T) {
	p := newPlan(t)
	hung := make(chan struct{}, 1)
	p.input("in", "LineSplitter", "", feed(10, number))
	p.output("out", "TRUE", func(ctx context.Context, in []message.Selection) error {
		select {
		case hung <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return ctx.Err()
	})
	r := p.run()
	<-hung
	s := newSink()
	q := newPlan(t)
	q.input("in", "LineSplitter", "", feed(10, number))
	q.output("out", "TRUE", s.deliver).Text = "mended"
	r.reload(t, q)
	s.wait(t, 10)
	r.finish(t)
}

type counter struct{ n byte }

func (c *counter) Process(in *message.Selection, _ plugin.Emitter) error {
	c.n += byte(in.Len())
	return nil
}
func (c *counter) SaveState(dst []byte) ([]byte, error) { return append(dst, c.n), nil }
func (c *counter) RestoreState(b []byte) error          { c.n = b[0]; return nil }

func init() {
	plugin.RegisterFilter("KeepFilter", plugin.About{}, func(none, plugin.Env) (plugin.Filter, error) { return &counter{}, nil })
}

func TestReplacedFilterKeepsItsState(t *testing.T) {
	plan := func(text string) *planner {
		p := newPlan(t)
		p.input("in", "LineSplitter", "", feed(10, number))
		f := p.filter("keep", "TRUE", 0, filterConfig{})
		f.Info, f.Config, f.Text = info(t, "KeepFilter"), new(none), text
		return p
	}
	r := plan("old").run()
	for r.Report().Filters == nil || r.Report().Filters[0].Account.Delivered < 10 {
		time.Sleep(time.Millisecond)
	}
	r.reload(t, plan("new"))
	if n := r.workers["filter/keep"].plugged().(*counter).n; n != 10 {
		t.Errorf("the new instance counts from %d, want 10", n)
	}
	r.finish(t)
}
