package lua

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
)

// attacks are scripts that mean to take the host's time, memory or stack. Each
// defines attack(), which never ends well.
var attacks = []struct {
	name, src string
}{
	{"endless loop", `while true do end`},
	{"endless repeat", `repeat until false`},
	{"endless for", `for i = 1, math.huge do end`},
	{"for without progress", `for i = 3, 2, 0 do end`},
	{"for with a step too small", `for i = 1e300, 1e300 + 1, 1 do end for i = 2^53, 2^54 do end`},
	{"loop in a coroutine", `coroutine.wrap(function() while true do end end)()`},
	{"loop in a coroutine in pcall", `while true do pcall(coroutine.wrap(function() while true do end end)) end`},
	{"pcall that catches limits", `while true do pcall(function() while true do end end) end`},
	{"xpcall whose handler loops", `while true do xpcall(error, function() while true do end end) end`},
	{"error handler recursion", `local function h() error("x") end while true do xpcall(error, h) end`},
	{"endless metamethod", `local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) while true do pcall(function() return t[1] end) end`},
	{"endless iterator", `for x in function() return 1 end do end`},
	{"yield for ever", `local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end`},
	{"tail calls", `local function f() return f() end f()`},
	{"rep of 1e9", `string.rep("x", 1e9)`},
	{"rep of 2e9", `string.rep("xx", 2e9)`},
	{"rep in a pcall loop", `while true do pcall(string.rep, "x", 1e9) end`},
	{"rep just below the limit", `while true do local s = string.rep("x", 7000000) end`},
	{"doubling", `local s = "x" while true do s = s .. s end`},
	{"doubling in pcall", `local s = "x" while true do pcall(function() s = s .. s end) end`},
	{"exponential pattern", `string.find(string.rep("a", 40), string.rep("a?", 40) .. string.rep("a", 40))`},
	{"polynomial pattern", `string.find(string.rep("a", 3000), ".-.-.-.-b")`},
	{"pattern of stars", `string.find(string.rep("a", 5000), "a*a*a*a*a*a*b")`},
	{"pattern of captures", `string.find(string.rep("a", 5000), "(a*)(a*)(a*)(a*)b")`},
	{"balanced pattern", `string.find(string.rep("(", 100000), "%b()") while true do string.find(string.rep("(", 100000), ".-%b()") end`},
	{"frontier", `while true do string.gsub(string.rep("a ", 10000), "%f[%w]%w+", "") end`},
	{"back references", `string.find(string.rep("a", 4000), "(a*)%1b")`},
	{"plain finds", `local s = string.rep("a", 1000000) while true do s:find("b", 1, true) end`},
	{"quadratic plain find", `local s = string.rep("a", 1000000) local p = string.rep("a", 1000) .. "b" while true do s:find(p, 1, true) end`},
	{"table growth", `local t = {} while true do t[#t + 1] = 1 end`},
	{"table growth by strings", `local t, i = {}, 0 while true do i = i + 1 t["key" .. i] = i end`},
	{"nested tables", `local t = {} while true do t = {t} end`},
	{"closures", `local t = {} while true do t = {t, function() return t end} end`},
	{"table sized by constructor", `local t = {} for i = 1, 1e9 do t[i] = {1, 2, 3, 4, 5, 6, 7, 8} end`},
	{"recursion", `local function f() return 1 + f() end while true do pcall(f) end`},
	{"recursion with big frames", `local function f(...) return 1 + f(1, ...) end while true do pcall(f) end`},
	{"recursion through gsub", `local function f() return (string.gsub("x", "x", f)) end while true do pcall(f) end`},
	{"recursion through sort", `local function f() table.sort({2, 1, 3}, f) end while true do pcall(f) end`},
	{"recursion through pcall", `local function f() return pcall(f) end while true do f() end`},
	{"recursion through metamethods", `local mt = {} mt.__add = function(a, b) return a + b end local o = setmetatable({}, mt) while true do pcall(function() return o + o end) end`},
	{"recursion through tostring", `local o o = setmetatable({}, {__tostring = function() return tostring(o) end}) while true do pcall(tostring, o) end`},
	{"recursion through coroutines", `local function f() return coroutine.wrap(f)() end while true do pcall(f) end`},
	{"recursion through load", `local function f() return load(f) end while true do pcall(f) end`},
	{"recursion through require", `package.preload.x = function() package.loaded.x = nil return require("x") end while true do pcall(require, "x") package.loaded.x = nil end`},
	{"endless coroutines", `local t = {} while true do t[#t + 1] = coroutine.create(function() end) end`},
	{"endless suspended coroutines", `local t = {} while true do local f = coroutine.wrap(function() coroutine.yield() end) f() t[#t + 1] = f end`},
	{"unpack of a range", `while true do pcall(unpack, {}, 1, 1e8) end`},
	{"unpack of much", `local t = {} for i = 1, 7000 do t[i] = i end while true do local n = select("#", unpack(t)) end`},
	{"concat of much", `local t = {} for i = 1, 1000 do t[i] = string.rep("x", 1000) end while true do table.concat(t) end`},
	{"concat over a huge range", `while true do pcall(table.concat, setmetatable({}, {}), "", 1, 1e15) end`},
	{"gsub growth", `local s = "x" for i = 1, 30 do s = s:gsub(".", "%0%0%0%0") end`},
	{"gsub with a long replacement", `local r = string.rep("y", 100000) string.gsub(string.rep("x", 100000), "x", r)`},
	{"format widths", `while true do string.format("%99d%99d%99d", 1, 2, 3) end`},
	{"format of long strings", `local s = string.rep("x", 1000000) while true do string.format("%s%s%s", s, s, s) end`},
	{"quoting", `local s = string.rep("\0", 1000000) while true do string.format("%q", s) end`},
	{"upper of long strings", `local s = string.rep("x", 3000000) while true do s:upper() end`},
	{"reverse and sub", `local s = string.rep("x", 2000000) while true do s:reverse():sub(2) end`},
	{"comparing long strings", `local a, b = string.rep("x", 2000000), string.rep("x", 2000000) while true do local c = a < b end`},
	{"equality of long strings", `local a, b = string.rep("x", 2000000), string.rep("x", 2000000) while true do local c = a == b end`},
	{"long string keys", `local t, s = {}, string.rep("x", 2000000) while true do t[s .. "a"] = 1 t[s .. "a"] = nil end`},
	{"colliding keys", `local t, pad = {}, string.rep("x", 32) for i = 1, 1e6 do t[pad .. string.format("%08d", i):gsub(".", "%0" .. pad)] = i end`},
	{"sort of much", `local t = {} for i = 1, 50000 do t[i] = -i end while true do table.sort(t) table.sort(t, function(a, b) return a > b end) end`},
	{"sort with a mad order", `local t = {} for i = 1, 10000 do t[i] = i end while true do pcall(table.sort, t, function() return true end) end`},
	{"inserting at the front", `local t = {} while true do table.insert(t, 1, 1) end`},
	{"removing at the front", `local t = {} for i = 1, 100000 do t[i] = i end while true do table.remove(t, 1) t[#t + 1] = 1 end`},
	{"insert far away", `local t = {} table.insert(t, 1e9, 1) table.insert(t, 2^40, 1) while true do table.insert(t, 2^40, 1) end`},
	{"maxn of much", `local t = {} for i = 1, 100000 do t[i] = i end while true do table.maxn(t) end`},
	{"next over nothing", `local t = {} for i = 1, 100000 do t["k" .. i] = 1 end for i = 1, 100000 do t["k" .. i] = nil end while true do next(t) end`},
	{"pairs over nothing", `local t = {} for i = 1, 100000 do t["k" .. i] = 1 end for i = 1, 100000 do t["k" .. i] = nil end while true do for k in pairs(t) do end end`},
	{"length of a table with a hash", `local t = {} for i = 1, 50 do t[2^i] = 1 end while true do local n = #t end`},
	{"loadstring of much", `local s = string.rep("x = 1 ", 50000) while true do loadstring(s) end`},
	{"loadstring of deep nesting", `while true do loadstring(string.rep("(", 100000)) loadstring(string.rep("{", 100000)) loadstring("x = " .. string.rep("-", 100000)) end`},
	{"loadstring of a long chain", `while true do loadstring("return " .. string.rep("a.", 15000) .. "b") loadstring("return a" .. string.rep("()", 15000)) loadstring("return 1" .. string.rep("+ x", 15000)) end`},
	{"loadstring of many constants", `local i = 0 while true do i = i + 1 loadstring("return 'constant" .. i .. "'") end`},
	{"load that never ends", `load(function() return " " end)`},
	{"metatable chain", `local t = {} for i = 1, 1e6 do t = setmetatable({}, t) end`},
	{"index chain", `local t = {} for i = 1, 99 do t = setmetatable({}, {__index = t}) end while true do local x = t.y end`},
	{"userdata", `local t = {} while true do t[#t + 1] = newproxy(true) end`},
	{"userdata garbage with finalizers", `while true do local p = newproxy(true) getmetatable(p).__gc = function() while true do end end end`},
	{"collecting for ever", `while true do collectgarbage() end`},
	{"error values that grow", `local s = "x" while true do local ok, e = pcall(error, s, 0) s = s .. e end`},
	{"tracebacks", `local function f(n) if n > 0 then return 1 + f(n - 1) end while true do debug.traceback() end end f(10000)`},
	{"upvalue garbage", `while true do local a, b, c = {}, {}, {} local f = function() return a, b, c end end`},
	{"setfenv and globals", `setfenv(1, setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v) end, __index = _G})) local i = 0 while true do i = i + 1 getfenv(1)["g" .. i] = i end`},
	{"tonumber of long strings", `local s = string.rep("1", 1000000) while true do tonumber(s) end`},
	{"arithmetic on long strings", `local s = string.rep(" ", 1000000) .. "1" while true do local x = s + 1 end`},
	{"select of many", `local t = {} for i = 1, 7000 do t[i] = i end local function f(...) while true do select(2, ...) end end f(unpack(t))`},
	{"passing varargs on", `local function f(...) return f(1, ...) end f()`},
	{"gmatch for ever", `local s = string.rep("a", 100000) while true do for w in s:gmatch("b") do end end`},
	{"errors at the end of much code", `local f = loadstring("if x then " .. string.rep("y = y.z ", 20000) .. "end local a a.b = 1", "@attack.lua") while true do pcall(f) end`},
	{"tracebacks through much code", `local f = loadstring("if x then " .. string.rep("y = y.z ", 20000) .. "end local a = debug.traceback() return a", "@attack.lua") while true do f() end`},
	{"many locals and errors", `local s = {} for i = 1, 2000 do s[i] = "do local a, b, c = 1 end " end local f = loadstring(table.concat(s) .. " local z z.q = 1", "@attack.lua") while true do pcall(f) end`},
	{"date formats", `while true do os.date(string.rep("%c", 10000)) end`},
	{"char of many", `local t = {} for i = 1, 7000 do t[i] = 65 end while true do string.char(unpack(t)) end`},
}

// TestAttacks stops each attack within two seconds of processor time and 64 MiB, says where, and
// finds the VM usable afterwards.
func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			vm := New(Options{Instructions: 1_000_000, Memory: 8 << 20})
			if err := vm.Do("@attack.lua", "function attack() "+a.src+" end function alive() return 42 end"); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := cputime.Spent()
			watch := time.AfterFunc(30*time.Second, func() { vm.Interrupt(errors.New("watchdog")) })
			defer watch.Stop()
			_, err := vm.Call(vm.Global("attack"))
			took := cputime.Spent() - start
			runtime.ReadMemStats(&after)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("attack() ended with %v", err)
			}
			if e.Kind != KindInstructions && e.Kind != KindMemory {
				t.Errorf("attack() stopped by kind %d, %q, want a limit", e.Kind, e)
			}
			if !strings.Contains(e.Where, "attack.lua:") {
				t.Errorf("attack() stopped at %q, want a function and a line", e.Where)
			}
			if took > slowdown*2*time.Second {
				t.Errorf("attack() took %v", took)
			}
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
				t.Errorf("attack() grew the heap by %d MiB", grown>>20)
			}
			if res, err := vm.Call(vm.Global("alive")); err != nil || res[0].Num() != 42 {
				t.Errorf("afterwards alive() = %v, %v", res, err)
			}
			t.Logf("%8v %4d MiB  %v", took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, err)
		})
	}
}
