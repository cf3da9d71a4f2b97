package wasm

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin/plugintest"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/share"
)

// draft is a module in the making, for tests.
type draft struct {
	types, imports, funcs, exports, codes [][]byte
	memory                                []byte // limits
	table, global, start, data            []byte // sections as they are, nil for none
	imported                              int
}

func vec(items [][]byte) []byte {
	b := appendU32(nil, uint32(len(items)))
	for _, x := range items {
		b = append(b, x...)
	}
	return b
}

func str(s string) []byte { return append(appendU32(nil, uint32(len(s))), s...) }

func (d *draft) typ(s signature) byte {
	b := append([]byte{0x60}, appendU32(nil, uint32(len(s.params)))...)
	b = append(b, valueTypes(s.params)...)
	b = append(appendU32(b, uint32(len(s.results))), valueTypes(s.results)...)
	d.types = append(d.types, b)
	return byte(len(d.types) - 1)
}

// use imports a function of the host and returns its index.
func (d *draft) use(from, name string) byte {
	sig, err := findImport(from, name)
	if err != nil {
		panic(err)
	}
	d.imports = append(d.imports, append(append(str(from), str(name)...), 0, d.typ(sig)))
	d.imported++
	return byte(d.imported - 1)
}

// fn adds a function and returns its index; exported unless the name is "".
func (d *draft) fn(name string, sig signature, body ...byte) byte {
	d.funcs = append(d.funcs, []byte{d.typ(sig)})
	code := append([]byte{0}, append(body, opEnd)...)
	d.codes = append(d.codes, append(appendU32(nil, uint32(len(code))), code...))
	at := byte(d.imported + len(d.funcs) - 1)
	if name != "" {
		d.exports = append(d.exports, append(str(name), 0, at))
	}
	return at
}

// process adds process_message, which returns 0 after the body.
func (d *draft) process(body ...byte) string {
	d.fn(processExport, signature{"", "i"}, append(body, opI32Const, 0)...)
	return d.text()
}

func (d *draft) text() string {
	b := []byte("\x00asm\x01\x00\x00\x00")
	b = appendSection(b, secType, vec(d.types))
	b = appendSection(b, secImport, vec(d.imports))
	b = appendSection(b, secFunction, vec(d.funcs))
	if d.table != nil {
		b = appendSection(b, secTable, d.table)
	}
	if d.memory != nil {
		b = appendSection(b, secMemory, append([]byte{1}, d.memory...))
	}
	if d.global != nil {
		b = appendSection(b, secGlobal, d.global)
	}
	b = appendSection(b, secExport, vec(d.exports))
	if d.start != nil {
		b = appendSection(b, secStart, d.start)
	}
	b = appendSection(b, secCode, vec(d.codes))
	if d.data != nil {
		b = appendSection(b, secData, d.data)
	}
	return string(b)
}

// i32 is the instruction that pushes x.
func i32(x int32) []byte { return appendSigned([]byte{opI32Const}, int64(x)) }

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// forever repeats the body.
func forever(body ...byte) []byte {
	return join([]byte{opLoop, blockVoid}, body, []byte{0x0c, 0, opEnd})
}

// options are those of tests; the clock stands.
func options(kind sandbox.Kind, text string) Options {
	return Options{Options: sandbox.Options{Kind: kind, Name: "box", Hostname: "h", Script: share.Script{Source: text},
		Memory: 8 << 20, Instructions: 1_000_000, Output: 63 << 10, ProcessInject: 1, TimerInject: 10, MaxMessage: 64 << 10,
		Now: func() time.Time { return time.Unix(1700000000, 0) }, CallTime: 10 * time.Second}}
}

func open(t testing.TB, o Options) *Instance {
	t.Helper()
	in, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func example(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../examples/wasm/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// goModule builds the example in Go.
func goModule(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a module")
	}
	name := filepath.Join(t.TempDir(), "keyvalue.wasm")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-buildmode=c-shared", "-ldflags=-s -w", "-o", name, "./keyvalue")
	c.Dir = "../../examples/wasm"
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func selection(drafts ...message.Draft) *message.Selection {
	return plugintest.Select(nil, drafts...)
}

func request(status int64) message.Draft {
	return message.Draft{UUID: [16]byte{1}, Header: message.Header{Timestamp: 1500000000123456789, Type: "nginx.access", Logger: "nginx", Hostname: "web1", Severity: 7, Payload: "a line"},
		Fields: []message.DraftField{message.NewField("remote_addr", "10.0.0.1", "ipv4"), message.NewField("request", "GET /index.html HTTP/1.1", ""),
			message.NewField("status", status, ""), message.NewField("took", 0.25, "s")}}
}

// view is the message encoded.
func view(d message.Draft) *message.View {
	v := new(message.View)
	if !v.Parse(d.Encode(), nil) {
		panic("bug: a draft that cannot be read")
	}
	return v
}
