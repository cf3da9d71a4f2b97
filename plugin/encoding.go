package plugin

import (
	"github.com/heka-project/heka/message"
)

// Encoding is an output's encoder with the framing that use_framing asks for.
// One goroutine uses it.
type Encoding struct {
	enc     Encoder
	framing bool
	pass    bool // messages leave as they are
	max     int
	view    message.View
	body    []byte
}

// NewEncoding joins an encoder and framing. max is the largest framed record.
func NewEncoding(enc Encoder, framing bool, max int) *Encoding {
	_, pass := enc.(Passthrough)
	return &Encoding{enc: enc, framing: framing, pass: pass, max: max}
}

// Encoder returns the encoder itself.
func (e *Encoding) Encoder() Encoder { return e.enc }

// Frames reports that the output's bytes are the batch's own frames: it may send
// Selection.Run without a copy.
func (e *Encoding) Frames() bool { return e.pass && e.framing }

// Framed reports that each message has Heka's framing around it, whatever encodes it.
func (e *Encoding) Framed() bool { return e.framing }

// Append appends one message, encoded and framed. Nothing appended and no error
// means that the encoder passes the message over.
func (e *Encoding) Append(dst, msg []byte) ([]byte, error) {
	if e.pass {
		if e.framing {
			return message.AppendFrame(dst, msg), nil
		}
		return append(dst, msg...), nil
	}
	if !e.view.Parse(msg, nil) {
		return dst, message.ErrDamaged
	}
	if !e.framing {
		return e.enc.Encode(dst, &e.view)
	}
	body, err := e.enc.Encode(e.body[:0], &e.view)
	e.body = body[:0]
	if err != nil || len(body) == 0 {
		return dst, err
	}
	if len(body) > e.max {
		return dst, message.ErrTooBig
	}
	return message.AppendFrame(dst, body), nil
}

// AppendAll appends every message of in that is left. What cannot be encoded is
// refused there, with the reason.
func (e *Encoding) AppendAll(dst []byte, in *message.Selection) []byte {
	if e.Frames() {
		for i, j := in.NextRun(0); i >= 0; i, j = in.NextRun(j) {
			dst = append(dst, in.Run(i, j)...)
		}
		return dst
	}
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		n := len(dst)
		out, err := e.Append(dst, in.At(i))
		if err != nil {
			in.Refuse(i, "encode: "+err.Error())
			out = out[:n]
		}
		dst = out
	}
	return dst
}
