package userdata

import (
	"encoding"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
)

// newVM makes a sandbox whose scripts have check and text beside the libraries.
func newVM(t testing.TB, opts lua.Options) *lua.VM {
	opts.Profile = lua.Sandbox
	vm := lua.New(opts)
	Open(vm)
	vm.SetGlobal("check", vm.NewFunction("check", func(c *lua.Call) int {
		if got, want := c.Arg(2), c.Arg(3); !c.Equal(got, want) {
			c.Errorf("%s: %s, want %s", c.String(1), c.Text(got).Str(), c.Text(want).Str())
		}
		return 0
	}))
	vm.SetGlobal("text", vm.NewFunction("text", func(c *lua.Call) int {
		text, err := c.Arg(1).Userdata().Data.(encoding.TextAppender).AppendText(nil)
		if err != nil {
			c.Errorf("%v", err)
		}
		c.PushBytes(text)
		return 1
	}))
	return vm
}

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		vm := newVM(t, lua.Options{Instructions: 1e6, Memory: 8 << 20})
		if err := vm.Do("@"+file, string(src)); err != nil {
			t.Error(err)
		}
	}
}

func TestErrors(t *testing.T) {
	const setup = `require "circular_buffer" require "bloom_filter" require "cuckoo_filter" require "hyperloglog" require "sax"
		require "heavy_hitters" require "percentiles"
		cb = circular_buffer.new(10, 1, 1) bf = bloom_filter.new(10, 0.1) cf = cuckoo_filter.new(10) hll = hyperloglog.new()
		hh = heavy_hitters.new(3) p = percentiles.new() win = sax.window.new(9, 3, 5)`
	for _, tt := range []struct{ src, want string }{
		{`circular_buffer.new(2)`, "bad argument #0 to 'new' (incorrect number of arguments)"},
		{`circular_buffer.new(2, 1, 1, true, 1)`, "bad argument #0 to 'new' (incorrect number of arguments)"},
		{`circular_buffer.new(nil, 1, 1)`, "bad argument #1 to 'new' (number expected, got nil)"},
		{`circular_buffer.new(1, 1, 1)`, "bad argument #1 to 'new' (rows must be > 1)"},
		{`circular_buffer.new(2, nil, 1)`, "bad argument #2 to 'new' (number expected, got nil)"},
		{`circular_buffer.new(2, 0, 1)`, "bad argument #2 to 'new' (columns must be > 0 and <= 256)"},
		{`circular_buffer.new(2, 257, 1)`, "bad argument #2 to 'new' (columns must be > 0 and <= 256)"},
		{`circular_buffer.new(2, 1, nil)`, "bad argument #3 to 'new' (number expected, got nil)"},
		{`circular_buffer.new(2, 1, 0)`, "bad argument #3 to 'new' (seconds_per_row is out of range)"},
		{`circular_buffer.new(1e9, 256, 1)`, "bad argument #1 to 'new' (too many rows)"},
		{`cb:set(0, 2, 1)`, "bad argument #2 to 'set' (column out of range)"},
		{`cb:set(0, 0, 1)`, "bad argument #2 to 'set' (column out of range)"},
		{`cb:set(0, nil, 1)`, "bad argument #2 to 'set' (number expected, got nil)"},
		{`cb:set(nil, 1, 1)`, "bad argument #1 to 'set' (number expected, got nil)"},
		{`cb:set(0, 1, nil)`, "bad argument #3 to 'set' (number expected, got nil)"},
		{`cb.get(1, 1, 1)`, "bad argument #1 to 'get' (mozsvc.circular_buffer expected, got number)"},
		{`cb.get(bf, 1, 1)`, "bad argument #1 to 'get' (mozsvc.circular_buffer expected, got userdata)"},
		{`cb:set(0)`, "bad argument #-1 to 'set' (incorrect number of arguments)"},
		{`cb:add(0)`, "bad argument #-1 to 'add' (incorrect number of arguments)"},
		{`cb:get(0)`, "bad argument #-1 to 'get' (incorrect number of arguments)"},
		{`cb:compute(0)`, "bad argument #-1 to 'compute' (incorrect number of arguments)"},
		{`cb:compute("func", 1)`, "bad argument #1 to 'compute' (invalid option 'func')"},
		{`cb:compute("sum", 0)`, "bad argument #2 to 'compute' (column out of range)"},
		{`cb:compute("sum", 1, 2e9, 1e9)`, "bad argument #4 to 'compute' (end must be >= start)"},
		{`cb:get_range(1, 2e9, 1e9)`, "bad argument #3 to 'get_range' (end must be >= start)"},
		{`cb:get_range()`, "bad argument #-1 to 'get_range' (incorrect number of arguments)"},
		{`cb:format("invalid")`, "bad argument #1 to 'format' (invalid option 'invalid')"},
		{`cb:format("cbuf", true)`, "bad argument #-1 to 'format' (incorrect number of arguments)"},
		{`cb:format()`, "bad argument #-1 to 'format' (incorrect number of arguments)"},
		{`cb:set_header(1, "a", "b", "mean")`, "bad argument #4 to 'set_header' (invalid option 'mean')"},
		{`cb:get_header()`, "bad argument #-1 to 'get_header' (incorrect number of arguments)"},
		{`cb:get_header(99)`, "bad argument #1 to 'get_header' (column out of range)"},
		{`cb:fromstring("0 0 1")`, "fromstring() too few values: 1, expected 10"},
		{`cb:mannwhitneyu()`, "bad argument #-1 to 'mannwhitneyu' (incorrect number of arguments)"},
		{`cb:mannwhitneyu(nil, 0, 0, 0, 0)`, "bad argument #1 to 'mannwhitneyu' (number expected, got nil)"},
		{`cb:mannwhitneyu(0, 0, 0, 0, 0)`, "bad argument #1 to 'mannwhitneyu' (column out of range)"},
		{`cb:mannwhitneyu(1, 0, 5, 2, 7)`, "bad argument #3 to 'mannwhitneyu' (ranges must not overlap)"},
		{`cb:mannwhitneyu(1, 5, 0, 2, 7)`, "bad argument #3 to 'mannwhitneyu' (end_1 must be >= start_1)"},
		{`cb:mannwhitneyu(1, 0, 5, 10, 6)`, "bad argument #5 to 'mannwhitneyu' (end_2 must be >= start_2)"},
		{`cb:mannwhitneyu(1, 0, 1, 2, 3, true, 5)`, "bad argument #-1 to 'mannwhitneyu' (too many arguments)"},
		{`cb:mannwhitneyu(1, 0, 5, 6, 10, "a")`, "bad argument #6 to 'mannwhitneyu' (use_continuity must be a boolean)"},

		{`bloom_filter.new(10)`, "bad argument #0 to 'new' (incorrect number of arguments)"},
		{`bloom_filter.new(0, 0.1)`, "bad argument #1 to 'new' (items must be > 1)"},
		{`bloom_filter.new(10, 1)`, "bad argument #2 to 'new' (probability must be between 0 and 1)"},
		{`bf:add()`, "bad argument #-1 to 'add' (incorrect number of arguments)"},
		{`bf:add({})`, "bad argument #1 to 'add' (must be a string or number)"},
		{`bf:query(nil)`, "bad argument #1 to 'query' (must be a string or number)"},
		{`bf:fromstring("x")`, "fromstring() bytes found: 1, expected 6"},
		{`cuckoo_filter.new(4)`, "bad argument #1 to 'new' (items must be > 4)"},
		{`cf:delete(true)`, "bad argument #1 to 'delete' (must be a string or number)"},
		{`cf:fromstring(1, "x", 1)`, "fromstring() bytes found: 1, expected 32"},
		{`hyperloglog.new(1)`, "bad argument #0 to 'new' (incorrect number of arguments)"},
		{`hll:add({})`, "bad argument #1 to 'add' (must be a string or number)"},
		{`hll:merge(bf)`, "bad argument #1 to 'merge' (mozsvc.hyperloglog expected, got userdata)"},
		{`hll:fromstring("HYLL")`, "fromstring() bytes found: 4, expected 12304"},
		{`heavy_hitters.new(0)`, "bad argument #1 to 'new' (capacity must be between 1 and 1048576)"},
		{`hh:add("a", -1)`, "bad argument #2 to 'add' (weight must be > 0)"},
		{`percentiles.new(2)`, "bad argument #1 to 'new' (accuracy must be between 0.0001 and 0.5)"},
		{`p:percentile(101)`, "bad argument #1 to 'percentile' (rank is out of range)"},
		{`sax.window.new(9, 3)`, "bad argument #0 to 'new' (incorrect number of arguments)"},
		{`sax.window.new(10, 3, 3)`, "bad argument #1 to 'new' (n must be evenly divisible by w)"},
		{`sax.window.new(9, 0, 3)`, "bad argument #1 to 'new' (w is out of range)"},
		{`sax.word.new("AAABF", 5)`, "bad argument #1 to 'new' (symbol 'F' is not of 5 letters)"},
		{`sax.word.new({1, "a"}, 2, 3)`, "bad argument #1 to 'new' (array of numbers expected)"},
		{`sax.word.new(1, 2, 3)`, "bad argument #1 to 'new' (array-like table expected)"},
		{`sax.mindist(1, 1)`, "bad argument #1 to 'mindist' (sax.window or sax.word expected, got number)"},
		{`win:add("a")`, "bad argument #1 to 'add' (number expected, got string)"},
	} {
		vm := newVM(t, lua.Options{})
		if err := vm.Do("@setup", setup); err != nil {
			t.Fatal(err)
		}
		err := vm.Do("@test", tt.src)
		if err == nil || !strings.HasSuffix(err.Error(), "test:1: "+tt.want) {
			t.Errorf("%s: %v, want %q", tt.src, err, tt.want)
		}
	}
}

// TestLimits lets scripts make, fill and look at more than they may.
func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		src  string
		kind lua.Kind
	}{
		{`require "circular_buffer" local cb = circular_buffer.new(100000, 100, 1)`, lua.KindMemory},
		{`require "circular_buffer" t = {} for i = 1, 1e6 do t[i] = circular_buffer.new(1000, 10, 1) end`, lua.KindMemory},
		{`require "circular_buffer" cb = circular_buffer.new(2, 200, 1, true) for i = 1, 1e6 do cb:add(i * 1e9, 1, 1) end`, lua.KindMemory},
		{`require "circular_buffer" local cb = circular_buffer.new(10000, 1, 1) while true do cb:compute("sd", 1) end`, lua.KindInstructions},
		{`require "circular_buffer" local cb = circular_buffer.new(10000, 10, 1) for i = 1, 1e6 do cb:add(i * 1e14, 1, 1) end`, lua.KindInstructions},
		{`require "bloom_filter" local b = bloom_filter.new(1e8, 0.01)`, lua.KindMemory},
		{`require "bloom_filter" require "string" local b, k = bloom_filter.new(100, 1e-6), string.rep("x", 100000) while true do b:add(k) end`, lua.KindInstructions},
		{`require "cuckoo_filter" local b = cuckoo_filter.new(1e8)`, lua.KindMemory},
		{`require "hyperloglog" t = {} for i = 1, 1e6 do t[i] = hyperloglog.new() end`, lua.KindMemory},
		{`require "hyperloglog" local h = hyperloglog.new() while true do h:count() end`, lua.KindInstructions},
		{`require "heavy_hitters" require "string" h = heavy_hitters.new(1e6) for i = 1, 1e6 do h:add(string.rep(i, 1000)) end`, lua.KindMemory},
		{`require "percentiles" t = {} for i = 1, 1e6 do t[i] = percentiles.new() t[i]:add(1) t[i]:add(1e9) end`, lua.KindMemory},
		{`require "sax" local w = sax.window.new(4096, 2048, 4) while true do w:add(1) w:get_word() end`, lua.KindInstructions},
	} {
		instructions := int64(1e7)
		if tt.kind == lua.KindMemory {
			instructions = 1e9
		}
		vm := newVM(t, lua.Options{Memory: 8 << 20, Instructions: instructions})
		var e *lua.Error
		if err := vm.Do("@test", tt.src); !errors.As(err, &e) || e.Kind != tt.kind {
			t.Errorf("%s: %v, want %v", tt.src, err, tt.kind)
		}
		if m := vm.Collect(); m > 8<<20 {
			t.Errorf("%s: %d bytes", tt.src, m)
		}
	}
}

const fill = `require "circular_buffer" require "bloom_filter" require "cuckoo_filter" require "hyperloglog" require "sax"
	require "heavy_hitters" require "percentiles"
	cb = circular_buffer.new(3, 2, 1, true) cb:set_header(2, "max", "s", "max")
	bf = bloom_filter.new(100, 0.01) cf = cuckoo_filter.new(100) hll = hyperloglog.new()
	hh = heavy_hitters.new(3) p = percentiles.new() win = sax.window.new(4, 2, 4) word = sax.word.new("ABBA", 4)
	function fill()
		for i = 0, 5 do cb:add(i * 1e9, 1, 1 / 3) cb:set(i * 1e9, 2, i) bf:add(i) cf:add(i) hll:add(i) hh:add(i, i + 1) p:add(i) win:add(i) end
		nested = {cb = cb, {bf}}
	end`

const checkFill = `
	check("cb", cb:get(5e9, 1), 1 / 3) check("same", nested.cb == cb and nested[1][1] == bf, true)
	check("bf", bf:count(), 6) check("bf", bf:query(3), true) check("cf", cf:count(), 6) check("cf", cf:query(3), true)
	check("hll", hll:count(), 6) check("hh", hh:top(1)[1].key, "5") check("p", p:count(), 6) check("p", p:max(), 5)
	check("win", tostring(win), "AD") check("word", tostring(word), "ABBA") check("equal", sax.word.new("ABBA", 4) == word, true)
	cb:add(5e9, 1, 1) local name, unit, agg = cb:get_header(2) check("agg", agg, "max")
	delta = text(cb:format("cbufd"))`

func TestPreserve(t *testing.T) {
	first, second := newVM(t, lua.Options{}), newVM(t, lua.Options{})
	for _, vm := range []*lua.VM{first, second} {
		if err := vm.Do("@fill", fill); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Do("@fill", "fill()"); err != nil {
		t.Fatal(err)
	}
	data, err := preserve.Save(first)
	if err != nil {
		t.Fatal(err)
	}
	before := second.Memory()
	if err := preserve.Restore(second, data, Options(0)); err != nil {
		t.Fatal(err)
	}
	if second.Memory() < before+12304 {
		t.Errorf("%d bytes before, %d after", before, second.Memory())
	}
	for _, vm := range []*lua.VM{first, second} {
		if err := vm.Do("@check", checkFill); err != nil {
			t.Error(err)
		}
	}
	if one, two := first.Global("delta").Str(), second.Global("delta").Str(); one != two || !strings.Contains(one, "5\t1.33333333\t5\n") {
		t.Errorf("deltas\n%swant\n%s", two, one)
	}
	if err := preserve.Restore(newVM(t, lua.Options{}), data, Options(30000)); !errors.Is(err, preserve.ErrTooLarge) {
		t.Errorf("restored into 30000 bytes: %v", err)
	}
}

// TestImport reads what the original wrote.
func TestImport(t *testing.T) {
	bloom := strings.Repeat(`\255`, 6)
	cuckoo := `\001\002` + strings.Repeat(`\000`, 30)
	hll := `HYLL` + strings.Repeat(`\000`, 11) + `\128` + `\001` + strings.Repeat(`\000`, 12287)
	text := fmt.Sprintf(`if _PRESERVATION_VERSION and _PRESERVATION_VERSION ~= 0 then return end
_G["t"] = {}
if _G["t"]["cb"] == nil then _G["t"]["cb"] = circular_buffer.new(3, 3, 1, true) end
_G["t"]["cb"]:set_header(1, "Add_column", "count", "sum")
_G["t"]["cb"]:set_header(2, "Set_column", "count", "min")
_G["t"]["cb"]:fromstring("2 2 1 1 1 2 1 2 4 1 4 2 1 0 1")
_G["again"] = _G["t"]["cb"]
if _G["bf"] == nil then _G["bf"] = bloom_filter.new(10, 0.1) end
_G["bf"]:fromstring(7, "%s")
if _G["cf"] == nil then _G["cf"] = cuckoo_filter.new(16) end
_G["cf"]:fromstring(1, "%s", 1)
if _G["hll"] == nil then _G["hll"] = hyperloglog.new() end
_G["hll"]:fromstring("%s")
`, bloom, cuckoo, hll)
	vm := newVM(t, lua.Options{})
	if err := vm.Do("@libs", `require "circular_buffer" require "bloom_filter" require "cuckoo_filter" require "hyperloglog"`); err != nil {
		t.Fatal(err)
	}
	if err := preserve.Import(vm, text, Options(0)); err != nil {
		t.Fatal(err)
	}
	if err := vm.Do("@check", `
		check("cb", again:get(2e9, 3), 4) check("header", again:get_header(1), "Add_column") check("same", t.cb == again, true)
		check("bf", bf:query("anything"), true) check("bf", bf:count(), 7) check("cf", cf:count(), 1) check("hll", hll:count(), 1)
	`); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		`if _G["x"] == nil then _G["x"] = os.time() end`,
		`if _G["x"] == nil then _G["x"] = heavy_hitters.new(3) end`,
		`if _G["x"] == nil then _G["x"] = sax.new(3) end`,
		`_G["again"]:add(1, 1, 1)`,
		`_G["again"]:__index("x")`,
		`_G["again"]:fromstring("x")`,
	} {
		if err := preserve.Import(vm, bad, Options(0)); err == nil {
			t.Errorf("Import(%s): no error", bad)
		}
	}
	if err := preserve.Import(newVM(t, lua.Options{}), text, Options(0)); err == nil {
		t.Error("a script that requires nothing got a circular buffer")
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	vm := newVM(t, lua.Options{Instructions: 1e6, Memory: 8 << 20})
	if err := vm.Do("@x", `require "circular_buffer" cb = circular_buffer.new(1440, 3, 60, true) n = 0
		function f() n = n + 1 cb:add(n * 1e8, 1, 1) end`); err != nil {
		t.Fatal(err)
	}
	fn := vm.Global("f")
	if n := testing.AllocsPerRun(2000, func() {
		if _, err := vm.Call(fn); err != nil {
			t.Fatal(err)
		}
	}); n > 0.1 {
		t.Errorf("%v allocations a call", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	vm := newVM(b, lua.Options{Instructions: 1e6, Memory: 8 << 20})
	if err := vm.Do("@x", `require "circular_buffer" cb = circular_buffer.new(1440, 3, 60)
		function f() for i = 1, 100 do cb:add(i * 1e8, 1, 1) end end`); err != nil {
		b.Fatal(err)
	}
	fn := vm.Global("f")
	b.ReportAllocs()
	for range b.N {
		if _, err := vm.Call(fn); err != nil {
			b.Fatal(err)
		}
	}
}

// A script whose options have changed is not given buffers of the old shape.
func TestPreserveShape(t *testing.T) {
	first := newVM(t, lua.Options{})
	if err := first.Do("@x", `require "circular_buffer" cb = circular_buffer.new(60, 2, 10) n = 5`); err != nil {
		t.Fatal(err)
	}
	data, err := preserve.Save(first)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{`cb = circular_buffer.new(61, 2, 10)`, `cb = circular_buffer.new(60, 3, 10)`, `cb = circular_buffer.new(60, 2, 11)`,
		`cb = circular_buffer.new(60, 2, 10, true)`} {
		next := newVM(t, lua.Options{})
		if err := next.Do("@x", `require "circular_buffer" `+src); err != nil {
			t.Fatal(err)
		}
		err := preserve.Restore(next, data, Options(0))
		if !errors.Is(err, preserve.ErrShape) || !strings.Contains(err.Error(), `global "cb": saved is a circular buffer of 60 rows, 2 columns, 10 seconds per row, made `) {
			t.Errorf("%s: %v", src, err)
		}
		if !next.Global("n").IsNil() {
			t.Errorf("%s: a global was restored", src)
		}
	}
	for _, src := range []string{``, `cb = 5`, `cb = circular_buffer.new(60, 2, 10)`} {
		next := newVM(t, lua.Options{})
		if err := next.Do("@x", `require "circular_buffer" `+src); err != nil {
			t.Fatal(err)
		}
		if err := preserve.Restore(next, data, Options(0)); err != nil {
			t.Errorf("%q: %v", src, err)
		}
	}
}
