package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// testPipe is a pipeline on a bench: the splitters, decoders, matchers, filters and
// encoders of a configuration, without inputs and outputs, run step by step in one
// goroutine under a clock that the test turns. The same test gives the same
// answers.
//
//	in ─▶ (splitter, decoder) ─▶ matchers ─▶ filters ─▶ injections, matched again
//	                                  └────▶ encoders ─▶ what each output got
type testPipe struct {
	plan    *config.Plan
	clock   *clock.Sim
	filters []*rig
	outputs []*testOutput
	inputs  map[string]*decoding
	got     map[string][][]byte // by filter: what it injected
	queue   []queued
	seen    uint64 // messages routed
	cover   map[string]*covered
}

type queued struct {
	frame  []byte
	signer string
	depth  int
	from   *rig
}

// testOutput stands for an output.
type testOutput struct {
	sec     *config.Section
	match   *match.Matcher
	enc     *plugin.Encoding // nil: none
	got     [][]byte
	encoded []byte
	failed  []string
}

// covered is what a matcher took over all tests.
type covered struct {
	Kind, Name, Matcher string
	Taken, Seen         uint64
}

// newTestPipe makes the pipeline. base is a folder for what plugins keep.
func newTestPipe(plan *config.Plan, start time.Time, base string, log *slog.Logger, cover map[string]*covered) (*testPipe, error) {
	p := &testPipe{plan: plan, clock: clock.NewSim(start), inputs: map[string]*decoding{}, got: map[string][][]byte{}, cover: cover}
	g := &plan.Globals
	for _, sec := range plan.Of(plugin.KindFilter) {
		env := plugin.Env{Log: log.With("plugin", sec.Name), Hostname: g.Hostname, BaseDir: base, ShareDir: g.ShareDir,
			MaxProcessInject: int(g.MaxProcessInject), MaxTimerInject: int(g.MaxTimerInject)}
		r, err := rigOf(sec.Name, sec, g, env, p.clock)
		if err != nil {
			return nil, err
		}
		if _, manager := r.filter.(plugin.Manager); manager { // nothing is loaded in a test
			r.close()
			continue
		}
		if s, ok := r.filter.(plugin.Starter); ok {
			if err := s.Start(context.Background()); err != nil {
				return nil, fmt.Errorf("[%s] start: %w", sec.Name, err)
			}
		}
		r.next = start.Add(r.every)
		p.filters = append(p.filters, r)
		p.note("filter", sec)
	}
	for _, sec := range plan.Of(plugin.KindOutput) {
		o := &testOutput{sec: sec}
		var err error
		if o.match, err = match.Compile(sec.Route.Matcher); err != nil {
			return nil, err
		}
		if name := sec.Route.Encoder; name != "" {
			es := plan.Find(plugin.KindEncoder, name)
			e, err := es.Info.New(es.Config, plugin.Env{Name: es.Name, Log: log, Hostname: g.Hostname, BaseDir: base, ShareDir: g.ShareDir,
				MaxMessageSize: int(g.MaxMessageSize), Clock: p.clock, FS: fsx.OS{}, Start: start})
			if err != nil {
				return nil, fmt.Errorf("[%s] %w", es.Name, err)
			}
			o.enc = plugin.NewEncoding(e.(plugin.Encoder), sec.Route.UseFraming != nil && *sec.Route.UseFraming, int(g.MaxMessageSize))
		}
		p.outputs = append(p.outputs, o)
		p.note("output", sec)
	}
	return p, nil
}

func (p *testPipe) note(kind string, sec *config.Section) {
	if k := kind + "/" + sec.Name; p.cover[k] == nil {
		p.cover[k] = &covered{Kind: kind, Name: sec.Name, Matcher: sec.Route.Matcher}
	}
}

func (p *testPipe) close() {
	for _, r := range p.filters {
		r.close()
	}
	for _, o := range p.outputs {
		if o.enc != nil {
			if s, ok := o.enc.Encoder().(plugin.Stopper); ok {
				s.Stop()
			}
		}
	}
}

// until turns the clock, and fires the timers on the way in their order.
func (p *testPipe) until(t time.Time) {
	for {
		var first *rig
		for _, r := range p.filters {
			if r.ticked != nil && r.ended == nil && !r.next.After(t) && (first == nil || r.next.Before(first.next)) {
				first = r
			}
		}
		if first == nil {
			break
		}
		first.tick(func(string) { p.take(first, 1) })
		p.route()
	}
	if t.After(p.clock.Now()) {
		p.clock.Set(t)
	}
}

// take queues what a filter has injected in a step.
func (p *testPipe) take(r *rig, depth int) {
	for _, msg := range r.out.now {
		p.got[r.sec.Name] = append(p.got[r.sec.Name], msg)
		p.queue = append(p.queue, queued{frame: message.AppendFrame(nil, msg), depth: depth, from: r})
	}
}

// give routes one message and all that comes of it.
func (p *testPipe) give(frame []byte, signer string) {
	p.queue = append(p.queue, queued{frame: append([]byte(nil), frame...), signer: signer})
	p.route()
}

func (p *testPipe) route() {
	var v message.View
	for len(p.queue) > 0 {
		m := p.queue[0]
		p.queue = p.queue[1:]
		msg := message.Unframe(m.frame)
		if !v.Parse(msg, nil) {
			continue
		}
		p.seen++
		for _, o := range p.outputs {
			if p.takes("output", o.sec, o.match, &v, m.signer) {
				o.take(msg)
			}
		}
		for _, r := range p.filters {
			if p.takes("filter", r.sec, r.match, &v, m.signer) {
				r.process(m.frame, m.signer, m.depth, func(string) { p.take(r, m.depth+1) })
			}
		}
	}
}

func (p *testPipe) takes(kind string, sec *config.Section, m *match.Matcher, v *message.View, signer string) bool {
	c := p.cover[kind+"/"+sec.Name]
	c.Seen++
	if !m.Match(v) || sec.Route.Signer != "" && sec.Route.Signer != signer {
		return false
	}
	c.Taken++
	return true
}

func (o *testOutput) take(msg []byte) {
	o.got = append(o.got, msg)
	if o.enc == nil {
		return
	}
	b, err := o.enc.Append(o.encoded, msg)
	if err != nil {
		o.failed = append(o.failed, err.Error())
		return
	}
	o.encoded = b
}

// lines has an input's splitter and decoder read text.
func (p *testPipe) lines(input, text string) error {
	d := p.inputs[input]
	if d == nil {
		var err error
		if d, err = newDecoding(p.plan, input); err != nil {
			return err
		}
		d.now = p.clock.Now
		p.inputs[input] = d
	}
	_, err := d.records([]byte(text), true, func(frame []byte) error { p.give(frame, ""); return nil })
	return err
}

// run runs one test; the texts say what is not as expected.
func (c *testCase) run(plan *config.Plan, log *slog.Logger, cover map[string]*covered) (wrong []string, err error) {
	base, err := os.MkdirTemp("", "hekad-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(base)
	p, err := newTestPipe(plan, c.start, base, log, cover)
	if err != nil {
		return nil, err
	}
	defer p.close()
	for i := range c.In {
		in := &c.In[i]
		p.until(c.start.Add(in.at))
		if in.Input != "" {
			err = p.lines(in.Input, in.Lines)
		} else {
			d, derr := in.draft(p.clock.Now())
			p.give(message.AppendFrame(nil, d.Encode()), in.Signer)
			err = derr
		}
		if err != nil {
			return nil, fmt.Errorf("in %d: %w", i+1, err)
		}
	}
	p.until(c.start.Add(c.end))
	for _, r := range p.filters {
		if r.ended != nil {
			wrong = append(wrong, fmt.Sprintf("filter %s ended on %s: %v", r.name, r.endAt, r.ended))
		}
	}
	for i := range c.Expect {
		w, err := c.Expect[i].judge(p)
		if err != nil {
			return nil, fmt.Errorf("expect %d: %w", i+1, err)
		}
		wrong = append(wrong, w...)
	}
	return wrong, nil
}

// judge compares what there was with what is expected.
func (e *testExpect) judge(p *testPipe) (wrong []string, err error) {
	who, got, out := "filter "+e.Filter, p.got[e.Filter], (*testOutput)(nil)
	if e.Output != "" {
		who = "output " + e.Output
		for _, o := range p.outputs {
			if o.sec.Name == e.Output {
				out, got = o, o.got
			}
		}
		if out == nil {
			return nil, fmt.Errorf("the configuration has no output %q", e.Output)
		}
		for _, f := range out.failed {
			wrong = append(wrong, who+": encode: "+f)
		}
	} else if p.plan.Find(plugin.KindFilter, e.Filter) == nil {
		return nil, fmt.Errorf("the configuration has no filter %q", e.Filter)
	}
	want := -1
	if e.Messages != nil {
		want = len(e.Messages)
	}
	if e.Count != nil {
		want = *e.Count
	}
	if want >= 0 && len(got) != want {
		wrong = append(wrong, fmt.Sprintf("%s has %d messages, want %d%s", who, len(got), want, listing(got)))
	}
	var v message.View
	for i, m := range e.matchers {
		if i < len(got) && v.Parse(got[i], nil) && !m.Match(&v) {
			wrong = append(wrong, fmt.Sprintf("%s: message %d is not %s:\n%s", who, i+1, e.Messages[i], describe(got[i])))
		}
	}
	if e.Encoded != nil && string(out.encoded) != *e.Encoded {
		wrong = append(wrong, fmt.Sprintf("%s wrote\n%s\nwant\n%s", who, safe(out.encoded), safe([]byte(*e.Encoded))))
	}
	return wrong, nil
}

// listing shows the first messages of a list.
func listing(got [][]byte) string {
	text := ""
	for i, msg := range got {
		if i == 5 {
			return text + fmt.Sprintf("\n… and %d more", len(got)-i)
		}
		text += "\n" + describe(msg)
	}
	return text
}

var errNoTests = errors.New("there are no tests there; they are in files that end in _test.toml")
