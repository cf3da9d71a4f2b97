package wasm

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// current is the message that the module works on: one that lies encoded, or one in
// pieces that can be changed. Borrowed for the length of a call.
type current struct {
	view  *message.View  // nil: in pieces, or none
	edit  *edit          // nil: encoded, or none
	rec   *plugin.Record // decoders: what is being decoded
	own   edit           // kept for reuse; edit points to it
	arena []byte         // texts that were written
	space pieces.Scratch // for fields of several values
}

// none forgets the message.
func (m *current) none() { m.view, m.edit, m.rec = nil, nil, nil }

// change makes the message one in pieces.
func (m *current) change() *edit {
	if m.edit == nil {
		m.own.load(m.view)
		m.edit = &m.own
	}
	return m.edit
}

// describe tells of the message in a line of the log.
func (m *current) describe() string {
	var h message.Header
	var id [16]byte
	switch {
	case m.edit != nil:
		h, id = m.edit.Header, m.edit.UUID
	case m.view != nil:
		h = headerOf(m.view)
		copy(id[:], m.view.UUID())
	default:
		return ""
	}
	var b strings.Builder
	if id != [16]byte{} {
		fmt.Fprintf(&b, "message %s", message.AppendUUID(nil, id[:]))
	} else {
		b.WriteString("a record")
	}
	for _, x := range []struct{ name, v string }{{"type", h.Type}, {"logger", h.Logger}, {"hostname", h.Hostname}} {
		if x.v != "" {
			fmt.Fprintf(&b, " %s %.60q", x.name, x.v)
		}
	}
	if h.Payload != "" {
		fmt.Fprintf(&b, " payload %.80q", h.Payload)
	}
	return b.String()
}

// headerOf is the header of an encoded message.
func headerOf(v *message.View) message.Header {
	h := message.Header{Timestamp: v.Timestamp(), Type: v.Type(), Logger: v.Logger(), Payload: v.Payload(),
		EnvVersion: v.EnvVersion(), Hostname: v.Hostname(), Severity: v.Severity(), Pid: v.Pid()}
	if !v.Has(message.NumSeverity) {
		h.Severity = message.NoSeverity
	}
	return h
}

// header is the header of the message at hand.
func (m *current) header() message.Header {
	switch {
	case m.edit != nil:
		return m.edit.Header
	case m.view != nil:
		return headerOf(m.view)
	}
	return message.Header{Severity: message.DefaultSeverity}
}

// edit is a message in pieces. Severity is message.NoSeverity and Pid 0 when unset.
type edit struct {
	message.Header
	UUID   [16]byte
	fields pieces.Fields
}

// begin starts with a record and its default header.
func (e *edit) begin(h *message.Header, id [16]byte, payload string) {
	e.Header, e.UUID = *h, id
	e.Payload = payload
	e.fields = e.fields[:0]
}

// load takes the message v to pieces.
func (e *edit) load(v *message.View) {
	e.Header, e.UUID = headerOf(v), [16]byte{}
	copy(e.UUID[:], v.UUID())
	e.fields = e.fields[:0]
	e.fields.AddAll(v)
}

// build writes the message into b; the caller ends it.
func (e *edit) build(b *message.Builder, a *pieces.Scratch) {
	b.Header, b.UUID = e.Header, e.UUID
	b.DropFields()
	e.fields.Build(b, a)
}
