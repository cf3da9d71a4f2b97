package lua

var coroutineEntries = []entry{
	{name: "create", fn: coCreate, in: inAll},
	{name: "resume", fn: coResume, in: inAll},
	{name: "running", fn: coRunning, in: inAll},
	{name: "status", fn: coStatus, in: inAll},
	{name: "wrap", fn: coWrap, in: inAll},
	{name: "yield", fn: coYield, in: inAll},
}

func openCoroutine(_ *VM, t *Table) { t.GetString("yield").goFunc().yield = true }

func coCreate(c *Call) int {
	fn := c.Arg(1)
	if fn.bits != tagLua {
		c.ArgError(1, "Lua function expected")
	}
	co := newThread(c.vm, c.globals)
	co.stack[1] = fn
	co.top = 2
	c.Push(threadValue(co))
	return 1
}

func coWrap(c *Call) int {
	coCreate(c)
	co := c.stack[c.top-1]
	c.Push(c.vm.NewClosure("wrap", coWrapped, co))
	return 1
}

// coWrapped is the function that wrap makes.
func coWrapped(c *Call) int {
	th := (*thread)(c)
	co := c.Upvalue(0).thread()
	vals, err := th.resume(co, th.stack[th.base:th.base+th.n])
	if err != nil {
		v := err.Value
		if s, ok := v.ToString(); ok {
			v = c.vm.copyString(th.where(1) + s)
		}
		c.Raise(v)
	}
	return th.pushAll(vals)
}

func coResume(c *Call) int {
	th := (*thread)(c)
	v := c.Arg(1)
	if v.bits != tagThread {
		c.ArgError(1, "coroutine expected")
	}
	vals, err := th.resume(v.thread(), th.stack[th.base+1:th.base+th.n])
	if err != nil {
		c.Push(False)
		c.Push(err.Value)
		return 2
	}
	c.Push(True)
	return 1 + th.pushAll(vals)
}

func (th *thread) pushAll(vals []Value) int {
	th.ensure(th.top, len(vals))
	th.top += copy(th.stack[th.top:], vals)
	return len(vals)
}

func coRunning(c *Call) int {
	if th := (*thread)(c); th != c.vm.main {
		c.Push(threadValue(th))
	} else {
		c.PushNil()
	}
	return 1
}

func coStatus(c *Call) int {
	v := c.Arg(1)
	if v.bits != tagThread {
		c.ArgError(1, "coroutine expected")
	}
	c.Push(String(statusNames[v.thread().status]))
	return 1
}

var statusNames = [...]string{"suspended", "running", "normal", "dead"}

// coYield runs only where a yield cannot be: everywhere else exec sees to it.
func coYield(c *Call) int {
	(*thread)(c).raise(String(yieldAcross))
	return 0
}

const yieldAcross = "attempt to yield across metamethod/C-call boundary"

// beginYield notes what a call of yield gives and where its results will go. The
// loop of exec then leaves the thread.
func (th *thread) beginYield(slot, nargs, nres int) {
	if th.nest > 0 {
		th.raise(String(yieldAcross))
	}
	th.yieldAt, th.yieldN = slot+1, nargs
	th.pendRet, th.pendN = slot, nres
	th.status = suspended
	*th.pushFrame() = frame{ret: int32(slot), base: int32(slot + 1), flags: frameGo}
	th.top = slot + 1 + nargs
}

// resume runs co until it yields, ends or fails, and returns what it gives; the
// values lie in its stack until it runs again. Limits pass through.
func (th *thread) resume(co *thread, args []Value) (vals []Value, err *Error) {
	vm := th.vm
	if co.status != suspended {
		return nil, &Error{Value: String("cannot resume " + statusNames[co.status] + " coroutine")}
	}
	vm.depth++
	if vm.depth >= maxDepth {
		th.tooDeep()
	}
	depth, handler, handling := vm.depth, vm.handler, vm.handling
	vm.handler = Nil
	th.status, co.status = normal, running
	co.parent, vm.current = th, co
	defer func() {
		if r := recover(); r != nil {
			if err = th.caught(r); err.fatal() {
				panic(err)
			}
			co.close(0)
			co.status = dead
		}
		vm.depth, vm.handler, vm.handling = depth-1, handler, handling
		vm.current, th.status, co.parent = th, running, nil
	}()
	if co.fi == 0 {
		co.ensure(2, len(args))
		copy(co.stack[2:], args)
		co.top = 2 + len(args)
		co.enter(1, len(args), -1, frameEntry)
	} else {
		co.deliver(args)
	}
	if co.exec() {
		return co.stack[co.yieldAt : co.yieldAt+co.yieldN], nil
	}
	co.status = dead
	return co.stack[1:co.top], nil
}

// deliver makes values the results of the yield that left the thread.
func (th *thread) deliver(vals []Value) {
	th.fi--
	th.ensure(th.pendRet, len(vals))
	n := th.pendN
	if n < 0 {
		n = len(vals)
		th.top = th.pendRet + n
	}
	for i := range n {
		if i < len(vals) {
			th.stack[th.pendRet+i] = vals[i]
		} else {
			th.stack[th.pendRet+i] = Nil
		}
	}
}
