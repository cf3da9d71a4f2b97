package wasm

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
)

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
	in.cur.View = v
	in.cur.arena = in.cur.arena[:0]
	e := &in.sinks.encoder
	e.Open(in.draft)
	in.sink = e
	defer in.endOne()
	status, text, err := in.timed()
	switch {
	case err != nil:
		return dst, err
	case status == -2:
		return dst, nil
	case status < 0:
		return dst, sandbox.Failed(text)
	}
	return e.Close(dst, &in.cur.Current)
}
