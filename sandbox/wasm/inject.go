package wasm

import (
	"errors"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/internal/sink"
)

// count takes one of the messages that the call may inject.
func (in *Instance) count(fn string) {
	if in.sink == nil {
		in.throw("", "%s() is called while there is nothing to inject into", fn)
	}
	if in.opts.Kind != sandbox.Filter {
		return
	}
	if in.inject <= 0 {
		limit := "max_process_inject"
		if in.cur.View == nil {
			limit = "max_timer_inject"
		}
		in.throw(limit, "%s() exceeded InjectMessage count", fn)
	}
	in.inject--
}

// sent ends the call when a message could not be injected.
func (in *Instance) sent(fn string, err error) {
	if err == nil {
		return
	}
	f := &fault{text: fn + "() " + sink.Why(err), err: err}
	if errors.Is(err, plugin.ErrLoop) {
		f.limit = "max_message_loops"
	}
	in.fault = f
	panic(f)
}

// room ends the call when an output is longer than it may be.
func (in *Instance) room(fn string, n int) {
	if n > in.opts.Output {
		in.throw("output_limit", "%s() output_limit exceeded: %d bytes are more than %d", fn, n, in.opts.Output)
	}
	in.use.Wrote(n)
}

func (in *Instance) injectMessage(a []uint64) {
	in.count("inject_message")
	in.room("inject_message", int(uint32(a[1])))
	if !sink.Parse(&in.raw, in.bytes(a[0], a[1])) {
		a[0] = result(resRefused)
		return
	}
	in.sent("inject_message", sink.Inject(in.sink, &in.raw))
	a[0] = 0
}

func (in *Instance) injectPayload(a []uint64) {
	in.room("inject_payload", int(uint32(a[5])))
	t, n, text := in.bytes(a[0], a[1]), in.bytes(a[2], a[3]), in.bytes(a[4], a[5])
	if a[0] = 0; len(text) == 0 {
		return
	}
	in.count("inject_payload")
	if len(t) == 0 {
		t = []byte("txt")
	}
	if !utf8.Valid(t) || !utf8.Valid(n) {
		in.throw("", "inject_payload() has a type or name that is not UTF-8")
	}
	in.sent("inject_payload", in.sink.Payload(message.Borrow(text), message.Borrow(t), message.Borrow(n)))
}
