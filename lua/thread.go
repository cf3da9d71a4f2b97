package lua

import "unsafe"

// A thread is one coroutine, the main one included: a stack of values and a
// stack of frames that share it. Call is its face to Go functions.
//
//	stack   … f a b │ r0 r1 r2 … │ free …            │ slack
//	            ▲     ▲            ▲
//	          ret   base           base + maxStack     256 slots that let the
//	                                                   VM index registers by a byte
//
// A function value stays at ret until its frame ends; results replace it.
type thread struct {
	vm     *VM
	stack  []Value
	frames []frame
	fi     int      // index of the running frame; frame 0 is the host's
	top    int      // end of the values of a Go frame, or of an open list of values
	open   *upvalue // upvalues still on the stack, highest first

	base, n int // first argument and number of arguments of the running Go function
	nest    int // calls from Go in progress in this thread: no yield crosses one

	globals *Table
	parent  *thread // who resumed this one
	status  status
	id      uint32
	epoch   uint32

	yieldAt, yieldN int // values given to yield
	pendRet, pendN  int // where the results of that yield go, and how many are wanted
}

type status uint8

const (
	suspended status = iota
	running
	normal
	dead
)

// frame is one call in progress. It holds no pointers: the function is at
// stack[ret].
type frame struct {
	ret   int32  // place of the function, and of its first result
	base  int32  // first register, or first argument of a Go function
	pc    int32  // next instruction, while another frame runs
	nres  int32  // results wanted, -1 for all
	tails uint16 // tail calls that this frame replaced
	flags uint8
}

const (
	frameEntry uint8 = 1 << iota // exec returns to Go when this frame ends
	frameGo                      // a Go function
)

const (
	slack       = 256
	minStack    = 64
	maxFrames   = 20000 // Lua calls in progress, as LUAI_MAXCALLS
	maxDepth    = 200   // calls from Go in progress, as LUAI_MAXCCALLS
	maxGoValues = 8000  // values of one Go function, as LUAI_MAXCSTACK
)

const (
	threadBytes  = int64(unsafe.Sizeof(thread{}))
	frameBytes   = int64(unsafe.Sizeof(frame{}))
	upvalueBytes = int64(unsafe.Sizeof(upvalue{}))
)

func newThread(vm *VM, globals *Table) *thread {
	vm.chargeIfRunning(64)
	vm.alloc(threadBytes + (minStack+slack)*valueBytes + 8*frameBytes)
	th := &thread{
		vm:      vm,
		stack:   make([]Value, minStack+slack),
		frames:  make([]frame, 8),
		globals: globals,
		id:      vm.newID(),
	}
	for i := range th.stack {
		th.stack[i].bits = tagNil
	}
	th.frames[0].flags = frameGo
	th.frames[0].base = 1
	th.top = 1
	return th
}

// ensure makes room for n slots from slot at on, and the slack above them.
func (th *thread) ensure(at, n int) {
	need := at + n + slack
	if need <= len(th.stack) {
		return
	}
	size := max(need, 2*len(th.stack)-slack)
	th.vm.alloc(int64(size) * valueBytes)
	stack := make([]Value, size)
	for i := copy(stack, th.stack); i < size; i++ {
		stack[i].bits = tagNil
	}
	th.stack = stack
	for u := th.open; u != nil; u = u.next() {
		u.v = &stack[u.at]
	}
}

// pushFrame begins a frame and returns it.
func (th *thread) pushFrame() *frame {
	if th.fi+1 == len(th.frames) {
		th.growFrames()
	}
	th.fi++
	return &th.frames[th.fi]
}

// growFrames makes room for more frames. A handler of an overflow gets some more.
func (th *thread) growFrames() {
	n, limit := len(th.frames), maxFrames
	if th.vm.handling > 0 {
		limit += 2 * maxDepth
	}
	if n >= limit {
		th.errorf("stack overflow")
	}
	size := min(2*n, limit)
	th.vm.alloc(int64(size) * frameBytes)
	frames := make([]frame, size)
	copy(frames, th.frames)
	th.frames = frames
}

// upvalue is a variable of a function that functions inside it use. While the
// variable's function runs, v points into the stack, and closed holds the link of
// thread.open in its reference; afterwards v points at closed.
type upvalue struct {
	v      *Value
	closed Value
	at     int32 // index of the stack slot while open
	epoch  uint32
}

// next is the open upvalue below u, or nil.
func (u *upvalue) next() *upvalue { return (*upvalue)(u.closed.ref) }

// capture returns the open upvalue of stack slot at.
func (th *thread) capture(at int) *upvalue {
	var above *upvalue
	u := th.open
	for u != nil && int(u.at) > at {
		above, u = u, u.next()
	}
	if u != nil && int(u.at) == at {
		return u
	}
	th.vm.alloc(upvalueBytes)
	u = &upvalue{v: &th.stack[at], closed: Value{bits: tagNil, ref: unsafe.Pointer(u)}, at: int32(at)}
	if above == nil {
		th.open = u
	} else {
		above.closed.ref = unsafe.Pointer(u)
	}
	return u
}

// close ends the open upvalues at stack slot at and above.
func (th *thread) close(at int) {
	for u := th.open; u != nil && int(u.at) >= at; u = th.open {
		th.open = u.next()
		u.closed = *u.v
		u.v = &u.closed
	}
}
