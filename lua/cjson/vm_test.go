package cjson

import (
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
