package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// diary keeps what happened, in order.
type diary struct {
	mu   sync.Mutex
	list []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	d.list = append(d.list, fmt.Sprintf(format, args...))
	d.mu.Unlock()
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.list, ", ")
}

// diaryConfig are the options of DiaryInput, DiaryFilter and DiaryOutput.
type diaryConfig struct {
	D     *diary
	As    string
	Fail  error // of Start
	Adapt bool  // inputs: take on other options
}

type diaryPlug struct{ c diaryConfig }

func (p *diaryPlug) Start(context.Context) error {
	p.c.D.note("%s starts", p.c.As)
	return p.c.Fail
}

func (p *diaryPlug) Stop() error {
	p.c.D.note("%s stops", p.c.As)
	return nil
}

type diaryInput struct{ diaryPlug }

func (p *diaryInput) Run(ctx context.Context, _ plugin.Host) error {
	p.c.D.note("%s runs", p.c.As)
	<-ctx.Done()
	p.c.D.note("%s ends", p.c.As)
	return nil
}

func (p *diaryInput) Inherit(from []plugin.Input) {
	var names []string
	for _, x := range from {
		if d, ok := x.(*adaptInput); ok {
			names = append(names, d.c.As)
		} else if d, ok := x.(*diaryInput); ok {
			names = append(names, d.c.As)
		}
	}
	p.c.D.note("%s inherits from %s", p.c.As, strings.Join(names, "+"))
}

type adaptInput struct{ diaryInput }

func (p *adaptInput) Adapt(_ context.Context, next plugin.Input) (commit, cancel func(), err error) {
	n := next.(*adaptInput)
	if n.c.Fail != nil {
		return nil, nil, n.c.Fail
	}
	p.c.D.note("%s adapts", p.c.As)
	return func() { p.c.D.note("%s becomes %s", p.c.As, n.c.As); p.c = n.c }, func() { p.c.D.note("%s stays", p.c.As) }, nil
}

type diaryFilter struct {
	diaryPlug
	n byte
}

func (p *diaryFilter) Process(in *message.Selection, _ plugin.Emitter) error {
	p.n += byte(in.Len())
	return nil
}
func (p *diaryFilter) SaveState(dst []byte) ([]byte, error) { return append(dst, p.n), nil }
func (p *diaryFilter) RestoreState(b []byte) error {
	p.n = b[0]
	p.c.D.note("%s knows", p.c.As)
	return nil
}

type diaryOutput struct{ diaryPlug }

func (p *diaryOutput) Deliver(context.Context, []message.Selection) error { return nil }

func init() {
	plugin.RegisterInput("DiaryInput", plugin.About{}, func(c diaryConfig, _ plugin.Env) (plugin.Input, error) {
		if c.Adapt {
			return &adaptInput{diaryInput{diaryPlug{c}}}, nil
		}
		return &diaryInput{diaryPlug{c}}, nil
	})
	plugin.RegisterFilter("DiaryFilter", plugin.About{}, func(c diaryConfig, _ plugin.Env) (plugin.Filter, error) {
		return &diaryFilter{diaryPlug: diaryPlug{c}}, nil
	})
	plugin.RegisterOutput("DiaryOutput", plugin.About{}, func(c diaryConfig, _ plugin.Env) (plugin.Output, error) {
		return &diaryOutput{diaryPlug{c}}, nil
	})
}

func (p *planner) diary(name, typ string, c diaryConfig) {
	s := p.add(name, typ, &c)
	s.Text = c.As
	s.Input.Splitter, s.Input.Retries = "LineSplitter", quick
	s.Route.Matcher, s.Route.Retries, s.Route.QueueSize = "TRUE", quick, 1<<20
}

// TestReloadTriesBeforeItStops: what is new starts beside what runs, and takes its place
// only when all of it has started; else nobody notices.
func TestReloadTriesBeforeItStops(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		fail       string // who does not start
		err        error
	}{
		{"accepted", "c2 inherits from a1+b1, c2 starts, b1 adapts, o2 starts, f2 knows, f2 starts, o1 stops, f1 stops, b1 becomes b2, a1 ends, a1 stops, c2 runs", "", nil},
		{"an input does not start", "c2 inherits from a1+b1, c2 starts, b1 adapts, o2 starts, f2 knows, f2 starts, f2 stops, o2 stops, b1 stays, c2 stops", "c2", errors.New("no")},
		{"an output does not start", "c2 inherits from a1+b1, c2 starts, b1 adapts, o2 starts, o2 stops, b1 stays, c2 stops", "o2", errors.New("no")},
		{"a filter does not start", "c2 inherits from a1+b1, c2 starts, b1 adapts, o2 starts, f2 knows, f2 starts, f2 stops, o2 stops, b1 stays, c2 stops", "f2", errors.New("no")},
		{"an output starts later", "c2 inherits from a1+b1, c2 starts, b1 adapts, o2 starts, f2 knows, f2 starts, o1 stops, f1 stops, b1 becomes b2, a1 ends, a1 stops, c2 runs", "o2", fmt.Errorf("later: %w", plugin.ErrRetry)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &diary{}
			of := func(as string, adapt bool) diaryConfig {
				c := diaryConfig{D: d, As: as, Adapt: adapt}
				if as == tt.fail {
					c.Fail = tt.err
				}
				return c
			}
			p := newPlan(t)
			p.diary("a", "DiaryInput", of("a1", false))
			p.diary("b", "DiaryInput", of("b1", true))
			p.diary("o", "DiaryOutput", of("o1", false))
			p.diary("f", "DiaryFilter", of("f1", false))
			r := p.run()
			<-r.started
			eventually(t, "all run", func() bool {
				s := d.String()
				return strings.Contains(s, "a1 runs") && strings.Contains(s, "b1 runs") && strings.Contains(s, "o1 starts") && strings.Contains(s, "f1 starts")
			})
			d.mu.Lock()
			d.list = nil
			d.mu.Unlock()
			q := newPlan(t)
			q.diary("c", "DiaryInput", of("c2", false)) // takes the place of a
			q.diary("b", "DiaryInput", of("b2", true))
			q.diary("o", "DiaryOutput", of("o2", false))
			q.diary("f", "DiaryFilter", of("f2", false))
			_, err := r.Reload(&q.plan)
			refused := tt.err != nil && !errors.Is(tt.err, plugin.ErrRetry)
			if (err != nil) != refused {
				t.Fatalf("Reload = %v", err)
			}
			var ref *Refused
			if refused && (!errors.As(err, &ref) || !ref.Tried || !strings.Contains(err.Error(), "["+tt.fail[:1]+"] ")) {
				t.Errorf("Reload = %#v, want a refusal that names the section", err)
			}
			want := tt.want
			if !refused {
				eventually(t, "the new input runs", func() bool { return strings.Contains(d.String(), "c2 runs") })
			}
			// the heritage of b too, and tries of o2 that come later, are beside the point
			got := slices.DeleteFunc(strings.Split(d.String(), ", "), func(s string) bool { return strings.HasPrefix(s, "b2 ") })
			if i := slices.Index(got, "o2 starts"); i >= 0 {
				for j := len(got) - 1; j > i; j-- {
					if got[j] == "o2 starts" {
						got = slices.Delete(got, j, j+1)
					}
				}
			}
			if s := strings.Join(got, ", "); s != want {
				t.Errorf("got  %s\nwant %s", s, want)
			}
			r.finish(t)
		})
	}
}

// TestRefusedReloadKeepsStateGoing: a filter that was held for a reload that is refused
// counts on, with nothing lost or twice.
func TestRefusedReloadKeepsStateGoing(t *testing.T) {
	var sent, opened atomic.Int64
	run := endless(&sent, &opened)
	plan := func(version string, bad bool) *planner {
		p := newPlan(t)
		p.input("in", "LineSplitter", "", run)
		f := p.filter("keep", "TRUE", 0, filterConfig{})
		f.Info, f.Config, f.Text = info(t, "KeepFilter"), new(none), version
		if bad {
			p.diary("z", "DiaryFilter", diaryConfig{D: &diary{}, As: "z", Fail: errors.New("no")})
		}
		return p
	}
	r := plan("0", false).run()
	for i := range 20 {
		for n := sent.Load(); sent.Load() < n+20; {
			time.Sleep(100 * time.Microsecond)
		}
		p := plan(fmt.Sprint(i+1), i%3 == 0)
		_, err := r.Reload(&p.plan)
		if (err != nil) != (i%3 == 0) {
			t.Fatalf("reload %d: %v", i, err)
		}
	}
	k := r.workers["filter/keep"]
	r.finish(t)
	if n := k.plugged().(*counter).n; n != byte(sent.Load()) {
		t.Errorf("the filter has counted %d, sent were %d (modulo 256)", n, byte(sent.Load()))
	}
	if opened.Load() != 1 {
		t.Errorf("the input that did not change ran %d times", opened.Load())
	}
}

// TestRefusedOutputLeavesTheJournalAlone: what an earlier run left for an output is still
// there when a reload that brings it back is refused.
func TestRefusedOutputLeavesTheJournalAlone(t *testing.T) {
	dir := t.TempDir()
	base := func(p *planner) *planner {
		p.plan.Globals.BaseDir, p.plan.Globals.Journal, p.plan.Globals.JournalSync = dir, true, time.Second
		return p
	}
	buffered := func(p *planner, name string) {
		s := p.output(name, "TRUE", func(context.Context, []message.Selection) error { return plugin.ErrRetry })
		s.Route.UseBuffering = true
		s.Route.Overflow = "spill"
	}
	p := base(newPlan(t))
	p.input("in", "LineSplitter", "", feed(10, number))
	buffered(p, "late")
	r := p.run()
	eventually(t, "ten messages", func() bool { o := r.Report().Outputs; return len(o) > 0 && o[0].Account.Received == 10 })
	r.finish(t)

	q := base(newPlan(t))
	q.input("in", "LineSplitter", "", feed(0, number))
	r = q.run()
	<-r.started
	again := base(newPlan(t))
	again.input("in", "LineSplitter", "", feed(0, number))
	buffered(again, "late")
	buffered(again, "new")
	again.diary("z", "DiaryOutput", diaryConfig{D: &diary{}, As: "z", Fail: errors.New("no")})
	if _, err := r.Reload(&again.plan); err == nil {
		t.Fatal("Reload with an output that does not start is accepted")
	}
	if got := r.journal.Consumers(); fmt.Sprint(got) != "[output/late]" {
		t.Errorf("the journal knows %v, want what was there before", got)
	}
	back := base(newPlan(t))
	back.input("in", "LineSplitter", "", feed(0, number))
	s := newSink()
	back.output("late", "TRUE", s.deliver)
	r.reload(t, back)
	s.wait(t, 10)
	r.finish(t)
}

// TestOutcome: what a reload tells.
func TestOutcome(t *testing.T) {
	p := newPlan(t)
	d := &diary{}
	p.diary("a", "DiaryInput", diaryConfig{D: d, As: "n = 1\n", Adapt: true})
	p.diary("b", "DiaryInput", diaryConfig{D: d, As: "n = 1\n"})
	p.diary("gone", "DiaryOutput", diaryConfig{D: d, As: "n = 1\n"})
	p.diary("same", "DiaryOutput", diaryConfig{D: d, As: "n = 1\n"})
	r := p.run()
	<-r.started
	q := newPlan(t)
	q.diary("a", "DiaryInput", diaryConfig{D: d, As: "n = 2\n", Adapt: true})
	q.diary("b", "DiaryInput", diaryConfig{D: d, As: "n = 2\npassword = \"x\"\n"})
	q.diary("new", "DiaryFilter", diaryConfig{D: d, As: "n = 1\n"})
	q.diary("same", "DiaryOutput", diaryConfig{D: d, As: "n = 1\n"})
	const want = "added             filter new (DiaryFilter)\n" +
		"changed in place  input a (DiaryInput)  n 1 → 2\n" +
		"replaced          input b (DiaryInput)  n 1 → 2, password = \"…\"\n" +
		"removed           output gone (DiaryOutput)\n" +
		"kept              1 plugin\n"
	before := d.String()
	o, err := r.Preview(&q.plan)
	if err != nil || o.Text() != want {
		t.Errorf("Preview = %v\n%s\nwant\n%s", err, o.Text(), want)
	}
	if d.String() != before {
		t.Error("Preview has started something")
	}
	if o, err = r.Reload(&q.plan); err != nil || o.Text() != want {
		t.Errorf("Reload = %v\n%s\nwant\n%s", err, o.Text(), want)
	}
	r.finish(t)
}

// slowMake is closed when a SlowMakeFilter may be made.
var slowMake = make(chan chan struct{}, 1)

func init() {
	plugin.RegisterFilter("SlowMakeFilter", plugin.About{}, func(_ none, env plugin.Env) (plugin.Filter, error) {
		<-<-slowMake
		return &loadFilter{name: env.Name}, nil
	})
}

// TestMakingAFilterHoldsNobodyUp: while a filter is made, as when a large WebAssembly
// module is compiled, others can be loaded, the engine reports and reloads.
func TestMakingAFilterHoldsNobodyUp(t *testing.T) {
	p := newPlan(t)
	x := newLoading(t, p, false)
	let := make(chan struct{})
	slowMake <- let
	slow := &plugin.Loadable{Name: "slow", Config: "[x]\ntype = \"SlowMakeFilter\"\nmessage_matcher = \"TRUE\"\n"}
	done := make(chan error, 1)
	go func() { done <- x.l.Load(context.Background(), slow) }()
	eventually(t, "it is being made", func() bool { return len(slowMake) == 0 })

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := x.l.Load(ctx, &plugin.Loadable{Name: t.Name(), Config: filterText("")}); err != nil {
		t.Errorf("Load of another: %v", err)
	}
	if err := x.l.Load(ctx, slow); !errors.Is(err, plugin.ErrLoaded) {
		t.Errorf("Load of the same = %v", err)
	}
	x.Report()
	plan := p.plan
	if _, err := x.Reload(&plan); err != nil {
		t.Errorf("Reload: %v", err)
	}
	clash := newPlan(t)
	clash.plan = plan
	clash.filter("slow", "TRUE", 0, filterConfig{})
	if _, err := x.Reload(&clash.plan); err == nil || !strings.Contains(err.Error(), "is being loaded") {
		t.Errorf("Reload with a filter of that name = %v", err)
	}
	select {
	case err := <-done:
		t.Fatalf("it is made already: %v", err)
	default:
	}
	close(let)
	if err := <-done; err != nil {
		t.Errorf("Load: %v", err)
	}
	x.push(t, 3)
	eventually(t, "it works", func() bool { return seen("slow").Load() == 3 })

	let = make(chan struct{})
	slowMake <- let
	go func() { done <- x.l.Replace(context.Background(), slow) }()
	eventually(t, "the next is being made", func() bool { return len(slowMake) == 0 })
	x.push(t, 3)
	eventually(t, "the old one works on", func() bool { return seen("slow").Load() == 6 })
	x.Report()
	close(let)
	if err := <-done; err != nil {
		t.Errorf("Replace: %v", err)
	}
}
