package wasm

import (
	"errors"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// sink is where a kind puts what its module injects. have tells which header fields
// were set: bit n for field number n of the encoded message.
type sink interface {
	begin() *message.Builder
	end(have uint32) error
	payload(text, typ, name string) error
}

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
		if in.cur.view == nil {
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
	f := &fault{err: err}
	switch {
	case errors.Is(err, plugin.ErrLoop):
		f.text, f.limit = "exceeded MaxMsgLoops", "max_message_loops"
	case errors.Is(err, plugin.ErrSelf):
		f.text = "creates a circular reference (matches this plugin's message_matcher)"
	case errors.Is(err, message.ErrTooBig):
		f.text = "could not encode protobuf - " + err.Error()
	case errors.Is(err, plugin.ErrStopped), errors.Is(err, message.ErrNoRoom):
		f.text = "aborted: " + sandbox.ErrShutdown.Error()
	default:
		f.text = "aborted: " + err.Error()
	}
	f.text = fn + "() " + f.text
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
	msg := in.bytes(a[0], a[1])
	v := &in.raw
	if !v.Parse(msg, nil) || !v.Complete() || len(v.UUID()) != 16 || !readable(v) {
		a[0] = result(resRefused)
		return
	}
	b := in.sink.begin()
	b.BeginFrom(v)
	have := uint32(0)
	for n := message.NumUUID; n <= message.NumHostname; n++ {
		if v.Has(n) {
			have |= 1 << n
		}
	}
	if !v.Has(message.NumSeverity) {
		b.Severity = message.NoSeverity
	}
	in.sent("inject_message", in.sink.end(have))
	a[0] = 0
}

// readable reports whether every field can be read.
func readable(v *message.View) bool {
	it, n := v.Fields(), 0
	for it.Next() {
		n++
	}
	return n == v.NFields()
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
	in.sent("inject_payload", in.sink.payload(message.Borrow(text), message.Borrow(t), message.Borrow(n)))
}
