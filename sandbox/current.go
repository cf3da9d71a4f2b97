package sandbox

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
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
	fields  []fieldEdit
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
	e.addFields(v)
}

// addFields adds the fields of v.
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

// build writes the message into b, which has it begun or not; the caller ends it.
func (e *edit) build(b *message.Builder, a *arrays) {
	b.Header, b.UUID = e.Header, e.UUID
	if e.unset>>message.NumSeverity&1 == 1 {
		b.Severity = message.NoSeverity
	}
	if e.unset>>message.NumPid&1 == 1 {
		b.Pid = 0
	}
	b.DropFields()
	for i := range e.fields {
		e.fields[i].build(b, a)
	}
}

func (f *fieldEdit) build(b *message.Builder, a *arrays) {
	switch {
	case f.raw != nil:
		b.Raw(f.raw)
	case f.typ == message.String && len(f.vals) == 1:
		b.String(f.name, f.vals[0].text, f.repr)
	case f.typ == message.Double && len(f.vals) == 1:
		b.Double(f.name, f.vals[0].num, f.repr)
	case f.typ == message.Bool && len(f.vals) == 1:
		b.Bool(f.name, f.vals[0].flag, f.repr)
	case f.typ == message.String:
		a.texts = a.texts[:0]
		for i := range f.vals {
			a.texts = append(a.texts, f.vals[i].text)
		}
		b.Strings(f.name, a.texts, f.repr)
	case f.typ == message.Bytes:
		a.bytes = a.bytes[:0]
		for i := range f.vals {
			a.bytes = append(a.bytes, bytesOf(f.vals[i].text))
		}
		b.ByteStrings(f.name, a.bytes, f.repr)
	case f.typ == message.Integer:
		a.ints = a.ints[:0]
		for i := range f.vals {
			a.ints = append(a.ints, f.vals[i].int)
		}
		b.Ints(f.name, a.ints, f.repr)
	case f.typ == message.Double:
		a.doubles = a.doubles[:0]
		for i := range f.vals {
			a.doubles = append(a.doubles, f.vals[i].num)
		}
		b.Doubles(f.name, a.doubles, f.repr)
	case f.typ == message.Bool:
		a.flags = a.flags[:0]
		for i := range f.vals {
			a.flags = append(a.flags, f.vals[i].flag)
		}
		b.Bools(f.name, a.flags, f.repr)
	}
}
