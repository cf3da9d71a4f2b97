package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// loadConfig are the options of LoadFilter, which the tests load at run time.
type loadConfig struct {
	Fail    string        `toml:"fail" doc:"Error of Start."`
	Delay   time.Duration `toml:"delay" default:"0s" doc:"Time for each message."`
	Version int           `toml:"version" default:"0" doc:"State of another version is refused."`
	Echo    bool          `toml:"echo" doc:"Inject each payload."`
	Panic   bool          `toml:"panic" doc:"Panic on the first message."`
}

type loadFilter struct {
	c    loadConfig
	name string
	n    atomic.Int64 // messages seen, those of the states before included
}

// loadSeen counts by name what the instances of a filter saw together.
var loadSeen sync.Map // name → *atomic.Int64

func seen(name string) *atomic.Int64 {
	n, _ := loadSeen.LoadOrStore(name, new(atomic.Int64))
	return n.(*atomic.Int64)
}

func (f *loadFilter) Start(context.Context) error {
	if f.c.Fail != "" {
		return errors.New(f.c.Fail)
	}
	return nil
}

func (f *loadFilter) Process(in *message.Selection, out plugin.Emitter) error {
	var v message.View
	if f.c.Panic {
		panic("asked for")
	}
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if f.c.Delay > 0 {
			for end := time.Now().Add(f.c.Delay); time.Now().Before(end); {
			}
		}
		if f.c.Echo && v.Parse(in.At(i), nil) {
			b := out.Begin()
			b.Type, b.Payload = "echo", v.Payload()
			if err := out.Inject(); err != nil {
				return err
			}
		}
	}
	f.n.Add(int64(in.Len()))
	seen(f.name).Add(int64(in.Len()))
	return nil
}

func (f *loadFilter) SaveState(dst []byte) ([]byte, error) {
	return binary.AppendVarint(append(dst, byte(f.c.Version)), f.n.Load()), nil
}

func (f *loadFilter) RestoreState(b []byte) error {
	if b[0] != byte(f.c.Version) {
		return errors.New("of another version")
	}
	n, _ := binary.Varint(b[1:])
	f.n.Store(n)
	return nil
}

func (f *loadFilter) Report(r *plugin.Report) { r.Int("Memory", f.n.Load(), "B") }

// ownerFilter gives the tests its Loader.
type ownerFilter struct{ env plugin.Env }

func (ownerFilter) Process(*message.Selection, plugin.Emitter) error { return nil }

func init() {
	plugin.RegisterFilter("LoadFilter", plugin.About{}, func(c loadConfig, env plugin.Env) (plugin.Filter, error) {
		return &loadFilter{c: c, name: env.Name}, nil
	})
	plugin.RegisterFilter("OwnerFilter", plugin.About{}, func(_ none, env plugin.Env) (plugin.Filter, error) { return ownerFilter{env}, nil })
}

// loading is a running engine with one manager and a stream of messages.
type loading struct {
	*running
	l    plugin.Loader
	sent atomic.Int64
	all  *sink
	echo atomic.Int64
	told chan string  // payloads of heka.sandbox-terminated
	most atomic.Int64 // messages that may be sent, 0 for any number
	pace chan struct{}
}

func newLoading(t *testing.T, p *planner, free bool) *loading {
	loadSeen.Clear() // the same test may run again in this process
	x := &loading{told: make(chan string, 16), pace: make(chan struct{})}
	p.plan.Globals.MaxProcessDuration = 100000
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		for ctx.Err() == nil {
			if !free {
				select {
				case <-x.pace:
				case <-ctx.Done():
					return nil
				}
			}
			if most := x.most.Load(); most > 0 && x.sent.Load() > most {
				time.Sleep(50 * time.Microsecond) // a source that keeps step with the slowest
				continue
			}
			if _, err := s.Write([]byte(number(int(x.sent.Load())) + "\n")); err != nil {
				break
			}
			s.Send()
			x.sent.Add(1)
		}
		return nil
	})
	var got atomic.Int64
	x.all = newSink()
	p.output("all", "Logger == 'in'", func(_ context.Context, in []message.Selection) error {
		for i := range in {
			got.Add(int64(in[i].Len()))
		}
		return nil
	})
	p.output("echo", "Type == 'echo'", func(_ context.Context, in []message.Selection) error {
		for i := range in {
			x.echo.Add(int64(in[i].Len()))
		}
		return nil
	})
	p.output("told", "Type == 'heka.sandbox-terminated' || Type == 'heka.terminated'", func(_ context.Context, in []message.Selection) error {
		var v message.View
		for k := range in {
			for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
				v.Parse(in[k].At(i), nil)
				var f message.Field
				v.Field("plugin", 0, &f)
				x.told <- fmt.Sprintf("%s %s: %s", v.Type(), f.Text(0), v.Payload())
			}
		}
		return nil
	})
	o := p.filter("boss", "FALSE", 0, filterConfig{})
	o.Info, o.Config = info(t, "OwnerFilter"), new(none)
	x.running = p.run()
	for !x.Running() {
		time.Sleep(time.Millisecond)
	}
	x.l = x.workers["filter/boss"].plugged().(ownerFilter).env.Loader
	t.Cleanup(func() {
		x.finish(t)
		if got.Load() != x.sent.Load() {
			t.Errorf("sent %d, a bystander got %d", x.sent.Load(), got.Load())
		}
	})
	return x
}

func (x *loading) push(t *testing.T, n int) {
	t.Helper()
	want := x.sent.Load() + int64(n)
	defer func() {
		eventually(t, "what was asked for is sent", func() bool { return x.sent.Load() >= want })
	}()
	for range n {
		select {
		case x.pace <- struct{}{}:
		case <-time.After(20 * time.Second):
			t.Fatal("the input is held up")
		}
	}
}

func filterText(options string) string {
	return "[x]\ntype = \"LoadFilter\"\nmessage_matcher = \"Logger == 'in'\"\n" + options + "\n"
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func (x *loading) of(name string) plugin.Loaded {
	for _, l := range x.l.Loaded() {
		if l.Name == name {
			return l
		}
	}
	return plugin.Loaded{}
}

func TestLoadReplacePauseUnload(t *testing.T) {
	x := newLoading(t, newPlan(t), false)
	ctx := context.Background()
	name := t.Name()
	got := func() int64 { return seen(name).Load() }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	x.push(t, 10)
	must(x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("echo = true")}))
	if err := x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("")}); !errors.Is(err, plugin.ErrLoaded) {
		t.Errorf("second Load = %v", err)
	}
	x.push(t, 10)
	eventually(t, "ten messages and their echoes", func() bool { return got() == 10 && x.echo.Load() == 10 })

	must(x.l.Replace(ctx, &plugin.Loadable{Name: name, Config: filterText("")}))
	x.push(t, 5)
	eventually(t, "the state goes over", func() bool { l := x.of(name); return got() == 15 && l.Metric("Memory") == 15 })
	if err := x.l.Replace(ctx, &plugin.Loadable{Name: name, Config: filterText("fail = \"no such file\"")}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("Replace with what does not start = %v", err)
	}
	x.push(t, 5)
	eventually(t, "the old one works on", func() bool { return got() == 20 && x.echo.Load() == 10 })

	must(x.l.Pause(ctx, name))
	x.push(t, 5)
	if l := x.of(name); l.State != plugin.StatePaused || got() != 20 {
		t.Errorf("paused: %+v, %d messages", l, got())
	}
	must(x.l.Resume(ctx, name))
	x.push(t, 5)
	eventually(t, "it takes messages again", func() bool { return got() == 25 })

	must(x.l.Replace(ctx, &plugin.Loadable{Name: name, Config: filterText("version = 1")}))
	x.push(t, 1)
	eventually(t, "state of another version is left", func() bool { l := x.of(name); return l.Metric("Memory") == 1 })

	must(x.l.Unload(ctx, name))
	x.push(t, 5)
	must(x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("version = 1"), Paused: true}))
	if l := x.of(name); l.State != plugin.StatePaused || l.Metric("Memory") != 1 {
		t.Errorf("loaded again: %+v, want its old state, paused", l)
	}
	for _, err := range []error{x.l.Unload(ctx, "nobody"), x.l.Pause(ctx, "all"), x.l.Replace(ctx, &plugin.Loadable{Name: "boss", Config: filterText("")}),
		loader{x.Engine, "other"}.Unload(ctx, name)} {
		if !errors.Is(err, plugin.ErrNotLoaded) {
			t.Errorf("of what is not the manager's: %v", err)
		}
	}
	if err := x.l.Load(ctx, &plugin.Loadable{Name: "boss", Config: filterText("")}); !errors.Is(err, plugin.ErrLoaded) {
		t.Errorf("Load over a filter of the files = %v", err)
	}
	if err := x.l.Load(ctx, &plugin.Loadable{Name: "bad", Config: filterText("fail = \"syntax error\"")}); err == nil || len(x.l.Loaded()) != 1 {
		t.Errorf("Load of what does not start = %v", err)
	}
}

// What a section could ask for to the harm of others has no effect.
func TestLoadedFilterCannotStopOthers(t *testing.T) {
	p := newPlan(t)
	p.plan.Globals.Journal = true
	x := newLoading(t, p, false)
	name := t.Name()
	text := filterText("overflow = \"block\"\ncan_exit = false\nuse_buffering = true\n[x.buffering]\nmax_buffer_size = 600000\nfull_action = \"shutdown\"")
	if err := x.l.Load(context.Background(), &plugin.Loadable{Name: name, Config: text}); err != nil {
		t.Fatal(err)
	}
	o := x.workers["filter/"+name].r.spec().sec.Route
	if o.Overflow != config.Spill || !o.CanExit || o.Buffering.FullAction != "drop" {
		t.Errorf("its options are %+v", o)
	}
	x.push(t, 10)
	eventually(t, "it works all the same", func() bool { return seen(name).Load() == 10 })
}

func TestLoadedFilterStaysOverReload(t *testing.T) {
	dir := t.TempDir()
	p := newPlan(t)
	p.plan.Globals.BaseDir = dir
	x := newLoading(t, p, false)
	name := t.Name()
	if err := x.l.Load(context.Background(), &plugin.Loadable{Name: name, Config: filterText("")}); err != nil {
		t.Fatal(err)
	}
	before := x.workers["filter/"+name].plugged()
	plan := p.plan
	plan.Sections = append([]*config.Section(nil), plan.Sections...)
	if _, err := x.Reload(&plan); err != nil {
		t.Fatal(err)
	}
	x.push(t, 3)
	eventually(t, "messages after the reload", func() bool { return seen(name).Load() == 3 })
	if x.workers["filter/"+name].plugged() != before {
		t.Error("the reload has replaced the loaded filter")
	}

	clash := newPlan(t)
	clash.plan = plan
	clash.filter(name, "TRUE", 0, filterConfig{})
	if _, err := x.Reload(&clash.plan); err == nil || !strings.Contains(err.Error(), "was loaded by boss") {
		t.Errorf("Reload with a filter of the same name = %v", err)
	}

	without := plan
	without.Sections = nil
	for _, s := range plan.Sections {
		if s.Name != "boss" {
			without.Sections = append(without.Sections, s)
		}
	}
	if _, err := x.Reload(&without); err != nil {
		t.Fatal(err)
	}
	if l := x.Loaded(); len(l) != 0 {
		t.Errorf("without their manager there are still %+v", l)
	}
}

func TestSlowLoadedFilterEndsAndHoldsUpNobody(t *testing.T) {
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprint("journal=", journal), func(t *testing.T) {
			p := newPlan(t)
			p.plan.Globals.Journal = journal
			x := newLoading(t, p, true)
			name := strings.ReplaceAll(t.Name(), "/", "_")
			err := x.l.Load(context.Background(), &plugin.Loadable{Name: name, Config: filterText("delay = \"1ms\"\nqueue_size = \"128KiB\"")})
			if err != nil {
				t.Fatal(err)
			}
			select {
			case text := <-x.told:
				if want := "heka.sandbox-terminated " + name + ": sandbox is running slowly and blocking the router"; text != want {
					t.Errorf("told %q, want %q", text, want)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("the slow filter works on")
			}
			l := x.of(name)
			if l.State != plugin.StateTerminated {
				t.Errorf("state %+v", l)
			}
			eventually(t, "the account of the ended holds", func() bool {
				l = x.of(name)
				return l.Received == l.Processed+l.Held+l.Dropped && l.Held == 0
			})
			if err := x.l.Replace(context.Background(), &plugin.Loadable{Name: name, Config: filterText("")}); err != nil {
				t.Errorf("Replace of the ended = %v", err)
			}
			n := seen(name).Load()
			eventually(t, "its replacement works", func() bool { return seen(name).Load() > n })
		})
	}
}

func TestTerminateAndPanic(t *testing.T) {
	x := newLoading(t, newPlan(t), false)
	name := t.Name()
	ctx := context.Background()
	if err := x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("")}); err != nil {
		t.Fatal(err)
	}
	if err := x.l.Terminate(ctx, name, "over its quota"); err != nil {
		t.Fatal(err)
	}
	if text, want := <-x.told, "heka.sandbox-terminated "+name+": over its quota"; text != want {
		t.Errorf("told %q, want %q", text, want)
	}
	if err := x.l.Pause(ctx, name); err == nil {
		t.Error("a filter that has ended is paused")
	}
	x.push(t, 3)
	if err := x.l.Unload(ctx, name); err != nil {
		t.Error(err)
	}
	err := x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("panic = true\n[x.retries]\nmax_retries = 0\n")})
	if err != nil {
		t.Fatal(err)
	}
	x.push(t, 3)
	if text := <-x.told; !strings.Contains(text, "panicked more often") {
		t.Errorf("told %q", text)
	}
}

// envInt is a number from the environment, so that a make target can ask for more.
func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// openFiles counts the process's descriptors; 0 where the system does not tell.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// Loads, replacements and unloads under traffic, as many as HEKA_LOADS says.
func TestLoadsUnderTraffic(t *testing.T) {
	n := envInt("HEKA_LOADS", 100)
	x := newLoading(t, withJournal(newPlan(t), t.TempDir()), true)
	ctx := context.Background()
	eventually(t, "traffic", func() bool { return x.sent.Load() > 100 })
	base := t.Name()
	x.most.Store(1)
	eventually(t, "a pause", func() bool { n := x.sent.Load(); time.Sleep(time.Millisecond); return n == x.sent.Load() })
	if err := x.l.Load(ctx, &plugin.Loadable{Name: base, Config: filterText("")}); err != nil {
		t.Fatal(err)
	}
	already := x.sent.Load()
	done := make(chan struct{})
	var keeper sync.WaitGroup
	keeper.Add(1)
	go func() { // the filter that is replaced all the time sets the pace: so its loss would show
		defer keeper.Done()
		for {
			x.most.Store(already + seen(base).Load() + 3000)
			select {
			case <-done:
				x.most.Store(1)
				return
			case <-time.After(100 * time.Microsecond):
			}
		}
	}()
	defer keeper.Wait()
	defer close(done)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	goroutines, files := runtime.NumGoroutine(), openFiles()
	var times []time.Duration
	for i := range n {
		name := fmt.Sprintf("%s-%d", base, i%7)
		had, began := seen(name).Load(), time.Now()
		if err := x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("")}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a first message", func() bool { return seen(name).Load() > had })
		times = append(times, time.Since(began))
		if err := x.l.Replace(ctx, &plugin.Loadable{Name: base, Config: filterText(fmt.Sprintf("version = 0\nticker_interval = %d", i%5))}); err != nil {
			t.Fatal(err)
		}
		if err := x.l.Unload(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	l := x.of(base)
	x.Engine.pool.Trim()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if name := os.Getenv("HEKA_HEAP"); name != "" {
		f, _ := os.Create(name)
		pprof.WriteHeapProfile(f)
		f.Close()
	}
	slices.Sort(times)
	t.Logf("%d rounds: load to first message %v in the middle, %v for 99 of 100, %v at worst; heap %+d KiB, goroutines %+d",
		n, times[n/2], times[n*99/100], times[n-1], (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>10, runtime.NumGoroutine()-goroutines)
	if d := openFiles() - files; d > 4 { // the journal rolls
		t.Errorf("%d files are left open", d)
	}
	if d := runtime.NumGoroutine() - goroutines; d > 5 {
		t.Errorf("%d goroutines are left behind", d)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 { // what queues and pools hold at the moment
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	eventually(t, "all that was sent is processed", func() bool {
		x.most.Store(1)
		l = x.of(base)
		return l.Processed == uint64(x.sent.Load()-already) && l.Held == 0
	})
	if l.Dropped != 0 {
		t.Errorf("the filter that was replaced %d times has lost messages: %+v", n, l)
	}
}
