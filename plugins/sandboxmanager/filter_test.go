package sandboxmanager

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "SandboxManagerFilter", "sandboxmanager.toml") }

// fakeLoader runs filters that are no more than their names.
type fakeLoader struct {
	list map[string]*plugin.Loaded
	text map[string]string // Impose and Config
	busy bool
	slow func() // called with each start
}

func (l *fakeLoader) Section(f *plugin.Loadable) (string, error) {
	name, rest, ok := strings.Cut(strings.TrimPrefix(f.Config, "["), "]\n")
	if !ok || !strings.Contains(rest, `type = "SandboxFilter"`) {
		return "", errors.New("config:1:1: no sandbox filter")
	}
	return name, nil
}

func (l *fakeLoader) start(f *plugin.Loadable) error {
	if l.busy {
		return plugin.ErrBusy
	}
	if l.slow != nil {
		l.slow()
	}
	script, _, _ := strings.Cut(strings.TrimPrefix(f.Impose, `filename = "`), `"`)
	b, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	if bytes.Contains(b, []byte("syntax error")) {
		return errors.New("syntax error near 'error'")
	}
	l.text[f.Name] = f.Impose + f.Config + string(b)
	l.list[f.Name] = &plugin.Loaded{Name: f.Name, State: plugin.StateRunning}
	if f.Paused {
		l.list[f.Name].State = plugin.StatePaused
	}
	return nil
}

func (l *fakeLoader) Load(_ context.Context, f *plugin.Loadable) error {
	if l.list[f.Name] != nil {
		return plugin.ErrLoaded
	}
	return l.start(f)
}
func (l *fakeLoader) Replace(_ context.Context, f *plugin.Loadable) error { return l.start(f) }
func (l *fakeLoader) set(name, state string) error {
	if l.list[name] == nil {
		return plugin.ErrNotLoaded
	}
	l.list[name].State = state
	return nil
}
func (l *fakeLoader) Pause(_ context.Context, name string) error {
	return l.set(name, plugin.StatePaused)
}
func (l *fakeLoader) Resume(_ context.Context, name string) error {
	return l.set(name, plugin.StateRunning)
}
func (l *fakeLoader) Unload(_ context.Context, name string) error {
	defer delete(l.list, name)
	return l.set(name, "")
}
func (l *fakeLoader) Terminate(_ context.Context, name, _ string) error {
	return l.set(name, plugin.StateTerminated)
}
func (l *fakeLoader) Loaded() (list []plugin.Loaded) {
	for _, x := range l.list {
		list = append(list, *x)
	}
	sort.Slice(list, func(a, b int) bool { return list[a].Name < list[b].Name })
	return list
}

// bench is a manager on its own.
type bench struct {
	t   *testing.T
	dir string
	cfg Config
	now *clock.Sim
	l   *fakeLoader
	log bytes.Buffer
	f   *Filter
	out plugintest.Emitter
	n   byte
}

func newBench(t *testing.T, change func(c *Config)) *bench {
	b := &bench{t: t, dir: t.TempDir(), now: clock.NewSim(time.Unix(1700000000, 0)),
		cfg: Config{MaxFilters: 3, WorkingDirectory: "sbx", MemoryLimit: 8 << 20, InstructionLimit: 1000000, OutputLimit: 64512}}
	if change != nil {
		change(&b.cfg)
	}
	b.start()
	return b
}

// start is a start of the daemon.
func (b *bench) start() {
	b.t.Helper()
	b.l = &fakeLoader{list: map[string]*plugin.Loaded{}, text: map[string]string{}}
	b.again()
}

// again is a reload that replaces the manager: what it has loaded runs on.
func (b *bench) again() {
	b.t.Helper()
	if b.f != nil {
		b.f.Stop()
	}
	p, err := newFilter(b.cfg, plugin.Env{Name: "Ops.Mgr", Log: slog.New(slog.NewTextHandler(&b.log, nil)), Hostname: "here", BaseDir: b.dir,
		Clock: b.now, FS: fsx.OS{}, Loader: b.l})
	if err != nil {
		b.t.Fatal(err)
	}
	b.f = p.(*Filter)
	if err := errors.Join(b.f.Start(context.Background()), b.f.Restore()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { b.f.Stop() })
}

func section(name string) string {
	return "[" + name + "]\ntype = \"SandboxFilter\"\nmessage_matcher = \"TRUE\"\nmemory_limit = 0\n"
}

func (b *bench) order(action, name, script string) *control.Order {
	b.n++
	o := &control.Order{UUID: [16]byte{b.n, 1}, Time: b.now.Now(), Action: action, Script: script}
	if action == control.Load || action == control.Replace {
		o.Config = section(name)
	} else {
		o.Name = name
	}
	return o
}

func (b *bench) send(d message.Draft) error {
	b.out.Injected = nil
	return b.f.Process(plugintest.Select(nil, d), &b.out)
}

// do sends an order and returns what was told of it, "" for success.
func (b *bench) do(o *control.Order) string {
	b.t.Helper()
	if err := b.send(o.Draft("there", 1)); err != nil {
		b.t.Fatal(err)
	}
	if len(b.out.Injected) == 0 {
		return ""
	}
	m := b.out.Injected[0]
	if m.Type != "heka.sandbox-terminated" || m.Logger != "hekad" || m.Fields[0].Name != "plugin" || m.Fields[0].Values[0] != "Ops.Mgr" {
		b.t.Errorf("told %+v", m)
	}
	return m.Payload
}

func (b *bench) files() string {
	list, _ := os.ReadDir(filepath.Join(b.dir, "sbx"))
	var names []string
	for _, d := range list {
		if i, err := d.Info(); err == nil && i.Mode().Perm() != 0o600 {
			b.t.Errorf("%s has mode %v", d.Name(), i.Mode())
		}
		if !strings.HasSuffix(d.Name(), ".seen") {
			names = append(names, d.Name())
		}
	}
	return strings.Join(names, " ")
}

func (b *bench) states() string {
	var s []string
	for _, l := range b.l.Loaded() {
		s = append(s, l.Name+" "+l.State)
	}
	return strings.Join(s, ", ")
}

func (b *bench) want(what, states, files string) {
	b.t.Helper()
	if got := b.states(); got != states {
		b.t.Errorf("%s: loaded are %q, want %q", what, got, states)
	}
	if got := b.files(); got != files {
		b.t.Errorf("%s: files are %q, want %q", what, got, files)
	}
}

func TestLifeOfAFilter(t *testing.T) {
	b := newBench(t, nil)
	if st, err := os.Stat(filepath.Join(b.dir, "sbx")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("working directory: %v, %v", st.Mode(), err)
	}
	if told := b.do(b.order("load", "a.b", "one")); told != "" {
		t.Fatal(told)
	}
	pair := "Ops_Mgr-a_b.lua Ops_Mgr-a_b.toml"
	b.want("load", "Ops_Mgr-a_b running", pair)
	for _, want := range []string{"memory_limit = 8388608\n", "instruction_limit = 1000000\n", "output_limit = 64512\n", "can_exit = true\n", `module_directory = ""`, "/sbx/Ops_Mgr-a_b.lua\"", "one"} {
		if !strings.Contains(b.l.text["Ops_Mgr-a_b"], want) {
			t.Errorf("%q is not in %q", want, b.l.text["Ops_Mgr-a_b"])
		}
	}
	if told := b.do(b.order("load", "a_b", "two")); !strings.Contains(told, "runs already") {
		t.Errorf("second load told %q", told)
	}
	if told := b.do(b.order("replace", "a.b", "a syntax error")); !strings.Contains(told, "syntax error") {
		t.Errorf("bad replacement told %q", told)
	}
	b.want("bad replacement", "Ops_Mgr-a_b running", pair)
	if text, _ := os.ReadFile(filepath.Join(b.dir, "sbx", "Ops_Mgr-a_b.lua")); string(text) != "one" {
		t.Errorf("script is %q after a bad replacement, want the old one", text)
	}
	if told := b.do(b.order("replace", "a.b", "two")); told != "" || !strings.HasSuffix(b.l.text["Ops_Mgr-a_b"], "two") {
		t.Errorf("replacement told %q", told)
	}
	b.do(b.order("pause", "a.b", ""))
	b.want("pause", "Ops_Mgr-a_b paused", "Ops_Mgr-a_b.lua Ops_Mgr-a_b.paused Ops_Mgr-a_b.toml")
	b.start()
	b.want("restart", "Ops_Mgr-a_b paused", "Ops_Mgr-a_b.lua Ops_Mgr-a_b.paused Ops_Mgr-a_b.toml")
	b.do(b.order("resume", "a.b", ""))
	b.want("resume", "Ops_Mgr-a_b running", pair)
	b.again()
	b.want("reload", "Ops_Mgr-a_b running", pair)
	b.l.Terminate(context.Background(), "Ops_Mgr-a_b", "")
	b.do(b.order("resume", "a.b", ""))
	b.want("resume of one that has ended", "Ops_Mgr-a_b running", pair)
	b.l.Terminate(context.Background(), "Ops_Mgr-a_b", "")
	if told := b.do(b.order("load", "a.b", "three")); told != "" {
		t.Error(told)
	}
	b.want("load of one that has ended", "Ops_Mgr-a_b running", pair)
	if told := b.do(b.order("unload", "a.b", "")); told != "" {
		t.Error(told)
	}
	b.want("unload", "", "")
	if told := b.do(b.order("unload", "a.b", "")); !strings.Contains(told, "no filter of that name") {
		t.Errorf("second unload told %q", told)
	}
	if told := b.do(b.order("load", "c", "syntax error")); told == "" {
		t.Error("nothing was told of a load that failed")
	}
	b.want("bad load", "", "")
	if !strings.Contains(b.log.String(), `msg="control action done" action=load filter=Ops_Mgr-a_b by=anyone script=7692c3ad3540bb80 uuid=01010000-0000-0000-0000-000000000000`) {
		t.Errorf("the audit line is missing:\n%s", b.log.String())
	}
}

func TestMaxFiltersIsOnlyLogged(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxFilters = 1 })
	b.do(b.order("load", "a", ""))
	if told := b.do(b.order("load", "b", "")); told != "" {
		t.Errorf("told %q", told)
	}
	b.want("full", "Ops_Mgr-a running", "Ops_Mgr-a.lua Ops_Mgr-a.toml")
	if !strings.Contains(b.log.String(), "max_filters are loaded") {
		t.Error("nothing is logged")
	}
	b.cfg.MaxFilters = 0
	b.start()
	b.want("none may run", "", "Ops_Mgr-a.lua Ops_Mgr-a.toml")
}

func TestAttacks(t *testing.T) {
	pub, private, _ := control.NewKey()
	key, _ := control.ParsePrivate(private)
	_, foreign, _ := control.NewKey()
	other, _ := control.ParsePrivate(foreign)
	sign := func(o *control.Order, id string, k ed25519.PrivateKey) message.Draft {
		d := o.Draft("there", 1)
		control.Sign(&d, id, k)
		return d
	}
	b := newBench(t, func(c *Config) { c.Keys = map[string]string{"alice": pub}; c.MaxFilters = 100 })
	refused := func(name string, d message.Draft, want string) {
		t.Helper()
		was, n := b.states(), b.f.refused.Load()
		b.log.Reset()
		b.now.Advance(0)
		if err := b.send(d); err != nil {
			t.Fatal(err)
		}
		if b.states() != was || b.f.refused.Load() != n+1 || !strings.Contains(b.log.String(), want) {
			t.Errorf("%s: loaded %q, before %q; %d refused; log %q, want %q", name, b.states(), was, b.f.refused.Load()-n, b.log.String(), want)
		}
		clear(b.f.gripes)
	}
	good := sign(b.order("load", "good", "x"), "alice", key)
	if b.send(good); b.states() != "Ops_Mgr-good running" {
		t.Fatalf("a sound message is not obeyed: %s", b.log.String())
	}
	refused("replayed", good, "replay")
	b.start()
	refused("replayed after a restart", good, "replay")
	b.now.Advance(2500 * time.Millisecond)
	refused("replayed later", good, "replay")
	b.now.Advance(2500 * time.Millisecond)
	refused("replayed out of the window", good, "time differs")
	b.now.Advance(-5 * time.Second)
	refused("replayed after the clock was set back", good, "replay")

	refused("unsigned", b.order("load", "x", "").Draft("there", 1), "no Ed25519")
	refused("by another's key", sign(b.order("load", "x", ""), "alice", other), "does not fit")
	refused("by an unknown key", sign(b.order("load", "x", ""), "mallory", other), "does not know")
	tampered := sign(b.order("load", "x", "good()"), "alice", key)
	tampered.Payload = "evil()"
	refused("tampered", tampered, "does not fit")
	late := b.order("load", "x", "")
	late.Time = b.now.Now().Add(-5 * time.Second)
	refused("five seconds old", sign(late, "alice", key), "time differs")
	late.Time = b.now.Now().Add(5 * time.Second)
	refused("five seconds ahead", sign(late, "alice", key), "time differs")
	refused("oversize section", sign(&control.Order{UUID: [16]byte{99}, Time: b.now.Now(), Action: "load", Config: section("x") + strings.Repeat("#", 70000)}, "alice", key), "bytes")
	refused("no action", message.Draft{Header: message.Header{Type: control.Type, Timestamp: b.now.Now().UnixNano()}}, "no action")

	ignored := b.f.ignored.Load()
	for _, o := range []*control.Order{b.order("dance", "x", ""), b.order("unload", "good", ""), b.order("unload", "good", "")} {
		switch o.UUID[0] {
		case b.n - 1:
			o.Manager = "OtherMgr"
		case b.n:
			o.Host = "elsewhere"
		}
		b.send(sign(o, "alice", key))
	}
	if n := b.f.ignored.Load() - ignored; n != 3 || b.states() != "Ops_Mgr-good running" {
		t.Errorf("%d of 3 messages that are for nobody here were ignored; loaded %s", n, b.states())
	}

	outside, _ := filepath.Abs(filepath.Join(b.dir, "x"))
	for _, name := range []string{"../x", "../../x", outside, "a\x00b", "..", ".", "Ops_Mgr-good", "ä", `a"b`} {
		b.send(sign(b.order("load", name, "x"), "alice", key))
	}
	list, _ := os.ReadDir(b.dir)
	if len(list) != 1 {
		t.Errorf("files outside the working directory: %v", list)
	}
	for _, l := range b.l.Loaded() {
		if l.Name != "Ops_Mgr-"+normal(strings.TrimPrefix(l.Name, "Ops_Mgr-")) {
			t.Errorf("a filter is called %q", l.Name)
		}
	}
}

func TestTimeWindowEndsAtFiveSeconds(t *testing.T) {
	b := newBench(t, nil)
	for i, age := range []time.Duration{4999 * time.Millisecond, -4999 * time.Millisecond} {
		o := b.order("load", fmt.Sprint("f", i), "")
		o.Time = b.now.Now().Add(-age)
		if b.do(o); len(b.l.list) != i+1 {
			t.Errorf("a message of age %v is not obeyed: %s", age, b.log.String())
		}
	}
}

// A burst is obeyed whole, however long its first messages take.
func TestBurstDoesNotGrowStale(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxFilters = 100 })
	var drafts []message.Draft
	for i := range 20 {
		drafts = append(drafts, b.order("load", fmt.Sprint("f", i), "").Draft("there", 1))
	}
	b.l.slow = func() { b.now.Advance(time.Second) }
	if err := b.f.Process(plugintest.Select(nil, drafts...), &b.out); err != nil {
		t.Fatal(err)
	}
	if len(b.l.list) != 20 {
		t.Errorf("%d of 20 are loaded", len(b.l.list))
	}
	// So is one whose next part comes after a gap, as a busy machine makes them.
	last := b.order("load", "last", "").Draft("there", 1)
	b.l.slow = func() { b.now.Advance(3 * time.Second) }
	b.do(b.order("load", "before1", ""))
	b.now.Advance(time.Second)
	b.do(b.order("load", "before2", ""))
	if b.send(last); len(b.l.list) != 23 {
		t.Errorf("%d of 23 are loaded: %s", len(b.l.list), b.log.String())
	}
	b.l.slow = nil
	old := b.order("load", "late", "")
	b.now.Advance(5 * time.Second)
	if b.do(old); len(b.l.list) != 23 {
		t.Error("a message that did not wait here is obeyed after five seconds")
	}
}

func TestBusyIsTriedAgain(t *testing.T) {
	b := newBench(t, nil)
	d := b.order("load", "a", "").Draft("there", 1)
	b.l.busy = true
	if err := b.send(d); !errors.Is(err, plugin.ErrRetry) {
		t.Fatalf("Process = %v, want one to try again", err)
	}
	b.want("busy", "", "")
	b.l.busy = false
	if err := b.send(d); err != nil {
		t.Fatal(err)
	}
	b.want("again", "Ops_Mgr-a running", "Ops_Mgr-a.lua Ops_Mgr-a.toml")
}

func TestFilesThatDoNotStartAreSetAside(t *testing.T) {
	b := newBench(t, nil)
	b.do(b.order("load", "a", "fine"))
	b.do(b.order("load", "b", "fine"))
	lua := filepath.Join(b.dir, "sbx", "Ops_Mgr-a.lua")
	os.WriteFile(lua, []byte("syntax error"), 0o600)
	os.WriteFile(filepath.Join(b.dir, "sbx", "Other-c.toml"), []byte(section("c")), 0o600)
	b.start()
	b.want("restart", "Ops_Mgr-b running", "Ops_Mgr-a.lua.failed Ops_Mgr-a.toml.failed Ops_Mgr-b.lua Ops_Mgr-b.toml Other-c.toml")
	b.out.Injected = nil
	b.f.Tick(b.now.Now(), &b.out)
	if len(b.out.Injected) != 1 || !strings.Contains(b.out.Injected[0].Payload, "syntax error") {
		t.Errorf("told %+v", b.out.Injected)
	}
	b.do(b.order("load", "a", "mended"))
	b.want("loaded anew", "Ops_Mgr-a running, Ops_Mgr-b running", "Ops_Mgr-a.lua Ops_Mgr-a.toml Ops_Mgr-b.lua Ops_Mgr-b.toml Other-c.toml")
}

// A replacement that a crash cuts off at any point leaves one whole pair.
func TestReplacementIsCutOff(t *testing.T) {
	for at := 1; ; at++ {
		b := newBench(t, nil)
		b.do(b.order("load", "a", "old"))
		n := 0
		b.f.env.FS = &fsx.Fault{FS: fsx.OS{}, Hook: func(op fsx.Op) error {
			if n++; n >= at {
				return errors.New("power is gone")
			}
			return nil
		}}
		b.do(b.order("replace", "a", "new"))
		whole := n < at
		b.start()
		text, _ := os.ReadFile(filepath.Join(b.dir, "sbx", "Ops_Mgr-a.lua"))
		if s := string(text); b.states() != "Ops_Mgr-a running" || s != "old" && s != "new" || !strings.HasSuffix(b.l.text["Ops_Mgr-a"], s) {
			t.Errorf("cut off at step %d: %s with script %q, files %s", at, b.states(), s, b.files())
		}
		if whole {
			break
		}
	}
}

func TestQuotas(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxMemory = 1000; c.MaxBusy = 0.5 })
	for i, name := range []string{"a", "b", "c"} {
		b.do(b.order("load", name, ""))
		b.l.list["Ops_Mgr-"+name].Metrics = []plugin.Metric{{Name: "Memory", Value: int64(200 * (i + 1))}}
	}
	tick := func(busy time.Duration) {
		b.now.Advance(time.Second)
		b.l.list["Ops_Mgr-a"].Busy += busy
		b.f.Tick(b.now.Now(), &b.out)
	}
	tick(0)
	b.want("over max_memory", "Ops_Mgr-a running, Ops_Mgr-b running, Ops_Mgr-c terminated", b.files())
	tick(700 * time.Millisecond)
	tick(700 * time.Millisecond)
	tick(100 * time.Millisecond)
	tick(700 * time.Millisecond)
	tick(700 * time.Millisecond)
	b.want("busy for a while", "Ops_Mgr-a running, Ops_Mgr-b running, Ops_Mgr-c terminated", b.files())
	tick(700 * time.Millisecond)
	b.want("busy for too long", "Ops_Mgr-a terminated, Ops_Mgr-b running, Ops_Mgr-c terminated", b.files())
	b.l.list["Ops_Mgr-b"].Metrics[0].Value = int64(1000)
	if told := b.do(b.order("load", "d", "")); !strings.Contains(told, "max_memory") {
		t.Errorf("load with no memory left told %q", told)
	}
}

func TestManage(t *testing.T) {
	b := newBench(t, nil)
	for _, tt := range []struct {
		o    plugin.Order
		want string
	}{
		{plugin.Order{Action: "load", Config: section("a"), Script: "x", By: "admin"}, ""},
		{plugin.Order{Action: "load", Config: section("a"), Script: "x", By: "admin"}, "runs already"},
		{plugin.Order{Action: "pause", Name: "a"}, ""},
		{plugin.Order{Action: "dance", Name: "a"}, "no action"},
		{plugin.Order{Action: "load"}, "no section"},
		{plugin.Order{Action: "unload", Name: "a"}, ""},
	} {
		err := b.f.Manage(&tt.o, &b.out)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("Manage(%+v) = %v, want %q", tt.o, err, tt.want)
		}
	}
	if !strings.Contains(b.log.String(), "by=admin") {
		t.Error("the audit line does not tell who")
	}
}

func TestMemoryOfMessagesIsBounded(t *testing.T) {
	b := newBench(t, nil)
	mem := fsx.NewMem()
	mem.MkdirAll("/d", 0o700)
	s := newSeen(plugin.Env{Clock: b.now, FS: mem}, "/d/seen")
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	id := func(i int) [16]byte { return [16]byte{byte(i), byte(i >> 8), 7} }
	for i := range maxSeen + 1 {
		if err := s.add(id(i), b.now.Now()); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := s.add(id(60000), b.now.Now()); err != errTooMany {
		t.Errorf("one more at once: %v", err)
	}
	b.now.Advance(11 * time.Second)
	for i := range 3 * maxSeen {
		if err := s.add(id(10000+i), b.now.Now()); err != nil && err != errTooMany {
			t.Fatal(err)
		}
		b.now.Advance(10 * time.Millisecond)
	}
	if len(s.at) > maxSeen+1 || len(s.order) > 2*maxSeen {
		t.Errorf("%d are remembered in %d places", len(s.at), len(s.order))
	}
	if st, err := mem.Stat(s.path); err != nil || st.Size() > 3*maxSeen*60 {
		t.Errorf("the file has %d bytes, %v", st.Size(), err)
	}
}

// FuzzControl: whatever comes as a control message, files stay in the working
// directory under the manager's names, and nothing panics.
func FuzzControl(f *testing.F) {
	seed := func(o control.Order) {
		d := o.Draft("h", 1)
		f.Add(d.Encode())
	}
	seed(control.Order{Action: "load", Config: section("../x"), Script: "x"})
	seed(control.Order{Action: "unload", Name: "../../etc/passwd"})
	seed(control.Order{Action: "replace", Config: "[hekad]\n", Manager: "Ops.Mgr"})
	dir := f.TempDir()
	now := clock.NewSim(time.Unix(1700000000, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v message.View
		if !v.Parse(b, nil) || !v.Complete() {
			return
		}
		l := &fakeLoader{list: map[string]*plugin.Loaded{}, text: map[string]string{}}
		p, _ := newFilter(Config{MaxFilters: 3, WorkingDirectory: "sbx"}, plugin.Env{Name: "Ops.Mgr", Log: slog.New(slog.DiscardHandler), Hostname: "h",
			BaseDir: dir, Clock: now, FS: fsx.OS{}, Loader: l})
		m := p.(*Filter)
		os.MkdirAll(m.dir, 0o700)
		d := v.Draft()
		d.Timestamp, d.Type = now.Now().UnixNano(), control.Type
		var out plugintest.Emitter
		if err := m.Process(plugintest.Select(nil, d), &out); err != nil {
			t.Fatal(err)
		}
		if list, _ := os.ReadDir(dir); len(list) != 1 {
			t.Fatalf("outside the working directory: %v", list)
		}
		list, _ := os.ReadDir(m.dir)
		for _, x := range list {
			if !strings.HasPrefix(x.Name(), "Ops_Mgr-") || x.IsDir() {
				t.Fatalf("a file %q", x.Name())
			}
			os.Remove(filepath.Join(m.dir, x.Name()))
		}
	})
}
