// Command lua runs a script on the Lua of this module.
//
//	lua [flags] script.lua [arguments]
//	lua [flags] -e 'code'
//	lua -bench [flags] kernel.lua      calls its function run over and over
//
// The modules lpeg, re, cjson, struct and bit are there for require.
// The whole library is there unless -profile names a sandbox; -instructions and
// -memory set limits. The exit code is 0, that of os.exit, or 1 after an error,
// whose text and traceback go to standard error.
package main

import (
	"os"

	"github.com/heka-project/heka/lua/script"
)

func main() { os.Exit(script.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
