// Package script runs a file of Lua from a command line: what lua/cmd/lua and
// hekad sandbox do.
package script

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/bit"
	"github.com/heka-project/heka/lua/cjson"
	"github.com/heka-project/heka/lua/cstruct"
	"github.com/heka-project/heka/lua/lpeg"
)

// settings are the flags.
type settings struct {
	code         string
	profile      string
	instructions int64
	memory       int64
	bench        bool
	call         string
	seconds      float64
	stats        bool
}

// Run takes the arguments of the command line and returns the exit code: 0, that
// of os.exit, 1 after an error, 2 for wrong use.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var s settings
	fs := flag.NewFlagSet("lua", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.code, "e", "", "run this `code` instead of a file")
	fs.StringVar(&s.profile, "profile", "full", "library: full, sandbox or sandboxio")
	fs.Int64Var(&s.instructions, "instructions", 0, "limit of instructions of a call; 0 is none")
	fs.Int64Var(&s.memory, "memory", 0, "limit of memory in bytes; 0 is none")
	fs.BoolVar(&s.bench, "bench", false, "time calls of a function of the script")
	fs.StringVar(&s.call, "call", "run", "the `function` that -bench calls")
	fs.Float64Var(&s.seconds, "seconds", 1, "how long -bench measures")
	fs.BoolVar(&s.stats, "stats", false, "tell instructions and memory used at the end")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	profiles := map[string]lua.Profile{"full": lua.Full, "sandbox": lua.Sandbox, "sandboxio": lua.SandboxIO}
	profile, ok := profiles[s.profile]
	if !ok || s.code == "" && fs.NArg() == 0 {
		fs.Usage()
		return 2
	}
	debug.SetGCPercent(400) // one program, one heap: fewer collections
	vm := lua.New(lua.Options{
		Profile: profile, Instructions: s.instructions, Memory: s.memory,
		Stdin: stdin, Stdout: stdout, Stderr: stderr, Clock: processTime,
	})
	lpeg.Open(vm)
	cjson.Open(vm, cjson.Options{Sandbox: profile != lua.Full})
	cstruct.Open(vm)
	bit.Open(vm)
	err := s.do(vm, fs.Args(), stdout)
	if s.stats {
		fmt.Fprintf(stderr, "instructions %d, memory %d bytes\n", vm.Instructions(), vm.Collect())
	}
	if e := vm.Close(); err == nil {
		err = e
	}
	return report(err, stderr)
}

// do loads what is to run and runs it.
func (s *settings) do(vm *lua.VM, args []string, stdout io.Writer) error {
	chunk, src := "=(command line)", s.code
	if s.code == "" {
		b, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		chunk, src = "@"+args[0], lua.SkipShebang(string(b))
		args = args[1:]
		setArg(vm, chunk[1:], args)
	} else {
		setArg(vm, "lua", args)
	}
	fn, err := vm.Load(chunk, src)
	if err != nil {
		return err
	}
	values := make([]lua.Value, len(args))
	for i, a := range args {
		values[i] = lua.String(a)
	}
	// A function that is not Lua calls the script, as in the C program: scripts see
	// it as a level of the stack.
	main := vm.NewFunction("main", func(c *lua.Call) int {
		c.Invoke(fn, 0, values...)
		return 0
	})
	if _, err := vm.Call(main); err != nil {
		return err
	}
	if s.bench {
		return s.measure(vm, stdout)
	}
	return nil
}

// setArg sets the global arg: the script at 0, its arguments from 1.
func setArg(vm *lua.VM, script string, args []string) {
	t := vm.NewTable(len(args), 1)
	t.SetInt(0, lua.String(script))
	for i, a := range args {
		t.SetInt(i+1, lua.String(a))
	}
	vm.SetGlobal("arg", t.Value())
}

// report prints how a script failed and returns the exit code.
func report(err error, stderr io.Writer) int {
	var exit *lua.Exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	}
	fmt.Fprintf(stderr, "lua: %v\n", err)
	var e *lua.Error
	if errors.As(err, &e) && e.Traceback != "" {
		fmt.Fprintln(stderr, e.Traceback)
	}
	return 1
}
