package preserve

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
)

// counter is a userdata that can be saved.
type counter struct{ n string }

func (c *counter) LuaSave() (string, []byte, error) { return "counter", []byte(c.n), nil }

var readers = Options{Readers: map[string]Reader{
	"counter": func(vm *lua.VM, data []byte) (*lua.Userdata, error) {
		if string(data) == "bad" {
			return nil, errors.New("not a counter")
		}
		return vm.NewUserdata(&counter{string(data)}, nil), nil
	},
}}

// run makes a VM and runs a script in it; what print gives is returned.
func run(t *testing.T, vm *lua.VM, src string) {
	t.Helper()
	if err := vm.Do("=test", src); err != nil {
		t.Fatal(err)
	}
}

func newVM(out *strings.Builder) *lua.VM { return lua.New(lua.Options{Stdout: out}) }

func TestRoundTrip(t *testing.T) {
	var out strings.Builder
	vm := newVM(&out)
	vm.SetGlobal("cb", vm.NewUserdata(&counter{"seven"}, nil).Value())
	run(t, vm, `
		n, s, b, no = 0.1, "a\0b", true, false
		nan, inf, ninf, tiny, big = 0/0, 1/0, -1/0, 5e-324, 2^53 + 1
		t = {1, 2, 3, x = {y = {z = "deep"}}, [1.5] = "half", [true] = "yes"}
		t.self, shared = t, t.x
		list = {} for i = 1, 100 do list[i] = {id = i} end
		f, co, mt = print, coroutine.create(function() end), setmetatable({}, {})
		mixed = {1, print, 3, g = _G, s = string, ["k"] = function() end}
		keyed = {[t] = "table key"} obj = {cb}
	`)
	data, err := Save(vm)
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	next := newVM(&out)
	if err := Restore(next, data, readers); err != nil {
		t.Fatal(err)
	}
	run(t, next, `
		print(n, s == "a\0b", b, no) print(nan ~= nan, inf, ninf, tiny, big)
		print(#t, t[3], t.x.y.z, t[1.5], t[true], t.self == t, shared == t.x)
		print(#list, list[100].id, f, co, mt) print(mixed[1], mixed[2], mixed[3], mixed.g, mixed.s, mixed.k)
		print(keyed[t], type(cb), obj[1] == cb, string.rep("x", 2))
	`)
	want := "0.1\ttrue\ttrue\tfalse\ntrue\tinf\t-inf\t4.9406564584125e-324\t9.007199254741e+15\n" +
		"3\t3\tdeep\thalf\tyes\ttrue\ttrue\n100\t100\tnil\tnil\tnil\n1\tnil\t3\tnil\tnil\tnil\ntable key\tuserdata\ttrue\txx\n"
	if out.String() != want {
		t.Errorf("restored\n%swant\n%s", out.String(), want)
	}
	again, err := Save(next)
	if err != nil || len(again) != len(data) {
		t.Errorf("saved again: %d bytes, %v, want %d", len(again), err, len(data))
	}
}

// TestDamage cuts and flips a state at every place: it is refused, and the
// globals stay as they were.
func TestDamage(t *testing.T) {
	var out strings.Builder
	vm := newVM(&out)
	run(t, vm, `a = {1, {2}, x = "y"} b = 5`)
	data, err := Save(vm)
	if err != nil {
		t.Fatal(err)
	}
	next := newVM(&out)
	for i := range data {
		if err := Restore(next, data[:i], readers); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
		bad := append([]byte(nil), data...)
		bad[i] ^= 0x10
		if err := Restore(next, bad, readers); err == nil {
			t.Fatalf("bit flipped in byte %d: no error", i)
		}
	}
	if !next.Global("a").IsNil() || !next.Global("b").IsNil() {
		t.Error("a damaged state has set globals")
	}
}

func TestVersion(t *testing.T) {
	var out strings.Builder
	vm := newVM(&out)
	run(t, vm, `_PRESERVATION_VERSION = 2 x = 1`)
	data, _ := Save(vm)
	next := newVM(&out)
	if err := Restore(next, data, readers); !errors.Is(err, ErrVersion) {
		t.Errorf("version 2 into 0: %v", err)
	}
	run(t, next, `_PRESERVATION_VERSION = 2`)
	if err := Restore(next, data, readers); err != nil || next.Global("x").Num() != 1 {
		t.Errorf("version 2 into 2: %v", err)
	}
}

const original = `if _PRESERVATION_VERSION and _PRESERVATION_VERSION ~= 1 then return end
_G["count"] = 5
_G["rate"] = -1.5e-07
_G["nan"] = 0/0
_G["inf"] = 1/0
_G["ninf"] = -1/0
_G["on"] = true
_G["kvp"] = {}
_G["kvp"]["a"] = "foo\nbar\"\\"
_G["kvp"]["r"] = _G["kvp"]
_G["kvp"][1] = false
_G["kvp"]["t"] = {}
_G["kvp"]["t"]["deep"] = 3
_G["alias"] = _G["kvp"]["t"]
if _G["cb"] == nil then _G["cb"] = circular_buffer.new(2, 1, 60, true) end
_G["cb"]:set_header(1, "Requests", "count", "sum")
_G["cb"]:fromstring("0 1 nan 5")
`

func importOptions(log *[]string) Options {
	return Options{
		New: func(vm *lua.VM, name string, args []lua.Value) (lua.Value, error) {
			*log = append(*log, fmt.Sprintf("%s %d", name, len(args)))
			return vm.NewUserdata(&counter{}, nil).Value(), nil
		},
		Method: func(_ *lua.VM, obj lua.Value, name string, args []lua.Value) error {
			*log = append(*log, fmt.Sprintf("%s %d", name, len(args)))
			return nil
		},
	}
}

func TestImport(t *testing.T) {
	var out strings.Builder
	var log []string
	vm := newVM(&out)
	run(t, vm, `_PRESERVATION_VERSION = 1`)
	if err := Import(vm, original, importOptions(&log)); err != nil {
		t.Fatal(err)
	}
	run(t, vm, `print(count, rate, nan ~= nan, inf, ninf, on, kvp.a, kvp.r == kvp, kvp[1], kvp.t.deep, alias == kvp.t, type(cb))`)
	want := "5\t-1.5e-07\ttrue\tinf\t-inf\ttrue\tfoo\nbar\"\\\ttrue\tfalse\t3\ttrue\tuserdata\n"
	if out.String() != want {
		t.Errorf("imported %q, want %q", out.String(), want)
	}
	if got := strings.Join(log, ", "); got != "circular_buffer.new 4, set_header 4, fromstring 1" {
		t.Errorf("calls: %s", got)
	}
	run(t, vm, `_PRESERVATION_VERSION = 3`)
	if err := Import(vm, original, importOptions(&log)); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v", err)
	}
}

// TestImportRefuses offers code where data should be.
func TestImportRefuses(t *testing.T) {
	for _, src := range []string{
		`os.execute("rm")`, `_G["x"] = os.time()`, `while true do end`, `local x = 1`, `_G["x"] = function() end`,
		`_G["x"] = {1, 2}`, `_G["string"]["rep"] = nil x = = 1`, `if true then x = 1 end`, `_G["x"] = "a" .. "b"`,
		`for i = 1, 2 do end`, `_G["s"]:rep(5)`, `_G["x"] = x()`, `if x == nil then x = loadstring("x")() end`,
		`do end`, `return 1`, `_G["x"]["y"] = 1`, `_G["x"] = #"a"`, `_G["x"] = not true`, `a, b = 1, 2`, `_G[nil] = 1`,
	} {
		var out strings.Builder
		vm := newVM(&out)
		if err := Import(vm, src, Options{}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("Import(%q) = %v, want a refusal", src, err)
		}
	}
}

func TestLimits(t *testing.T) {
	var out strings.Builder
	vm := newVM(&out)
	run(t, vm, `t = {} for i = 1, 20000 do t[i] = {} end`)
	data, _ := Save(vm)
	next := newVM(&out)
	opts := readers
	opts.MaxMemory = next.Memory() + 1<<20
	if err := Restore(next, data, opts); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Restore of 20000 tables into 1 MiB: %v", err)
	}
}

// FuzzRestore: any bytes are refused or restored, without a panic.
func FuzzRestore(f *testing.F) {
	vm := lua.New(lua.Options{})
	if err := vm.Do("=seed", `a = {1, {2}, x = "y"} a.a = a b = 5`); err != nil {
		f.Fatal(err)
	}
	seed, _ := Save(vm)
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		opts := readers
		opts.MaxMemory = 16 << 20
		vm := lua.New(lua.Options{})
		if err := Restore(vm, seal(data), opts); err == nil {
			if _, err := Save(vm); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzImport: any text is refused or imported, without a panic.
func FuzzImport(f *testing.F) {
	f.Add(original)
	f.Fuzz(func(t *testing.T, text string) {
		var log []string
		opts := importOptions(&log)
		opts.MaxMemory = 16 << 20
		_ = Import(lua.New(lua.Options{}), text, opts)
	})
}
