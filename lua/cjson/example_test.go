package cjson_test

import (
	"fmt"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/cjson"
)

// The library of the sandbox drops null and bounds what is encoded.
func Example() {
	vm := lua.New(lua.Options{Profile: lua.Sandbox})
	cjson.Open(vm, cjson.Options{Sandbox: true, MaxOutput: 64 << 10})
	err := vm.Do("@json.lua", `
		local cjson = require "cjson"
		local t = cjson.decode '{"a": [1, 2.5, "x/y"], "b": null}'
		text = cjson.encode(t)`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(vm.Global("text").Str())
	// Output: {"a":[1,2.5,"x\/y"]}
}
