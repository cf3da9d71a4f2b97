package lua

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestLibraryEdges calls every function of the library with arguments at the edges
// of what there is. Whatever happens, it is a result or an error of Lua, never a
// panic of Go, and it ends within its limits.
func TestLibraryEdges(t *testing.T) {
	const calls = 400
	vm := New(Options{Instructions: 50_000, Memory: 4 << 20})
	mustDo(t, vm, `
		local skip = {execute = 1, exit = 1, remove = 1, rename = 1, tmpname = 1, popen = 1, open = 1, tmpfile = 1, lines = 1, output = 1,
			input = 1, dofile = 1, loadfile = 1, close = 1, getregistry = 1, read = 1}
		functions, names = {}, {}
		for lib, t in pairs{base = _G, string = string, table = table, math = math, os = os, coroutine = coroutine, debug = debug, io = io} do
			for name, f in pairs(t) do
				if type(f) == "function" and not skip[name] then
					functions[#functions + 1] = f
					names[f] = lib .. "." .. name
				end
			end
		end
		local function loop() return 1 end
		values = {nil, true, false, 0, -0, 1, -1, 2, 3, 255, 256, 2^31, -2^31, 2^31 - 1, 2^53, 2^63, -2^63, 2^64, 1e308, 1/0, -1/0, 0/0, 0.5, 1e-320,
			"", "a", "abc", "%", "%d", "%s%s", "[", "(", ")", "%b", "%f[", "^", "$", ".-", "*t", "!%c", "\0", string.rep("x", 1000), "10", "0x10", "nan",
			{}, {1, 2, 3}, {n = -1}, setmetatable({}, {__index = function() return 1 end}), setmetatable({}, {__mode = "kv"}),
			print, loop, function(...) return ... end, function() error("x") end, coroutine.create(loop), coroutine.wrap(loop), newproxy(true), _G, string,
			{year = 1e308, month = -1e308, day = 0/0}, {year = 2^31, month = 2^31, day = 2^31}, "collect", "count", "#", "r", "k"}
		count = 65
	`)
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	rnd := rand.New(rand.NewPCG(s, 3))
	functions, values := vm.Global("functions").Table(), vm.Global("values").Table()
	n := functions.Len()
	if n < 80 {
		t.Fatalf("%d functions found", n)
	}
	for i := 1; i <= n; i++ {
		fn := functions.GetInt(i)
		for range calls {
			args := make([]Value, rnd.IntN(5))
			for j := range args {
				args[j] = values.GetInt(1 + rnd.IntN(65))
			}
			_, err := vm.Call(fn, args...)
			var e *Error
			if errors.As(err, &e) && e.Kind == KindInternal {
				t.Fatalf("seed %d: %s%#v: %v", s, vm.Global("names").Table().Get(fn).Str(), args, err)
			}
		}
	}
}
