package lpeg

import "github.com/heka-project/heka/lua"

func newVM(opts lua.Options) *lua.VM {
	vm := lua.New(opts)
	Open(vm)
	return vm
}
