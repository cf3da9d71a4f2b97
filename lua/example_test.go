package lua_test

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/lua"
)

// A host gives a script a function, calls it, and reads its result.
func Example() {
	vm := lua.New(lua.Options{Profile: lua.Sandbox, Instructions: 1_000_000, Memory: 8 << 20})
	vm.SetGlobal("upper", vm.NewFunction("upper", func(c *lua.Call) int {
		s := c.String(1)
		c.Work(len(s))
		c.PushString(strings.ToUpper(s))
		return 1
	}))
	if err := vm.Do("@greet.lua", `function greet(name) return "hello " .. upper(name) end`); err != nil {
		fmt.Println(err)
		return
	}
	res, err := vm.Call(vm.Global("greet"), lua.String("heka"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res[0].Str())
	// Output: hello HEKA
}

// A script that never ends meets its limit, whatever it tries.
func ExampleError() {
	vm := lua.New(lua.Options{Instructions: 100_000})
	err := vm.Do("@spin.lua", "function spin()\n  while true do pcall(function() end) end\nend\nspin()")
	fmt.Println(err)
	// Output: instruction_limit exceeded in function 'spin' (spin.lua:2)
}
