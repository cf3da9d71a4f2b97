// Package sink is where scripts put the messages that they inject, kind by kind,
// whatever language they are in.
//
//	inject_message ─▶ Begin ─▶ the host fills it in ─▶ End ─┬─ Filter  ─▶ the engine
//	inject_payload ─▶ Payload ──────────────────────────────┼─ Decoder ─▶ behind the record's message
//	                                                        └─ Encoder ─▶ the output's bytes
package sink

import (
	"errors"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Sink is that of one kind.
type Sink interface {
	// Begin starts a message; the caller fills it in.
	Begin() *message.Builder
	// End takes the message begun. have tells which header fields were set: bit n for
	// field number n of the encoded message.
	End(have uint32) error
	// Payload takes a text.
	Payload(text, typ, name string) error
}

// putPayload is what the message of a payload holds.
func putPayload(b *message.Builder, text, typ, name string) {
	b.Payload = text
	b.String("payload_type", typ, "file-extension")
	b.String("payload_name", name, "")
}

// Parse reads a message that a script has encoded, and reports whether it is whole.
func Parse(v *message.View, msg []byte) bool {
	if !v.Parse(msg, nil) || !v.Complete() || len(v.UUID()) != 16 {
		return false
	}
	it, n := v.Fields(), 0
	for it.Next() {
		n++
	}
	return n == v.NFields()
}

// Inject gives a message that Parse has read to s.
func Inject(s Sink, v *message.View) error {
	b := s.Begin()
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
	return s.End(have)
}

// ErrShutdown is the cause with which an input's script is stopped.
var ErrShutdown = errors.New("shutting down")

// Why says why a message was not taken, as the original words it.
func Why(err error) string {
	switch {
	case errors.Is(err, plugin.ErrLoop):
		return "exceeded MaxMsgLoops"
	case errors.Is(err, plugin.ErrSelf):
		return "creates a circular reference (matches this plugin's message_matcher)"
	case errors.Is(err, message.ErrTooBig):
		return "could not encode protobuf - " + err.Error()
	case errors.Is(err, ErrShutdown), errors.Is(err, plugin.ErrStopped), errors.Is(err, message.ErrNoRoom):
		return "aborted: " + ErrShutdown.Error()
	}
	return "aborted: " + err.Error()
}
