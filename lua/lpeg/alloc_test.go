package lpeg

import (
	"testing"

	"github.com/heka-project/heka/lua"
)

// TestMatchAllocatesOnlyResults checks that a match that gives a position, a constant
// or nothing makes no garbage, however much it backtracks and captures inside.
func TestMatchAllocatesOnlyResults(t *testing.T) {
	vm := newVM(lua.Options{Instructions: 1e9, Memory: 8 << 20})
	err := vm.Do("=t", `
		local m = require "lpeg"
		local word = m.C(m.R "az" ^ 1)
		local p = (word * m.S " ," ^ 0) ^ 0 * -1 / 0
		local g = m.P{"(" * m.V(1) ^ 0 * ")" + m.R "az" ^ 1} * m.Cc "yes"
		local fail = (m.P "a" + "ab") ^ 0 * "z"
		function run()
			assert(p:match "some words, in a line" == 22)
			assert(g:match "((a)(b)((c)))" == "yes")
			assert(fail:match "ababab" == nil)
		end`)
	if err != nil {
		t.Fatal(err)
	}
	run := vm.Global("run")
	if n := testing.AllocsPerRun(100, func() {
		if _, err := vm.Call(run); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("run() makes %v allocations, want 0", n)
	}
}
