package lua

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
)

// mustDo runs a chunk that has to succeed.
func mustDo(t *testing.T, vm *VM, src string) {
	t.Helper()
	if err := vm.Do("=test", src); err != nil {
		t.Fatal(err)
	}
}

// TestInterrupt stops scripts that would run for ever from another goroutine.
func TestInterrupt(t *testing.T) {
	stop := errors.New("shutting down")
	for _, src := range []string{
		`while true do end`,
		`while true do pcall(function() while true do end end) end`,
		`coroutine.wrap(function() while true do end end)()`,
		`string.find(string.rep("a", 3000), ".-.-.-.-b")`,
		`local t = {} for i = 1, 1000 do t[i] = i end while true do table.sort(t) end`,
		`while true do string.rep("x", 1000) end`,
	} {
		vm := New(Options{})
		time.AfterFunc(5*time.Millisecond, func() { vm.Interrupt(stop) })
		err := vm.Do("=spin", src)
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindInterrupted || !errors.Is(err, stop) || !strings.Contains(e.Where, "spin:1") {
			t.Errorf("%s: %v", src, err)
		}
		if err := vm.Do("=later", `return 1`); !errors.Is(err, stop) {
			t.Errorf("a later call: %v, want it stopped too", err)
		}
		vm.Interrupt(nil)
		if err := vm.Do("=later", `return 1`); err != nil {
			t.Errorf("after Interrupt(nil): %v", err)
		}
	}
}

// TestInstructionsAreCounted compares the account with work that is known.
func TestInstructionsAreCounted(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		low, high int64
	}{
		{"nothing", ``, 1, 3},
		{"a loop", `for i = 1, 1000 do end`, 1000, 1010},
		{"a loop with work", `local x = 0 for i = 1, 1000 do x = x + i end`, 2000, 2010},
		{"calls", `local function f() end for i = 1, 1000 do f() end`, 3000, 4010},
		{"a library call that works", `string.rep("x", 640000)`, 10000, 10100},
		{"a pattern that steps", `string.find(string.rep("a", 8000), "b*c")`, 1000, 5000},
	} {
		vm := New(Options{Instructions: 1 << 30})
		mustDo(t, vm, tt.src)
		if n := vm.Instructions(); n < tt.low || n > tt.high {
			t.Errorf("%s: %d instructions, want %d to %d", tt.name, n, tt.low, tt.high)
		}
	}
}

// TestLimitIsExact finds the smallest limit under which a script ends.
func TestLimitIsExact(t *testing.T) {
	src := `local x = 0 for i = 1, 20000 do x = x + i end`
	vm := New(Options{Instructions: 1 << 30})
	mustDo(t, vm, src)
	n := vm.Instructions()
	for _, tt := range []struct {
		limit int64
		ok    bool
	}{{n, true}, {n - 1, false}, {n + 1, true}} {
		vm := New(Options{Instructions: tt.limit})
		if err := vm.Do("=test", src); (err == nil) != tt.ok {
			t.Errorf("limit %d of %d: %v", tt.limit, n, err)
		}
	}
}

// TestMemoryIsAccounted compares the account with the heap of Go.
func TestMemoryIsAccounted(t *testing.T) {
	for _, tt := range []struct{ name, src string }{
		{"records", `t = {} for i = 1, 20000 do t[i] = {id = i, name = "name" .. i} end`},
		{"numbers", `t = {} for i = 1, 200000 do t[i] = i end`},
		{"string keys", `t = {} for i = 1, 50000 do t["key number " .. i] = true end`},
		{"closures", `t = {} for i = 1, 50000 do local x = i t[i] = function() return x end end`},
		{"long strings", `t = {} for i = 1, 50 do t[i] = string.rep("x", 50000) .. i end`},
		{"shared strings", `t = {} local s = string.rep("x", 1000000) for i = 1, 1000 do t[i] = s end`},
		{"coroutines", `t = {} for i = 1, 500 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end`},
		{"substrings", `t = {} local s = string.rep("0123456789", 100) for i = 1, 20000 do t[i] = s:sub(i % 900 + 1, i % 900 + 40) end`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			heap := func() int64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.GC()
				runtime.ReadMemStats(&m)
				return int64(m.HeapAlloc)
			}
			vm := New(Options{})
			before, held := heap(), vm.Collect()
			mustDo(t, vm, tt.src)
			counted := vm.Collect() - held
			real := heap() - before
			if ratio := float64(counted) / float64(real); ratio < 0.8 || ratio > 1.2 {
				t.Errorf("counted %d KiB, the heap grew by %d KiB: ratio %.2f", counted>>10, real>>10, ratio)
			}
			runtime.KeepAlive(vm)
		})
	}
}

// TestGarbageDoesNotCount makes far more than the limit, a little at a time.
func TestGarbageDoesNotCount(t *testing.T) {
	vm := New(Options{Memory: 2 << 20})
	mustDo(t, vm, `for i = 1, 200000 do local t = {i, "s" .. i} end`)
	mustDo(t, vm, `local s for i = 1, 100 do s = string.rep("x", 500000) end`)
	if vm.MaxMemory() > 2<<20 {
		t.Errorf("MaxMemory() = %d over the limit", vm.MaxMemory())
	}
}

// TestVMsShareNothing changes all it can in one VM and looks for it in another.
func TestVMsShareNothing(t *testing.T) {
	a, b := New(Options{}), New(Options{})
	mustDo(t, a, `
		getmetatable("").__index = function() return "leak" end
		string.upper, table.leak, math.pi, leak = nil, 1, 3, 1
		debug.setmetatable(1, {__index = function() return "leak" end})
		debug.setmetatable(print, {__index = {leak = 1}})
		package.loaded.string = nil
		math.randomseed(7)
	`)
	mustDo(t, b, `
		assert(("x"):upper() == "X" and string.upper and not table.leak and math.pi > 3.1 and not leak)
		assert(not pcall(function() return (1).x end) and not pcall(function() return print.leak end))
		assert(package.loaded.string == string)
	`)
}

// TestNestedLimits calls scripts through Go functions: the limits of the outer
// call hold inside.
func TestNestedLimits(t *testing.T) {
	vm := New(Options{Instructions: 100_000})
	vm.SetGlobal("again", vm.NewFunction("again", func(c *Call) int {
		if _, err := c.VM().Call(c.Func(1)); err != nil {
			c.PushString(err.Error())
			return 1
		}
		return 0
	}))
	vm.SetGlobal("try", vm.NewFunction("try", func(c *Call) int {
		_, err := c.Try(c.Func(1), 0)
		c.PushBool(err != nil)
		return 1
	}))
	for _, src := range []string{
		`while true do again(function() while true do end end) end`,
		`while true do try(function() while true do end end) end`,
		`local function f() again(f) end while true do f() end`,
	} {
		if err := vm.Do("=nest", src); !errors.Is(err, ErrInstructions) {
			t.Errorf("%s: %v", src, err)
		}
	}
	mustDo(t, vm, `assert(try(error) == true and try(function() end) == false and again(error) == "(error object is a nil value)")`)
}

// TestGoPanic turns a panic of a Go function into an Error that no script catches.
func TestGoPanic(t *testing.T) {
	vm := New(Options{})
	vm.SetGlobal("broken", vm.NewFunction("broken", func(c *Call) int {
		var none []int
		return none[len(none)]
	}))
	err := vm.Do("=panic", `pcall(broken) error("caught")`)
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindInternal || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("a panic in Go: %v", err)
	}
	mustDo(t, vm, `x = 1`)
}

// TestErrorTexts are what a host prints.
func TestErrorTexts(t *testing.T) {
	vm := New(Options{Instructions: 10000})
	for _, tt := range []struct{ src, want string }{
		{`error("plain", 0)`, "plain"},
		{`error({})`, "(error object is a table value)"},
		{`local x = nil + 1`, "f.lua:1: attempt to perform arithmetic on a nil value"},
		{`x = = 1`, "f.lua:1: unexpected symbol near '='"},
		{"\nfunction spin()\n while true do end end spin()", "instruction_limit exceeded in function 'spin' (f.lua:3)"},
	} {
		if err := vm.Do("@f.lua", tt.src); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.src, err, tt.want)
		}
	}
	err := vm.Do("@f.lua", "local function inner() error('deep') end\nfunction outer() inner() end outer()")
	want := "stack traceback:\n\t[C]: in function 'error'\n\tf.lua:1: in function 'inner'\n\tf.lua:2: in function 'outer'\n\tf.lua:2: in main chunk"
	var e *Error
	if !errors.As(err, &e) || e.Traceback != want {
		t.Errorf("traceback %q, want %q", e.Traceback, want)
	}
}

// TestProfiles lists what each profile lacks.
func TestProfiles(t *testing.T) {
	for _, tt := range []struct {
		profile Profile
		absent  string
		present string
	}{
		{Sandbox, "collectgarbage coroutine dofile load loadfile loadstring newproxy print io debug package os string table math", "require pcall error select unpack setfenv getfenv setmetatable module"},
		{SandboxIO, "dofile load loadfile loadstring print debug package io os string", "require coroutine collectgarbage newproxy"},
		{Full, "", "string table math os io coroutine debug package print dofile load"},
	} {
		vm := New(Options{Profile: tt.profile})
		for _, name := range strings.Fields(tt.absent) {
			if !vm.Global(name).IsNil() {
				t.Errorf("profile %d has %s", tt.profile, name)
			}
		}
		for _, name := range strings.Fields(tt.present) {
			if vm.Global(name).IsNil() {
				t.Errorf("profile %d lacks %s", tt.profile, name)
			}
		}
	}
	vm := New(Options{Profile: Sandbox})
	mustDo(t, vm, `
		local s = require "string" assert(s == string and s.rep("x", 2) == "xx" and ("x"):rep(2) == "xx" and not s.dump)
		require "os" assert(os.time and os.date and os.clock and os.difftime and not os.execute and not os.getenv and not os.remove and not os.exit)
		require "math" assert(math.erf and math.floor) require "table" assert(table.concat)
		assert(not pcall(require, "io") and not pcall(require, "debug") and not pcall(require, "coroutine") and not pcall(require, "package"))
	`)
	vm = New(Options{Profile: SandboxIO})
	mustDo(t, vm, `require "io" assert(io.open) require "os" assert(os.getenv and not os.exit and not os.setlocale)`)
}

// TestLoader requires modules that the host provides.
func TestLoader(t *testing.T) {
	vm := New(Options{Profile: Sandbox, Loader: func(name string) (string, string, error) {
		switch name {
		case "good":
			return "local M = {} setfenv(1, M) function hi() return 'hi' end return M", "@good.lua", nil
		case "bad":
			return "x = = 1", "@bad.lua", nil
		}
		return "", "", NotFound("\n\tno file '" + name + ".lua'")
	}})
	mustDo(t, vm, `assert(require("good").hi() == "hi" and require("good") == require("good"))`)
	for name, want := range map[string]string{
		"bad":  "error loading module 'bad' from file 'bad.lua':\n\tbad.lua:1: unexpected symbol near '='",
		"none": "test:1: module 'none' not found:\n\tno file 'none.lua'",
	} {
		if err := vm.Do("=test", fmt.Sprintf("require(%q)", name)); err == nil || err.Error() != want {
			t.Errorf("require %s: %q, want %q", name, err, want)
		}
	}
}

// TestCompilerIsLinear compiles sources that are hard on lookups and lists.
func TestCompilerIsLinear(t *testing.T) {
	locals := ""
	for i := range 190 {
		locals += fmt.Sprintf("local v%d ", i)
	}
	for name, src := range map[string]string{
		"globals under many locals": strings.Repeat("local function f() "+locals, 150) + strings.Repeat("x = y ", 100_000) + strings.Repeat(" end", 150),
		"long if":                   "if a then " + strings.Repeat("elseif b then c() ", 50_000) + "end",
		"many constants":            "return {" + strings.Repeat("'x', 1, ", 100_000) + "}",
		"long expression":           "return 1" + strings.Repeat(" + x", 19_000),
		"long concatenation":        "return a" + strings.Repeat(".. b", 150),
		"nested tables":             "return " + strings.Repeat("{", 190) + strings.Repeat("}", 190),
		"long comment":              "--[==[" + strings.Repeat("]=]", 1_000_000) + "]==]",
		"many functions":            strings.Repeat("function f() return 1 end ", 20_000),
		"many jumps":                "while true do " + strings.Repeat("if a then break end ", 50_000) + "end",
	} {
		start := cputime.Spent()
		if _, err := New(Options{}).Load("=linear", src); err != nil {
			t.Errorf("%s: %.200v", name, err)
		}
		if took := cputime.Spent() - start; took > slowdown*2*time.Second {
			t.Errorf("%s: %d KiB took %v", name, len(src)>>10, took)
		}
	}
}

// TestFinalizersRun makes garbage that has to be finalized for the script to live.
func TestFinalizersRun(t *testing.T) {
	vm := New(Options{Memory: 1 << 20})
	mustDo(t, vm, `
		local n = 0
		for i = 1, 30000 do
			local p = newproxy(true)
			getmetatable(p).__gc = function() n = n + 1 end
			for j = 1, 3 do local t = {j} end
		end
		assert(n > 1000, n)
		left = newproxy(true)
		getmetatable(left).__gc = function() closed = true end
	`)
	if err := vm.Close(); err != nil || !vm.Global("closed").Truth() {
		t.Errorf("Close() = %v, the last finalizer has run: %v", err, vm.Global("closed").Truth())
	}
}

// FreeWork lets library functions work beyond a small limit, but not for ever, and
// never the script itself.
func TestFreeWork(t *testing.T) {
	for _, tt := range []struct {
		src string
		ok  bool
	}{
		{`return ("x"):rep(100000):upper()`, true},
		{`for i = 1, 2000 do end`, false},
		{`local s = ("x"):rep(100000) for i = 1, 100 do s:upper() end`, false},
	} {
		vm := New(Options{Instructions: 1000, FreeWork: 1 << 16})
		for range 3 { // each call has it anew
			if err := vm.Do("=test", tt.src); (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrInstructions) {
				t.Errorf("%s: %v", tt.src, err)
			}
		}
		if n := vm.MaxInstructions(); n > 1001 {
			t.Errorf("%s: %d instructions", tt.src, n)
		}
	}
}
