package lua

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestTypedFunctions(t *testing.T) {
	vm := New(Options{})
	for name, f := range map[string]Func{
		"hypot":  Func2(math.Hypot),
		"has":    Func2(strings.Contains),
		"repeat": Func2(strings.Repeat),
		"clamp":  Func3(func(x, lo, hi int) int { return max(lo, min(x, hi)) }),
		"size":   Func1(func(t *Table) int { return t.Len() }),
		"same":   Func1(func(v Value) Value { return v }),
		"none":   Func1(func(v Value) *Table { return nil }),
		"half":   Func1E(halve),
		"both":   Func2E(func(a, b bool) (bool, error) { return a && b, nil }),
	} {
		vm.SetGlobal(name, vm.NewFunction(name, f))
	}
	mustDo(t, vm, `
		assert(hypot(3, 4) == 5 and hypot("3", 4) == 5)
		assert(has("hello", "ell") and not has("hello", "x"))
		assert(clamp(5, 1, 3) == 3 and size({1, 2}) == 2 and same(print) == print and none() == nil)
		assert(half(4) == 2 and both(1, true) and not both(1, nil) and _G["repeat"]("ab", 2) == "abab")
		local function text(f, ...) return select(2, pcall(f, ...)) end
		assert(text(function() hypot(1) end) == "test:7: bad argument #2 to 'hypot' (number expected, got no value)")
		assert(text(function() half(3) end) == "test:8: 3 is odd")
		assert(text(function() size(1) end) == "test:9: bad argument #1 to 'size' (table expected, got number)")
	`)
	run, err := vm.Load("=alloc", `local h, c, s = hypot, clamp, same return function() h(3, 4) c(1, 2, 3) s(1) end`)
	if err != nil {
		t.Fatal(err)
	}
	res, err := vm.Call(run)
	if err != nil {
		t.Fatal(err)
	}
	fn := res[0]
	if n := testing.AllocsPerRun(100, func() {
		if _, err := vm.Call(fn); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("three typed calls allocate %v times, want 0", n)
	}
}

func halve(n int) (int, error) {
	if n%2 != 0 {
		return 0, errors.New("3 is odd")
	}
	return n / 2, nil
}

// TestEmptyCallAllocatesNothing is the promise to hosts that call once a message.
func TestEmptyCallAllocatesNothing(t *testing.T) {
	vm := New(Options{Instructions: 1000, Memory: 1 << 20})
	mustDo(t, vm, `function process() return 0 end`)
	fn := vm.Global("process")
	if n := testing.AllocsPerRun(1000, func() {
		if res, err := vm.Call(fn); err != nil || len(res) != 1 {
			t.Fatal(res, err)
		}
	}); n != 0 {
		t.Errorf("an empty call allocates %v times", n)
	}
}

// TestNewIsSmall bounds what a sandbox costs before its script.
func TestNewIsSmall(t *testing.T) {
	for _, p := range []Profile{Full, Sandbox, SandboxIO} {
		vm := New(Options{Profile: p})
		if n := vm.Memory(); n > 40<<10 {
			t.Errorf("profile %d: a new VM holds %d bytes", p, n)
		}
	}
}

// TestUserdata goes through the life of a type of objects made in Go.
func TestUserdata(t *testing.T) {
	type point struct{ x, y float64 }
	vm := New(Options{})
	vm.Preload("point", true, func(c *Call) int {
		meta, fresh := c.VM().Metatable("point")
		if !fresh {
			t.Error("the metatable was made before")
		}
		methods := c.NewTable(0, 1)
		c.VM().Register(methods, Entry{"x", func(c *Call) int {
			c.PushNumber(Check[*point](c, 1, "point").x)
			return 1
		}})
		meta.SetString("__index", methods.Value())
		meta.SetString("__add", c.VM().NewFunction("add", func(c *Call) int {
			a, b := Check[*point](c, 1, "point"), Check[*point](c, 2, "point")
			c.Alloc(16)
			c.Push(c.VM().NewUserdata(&point{a.x + b.x, a.y + b.y}, meta).Value())
			return 1
		}))
		lib := c.NewTable(0, 1)
		c.VM().Register(lib, Entry{"new", func(c *Call) int {
			c.Alloc(16)
			c.Push(c.VM().NewUserdata(&point{c.Number(1), c.Number(2)}, meta).Value())
			return 1
		}})
		c.Push(lib.Value())
		return 1
	})
	mustDo(t, vm, `
		require "point"
		local a = point.new(1, 2) + point.new(3, 4)
		assert(a:x() == 4 and type(a) == "userdata" and require("point") == point)
		local ok, e = pcall(function() return a.x({}) end)
		assert(e == "test:5: bad argument #1 to 'x' (point expected, got table)", e)
		ok, e = pcall(function() return a + 1 end)
		assert(not ok and e:find("point expected, got number"))
	`)
}
