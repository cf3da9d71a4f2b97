package cjson

import (
	"errors"
	"strconv"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/internal/luatest"
)

func newVM(opts lua.Options) *lua.VM {
	vm := lua.New(opts)
	Open(vm, Options{})
	return vm
}

func TestCases(t *testing.T) { luatest.Cases(t, newVM, "cjson") }

// TestRandomValues compares encoding and decoding of random values and of damaged
// texts with the C library.
func TestRandomValues(t *testing.T) {
	const file = "testdata/random/values.lua"
	for seed := range 5 {
		want, _ := luatest.Lua51(t, []string{"cjson"}, file, strconv.Itoa(seed+1), "100")
		luatest.Diff(t, luatest.Script(t, newVM, file, lua.Options{}, strconv.Itoa(seed+1), "100"), want)
	}
}

// TestSandbox checks what is different in the library of the sandbox.
func TestSandbox(t *testing.T) {
	vm := lua.New(lua.Options{Profile: lua.Sandbox})
	Open(vm, Options{Sandbox: true, MaxOutput: 100, MaxInput: 200})
	err := vm.Do("=sandbox", `
		local j = require "cjson"
		assert(j.new == nil and j.encode_keep_buffer == nil and cjson == j)
		local t = j.decode '{"a":null,"b":[1,null,3]}'
		assert(t.a == nil and t.b[2] == nil and t.b[3] == 3 and j.decode "null" == nil)
		assert(j.decode_null(true) == true)
		assert(j.decode '{"a":null}'.a == j.null and j.decode_null() == true and j.decode_null(false) == false)
		assert(j.decode '{"a":null}'.a == nil)
		assert(#j.encode(("x"):rep(98)) == 100)
		local ok, e = pcall(j.encode, ("x"):rep(99))
		assert(not ok and e:find("strbuf output_limit exceeded", 1, true), e)
		ok, e = pcall(j.decode, (" "):rep(201))
		assert(not ok and e:find("strbuf output_limit exceeded", 1, true), e)
	`)
	if err != nil {
		t.Error(err)
	}
}

// TestOptionsAreOfOneModule checks that cjson.new and other VMs have their own.
func TestOptionsAreOfOneModule(t *testing.T) {
	a, b := newVM(lua.Options{}), newVM(lua.Options{})
	if err := a.Do("=a", `local j = require "cjson" j.encode_max_depth(1) local n = j.new() n.encode_max_depth(5) assert(j.encode_max_depth() == 1)`); err != nil {
		t.Error(err)
	}
	if err := b.Do("=b", `local j = require "cjson" assert(j.encode_max_depth() == 1000)`); err != nil {
		t.Error(err)
	}
}

// TestAttacks stops what would run or grow for ever.
func TestAttacks(t *testing.T) {
	luatest.Attacks(t, newVM, `local j = require "cjson"`, [][2]string{
		{"deep arrays", `j.decode_max_depth(2^31-1) while true do pcall(j.decode, string.rep("[", 1000000)) end`},
		{"deep objects", `j.decode_max_depth(2^31-1) while true do pcall(j.decode, string.rep('{"a":', 500000)) end`},
		{"deep tables", `j.encode_max_depth(2^31-1) local t = {} for i = 1, 10000 do t = {t} end while true do pcall(j.encode, t) end`},
		{"table in itself", `j.encode_max_depth(2^31-1) local t = {} t[1] = t while true do pcall(j.encode, t) end`},
		{"table twice in itself", `local t = {} t[1], t[2] = t, t while true do pcall(j.encode, t) end`},
		{"doubling tables", `local t = {"x"} for i = 1, 60 do t = {t, t} end pcall(j.encode, t)`},
		{"long array of nothing", `j.encode_sparse_array(false, 0) while true do pcall(j.encode, {[2^31] = 1}) end`},
		{"sparse array just allowed", `j.encode_sparse_array(false, 2^31-1) while true do pcall(j.encode, {1, [2^30] = 1}) end`},
		{"long strings encoded", `local s = string.rep("\1", 100000) while true do j.encode(s) end`},
		{"long strings decoded", `local s = '"' .. string.rep("\\u0001", 100000) .. '"' while true do j.decode(s) end`},
		{"many values", `local s = "[" .. string.rep("{},", 300000) .. "1]" while true do pcall(j.decode, s) end`},
		{"many keys", `local i = 0 while true do i = i + 1 j.decode('{"a' .. i .. '":1,"b' .. i .. '":2}') end`},
		{"all of it kept", `local t = {} while true do t[#t + 1] = j.decode '{"a":[1,2,3],"b":{"c":"dddd"}}' end`},
		{"long numbers", `local s = string.rep("1", 1000000) while true do j.decode(s) end`},
		{"white space", `local s = string.rep(" ", 1000000) while true do pcall(j.decode, s) end`},
		{"new modules", `while true do j.new() end`},
		{"new modules kept", `local t = {} while true do t[#t + 1] = j.new() end`},
		{"objects of colliding keys", `local t = {} for i = 1, 20000 do t[i] = '"' .. string.rep("x", 32) .. i .. string.rep("y", 32) .. '":1' end local s = "{" .. table.concat(t, ",") .. "}" while true do j.decode(s) end`},
		{"empty hash", `local t = {} for i = 1, 50000 do t["k" .. i] = 1 end for i = 1, 50000 do t["k" .. i] = nil end while true do j.encode(t) end`},
		{"number tables", `local t = {} for i = 1, 100000 do t[i] = 1 / i end while true do j.encode(t) end`},
	})
}

// FuzzDecode: any text decodes or fails, within bounds; what was decoded encodes, and
// decodes to the same text again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,-0,"\u00e9\ud834\udd1e",null,true]}`, `[[[]]]`, `"\`, `nan`, `-inf`, `0x1p-3`, `{"a":{"b":{}},"a":1}`, `1e999`, `"\u12`, `[1,`, ` `} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		vm := newVM(lua.Options{Instructions: 1e6, Memory: 8 << 20})
		vm.SetGlobal("text", lua.String(text))
		err := vm.Do("=fuzz", `
			local j = require "cjson"
			j.encode_invalid_numbers(true) j.encode_sparse_array(true)
			local ok, v = pcall(j.decode, text)
			if ok then
				local a = j.encode(v)
				local b = j.encode(j.decode(a))
				if #a == #b or a == b then return end
				error(a .. " becomes " .. b)
			end`)
		var e *lua.Error
		if errors.As(err, &e) && e.Kind != lua.KindInstructions && e.Kind != lua.KindMemory {
			t.Errorf("%q: %v", text, err)
		}
	})
}
