package sandbox

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// script writes a script and returns its name.
func script(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.lua")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func common(t testing.TB, text string) Common {
	return Common{Filename: script(t, text), MemoryLimit: 8 << 20, OutputLimit: 63 << 10, RestartWindow: time.Minute}
}

// env is one with the files of a folder, a clock that stands, and what was told.
func env(t testing.TB, base string, told *[]message.Draft) plugin.Env {
	return plugin.Env{
		Name: "box", Log: slog.New(slog.DiscardHandler), Hostname: "host.example", BaseDir: base, ShareDir: t.TempDir(), MaxMessageSize: 64 << 10,
		Clock: clock.NewSim(time.Unix(1700000000, 0)), FS: fsx.OS{}, MaxProcessInject: 1, MaxTimerInject: 10,
		Tell: func(build func(b *message.Builder)) {
			if told == nil {
				return
			}
			var e plugintest.Emitter
			build(e.Begin())
			e.Inject()
			*told = append(*told, e.Injected...)
		},
	}
}

func TestContract(t *testing.T) {
	for typ, text := range map[string]string{
		"SandboxDecoder": `function process_message() inject_message({Type = "t", Payload = read_message("Payload"), Fields = {n = 1}}) return 0 end`,
		"SandboxFilter": `last = "" n = 0 function process_message() n = n + 1 last = read_message("Payload") return 0 end
			function timer_event(ns) inject_payload("txt", "last", n, last) end`,
		"SandboxEncoder": `function process_message() inject_payload("txt", "", read_message("Type"), read_message("Payload")) return 0 end`,
		"SandboxInput":   `function process_message() return 0 end`,
		"SandboxOutput":  `function process_message() return 0 end function timer_event() end`,
	} {
		t.Run(typ, func(t *testing.T) {
			sample := "[x]\ntype = '" + typ + "'\nfilename = '" + script(t, text) + "'\n"
			if strings.HasSuffix(typ, "Filter") || strings.HasSuffix(typ, "Output") {
				sample += "message_matcher = 'TRUE'\n"
			}
			plugintest.Run(t, typ, sample)
		})
	}
}

func drafts(payloads ...string) *message.Selection {
	return plugintest.Select(nil, plugintest.Payloads(payloads...)...)
}

// A filter that fails is told of and ends; with max_restarts it goes on with the
// next message until they are used up.
func TestRestarts(t *testing.T) {
	const text = `n = 0 function process_message() n = n + 1 if read_message("Payload") == "bad" then error("bad message") end
		inject_payload("txt", "", read_message("Payload"), n) return 0 end`
	for _, max := range []uint{0, 2} {
		var told []message.Draft
		cfg := FilterConfig{Common: common(t, text), InstructionLimit: 1e6, MaxRestarts: max}
		cfg.PreserveData = max == 2
		f, err := newFilter(cfg, env(t, t.TempDir(), &told))
		if err != nil {
			t.Fatal(err)
		}
		var out plugintest.Emitter
		in := drafts("a", "bad", "b", "bad", "c", "bad", "d")
		err = f.Process(in, &out)
		var got []string
		for _, m := range out.Injected {
			got = append(got, m.Payload)
		}
		want, ends := "a1", 1
		if max == 2 {
			want, ends = "a1 b3 c5", 3
		}
		if s := strings.Join(got, " "); s != want || !errors.Is(err, plugin.ErrExit) || len(told) != ends {
			t.Errorf("max_restarts = %d: injected %q, told %d times, %v; want %q, %d times, ErrExit", max, s, len(told), err, want, ends)
		}
		d := told[0]
		if d.Type != "heka.sandbox-terminated" || !strings.HasSuffix(d.Payload, "test.lua:1: bad message") || d.Fields[0].Values[0] != "box" {
			t.Errorf("told %+v", d)
		}
		if left, _ := in.Left(); left != 8-2*ends {
			t.Errorf("%d messages are left", left)
		}
		if err := f.(plugin.Ticked).Tick(time.Now(), &out); err != nil {
			t.Errorf("a tick after the end: %v", err)
		}
		f.(plugin.Stopper).Stop()
	}
}

// A script that does not compile is refused before anything starts, of each kind.
func TestScriptsThatDoNotCompile(t *testing.T) {
	c, e := common(t, "x = = 1"), env(t, t.TempDir(), nil)
	_, in := newInput(InputConfig{Common: c}, e)
	_, dec := newDecoder(DecoderConfig{Common: c}, e)
	_, fil := newFilter(FilterConfig{Common: c}, e)
	_, enc := newEncoder(EncoderConfig{Common: c}, e)
	_, out := newOutput(OutputConfig{Common: c}, e)
	for i, err := range []error{in, dec, fil, enc, out} {
		if err == nil || !strings.Contains(err.Error(), "test.lua:1: unexpected symbol near '='") {
			t.Errorf("kind %d: %v", i, err)
		}
	}
}

// Filters and outputs give their state to the engine, which may be damaged.
func TestEngineState(t *testing.T) {
	cfg := FilterConfig{Common: common(t, `_PRESERVATION_VERSION = 1 n = 0 t = {} function process_message() n = n + 1 t[n] = read_message("Payload") return 0 end
		function timer_event() inject_payload("txt", "", n, t[1]) end`), InstructionLimit: 1e6}
	cfg.PreserveData = true
	base := t.TempDir()
	f, _ := newFilter(cfg, env(t, base, nil))
	var out plugintest.Emitter
	f.Process(drafts("first", "second"), &out)
	state, err := f.(plugin.Stateful).SaveState(nil)
	if err != nil {
		t.Fatal(err)
	}
	g, _ := newFilter(cfg, env(t, base, nil))
	if err := g.(plugin.Stateful).RestoreState(state); err != nil {
		t.Fatal(err)
	}
	if err := g.(plugin.Starter).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.(plugin.Ticked).Tick(time.Now(), &out)
	if got := out.Injected[0].Payload; got != "2first" {
		t.Errorf("restored %q", got)
	}
	state[len(state)/2] ^= 1
	h, _ := newFilter(cfg, env(t, base, nil))
	if err := h.(plugin.Stateful).RestoreState(state); err == nil {
		t.Error("a damaged state is taken")
	}
	if err := h.(plugin.Starter).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "preserved state cannot be used") {
		t.Errorf("a filter with a damaged state starts: %v", err)
	}
}

// What the original kept is taken over where there is nothing of ours.
func TestImportOfTheOriginal(t *testing.T) {
	base := t.TempDir()
	os.MkdirAll(filepath.Join(base, "sandbox_preservation"), 0o700)
	os.WriteFile(filepath.Join(base, "sandbox_preservation", "box.data"), []byte("_G[\"n\"] = 41\n"), 0o600)
	cfg := FilterConfig{Common: common(t, `n = 0 function process_message() n = n + 1 inject_payload("txt", "", n) return 0 end`), InstructionLimit: 1e6}
	cfg.PreserveData = true
	f, _ := newFilter(cfg, env(t, base, nil))
	if err := f.(plugin.Starter).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out plugintest.Emitter
	f.Process(drafts("x"), &out)
	if got := out.Injected[0].Payload; got != "42" {
		t.Errorf("imported, n = %s", got)
	}
	os.WriteFile(filepath.Join(base, "sandbox_preservation", "box.data"), []byte("os.execute('x')"), 0o600)
	f, _ = newFilter(cfg, env(t, base, nil))
	if err := f.(plugin.Starter).Start(t.Context()); err == nil {
		t.Error("code is taken for state")
	}
}

// A decoder keeps its state in a file; a second instance has one of its own.
func TestDecoderState(t *testing.T) {
	base := t.TempDir()
	cfg := DecoderConfig{Common: common(t, `n = 0 function process_message() n = n + 1 write_message("Fields[n]", n) return 0 end`), InstructionLimit: 1e6}
	cfg.PreserveData = true
	decode := func(d plugin.Decoder) float64 {
		t.Helper()
		b := message.NewBuilder(0)
		if err := d.Decode(&plugin.Record{Data: []byte("x"), Default: &message.Header{}}, b); err != nil {
			t.Fatal(err)
		}
		var v message.View
		var f message.Field
		v.Parse(message.Unframe(b.Buffer()), nil)
		v.Field("n", 0, &f)
		return f.Double(0)
	}
	make := func() plugin.Decoder {
		d, err := newDecoder(cfg, env(t, base, nil))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a, b := make(), make()
	decode(a)
	decode(a)
	if n := decode(b); n != 1 {
		t.Errorf("the second instance begins with %v", n)
	}
	a.(plugin.Stopper).Stop()
	b.(plugin.Stopper).Stop()
	c := make()
	if n := decode(c); n != 3 {
		t.Errorf("after the restart it counts %v, want 3", n)
	}
	c.(plugin.Stopper).Stop()
	os.WriteFile(filepath.Join(base, "state", "decoder-box"), []byte("nonsense"), 0o600)
	d := make()
	if err := d.Decode(&plugin.Record{Data: []byte("x"), Default: &message.Header{}}, message.NewBuilder(0)); err == nil || !strings.Contains(err.Error(), "decoder-box") {
		t.Errorf("a damaged state: %v", err)
	}
	d.(plugin.Stopper).Stop()
}

// A decoder whose script is terminated fails the record, and for good when it may
// not be started anew.
func TestDecoderIsQuarantined(t *testing.T) {
	var told []message.Draft
	cfg := DecoderConfig{Common: common(t, `function process_message() if read_message("Payload") == "bad" then return 1, "fatal" end return 0 end`), InstructionLimit: 1e6, MaxRestarts: 1}
	d, _ := newDecoder(cfg, env(t, t.TempDir(), &told))
	try := func(s string) error {
		return d.Decode(&plugin.Record{Data: []byte(s), Default: &message.Header{}}, message.NewBuilder(0))
	}
	for i, tt := range []struct {
		record string
		ok     bool
	}{{"a", true}, {"bad", false}, {"b", true}, {"bad", false}, {"c", false}, {"d", false}} {
		if err := try(tt.record); (err == nil) != tt.ok {
			t.Errorf("record %d: %v", i, err)
		}
	}
	if len(told) != 2 {
		t.Errorf("told %d times", len(told))
	}
}

// An input's script runs in its goroutine, is sent on soon, and stopped at the end.
func TestInput(t *testing.T) {
	cfg := InputConfig{Common: common(t, `i = 0 function process_message() while true do if i < 3 then i = i + 1 inject_message({Payload = "m" .. i, Type = "t", Timestamp = 5}) end end end`)}
	in, err := newInput(cfg, env(t, t.TempDir(), nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := contextOf(t)
	h := &plugintest.Host{}
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, h) }()
	got := h.Wait(t, 3)
	if m := got[2].Message; m == nil || m.Payload != "m3" || m.Type != "t" || m.Timestamp != 5 || m.Logger != "" || m.Hostname != "" {
		t.Errorf("injected %+v", got[2])
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	in.(plugin.Stopper).Stop()
}

// A script that hangs in a read of its own does not hold up the stop.
func TestInputThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the patience to end")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cfg := InputConfig{Common: common(t, `require "io" function process_message() inject_message({Payload = "one"}) local f = io.open("/dev/fd/" .. read_config("fd")) f:read("*l") return 0 end`)}
	cfg.Config = map[string]any{"fd": int64(r.Fd())}
	in, _ := newInput(cfg, env(t, t.TempDir(), nil))
	ctx, cancel := contextOf(t)
	h := &plugintest.Host{}
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, h) }()
	h.Wait(t, 1)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if err := in.(plugin.Stopper).Stop(); err != nil {
		t.Error(err)
	}
	w.Close() // now the script's read ends, and it with it
}

// An input that returns ends, or comes back at the next tick.
func TestInputRuns(t *testing.T) {
	for _, tt := range []struct {
		ret  string
		want string
	}{{"0", "plugin has finished"}, {"-1, 'x'", "plugin has finished"}, {"1, 'enough'", "enough"}} {
		cfg := InputConfig{Common: common(t, `function process_message() inject_message({Payload = "one"}) return `+tt.ret+` end`)}
		in, _ := newInput(cfg, env(t, t.TempDir(), nil))
		h := &plugintest.Host{}
		err := in.Run(t.Context(), h)
		if err == nil || !errors.Is(err, plugin.ErrExit) || err.Error() != tt.want {
			t.Errorf("return %s: %v, want %s", tt.ret, err, tt.want)
		}
		if len(h.Records()) != 1 {
			t.Errorf("return %s: %d records", tt.ret, len(h.Records()))
		}
		in.(plugin.Stopper).Stop()
	}
	e := env(t, t.TempDir(), nil)
	e.Ticker = time.Second
	cfg := InputConfig{Common: common(t, `n = 0 function process_message() n = n + 1 inject_message({Payload = "run" .. n}) return -1, "again" end`)}
	in, _ := newInput(cfg, e)
	ctx, cancel := contextOf(t)
	h := &plugintest.Host{}
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, h) }()
	h.Wait(t, 1)
	sim := e.Clock.(*clock.Sim)
	for sim.Waiting() == 0 {
		time.Sleep(time.Millisecond) // the input goes to sleep; nothing tells when it has
	}
	sim.Advance(time.Second)
	if got := h.Wait(t, 2); got[1].Data != "run2" {
		t.Errorf("second run injects %q", got[1].Data)
	}
	cancel()
	<-done
	in.(plugin.Stopper).Stop()
}

func TestOutput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	cfg := OutputConfig{Common: common(t, `require "io" local f = io.open(read_config("file"), "w")
		function process_message() local p = read_message("Payload") if p == "bad" then return -1, "no" end if p == "worse" then error("x") end f:write(p, "\n") f:flush() return 0 end
		function timer_event() f:write("tick\n") f:flush() end`), TimerEventOnShutdown: true}
	cfg.Config = map[string]any{"file": file}
	o, err := newOutput(cfg, env(t, t.TempDir(), nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.(plugin.Starter).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	sels := []message.Selection{*drafts("a", "bad", "b"), *drafts("c", "worse", "d")}
	err = o.Deliver(t.Context(), sels)
	if !errors.Is(err, plugin.ErrExit) || len(sels[0].Refused()) != 1 || sels[0].Refused()[0].Reason != "no" {
		t.Errorf("Deliver: %v, refused %v", err, sels[0].Refused())
	}
	o.(plugin.LastTicked).LastTick(time.Now(), nil)
	o.(plugin.Stopper).Stop()
	if b, _ := os.ReadFile(file); string(b) != "a\nb\nc\n" {
		t.Errorf("written %q", b)
	}
}

// The signature of a section changes with its script and its modules.
func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "lua_modules"), 0o700)
	c := Common{Filename: script(t, "x = 1")}
	first := c.Fingerprint(dir)
	if c.Fingerprint(dir) != first {
		t.Error("it changes by itself")
	}
	os.WriteFile(c.Filename, []byte("x = 2"), 0o600)
	second := c.Fingerprint(dir)
	os.WriteFile(filepath.Join(dir, "lua_modules/m.lua"), []byte("y"), 0o600)
	if third := c.Fingerprint(dir); second == first || third == second {
		t.Error("a change is not seen")
	}
}
