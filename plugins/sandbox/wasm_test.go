package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// example is one of the modules that lie in the folder of examples.
func example(t testing.TB, name string) string {
	t.Helper()
	file, err := filepath.Abs("../../examples/wasm/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	return file
}

func module(t testing.TB, name string) Common {
	c := common(t, "")
	c.ScriptType, c.Filename = "wasm", example(t, name)
	return c
}

// web are requests with a status each.
func web(status ...int64) *message.Selection {
	var list []message.Draft
	for _, s := range status {
		list = append(list, message.Draft{Header: message.Header{Type: "web"}, Fields: []message.DraftField{message.NewField("status", s, "")}})
	}
	return plugintest.Select(nil, list...)
}

func TestWasmContract(t *testing.T) {
	for typ, name := range map[string]string{"SandboxDecoder": "logfmt.wasm", "SandboxFilter": "status.wasm"} {
		t.Run(typ, func(t *testing.T) {
			sample := "[x]\ntype = '" + typ + "'\nscript_type = 'wasm'\nfilename = '" + example(t, name) + "'\n"
			if typ == "SandboxFilter" {
				sample += "message_matcher = 'TRUE'\n"
			}
			plugintest.Run(t, typ, sample)
		})
	}
}

// A filter counts, tells at the tick, and keeps what it counted.
func TestWasmFilter(t *testing.T) {
	base := t.TempDir()
	cfg := FilterConfig{Common: module(t, "status.wasm"), InstructionLimit: 1e6}
	cfg.PreserveData = true
	f, err := newFilter(cfg, env(t, base, nil))
	if err != nil {
		t.Fatal(err)
	}
	var out plugintest.Emitter
	if err := f.Process(web(200, 204, 301, 404, 999), &out); err != nil {
		t.Fatal(err)
	}
	if err := f.(plugin.Ticked).Tick(time.Now(), &out); err != nil {
		t.Fatal(err)
	}
	m := out.Injected[0]
	if m.Type != "heka.sandbox-output" || m.Payload != "other\t1\n2xx\t2\n3xx\t1\n4xx\t1\n" || m.Fields[1].Values[0] != "status" {
		t.Fatalf("injected %+v", m)
	}
	state, err := f.(plugin.Stateful).SaveState(nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := newFilter(cfg, env(t, base, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.(plugin.Stateful).RestoreState(state); err != nil {
		t.Fatal(err)
	}
	g.Process(web(200), &out)
	g.(plugin.Ticked).Tick(time.Now(), &out)
	if got := out.Injected[1].Payload; !strings.Contains(got, "2xx\t3\n") {
		t.Errorf("after the restore %q", got)
	}
	for _, damaged := range [][]byte{nil, state[:20], []byte("other")} {
		if err := g.(plugin.Stateful).RestoreState(damaged); err == nil {
			t.Errorf("state %q is taken", damaged)
		}
	}
	f.(plugin.Stopper).Stop()
	g.(plugin.Stopper).Stop()
}

func TestWasmDecoder(t *testing.T) {
	d, err := newDecoder(DecoderConfig{Common: module(t, "logfmt.wasm"), InstructionLimit: 1e6}, env(t, t.TempDir(), nil))
	if err != nil {
		t.Fatal(err)
	}
	b := message.NewBuilder(64 << 10)
	h := message.Header{Type: "logfile", Logger: "in", Hostname: "h", Severity: 7}
	rec := &plugin.Record{Data: []byte(`level=warn msg="disk \"a\" is full" used=97 mount=/var` + "\n"), Default: &h}
	if err := d.Decode(rec, b); err != nil {
		t.Fatal(err)
	}
	var v message.View
	if !v.Parse(message.Unframe(b.Buffer()), nil) {
		t.Fatal("no message")
	}
	got := v.Draft()
	if got.Type != "logfmt" || got.Payload != `disk "a" is full` || got.Severity != 4 || got.Logger != "in" || len(got.Fields) != 2 {
		t.Fatalf("decoded %+v", got)
	}
	if f := got.Fields[0]; f.Name != "used" || f.Values[0] != int64(97) {
		t.Errorf("field %+v", f)
	}
	rec.Data = []byte("nothing here\n")
	if err := d.Decode(rec, b); err == nil || err.Error() != "line has no key=value" {
		t.Errorf("a bad line: %v", err)
	}
}

// What cannot be a module, and modules that do not fit, are refused with a reason.
func TestWasmRefused(t *testing.T) {
	text := script(t, "function process_message() return 0 end")
	for _, tt := range []struct {
		change func(*FilterConfig)
		want   string
	}{
		{func(c *FilterConfig) { c.Filename = text }, "no WebAssembly module"},
		{func(c *FilterConfig) { c.ScriptType = "lua" }, "status.wasm"},
		{func(c *FilterConfig) { c.MemoryLimit = 32768 }, "memory_limit = 32768"},
		{func(c *FilterConfig) { c.Filename = example(t, "logfmt.wasm") }, "heka.write_message, which is no function for filters"},
		{func(c *FilterConfig) { c.PreserveData, c.Filename = true, example(t, "logfmt.wasm") }, "heka_save"},
	} {
		cfg := FilterConfig{Common: module(t, "status.wasm"), InstructionLimit: 1e6}
		tt.change(&cfg)
		if _, err := newFilter(cfg, env(t, t.TempDir(), nil)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	in := InputConfig{Common: module(t, "status.wasm")}
	var opt *plugin.OptionError
	if err := in.Validate(); !errors.As(err, &opt) || opt.Option != "script_type" {
		t.Errorf("an input: %v", err)
	}
}

// A module that fails on a message is told of, with the limit, and with max_restarts
// starts anew behind that message.
func TestWasmRestarts(t *testing.T) {
	for _, max := range []uint{0, 2} {
		var told []message.Draft
		cfg := FilterConfig{Common: module(t, "status.wasm"), InstructionLimit: 30, MaxRestarts: max}
		f, err := newFilter(cfg, env(t, t.TempDir(), &told))
		if err != nil {
			t.Fatal(err)
		}
		var out plugintest.Emitter
		in := web(200, 200, 200, 200)
		err = f.Process(in, &out)
		left, _ := in.Left()
		if !errors.Is(err, plugin.ErrExit) || len(told) != int(max)+1 || left != 4-int(max) {
			t.Errorf("max_restarts = %d: told %d times, %d messages are left, %v", max, len(told), left, err)
		}
		if d := told[0]; d.Type != "heka.sandbox-terminated" || d.Payload != "process_message() instruction_limit exceeded" || d.Fields[1].Values[0] != "instruction_limit" {
			t.Errorf("told %+v", d)
		}
		f.(plugin.Stopper).Stop()
	}
}
