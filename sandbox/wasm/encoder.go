package wasm

import (
	"fmt"

	"github.com/heka-project/heka/message"
)

// encoderSink keeps the last that an encoder injects.
type encoderSink struct{ in *Instance }

func (e *encoderSink) begin() *message.Builder {
	e.in.draft.Reset()
	e.in.draft.Begin(nil)
	return e.in.draft
}

func (e *encoderSink) end(uint32) error { return e.in.keepDraft() }

func (e *encoderSink) payload(text, _, _ string) error {
	e.in.there, e.in.encoded = true, append(e.in.encoded[:0], text...)
	return nil
}

// keepDraft takes the message in the draft as the output.
func (in *Instance) keepDraft() error {
	if err := in.draft.End(); err != nil {
		return err
	}
	in.there, in.encoded = true, append(in.encoded[:0], message.Unframe(in.draft.Buffer())...)
	return nil
}

// Encode has the module encode the message v and appends the result to dst. Nothing
// appended and no error means that the module passes the message over. An error is a
// *sandbox.Stop, or wraps sandbox.ErrFailed.
func (in *Instance) Encode(dst []byte, v *message.View) ([]byte, error) {
	if in.stop != nil {
		return dst, in.stop
	}
	if v.Want() != in.names.Want { // whose view it is does not know what the module asks for
		if !in.view.Parse(v.Raw(), in.names.Want) {
			return dst, message.ErrDamaged
		}
		v = &in.view
	}
	in.cur.view = v
	in.cur.arena = in.cur.arena[:0]
	in.there = false
	in.sinks.encoder.in = in
	in.sink = &in.sinks.encoder
	defer in.endOne()
	status, text, err := in.timed()
	switch {
	case err != nil:
		return dst, err
	case status == -2:
		return dst, nil
	case status < 0:
		return dst, failedWith(text)
	}
	if !in.there {
		if in.cur.edit == nil {
			return append(dst, v.Raw()...), nil
		}
		in.draft.Reset()
		in.draft.Begin(nil)
		in.cur.edit.Build(in.draft, &in.cur.space)
		if err := in.keepDraft(); err != nil {
			return dst, fmt.Errorf("encode the changed message: %w", err)
		}
	}
	return append(dst, in.encoded...), nil
}
