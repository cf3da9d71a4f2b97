package lpeg

import (
	"strconv"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/internal/luatest"
)

func newVM(opts lua.Options) *lua.VM {
	vm := lua.New(opts)
	Open(vm)
	return vm
}

func TestCases(t *testing.T) { luatest.Cases(t, newVM, "lpeg", "re") }

// TestRandomPatterns compares random patterns on random subjects with the C library,
// up to where an assertion of that fails.
func TestRandomPatterns(t *testing.T) {
	const file = "testdata/random/patterns.lua"
	for seed := range 12 {
		want, whole := luatest.Lua51(t, []string{"lpeg"}, file, strconv.Itoa(seed+1), "250")
		got := luatest.Script(t, newVM, file, lua.Options{}, strconv.Itoa(seed+1), "250")
		if !whole {
			got = got[:min(len(got), len(want))]
		}
		luatest.Diff(t, got, want)
	}
}
