package wasm

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// current is the message that the module works on: one that lies encoded, or one in
// pieces that can be changed. Borrowed for the length of a call.
type current struct {
	view  *message.View  // nil: in pieces, or none
	edit  *edit          // nil: encoded, or none
	rec   *plugin.Record // decoders: what is being decoded
	own   edit           // kept for reuse; edit points to it
	arena []byte         // texts that were written
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
	fields []fieldEdit
}

// fieldEdit is a field: as it came, or with values of its own.
type fieldEdit struct {
	name, repr string
	typ        message.ValueType
	raw        []byte // nil once it is changed
	vals       []value
}

// value is one value of a field that was changed.
type value struct {
	text string
	num  float64
	int  int64
	flag bool
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
	e.addFields(v)
}

func (e *edit) addFields(v *message.View) {
	for it := v.Fields(); it.Next(); {
		f := it.Field()
		e.add(fieldEdit{name: f.Name(), repr: f.Representation(), typ: f.Type, raw: f.Raw()})
	}
}

// add appends a field; what the slot held of values before is reused.
func (e *edit) add(f fieldEdit) *fieldEdit {
	n := len(e.fields)
	if n < cap(e.fields) {
		f.vals = e.fields[:n+1][n].vals[:0]
	}
	e.fields = append(e.fields, f)
	return &e.fields[n]
}

// find returns the index of the nth field of that name, or -1, and how many there
// are when there is none.
func (e *edit) find(name string, nth int) (at, count int) {
	for i := range e.fields {
		if e.fields[i].name == name {
			if count == nth {
				return i, count
			}
			count++
		}
	}
	return -1, count
}

// remove takes out field i.
func (e *edit) remove(i int) {
	f := e.fields[i]
	copy(e.fields[i:], e.fields[i+1:])
	n := len(e.fields) - 1
	e.fields[n] = fieldEdit{vals: f.vals} // two fields must not share values
	e.fields = e.fields[:n]
}

// open gives a field values of its own.
func (f *fieldEdit) open() {
	if f.raw == nil {
		return
	}
	var m message.Field
	f.vals = f.vals[:0]
	if m.Parse(f.raw) {
		for k := range m.Len() {
			switch f.typ {
			case message.String, message.Bytes:
				f.vals = append(f.vals, value{text: m.Text(k)})
			case message.Integer:
				f.vals = append(f.vals, value{int: m.Int(k)})
			case message.Double:
				f.vals = append(f.vals, value{num: m.Double(k)})
			case message.Bool:
				f.vals = append(f.vals, value{flag: m.Bool(k)})
			}
		}
	}
	f.raw = nil
}

// build writes the message into b; the caller ends it.
func (e *edit) build(b *message.Builder) {
	b.Header, b.UUID = e.Header, e.UUID
	b.DropFields()
	for i := range e.fields {
		e.fields[i].build(b)
	}
}

func (f *fieldEdit) build(b *message.Builder) {
	one := len(f.vals) == 1
	switch {
	case f.raw != nil:
		b.Raw(f.raw)
	case one && f.typ == message.String:
		b.String(f.name, f.vals[0].text, f.repr)
	case one && f.typ == message.Bytes:
		b.Bytes(f.name, bytesOf(f.vals[0].text), f.repr)
	case one && f.typ == message.Integer:
		b.Int(f.name, f.vals[0].int, f.repr)
	case one && f.typ == message.Double:
		b.Double(f.name, f.vals[0].num, f.repr)
	case one && f.typ == message.Bool:
		b.Bool(f.name, f.vals[0].flag, f.repr)
	default:
		f.buildList(b)
	}
}

func (f *fieldEdit) buildList(b *message.Builder) {
	switch f.typ {
	case message.String:
		b.Strings(f.name, list(f.vals, func(v *value) string { return v.text }), f.repr)
	case message.Bytes:
		b.ByteStrings(f.name, list(f.vals, func(v *value) []byte { return bytesOf(v.text) }), f.repr)
	case message.Integer:
		b.Ints(f.name, list(f.vals, func(v *value) int64 { return v.int }), f.repr)
	case message.Double:
		b.Doubles(f.name, list(f.vals, func(v *value) float64 { return v.num }), f.repr)
	case message.Bool:
		b.Bools(f.name, list(f.vals, func(v *value) bool { return v.flag }), f.repr)
	}
}

func list[T any](vals []value, of func(*value) T) []T {
	out := make([]T, len(vals))
	for i := range vals {
		out[i] = of(&vals[i])
	}
	return out
}
