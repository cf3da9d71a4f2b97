package lpeg_test

import (
	"fmt"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/lpeg"
)

// A script splits a line into a table; the host reads that.
func Example() {
	vm := lua.New(lua.Options{Profile: lua.Sandbox, Instructions: 1e6, Memory: 8 << 20})
	lpeg.Open(vm)
	err := vm.Do("@split.lua", `
		local l = require "lpeg"
		l.locale(l)
		local key = l.C(l.alpha ^ 1)
		local number = l.digit ^ 1 / tonumber
		local line = l.Ct(l.Cg(key, "name") * l.space ^ 1 * l.Cg(number, "value")) * -1
		function parse(s) return line:match(s) end`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := vm.Call(vm.Global("parse"), lua.String("requests 42"))
	if err != nil {
		fmt.Println(err)
		return
	}
	t := res[0].Table()
	fmt.Println(t.GetString("name").Str(), t.GetString("value").Num())
	// Output: requests 42
}
