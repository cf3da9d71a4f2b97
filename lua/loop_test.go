package lua

import (
	"errors"
	"strings"
	"testing"
)

// TestLoop runs calls of one function in a loop, beside the same calls one by one: the
// results, the instructions and the errors are the same.
func TestLoop(t *testing.T) {
	const script = `
		n = 0
		function work()
			n = n + 1
			for i = 1, n * 10 do local x = {i} end
			if n == 7 then error("seven") end
			if n == 9 then while true do end end
			if n == 11 then local s = string.rep("x", 2^30) end
			return n, "text"
		end`
	type outcome struct {
		n            float64
		text, err    string
		instructions int64
	}
	start := func() *VM {
		vm := New(Options{Instructions: 10000, Memory: 1 << 20})
		if err := vm.Do("@loop.lua", script); err != nil {
			t.Fatal(err)
		}
		return vm
	}
	const calls = 14
	note := func(vm *VM, res []Value, err error) outcome {
		if err != nil {
			return outcome{err: err.Error(), instructions: vm.Instructions()}
		}
		return outcome{res[0].Num(), res[1].Str(), "", vm.Instructions()}
	}
	var want, got []outcome
	vm := start()
	for range calls {
		res, err := vm.Call(vm.Global("work"))
		want = append(want, note(vm, res, err))
	}
	vm = start()
	for len(got) < calls {
		called := false
		err := vm.Loop(func(res []Value) Value {
			if called {
				got = append(got, note(vm, res, nil))
			}
			if called = len(got) < calls; called {
				return vm.Global("work")
			}
			return Nil
		})
		if err != nil {
			got = append(got, note(vm, nil, err))
		}
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("call %d in a loop gave %+v, by itself %+v", i+1, got[i], want[i])
		}
	}
	for i, part := range map[int]string{6: "loop.lua:6: seven", 8: "instruction_limit exceeded in function <loop.lua:3> (loop.lua:7)", 10: "not enough memory"} {
		if !strings.Contains(got[i].err, part) {
			t.Errorf("call %d ended with %q, want %q", i+1, got[i].err, part)
		}
	}
}

// TestLoopInterrupt interrupts between two calls and in one.
func TestLoopInterrupt(t *testing.T) {
	vm := New(Options{})
	stop := errors.New("stop it")
	vm.SetGlobal("stop", vm.NewFunction("stop", func(*Call) int { vm.Interrupt(stop); return 0 }))
	if err := vm.Do("=t", `function fine() end function forever() stop() while true do end end`); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fine", "forever"} {
		n := 0
		err := vm.Loop(func([]Value) Value {
			if n++; n == 3 && name == "fine" {
				vm.Interrupt(stop)
			}
			return vm.Global(name)
		})
		if !errors.Is(err, stop) {
			t.Errorf("%s: %v", name, err)
		}
		vm.Interrupt(nil)
		if _, err := vm.Call(vm.Global("fine")); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

// TestLoopStep has step panic, call into the VM itself, and be inside a call.
func TestLoopStep(t *testing.T) {
	vm := New(Options{Instructions: 1000})
	if err := vm.Do("=t", `n = 0 function add() n = n + 1 return n end`); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if r := recover(); r != "mine" {
				t.Errorf("the panic of step became %v", r)
			}
		}()
		n := 0
		vm.Loop(func(res []Value) Value {
			if n++; n == 3 {
				panic("mine")
			}
			return vm.Global("add")
		})
	}()
	sum := 0.0
	loop := func() error {
		i := 0
		return vm.Loop(func(res []Value) Value {
			if res != nil {
				sum += res[0].Num()
			}
			if _, err := vm.Call(vm.Global("add")); err != nil {
				t.Error(err)
			}
			if i++; i > 3 {
				return Nil
			}
			return vm.Global("add")
		})
	}
	if err := loop(); err != nil || sum != 4+6+8 {
		t.Errorf("sum is %v, %v", sum, err)
	}
	sum = 0
	if _, err := vm.Call(vm.NewFunction("inside", func(*Call) int {
		if err := loop(); err != nil {
			t.Error(err)
		}
		return 0
	})); err != nil || sum != 11+13+15 {
		t.Errorf("inside a call: sum is %v, %v", sum, err)
	}
	if n := testing.AllocsPerRun(10, func() {
		i := 0
		vm.Loop(func([]Value) Value {
			if i++; i > 100 {
				return Nil
			}
			return vm.Global("add")
		})
	}); n > 2 {
		t.Errorf("a loop of 100 calls makes %v allocations", n)
	}
}
