package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Plugins whose behaviour the tests write as functions.

type scriptConfig struct {
	Run   func(ctx context.Context, host plugin.Host) error `toml:"-"`
	Start func() error                                      `toml:"-"`
	Stop  func() error                                      `toml:"-"`
}

type scriptInput struct{ c scriptConfig }

func (i scriptInput) Run(ctx context.Context, h plugin.Host) error { return i.c.Run(ctx, h) }
func (i scriptInput) Start(context.Context) error {
	if i.c.Start != nil {
		return i.c.Start()
	}
	return nil
}
func (i scriptInput) Stop() error {
	if i.c.Stop != nil {
		return i.c.Stop()
	}
	return nil
}

type filterConfig struct {
	Process func(in *message.Selection, out plugin.Emitter) error `toml:"-"`
	Tick    func(out plugin.Emitter) error                        `toml:"-"`
}

type scriptFilter struct{ c filterConfig }

func (f scriptFilter) Process(in *message.Selection, out plugin.Emitter) error {
	return f.c.Process(in, out)
}
func (f scriptFilter) Tick(_ time.Time, out plugin.Emitter) error { return f.c.Tick(out) }

type outputConfig struct {
	Deliver func(ctx context.Context, in []message.Selection) error `toml:"-"`
}

type scriptOutput struct{ c outputConfig }

func (o scriptOutput) Deliver(ctx context.Context, in []message.Selection) error {
	return o.c.Deliver(ctx, in)
}

type none struct{}

// countOutput only counts.
type countOutput struct{ n, bytes atomic.Int64 }

func (o *countOutput) Deliver(context.Context, []message.Selection) error {
	panic("bug: a counter's batches are not queued")
}
func (o *countOutput) Count(n, bytes int) { o.n.Add(int64(n)); o.bytes.Add(int64(bytes)) }

type lineSplitter struct{}

func (lineSplitter) Split(b []byte, _ bool) (start, end, advance int) {
	if bytes.HasPrefix(b, []byte("splitter panic!")) {
		panic("asked for")
	}
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return 0, i, i + 1
	}
	return 0, 0, 0
}

type framingConfig struct{ Keys map[string]string }

type framedSplitter struct{ keys *message.Keys }

func (framedSplitter) Split([]byte, bool) (int, int, int) { panic("bug: engine splits frames itself") }
func (f framedSplitter) Keys() *message.Keys              { return f.keys }

type rawDecoder struct{}

func (rawDecoder) InPlace() {}
func (rawDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	panic("bug: decoded in place")
}

type evenDecoder struct{}

var errOdd = fmt.Errorf("odd number of bytes")

func (evenDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	switch {
	case string(in.Data) == "panic!":
		panic("asked for")
	case len(in.Data)%2 == 1:
		return errOdd
	}
	in.Begin(out)
	return out.End()
}

func init() {
	plugin.RegisterInput("ScriptInput", plugin.About{}, func(c scriptConfig, _ plugin.Env) (plugin.Input, error) { return scriptInput{c}, nil })
	plugin.RegisterFilter("ScriptFilter", plugin.About{}, func(c filterConfig, _ plugin.Env) (plugin.Filter, error) { return scriptFilter{c}, nil })
	plugin.RegisterOutput("ScriptOutput", plugin.About{}, func(c outputConfig, _ plugin.Env) (plugin.Output, error) { return scriptOutput{c}, nil })
	plugin.RegisterOutput("CountOutput", plugin.About{}, func(none, plugin.Env) (plugin.Output, error) { return &countOutput{}, nil })
	plugin.RegisterSplitter("LineSplitter", plugin.About{}, func(none, plugin.Env) (plugin.Splitter, error) { return lineSplitter{}, nil })
	plugin.RegisterSplitter("FramedSplitter", plugin.About{}, func(c framingConfig, _ plugin.Env) (plugin.Splitter, error) {
		return framedSplitter{message.NewKeys(c.Keys)}, nil
	})
	plugin.RegisterDecoder("RawDecoder", plugin.About{}, func(none, plugin.Env) (plugin.Decoder, error) { return rawDecoder{}, nil })
	plugin.RegisterDecoder("EvenDecoder", plugin.About{}, func(none, plugin.Env) (plugin.Decoder, error) { return evenDecoder{}, nil })
}

func info(t testing.TB, name string) *plugin.Info {
	t.Helper()
	i, ok := plugin.Lookup(name)
	if !ok {
		t.Fatalf("no plugin type %s", name)
	}
	return i
}

// bench builds plans by hand.
type planner struct {
	t    testing.TB
	plan config.Plan
}

func newPlan(t testing.TB) *planner {
	p := &planner{t: t}
	p.plan.Globals = config.Globals{Hostname: "testhost", MaxMessageSize: 64 << 10, MaxMessageLoops: 4,
		MemoryBudget: 64 << 20, ShutdownTimeout: 5 * time.Second, BaseDir: t.TempDir()}
	p.add("LineSplitter", "LineSplitter", new(none))
	p.add("FramedSplitter", "FramedSplitter", &framingConfig{Keys: map[string]string{"ops_1": "secret"}})
	p.add("RawDecoder", "RawDecoder", new(none))
	p.add("EvenDecoder", "EvenDecoder", new(none))
	return p
}

func (p *planner) add(name, typ string, cfg any) *config.Section {
	s := &config.Section{Name: name, Info: info(p.t, typ), Config: cfg, Text: name}
	p.plan.Sections = append(p.plan.Sections, s)
	return s
}

var quick = config.Retries{Delay: time.Millisecond, MaxDelay: 5 * time.Millisecond, Max: -1}

func (p *planner) input(name, splitter, decoder string, run func(ctx context.Context, host plugin.Host) error) *config.Section {
	s := p.add(name, "ScriptInput", &scriptConfig{Run: run})
	s.Input = config.InputOptions{Splitter: splitter, Decoder: decoder, Retries: quick, LogDecodeFailures: true}
	return s
}

func (p *planner) filter(name, matcher string, ticker time.Duration, c filterConfig) *config.Section {
	s := p.add(name, "ScriptFilter", &c)
	s.Route = config.RouteOptions{Matcher: matcher, Retries: quick, Ticker: ticker, Overflow: config.Block, QueueSize: 1 << 20}
	return s
}

func (p *planner) output(name, matcher string, deliver func(ctx context.Context, in []message.Selection) error) *config.Section {
	s := p.add(name, "ScriptOutput", &outputConfig{Deliver: deliver})
	s.Route = config.RouteOptions{Matcher: matcher, Retries: quick, Overflow: config.Block, QueueSize: 1 << 20}
	return s
}

func (p *planner) engine() *Engine {
	p.t.Helper()
	plan := p.plan
	e, err := New(&plan, Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		p.t.Fatalf("New: %v", err)
	}
	return e
}

// running is an engine that was started, and stops with the test at the latest.
type running struct {
	*Engine
	cancel context.CancelFunc
	ended  chan error
}

func (p *planner) run() *running {
	p.t.Helper()
	return start(p.t, p.engine())
}

func start(t testing.TB, e *Engine) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Engine: e, cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- e.Run(ctx) }()
	t.Cleanup(func() { cancel() })
	return r
}

// finish stops the engine and checks every route's account.
func (r *running) finish(t testing.TB) {
	t.Helper()
	r.cancel()
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("Run = %v", err)
		}
	case <-time.After(60 * time.Second):
		t.Fatal("engine does not stop")
	}
	r.checkAccount(t)
}

func (r *running) checkAccount(t testing.TB) {
	t.Helper()
	rep := r.Report()
	for _, e := range append(rep.Filters, rep.Outputs...) {
		sum := e.Account.Delivered + e.Account.Held
		for _, d := range e.Account.Drops {
			switch d.Reason {
			case "injected too often", "injected message too big", "injected message matches its own filter":
				continue // never was in the route
			}
			sum += d.N
		}
		if sum != e.Account.Received {
			t.Errorf("account of %s: received %d, but delivered + held + dropped = %d: %+v", e.Name, e.Account.Received, sum, *e.Account)
		}
	}
}

// sink collects payloads.
type sink struct {
	mu   sync.Mutex
	got  []string
	more chan struct{}
}

func newSink() *sink { return &sink{more: make(chan struct{}, 1)} }

func (s *sink) deliver(_ context.Context, in []message.Selection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var v message.View
	for k := range in {
		for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
			if !v.Parse(in[k].At(i), nil) {
				return fmt.Errorf("damaged message")
			}
			s.got = append(s.got, string(v.Bytes(message.NumPayload)))
		}
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
	return nil
}

func (s *sink) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

func (s *sink) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

// wait returns once n payloads are there.
func (s *sink) wait(t testing.TB, n int) []string {
	t.Helper()
	limit := time.After(60 * time.Second)
	for {
		if l := s.list(); len(l) >= n {
			return l
		}
		select {
		case <-s.more:
		case <-limit:
			t.Fatalf("only %d of %d messages arrived", s.len(), n)
		}
	}
}
