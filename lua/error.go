package lua

import (
	"errors"
	"fmt"
)

// Kind says what stopped a call.
type Kind uint8

// Kinds of Error. Only KindRuntime and KindSyntax can be caught by a script.
const (
	KindRuntime      Kind = iota // raised by the script or by a function it called
	KindSyntax                   // the source does not compile
	KindInstructions             // the limit of instructions
	KindMemory                   // the limit of bytes
	KindInterrupted              // VM.Interrupt
	KindInternal                 // a Go function panicked: a bug in the host
)

// Errors that errors.Is finds in an Error of that kind.
var (
	ErrInstructions = errors.New("instruction_limit exceeded")
	ErrMemory       = errors.New("not enough memory")
)

// Error is how a call ends that does not return. Its text is the message a
// script would see; for a limit, followed by the function and line it stopped.
type Error struct {
	Kind      Kind
	Value     Value  // what was raised; for limits the message
	Message   string // the text of Value
	Where     string // for limits and interrupts: function and line, as "function 'f' (a.lua:3)"
	Traceback string // calls in progress, innermost first; "" for KindSyntax
	Cause     error  // for KindInterrupted what the host gave, for KindInternal the panic
}

// Error returns the message, and for limits where the script was.
func (e *Error) Error() string {
	if e.Where == "" {
		return e.Message
	}
	return e.Message + " in " + e.Where
}

// Unwrap returns the cause, ErrInstructions or ErrMemory, or nil.
func (e *Error) Unwrap() error {
	switch e.Kind {
	case KindInstructions:
		return ErrInstructions
	case KindMemory:
		return ErrMemory
	}
	return e.Cause
}

// fatal reports whether no script may catch e.
func (e *Error) fatal() bool { return e.Kind >= KindInstructions }

// raise unwinds to the innermost protected call with v. The handler of an xpcall
// sees the stack as it is here.
func (th *thread) raise(v Value) {
	vm := th.vm
	vm.chargeIfRunning(int64(vm.depth) * 8) // to unwind
	if h := vm.handler; h.bits != tagNil {
		if vm.handling > 0 && vm.depth >= maxDepth {
			panic(&Error{Value: String("error in error handling")})
		}
		vm.handling++
		top := th.scratch()
		th.ensure(top, 4)
		th.stack[top], th.stack[top+1] = h, v
		th.top = top + 2
		th.call(top, 1, 1)
		v = th.stack[top]
		vm.handling--
	}
	panic(&Error{Value: v})
}

// raiseFatal unwinds to the host: no script catches it.
func (th *thread) raiseFatal(kind Kind, message string, cause error) {
	panic(&Error{Kind: kind, Value: String(message), Message: message, Where: th.whereRunning(), Traceback: th.traceback("", 0), Cause: cause})
}

// errorf raises a message with the position of the running Lua function.
func (th *thread) errorf(format string, args ...any) {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	th.vm.alloc(int64(len(message)))
	th.raise(String(th.where(0) + message))
}

// badKey raises the error of a table key that cannot be. Outside a call it is
// the host's own mistake.
func (vm *VM) badKey(message string) {
	if vm.depth == 0 {
		panic("bug: " + message)
	}
	vm.current.errorf("%s", message)
}

// caught turns what a deferred recover found into an Error. A panic that is none
// of ours becomes one of KindInternal, which nothing but the host sees.
func (th *thread) caught(r any) *Error {
	if e, ok := r.(*Error); ok {
		return e
	}
	cause, ok := r.(error)
	if !ok {
		cause = fmt.Errorf("%v", r)
	}
	message := "internal error: " + cause.Error()
	return &Error{Kind: KindInternal, Value: String(message), Message: message, Where: th.vm.current.whereRunning(), Cause: cause}
}
