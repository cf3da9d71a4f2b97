package sandbox

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// current is the message that the script works on: one that lies encoded, or one
// in pieces that can be changed. Borrowed for the length of a call.
type current struct {
	view *message.View  // nil: in pieces, or none
	edit *edit          // nil: encoded, or none
	rec  *plugin.Record // decoders: what is being decoded
	own  edit           // kept for reuse; edit points to it
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
		h = message.Header{Type: m.view.Type(), Logger: m.view.Logger(), Hostname: m.view.Hostname(), Payload: m.view.Payload()}
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

// edit is a message in pieces.
type edit struct {
	message.Header
	UUID    [16]byte
	unset   uint32 // bit n: header field number n is not there (severity, pid, timestamp)
	changed bool   // write_message has worked on it
	fields  pieces.Fields
}

// begin starts with a record and its default header.
func (e *edit) begin(h *message.Header, id [16]byte, payload string) {
	e.Header, e.UUID, e.unset, e.changed = *h, id, 0, false
	e.Payload = payload
	e.fields = e.fields[:0]
	if h.Pid == 0 {
		e.unset = 1 << message.NumPid
	}
}

// load takes the message v to pieces.
func (e *edit) load(v *message.View) {
	e.Header = message.Header{
		Timestamp: v.Timestamp(), Type: v.Type(), Logger: v.Logger(), Payload: v.Payload(),
		EnvVersion: v.EnvVersion(), Hostname: v.Hostname(), Severity: v.Severity(), Pid: v.Pid(),
	}
	e.UUID = [16]byte{}
	copy(e.UUID[:], v.UUID())
	e.unset, e.changed = 0, false
	for _, n := range [...]int{message.NumTimestamp, message.NumSeverity, message.NumPid} {
		if !v.Has(n) {
			e.unset |= 1 << n
		}
	}
	e.fields = e.fields[:0]
	e.fields.AddAll(v)
}

// build writes the message into b, which has it begun or not; the caller ends it.
func (e *edit) build(b *message.Builder, a *pieces.Scratch) {
	b.Header, b.UUID = e.Header, e.UUID
	if e.unset>>message.NumSeverity&1 == 1 {
		b.Severity = message.NoSeverity
	}
	if e.unset>>message.NumPid&1 == 1 {
		b.Pid = 0
	}
	b.DropFields()
	e.fields.Build(b, a)
}
