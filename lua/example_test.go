package lua_test

import (
	"errors"
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

// Go functions of plain types need no code of their own.
func ExampleFunc2() {
	vm := lua.New(lua.Options{})
	vm.SetGlobal("has_prefix", vm.NewFunction("has_prefix", lua.Func2(strings.HasPrefix)))
	fn, err := vm.Load("=example", `return has_prefix("heka.counter", "heka.")`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vm.Call(fn)
	fmt.Println(res[0].Truth(), err)
	// Output: true <nil>
}

// A host that has waited long enough stops a script from another goroutine.
func ExampleVM_Interrupt() {
	vm := lua.New(lua.Options{})
	go vm.Interrupt(errors.New("shutting down"))
	err := vm.Do("@input.lua", `while true do end`)
	fmt.Println(err)
	// Output: shutting down in main chunk (input.lua:1)
}

// A module of Go is found by require.
func ExampleVM_Preload() {
	vm := lua.New(lua.Options{Profile: lua.Sandbox})
	vm.Preload("greeting", false, func(c *lua.Call) int {
		t := c.NewTable(0, 1)
		c.VM().Register(t, lua.Entry{Name: "hello", Fn: lua.Func1(func(name string) string { return "hello " + name })})
		c.Push(t.Value())
		return 1
	})
	fn, err := vm.Load("=example", `return require("greeting").hello("world")`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vm.Call(fn)
	fmt.Println(res[0].Str(), err)
	// Output: hello world <nil>
}
