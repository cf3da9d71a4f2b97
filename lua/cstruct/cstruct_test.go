package cstruct

import (
	"errors"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/internal/luatest"
)

func newVM(opts lua.Options) *lua.VM {
	vm := lua.New(opts)
	Open(vm)
	return vm
}

// eval returns what a Lua expression gives, as text, or its error.
func eval(t *testing.T, expr string) string {
	t.Helper()
	vm := newVM(lua.Options{})
	err := vm.Do("=t", `local s = require "struct"
		local function hex(b) return (b:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
		local function show(ok, ...)
			local t = {}
			for i = 1, select("#", ...) do t[i] = tostring((select(i, ...))) end
			result = table.concat(t, " ")
		end
		show(pcall(function() return `+expr+` end))`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(vm.Global("result").Str(), "t:8: ")
}

func TestStruct(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		// packing
		{`hex(s.pack("<i4", 1))`, "01000000"},
		{`hex(s.pack(">i4", 1))`, "00000001"},
		{`hex(s.pack("i", -2))`, "feffffff"},
		{`hex(s.pack("<bBhHlLT", -1, 255, -1, 65535, -1, 1, 2))`, "ffffffffffff" + "ffffffffffffffff" + "0100000000000000" + "0200000000000000"},
		{`hex(s.pack(">I3", 0x010203))`, "010203"},
		{`hex(s.pack("<i16", 1))`, "01" + strings.Repeat("00", 15)},
		{`hex(s.pack(">d", 1.5))`, "3ff8000000000000"},
		{`hex(s.pack("<f", 1.5))`, "0000c03f"},
		{`hex(s.pack("s", "ab"))`, "616200"},
		{`hex(s.pack("c2", "abc"))`, "6162"},
		{`hex(s.pack("c0", "abc"))`, "616263"},
		{`hex(s.pack("c", "abc"))`, "61"},
		{`hex(s.pack("bxxb", 1, 2))`, "01000002"},
		{`hex(s.pack("!4 b i4", 1, 2))`, "0100000002000000"},
		{`hex(s.pack("! b d", 1, 0))`, "01" + strings.Repeat("00", 15)},
		{`hex(s.pack("!2 b i4", 1, 2))`, "010002000000"},
		{`hex(s.pack("b i4", 1, 2))`, "0102000000"},
		{`hex(s.pack("<B>h<h", 1, 2, 3))`, "0100020300"},
		{`hex(s.pack("B", 257))`, "01"},
		{`hex(s.pack("b", 3.9))`, "03"},
		{`hex(s.pack("h", "12"))`, "0c00"},
		{`hex(s.pack(""))`, ""},
		// and back
		{`s.unpack("<i4", "\1\0\0\0")`, "1 5"},
		{`s.unpack(">I2B", "\1\2\255")`, "258 255 4"},
		{`s.unpack("<bhli3", s.pack("<bhli3", -1, -2, -3, -4))`, "-1 -2 -3 -4 15"},
		{`s.unpack("<L", ("\255"):rep(8))`, "1.844674407371e+19 9"},
		{`s.unpack("df", s.pack("df", 0.1, 0.5))`, "0.1 0.5 13"},
		{`s.unpack("ss", "ab\0c\0")`, "ab c 6"},
		{`s.unpack("c2c1", "abc")`, "ab c 4"},
		{`s.unpack("Bc0", "\3abcd")`, "abc 5"},
		{`s.unpack("Bc0B", "\3abc\9")`, "abc 9 6"},
		{`s.unpack("xxB", "\0\0\7")`, "7 4"},
		{`s.unpack("!4 b i4", s.pack("!4 b i4", 1, 2))`, "1 2 9"},
		{`s.unpack("B", "abc", 3)`, "99 4"},
		{`s.unpack("", "")`, "1"},
		{`s.unpack(">d", "\255\255\255\255\255\255\255\255")`, "-nan 9"},
		{`s.size("!8 b i4 d")`, "16"},
		{`s.size("bhil")`, "15"},
		{`s.size("c10 x")`, "11"},
		{`s.size("")`, "0"},
		// errors
		{`s.size("s")`, "bad argument #1 to 'size' (option 's' has no fixed size)"},
		{`s.size("c0")`, "bad argument #1 to 'size' (option 'c0' has no fixed size)"},
		{`s.pack("q", 1)`, "bad argument #1 to 'pack' (invalid format option 'q')"},
		{`s.pack("i33", 1)`, "integral size 33 is larger than limit of 32"},
		{`s.pack("!3 b", 1)`, "alignment 3 is not a power of 2"},
		{`s.pack("i99999999999", 1)`, "integral size overflow"},
		{`s.pack("i")`, "bad argument #2 to 'pack' (number expected, got no value)"},
		{`s.pack("c5", "abc")`, "bad argument #2 to 'pack' (string too short)"},
		{`s.unpack("i4", "abc")`, "bad argument #2 to 'unpack' (data string too short)"},
		{`s.unpack("c0", "abc")`, "format 'c0' needs a previous size"},
		{`s.unpack("sc0", "a\0bc")`, "format 'c0' needs a previous size"},
		{`s.unpack("s", "abc")`, "unfinished string in data"},
		{`s.unpack("Bc0", "\9abc")`, "bad argument #2 to 'unpack' (data string too short)"},
		{`s.unpack("B", "abc", 0)`, "bad argument #3 to 'unpack' (offset must be 1 or greater)"},
		{`s.unpack("B", "abc", 1e18)`, "bad argument #2 to 'unpack' (data string too short)"},
	} {
		if got := eval(t, "("+"function(...) return ... end)("+tt.expr+")"); got != tt.want {
			t.Errorf("%s = %q, want %q", tt.expr, got, tt.want)
		}
	}
}

func TestAttacks(t *testing.T) {
	luatest.Attacks(t, newVM, `local s = require "struct"`, [][2]string{
		{"long format", `local f = string.rep("x", 1000000) while true do s.pack(f) end`},
		{"long format of spaces", `local f = string.rep(" ", 1000000) while true do s.size(f) end`},
		{"many results", `local f, d = string.rep("B", 1000000), string.rep("a", 1000000) while true do pcall(s.unpack, f, d) end`},
		{"long strings", `local d = string.rep("a", 1000000) while true do s.pack("s", d) end`},
		{"long strings back", `local d = string.rep("a", 1000000) .. "\0" while true do s.unpack("s", d) end`},
		{"padding", `while true do pcall(s.pack, "!1073741824 b i32", 1, 1) end`},
		{"kept", `local t = {} while true do t[#t + 1] = s.pack("d", #t) end`},
	})
}

// FuzzUnpack: any format on any data gives values or an error.
func FuzzUnpack(f *testing.F) {
	f.Add("<!4bBhHlLTiI3fdsc0xc3", "\x01\x02abc\x00defghijklmnopqrstuvwxyz")
	f.Add(">i32c0", strings.Repeat("\x00", 40))
	f.Fuzz(func(t *testing.T, format, data string) {
		vm := newVM(lua.Options{Instructions: 1e6, Memory: 8 << 20})
		vm.SetGlobal("f", lua.String(format))
		vm.SetGlobal("d", lua.String(data))
		err := vm.Do("=fuzz", `local s = require "struct" pcall(s.unpack, f, d) pcall(s.size, f) pcall(s.pack, f, 1, 2, "x", 3) pcall(s.pack, f, d, d, d)`)
		var e *lua.Error
		if err != nil && (!errors.As(err, &e) || e.Kind == lua.KindInternal) {
			t.Errorf("%q on %q: %v", format, data, err)
		}
	})
}
