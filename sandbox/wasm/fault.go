package wasm

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/heka-project/heka/sandbox"
)

// fault is why the host ended a call. It is thrown through the module.
type fault struct {
	text  string
	limit string // option of the limit, "" for none
	err   error
}

func (f *fault) Error() string { return f.text }

// throw ends the call in progress.
func (in *Instance) throw(limit, format string, args ...any) {
	in.fault = &fault{text: fmt.Sprintf(format, args...), limit: limit}
	panic(in.fault)
}

// charge takes the cost of work that a function of the host does.
func (in *Instance) charge(n int) {
	if in.left -= int64(n); in.left < 0 {
		in.fuel.Set(uint64(in.left))
		in.throw("instruction_limit", "instruction_limit exceeded")
	}
}

// traps are the faults of the machine in words that tell what to look for.
var traps = []struct{ is, text string }{
	{"unreachable", "trap: unreachable; the module gave up, such as by a panic, abort or failed assertion"},
	{"out of bounds memory access", "trap: it read or wrote outside its memory"},
	{"integer divide by zero", "trap: division by zero"},
	{"integer overflow", "trap: integer overflow"},
	{"invalid conversion to integer", "trap: a number that no integer can hold was converted to one"},
	{"invalid table access", "trap: call of a function pointer that is none"},
	{"indirect call type mismatch", "trap: call of a function pointer of another type"},
	{"stack overflow", "trap: stack overflow; a recursion without an end"},
}

// stopped makes the Stop of an error of a call.
func (in *Instance) stopped(call string, err error) *sandbox.Stop {
	st := &sandbox.Stop{Err: err}
	text := err.Error()
	if head, trace, ok := strings.Cut(text, "\nwasm stack trace:\n"); ok {
		text = head
		st.Traceback = strings.ReplaceAll(trace[:min(len(trace), 4096)], "\t", "")
		st.Where, _, _ = strings.Cut(st.Traceback, "\n")
		st.Where = strings.TrimPrefix(st.Where, ".")
	}
	var exit *sys.ExitError
	switch {
	case in.fault != nil:
		text, st.Limit = in.fault.text, in.fault.limit
		if in.fault.err != nil {
			st.Err = in.fault.err
		}
	case errors.As(err, &exit) && exit.ExitCode() == sys.ExitCodeDeadlineExceeded:
		text, st.Limit, st.Err = sandbox.ErrTime.Error(), "call_time", sandbox.ErrTime
	case in.fuel != nil && int64(in.fuel.Get()) < 0:
		text, st.Limit = "instruction_limit exceeded", "instruction_limit"
	case in.depth != nil && uint32(in.depth.Get()) > maxDepth:
		text = traps[len(traps)-1].text
	case in.linear.refused:
		text, st.Limit = "memory_limit exceeded", "memory_limit"
	default:
		text = strings.TrimPrefix(text, "wasm error: ")
		for _, t := range traps {
			if strings.HasPrefix(text, t.is) {
				text = t.text
			}
		}
	}
	if len(in.stderr) > 0 {
		text += ": " + strings.TrimSpace(string(in.stderr))
	}
	st.Text = call + "() " + text
	return in.end(st)
}

// end terminates the instance.
func (in *Instance) end(st *sandbox.Stop) *sandbox.Stop {
	st.Text = cut(st.Text)
	st.Message = in.cur.Describe()
	in.stop = st
	in.publish()
	return st
}

func cut(text string) string { return strings.ToValidUTF8(text[:min(len(text), 255)], "�") }
