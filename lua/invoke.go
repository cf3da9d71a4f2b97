package lua

import "unsafe"

// Func is a function of Go that Lua calls. It reads its arguments from c, pushes
// its results and returns how many they are; see Call. It raises errors by
// Call.Errorf and the like, which do not return.
type Func func(c *Call) int

// goFunction is a Func as a Lua value.
type goFunction struct {
	fn    Func
	name  string // for messages when the caller gives none
	id    uint32
	epoch uint32
	yield bool    // coroutine.yield: exec leaves the thread instead of calling it
	up    []Value // see NewClosure
}

// closure is a Lua function with its environment and its upvalues.
type closure struct {
	proto *Proto
	env   *Table
	up    []*upvalue
	id    uint32
	epoch uint32
}

const goFunctionBytes = int64(unsafe.Sizeof(goFunction{}))

// NewFunction makes a Lua function of f. The name is for messages.
func (vm *VM) NewFunction(name string, f Func) Value {
	vm.alloc(goFunctionBytes)
	return goValue(&goFunction{fn: f, name: name, id: vm.newID()})
}

// NewClosure is NewFunction for a function that keeps Lua values between calls:
// it reaches them by Call.Upvalue, and memory counts know of them. Values kept
// in a variable of Go are not counted.
func (vm *VM) NewClosure(name string, f Func, up ...Value) Value {
	vm.alloc(goFunctionBytes + int64(len(up))*valueBytes)
	return goValue(&goFunction{fn: f, name: name, id: vm.newID(), up: append([]Value(nil), up...)})
}

// scratch returns the first slot that the running frame does not use.
func (th *thread) scratch() int {
	fr := &th.frames[th.fi]
	if fr.flags&frameGo != 0 {
		return th.top
	}
	return int(fr.base) + int(th.stack[fr.ret].closure().proto.maxStack)
}

// call calls the function at stack[slot] with the nargs values after it. Results
// replace it; nres of them, or all when nres is -1; top is left after the last.
func (th *thread) call(slot, nargs, nres int) {
	vm := th.vm
	vm.depth++
	if vm.depth >= maxDepth {
		th.tooDeep()
	}
	for {
		switch th.stack[slot].bits {
		case tagLua:
			th.enter(slot, nargs, nres, frameEntry)
			th.nest++
			th.exec()
			th.nest--
		case tagGo:
			th.nest++
			th.callGo(slot, nargs, nres)
			th.nest--
		default:
			nargs = th.callable(slot, nargs)
			continue
		}
		break
	}
	if nres >= 0 {
		th.top = slot + nres
	}
	vm.depth--
}

func (th *thread) tooDeep() {
	vm := th.vm
	if vm.depth == maxDepth {
		th.errorf("C stack overflow")
	}
	if vm.depth >= maxDepth+maxDepth/8 {
		panic(&Error{Value: String("error in error handling")})
	}
}

// callable puts the __call handler of stack[slot] before it as the function to
// call, and returns the new number of arguments.
func (th *thread) callable(slot, nargs int) int {
	h := th.vm.metaOf(th.stack[slot], eventCall)
	if !h.IsFunction() {
		th.typeErrorCall(slot)
	}
	th.ensure(slot, nargs+2)
	copy(th.stack[slot+1:slot+nargs+2], th.stack[slot:slot+nargs+1])
	th.stack[slot] = h
	th.top = slot + nargs + 2
	return nargs + 1
}

// enter pushes the frame of the Lua function at stack[slot]. A function with
// variable arguments finds its registers above all of them:
//
//	ret  │ a1 a2 a3 a4 a5 │ r0=a1 r1=a2 …      for function(x, y, ...)
func (th *thread) enter(slot, nargs, nres int, flags uint8) {
	p := th.stack[slot].closure().proto
	base := slot + 1
	if p.vararg {
		base += nargs
	}
	th.ensure(base, int(p.maxStack))
	stack := th.stack
	nparams := int(p.nparams)
	if p.vararg {
		for i := range nparams {
			if i < nargs {
				stack[base+i] = stack[slot+1+i]
			} else {
				stack[base+i] = Nil
			}
		}
	} else {
		for i := nargs; i < nparams; i++ {
			stack[base+i] = Nil
		}
	}
	fr := th.pushFrame()
	*fr = frame{ret: int32(slot), base: int32(base), nres: int32(nres), flags: flags}
}

// callGo calls the Go function at stack[slot] and moves its results there.
func (th *thread) callGo(slot, nargs, nres int) {
	f := th.stack[slot].goFunc()
	fr := th.pushFrame()
	*fr = frame{ret: int32(slot), base: int32(slot + 1), nres: int32(nres), flags: frameGo}
	base, n := th.base, th.n
	th.base, th.n = slot+1, nargs
	th.top = slot + 1 + nargs
	count := f.fn((*Call)(th))
	th.fi--
	th.base, th.n = base, n
	th.results(slot, th.top-count, count, nres)
}

// results moves count results from slot from to slot to, and makes them nres.
func (th *thread) results(to, from, count, nres int) {
	stack := th.stack
	if nres == 1 {
		if count > 0 {
			stack[to] = stack[from]
		} else {
			stack[to] = Nil
		}
		return
	}
	if nres < 0 {
		copy(stack[to:], stack[from:from+count])
		th.top = to + count
		return
	}
	for i := range nres {
		if i < count {
			stack[to+i] = stack[from+i]
		} else {
			stack[to+i] = Nil
		}
	}
}

// protect calls as call does and returns the error that stopped it, with the
// thread as it was before. An xpcall gives the handler that sees errors first.
func (th *thread) protect(slot, nargs, nres int, handler Value) (err *Error) {
	vm := th.vm
	fi, base, n, nest := th.fi, th.base, th.n, th.nest
	depth, old, handling := vm.depth, vm.handler, vm.handling
	vm.handler = handler
	done := false
	defer func() {
		if !done {
			err = th.caught(recover())
			if depth == 0 {
				th.explain(err)
			}
			th.fi, th.base, th.n, th.nest = fi, base, n, nest
			vm.depth, vm.handling, vm.current = depth, handling, th
			th.close(slot)
			th.top = slot
			th.status = running
			vm.handler = old
		}
	}()
	th.call(slot, nargs, nres)
	done = true
	vm.handler = old
	return nil
}

// hostCall is protect for a call from the host: nothing is in progress, so there is
// nothing to remember.
func (th *thread) hostCall(nargs int) (err *Error) {
	done := false
	defer func() {
		if done {
			return
		}
		err = th.caught(recover())
		th.explain(err)
		vm := th.vm
		th.fi, th.base, th.n, th.nest, th.top, th.status = 0, 0, 0, 0, 1, running
		vm.depth, vm.handling, vm.handler, vm.current = 0, 0, Nil, th
		th.close(1)
	}()
	th.call(1, nargs, -1)
	done = true
	return nil
}

// explain completes an error that leaves the VM, while the calls that led to it
// are still there.
func (th *thread) explain(err *Error) {
	if !err.fatal() {
		err.Traceback = th.traceback("", 0)
	}
}

// describe makes the text of what was raised.
func (e *Error) describe() {
	if e.fatal() {
		return
	}
	var ok bool
	if e.Message, ok = e.Value.ToString(); !ok {
		e.Message = "(error object is a " + e.Value.Type().String() + " value)"
	}
}
