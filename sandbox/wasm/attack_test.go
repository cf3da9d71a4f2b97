package wasm

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/plugin/plugintest"
	"github.com/heka-project/heka/sandbox"
)

const drop = 0x1a

// attacks are modules that mean harm. Each ends at a limit, or by itself, and says
// how.
var attacks = []struct {
	name  string
	limit string // option that stops it, "" for none
	want  string // in the text
	text  func(d *draft) string
}{
	{"endless loop", "instruction_limit", "instruction_limit exceeded", func(d *draft) string { return d.process(forever()...) }},
	{"endless loop with work", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		d.memory = []byte{0, 1}
		return d.process(forever(join(i32(8), i32(8), []byte{0x28, 2, 0, opI32Const, 1, opI32Add, 0x36, 2, 0})...)...)
	}},
	{"endless start", "instruction_limit", "start() instruction_limit exceeded", func(d *draft) string {
		d.start = []byte{d.fn("", signature{}, forever()...)}
		return d.process()
	}},
	{"endless initialization", "instruction_limit", "_initialize() instruction_limit exceeded", func(d *draft) string {
		d.fn(initExport, signature{}, forever()...)
		return d.process()
	}},
	{"recursion", "", "stack overflow", func(d *draft) string {
		d.fn("", signature{"IIII", "I"}, 0x20, 0, 0x20, 1, 0x20, 2, 0x20, 3, opCall, 0, 0x20, 0, 0x7c)
		return d.process(opI64Const, 1, opI64Const, 2, opI64Const, 3, opI64Const, 4, opCall, 0, drop)
	}},
	{"recursion through a pointer", "", "stack overflow", func(d *draft) string {
		d.table = []byte{1, 0x70, 0, 1}
		d.fn("", signature{}, join(i32(0), []byte{0x25, 0}, []byte{drop}, i32(0), []byte{opCallIndirect, 0, 0})...)
		init := join(i32(0), []byte{0xd2, 0}, []byte{0x26, 0}, i32(0), []byte{opCallIndirect, 0, 0})
		d.exports = append(d.exports, append(str("f"), 0, 0)) // ref.func needs it declared
		return d.process(init...)
	}},
	{"memory bomb", "", "", func(d *draft) string {
		d.memory = []byte{0, 1}
		return d.process(join([]byte{opBlock, blockVoid}, forever(join(i32(1), []byte{opMemoryGrow, 0}, i32(-1), []byte{0x46, opBrIf, 1})...), []byte{opEnd})...)
	}},
	{"memory bomb that gives up", "memory_limit", "memory_limit exceeded", func(d *draft) string {
		d.memory = []byte{0, 1}
		return d.process(join(i32(60000), []byte{opMemoryGrow, 0}, i32(-1), []byte{0x46, opIf, blockVoid, opUnreachable, opEnd})...)
	}},
	{"fills for ever", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		d.memory = []byte{0, 64}
		return d.process(forever(join(i32(0), i32(1), i32(4<<20), []byte{opMore, 11, 0})...)...)
	}},
	{"copies for ever", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		d.memory = []byte{0, 64}
		return d.process(forever(join(i32(1), i32(0), i32(4<<20-8), []byte{opMore, 10, 0, 0})...)...)
	}},
	{"table bomb", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		d.table = []byte{1, 0x70, 0, 1}
		return d.process(forever(join([]byte{0xd0, 0x70}, i32(1000), []byte{opMore, 15, 0, drop})...)...)
	}},
	{"null pointer to a function", "", "function pointer that is none", func(d *draft) string {
		d.table = []byte{1, 0x70, 0, 1}
		t := d.typ(signature{})
		return d.process(join(i32(0), []byte{opCallIndirect, t, 0})...)
	}},
	{"outside its memory", "", "outside its memory", func(d *draft) string {
		d.memory = []byte{0, 1}
		return d.process(join(i32(-4), []byte{0x28, 2, 0, drop})...)
	}},
	{"divides by zero", "", "division by zero", func(d *draft) string {
		return d.process(join(i32(1), i32(0), []byte{0x6d, drop})...)
	}},
	{"bad pointer", "", "bad pointer: 16 bytes at 65530", func(d *draft) string {
		f := d.use(hostModule, "read_config")
		d.memory = []byte{0, 1}
		return d.process(join(i32(65530), i32(16), i32(0), i32(0), []byte{opCall, f, drop})...)
	}},
	{"pointer without a memory", "", "bad pointer", func(d *draft) string {
		f := d.use(hostModule, "set_error")
		return d.process(join(i32(0), i32(1), []byte{opCall, f})...)
	}},
	{"buffer of all lengths", "", "bad pointer", func(d *draft) string {
		f := d.use(hostModule, "read_message")
		d.memory = []byte{0, 1}
		d.data = join([]byte{1, 0}, i32(0), []byte{opEnd}, str("Payload"))
		return d.process(join(i32(0), i32(7), i32(0), i32(0), i32(65535), i32(-1), []byte{opCall, f, drop})...)
	}},
	{"reads for ever", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		f := d.use(hostModule, "read_message")
		d.memory = []byte{0, 1}
		d.data = join([]byte{1, 0}, i32(0), []byte{opEnd}, str("raw"))
		return d.process(forever(join(i32(0), i32(3), i32(0), i32(0), i32(64), i32(60000), []byte{opCall, f, drop})...)...)
	}},
	{"injects for ever", "max_process_inject", "exceeded InjectMessage count", func(d *draft) string {
		f := d.use(hostModule, "inject_payload")
		d.memory = []byte{0, 1}
		return d.process(forever(join(i32(0), i32(0), i32(0), i32(0), i32(0), i32(10), []byte{opCall, f, drop})...)...)
	}},
	{"huge payload", "output_limit", "output_limit exceeded", func(d *draft) string {
		f := d.use(hostModule, "inject_payload")
		d.memory = []byte{0, 64}
		return d.process(join(i32(0), i32(0), i32(0), i32(0), i32(0), i32(1<<20), []byte{opCall, f, drop})...)
	}},
	{"nonsense as a message", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		f := d.use(hostModule, "set_error")
		d.memory = []byte{0, 1}
		return d.process(forever(join(i32(0), i32(60000), []byte{opCall, f})...)...)
	}},
	{"writes a lot of log", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		f := d.use(hostModule, "log")
		d.memory = []byte{0, 1}
		return d.process(forever(join(i32(3), i32(0), i32(60000), []byte{opCall, f})...)...)
	}},
	{"random numbers for ever", "instruction_limit", "instruction_limit exceeded", func(d *draft) string {
		f := d.use(wasiModule, "random_get")
		d.memory = []byte{0, 64}
		return d.process(forever(join(i32(0), i32(4<<20), []byte{opCall, f, drop})...)...)
	}},
	{"exit", "", "exited with status 7", func(d *draft) string {
		f := d.use(wasiModule, "proc_exit")
		return d.process(opI32Const, 7, opCall, f)
	}},
	{"state at the wrong time", "", "outside heka_save", func(d *draft) string {
		f := d.use(hostModule, "state_write")
		return d.process(join(i32(0), i32(0), []byte{opCall, f})...)
	}},
	{"says that it failed for good", "", "process_message() returned 1", func(d *draft) string {
		d.fn(processExport, signature{"", "i"}, opI32Const, 1)
		return d.text()
	}},
}

// TestAttacksAreContained runs each attack beside a filter that goes on with its work.
func TestAttacksAreContained(t *testing.T) {
	bystander := open(t, options(sandbox.Filter, new(draft).process()))
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			var d draft
			text := a.text(&d)
			began := cputime.Spent()
			var out plugintest.Emitter
			o := options(sandbox.Filter, text)
			if strings.HasPrefix(a.name, "recursion") {
				o.Instructions = 500_000_000
			}
			in, err := New(o)
			if err == nil {
				err = in.Process(selection(request(200)), &out)
				defer in.Close()
			}
			if took := cputime.Spent() - began; took > 2*time.Second {
				t.Errorf("took %s", took)
			}
			if a.want == "" {
				if err != nil {
					t.Errorf("ended with %v", err)
				}
				if n := in.use.Memory.Load(); n > 8<<20 {
					t.Errorf("memory of %d bytes", n)
				}
				return
			}
			var stop *sandbox.Stop
			if !errors.As(err, &stop) {
				t.Fatalf("ended with %v, want a Stop", err)
			}
			if stop.Limit != a.limit || !strings.Contains(stop.Text, a.want) {
				t.Errorf("stopped by %q: %s; want %q: %s", stop.Limit, stop.Text, a.limit, a.want)
			}
			if in != nil && stop.Message == "" {
				t.Error("it does not say on which message")
			}
			if err := bystander.Process(selection(request(200)), &out); err != nil {
				t.Errorf("the bystander: %v", err)
			}
		})
	}
	if n := bystander.Calls(); n < int64(len(attacks))-2 {
		t.Errorf("the bystander worked on %d messages", n)
	}
}

// TestBadModules: what no plugin may be is refused before anything runs.
func TestBadModules(t *testing.T) {
	body := func(b ...byte) func(d *draft) string {
		return func(d *draft) string { return d.process(b...) }
	}
	for _, tt := range []struct {
		name, want string
		text       func(d *draft) string
	}{
		{"nothing", "no WebAssembly module", func(*draft) string { return "" }},
		{"Lua", "no WebAssembly module", func(*draft) string { return "function process_message() return 0 end" }},
		{"a component", "component", func(*draft) string { return "\x00asm\x0d\x00\x01\x00" }},
		{"nothing in it", "exports no function process_message", func(*draft) string { return "\x00asm\x01\x00\x00\x00" }},
		{"cut", "ends too early", func(d *draft) string { s := d.process(); return s[:len(s)-3] }},
		{"a program", "_start", func(d *draft) string { d.fn("_start", signature{}); return d.text() }},
		{"wrong result", "it must be () → (i32)", func(d *draft) string { d.fn(processExport, signature{}); return d.text() }},
		{"takes the fuel", "a global that is not there", body(opI64Const, 0, opGlobalSet, 0)},
		{"reads the fuel", "a global that is not there", body(opGlobalGet, 0, drop)},
		{"takes the name of the fuel", "are the host's", func(d *draft) string { d.fn(fuelExport, signature{}); return d.process() }},
		{"unknown function", "no function of the host", func(d *draft) string {
			d.imports = append(d.imports, append(append(str(hostModule), str("system")...), 0, d.typ(signature{})))
			d.imported++
			return d.process()
		}},
		{"unknown library", "only the functions of heka", func(d *draft) string {
			d.imports = append(d.imports, append(append(str("env"), str("system")...), 0, d.typ(signature{})))
			return d.process()
		}},
		{"wrong type of function", "it is (i32 i32)", func(d *draft) string {
			d.imports = append(d.imports, append(append(str(hostModule), str("set_error")...), 0, d.typ(signature{"I", ""})))
			return d.process()
		}},
		{"imported memory", "a memory and tables of its own", func(d *draft) string {
			d.imports = append(d.imports, append(append(str("env"), str("memory")...), 2, 0, 1))
			return d.process()
		}},
		{"huge memory", "more than memory_limit", func(d *draft) string { d.memory = []byte{0, 0x80, 0x80, 4}; return d.process() }},
		{"shared memory", "without threads", func(d *draft) string { d.memory = []byte{3, 1, 1}; return d.process() }},
		{"huge table", "a smaller one", func(d *draft) string { d.table = []byte{1, 0x70, 0, 0xff, 0xff, 0xff, 0x7f}; return d.process() }},
		{"data outside the memory", "", func(d *draft) string {
			d.memory = []byte{0, 1}
			d.data = join([]byte{1, 0}, i32(65530), []byte{opEnd}, str("0123456789"))
			return d.process()
		}},
		{"unknown instruction", "not of WebAssembly 2.0", body(0xff)},
		{"tail call", "tail calls", body(0x12, 0)},
		{"no operands", "compile module", body(opI32Add, drop)},
		{"body without an end", "ends too early", func(d *draft) string {
			d.fn(processExport, signature{"", "i"}, opBlock, blockVoid)
			return d.text()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, err := New(options(sandbox.Filter, tt.text(new(draft))))
			if err == nil {
				in.Close()
				t.Fatal("it is taken")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want %q", err, tt.want)
			}
		})
	}
}

// TestSlowToCompile: functions of odd forms, as large as they may be, compile in a
// bounded time.
func TestSlowToCompile(t *testing.T) {
	repeat := func(n int, b ...byte) []byte {
		out := make([]byte, 0, n*len(b))
		for range n {
			out = append(out, b...)
		}
		return out
	}
	for name, body := range map[string][]byte{
		"straight":   repeat(200_000, opI32Const, 1, drop),
		"blocks":     append(repeat(maxNesting-1, opBlock, blockVoid), repeat(maxNesting-1, opEnd)...),
		"loops":      append(repeat(maxLoops, opLoop, blockVoid), repeat(maxLoops, opEnd)...),
		"loop after": repeat(maxBlocks/4, opLoop, blockVoid, opEnd),
		"ifs":        repeat(maxBlocks, opI32Const, 1, opIf, blockVoid, opEnd),
		"deep stack": append(repeat(100_000, opI32Const, 1), repeat(100_000, drop)...),
		"jumps":      join([]byte{opBlock, blockVoid}, repeat(maxBlocks-1, opI32Const, 0, opBrIf, 0), []byte{opEnd}),
		"calls":      repeat(20_000, opCall, 0, drop),
	} {
		began := cputime.Spent()
		in := open(t, options(sandbox.Filter, new(draft).process(body...)))
		took := cputime.Spent() - began
		t.Logf("%s: %d bytes in %s", name, len(body), took)
		if took > 5*time.Second {
			t.Errorf("%s takes %s", name, took)
		}
		in.Close()
	}
	var d draft
	for range 100 {
		d.fn("", signature{}, repeat(maxBlocks, opI32Const, 1, opIf, blockVoid, opEnd)...)
	}
	if _, err := New(options(sandbox.Filter, d.process())); err == nil || !strings.Contains(err.Error(), "too long to compile") {
		t.Errorf("a hundred of them: %v", err)
	}
}

// A call of a plugin without instruction_limit ends at call_time.
func TestCallTime(t *testing.T) {
	o := options(sandbox.Filter, new(draft).process(forever()...))
	o.Instructions, o.CallTime = 0, 50*time.Millisecond
	in := open(t, o)
	var out plugintest.Emitter
	err := in.Process(selection(request(200)), &out)
	var stop *sandbox.Stop
	if !errors.As(err, &stop) || stop.Limit != "call_time" || !errors.Is(err, sandbox.ErrTime) {
		t.Errorf("ended with %v", err)
	}
}

// The count of instructions is the same every time.
func TestInstructionsAreExact(t *testing.T) {
	o := options(sandbox.Filter, example(t, "status.wasm"))
	o.Instructions = 1 << 20
	in := open(t, o)
	var out plugintest.Emitter
	seen := map[int64]bool{}
	for i := range 100 {
		if err := in.Process(selection(request(200)), &out); err != nil {
			t.Fatal(err)
		}
		if i > 1 { // names are resolved by then
			seen[in.use.Instructions.Load()] = true
		}
	}
	if len(seen) != 1 {
		t.Fatalf("counts %v", seen)
	}
	for n := range seen {
		o.Instructions = n
		in = open(t, o)
		in.Process(selection(request(200)), &out)
		in.names = names{}
		o.Instructions = n - 1
		few := open(t, o)
		err := few.Process(selection(request(200), request(200), request(200)), &out)
		if err == nil || !strings.Contains(err.Error(), "instruction_limit") {
			t.Errorf("%d instructions were enough: %v", n-1, err)
		}
	}
}

// 300 loads and unloads of different modules leave nothing.
func TestNoLeak(t *testing.T) {
	before := runtime.NumGoroutine()
	for i := range 300 {
		in, err := New(options(sandbox.Filter, new(draft).process(join(i32(int32(i)), []byte{drop})...)))
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
	}
	e := &engines[0]
	e.mu.Lock()
	n, idle := len(e.programs), len(e.idle)
	e.mu.Unlock()
	if idle > maxIdle || n > maxIdle+len(attacks) {
		t.Errorf("%d programs are kept, %d of them idle", n, idle)
	}
	if now := runtime.NumGoroutine(); now > before+2 {
		t.Errorf("%d goroutines, before %d", now, before)
	}
}
