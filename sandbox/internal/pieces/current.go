package pieces

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Current is the message that a script works on: one that lies encoded, or one in
// pieces that can be changed. What it is made of is borrowed for the length of a call.
type Current struct {
	View  *message.View  // nil: in pieces, or none
	Edit  *Message       // nil: encoded, or none
	Rec   *plugin.Record // decoders: what is being decoded
	Space Scratch        // of fields with several values

	own   Message // kept for reuse; Edit points to it
	known []byte  // encoded fields that the input gave a record
}

// None forgets the message.
func (c *Current) None() { c.View, c.Edit, c.Rec = nil, nil, nil }

// Record takes a record, which is begun in out. raw is scratch.
func (c *Current) Record(in *plugin.Record, out *message.Builder, raw *message.View) {
	in.Begin(out)
	c.Rec = in
	if in.Base != nil {
		c.View = in.Base
		return
	}
	c.own.Begin(&out.Header, out.UUID, out.Payload)
	if out.NFieldBytes() > 0 { // what the input knows of the record
		c.known = append(c.known[:0], out.FieldBytes()...)
		if raw.Parse(c.known, nil) {
			c.own.Fields.AddAll(raw)
		}
	}
	c.Edit = &c.own
}

// Change makes the message one in pieces.
func (c *Current) Change() *Message {
	if c.Edit == nil {
		c.own.Load(c.View)
		c.Edit = &c.own
	}
	return c.Edit
}

// Header is the header of the message, or of none.
func (c *Current) Header() message.Header {
	switch {
	case c.Edit != nil:
		return c.Edit.Header
	case c.View != nil:
		return headerOf(c.View)
	}
	return message.Header{Severity: message.DefaultSeverity}
}

// Describe tells of the message in a line of the log; "" of none.
func (c *Current) Describe() string {
	var id [16]byte
	switch {
	case c.Edit != nil:
		id = c.Edit.UUID
	case c.View != nil:
		copy(id[:], c.View.UUID())
	default:
		return ""
	}
	h := c.Header()
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
