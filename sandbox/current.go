package sandbox

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// current is the message that the script works on: one that lies encoded, or one
// in pieces that can be changed. Borrowed for the length of a call.
type current struct {
	view *message.View   // nil: in pieces, or none
	edit *pieces.Message // nil: encoded, or none
	rec  *plugin.Record  // decoders: what is being decoded
	own  pieces.Message  // kept for reuse; edit points to it
}

// none forgets the message.
func (m *current) none() { m.view, m.edit, m.rec = nil, nil, nil }

// change makes the message one in pieces.
func (m *current) change() *pieces.Message {
	if m.edit == nil {
		m.own.Load(m.view)
		m.edit = &m.own
	}
	return m.edit
}

// header is the header of the message at hand.
func (m *current) header() message.Header { return pieces.Current(m.edit, m.view) }

// describe tells of the message in a line of the log.
func (m *current) describe() string { return pieces.Describe(m.edit, m.view) }
