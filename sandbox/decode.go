package sandbox

import (
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// minEncoded is the size of the shortest message: a Uuid and a Timestamp.
const minEncoded = 20

// decodeMessage implements decode_message.
func (s *Sandbox) decodeMessage(c *lua.Call) int {
	if c.Len() != 1 || !c.Arg(1).IsString() {
		c.Errorf("decode_message() takes a single string argument")
	}
	msg := bytesOf(c.Arg(1).Str())
	c.Work(4 * len(msg))
	if why := encodedFault(msg); why != "" {
		c.Errorf("decode_message() %s", why)
	}
	v := &s.raw
	if !v.Parse(msg, nil) {
		c.Errorf("decode_message() message is damaged")
	}
	k := &s.keys
	t := c.NewTable(0, 10)
	c.Push(t.Value()) // where memory counts see it
	t.Set(k.uuid.Value(), c.CopyString(message.Borrow(v.UUID())))
	t.Set(k.timestamp.Value(), lua.Number(float64(v.Timestamp())))
	for i := range k.texts {
		if h := &k.texts[i]; v.Has(h.num) {
			t.Set(h.key.Value(), c.CopyString(v.Text(h.num)))
		}
	}
	if v.Has(message.NumSeverity) {
		t.Set(k.severity.Value(), lua.Number(float64(v.Severity())))
	}
	if v.Has(message.NumPid) {
		t.Set(k.pid.Value(), lua.Number(float64(v.Pid())))
	}
	if v.NFields() > 0 {
		list := c.NewTable(min(v.NFields(), 1024), 0)
		t.Set(k.fields.Value(), list.Value())
		i := 0
		for it := v.Fields(); it.Next(); {
			i++
			ft := c.NewTable(0, 4)
			list.SetInt(i, ft.Value())
			s.decodeField(c, ft, it.Field())
		}
	}
	return 1
}

func (s *Sandbox) decodeField(c *lua.Call, t *lua.Table, f *message.Field) {
	k := &s.keys
	t.Set(k.name.Value(), c.CopyString(f.Name()))
	if hasType(f.Raw()) {
		t.Set(k.valueType.Value(), lua.Int(int(f.Type)))
	}
	if r := f.Representation(); r != "" {
		t.Set(k.representation.Value(), c.CopyString(r))
	}
	vals := c.NewTable(min(f.Len(), 1024), 0)
	t.Set(k.value.Value(), vals.Value())
	// A long list of integers would be walked from its beginning for each of them.
	if f.Len() > 64 {
		c.Charge(int64(f.Len()) * int64(f.Len()) / 64)
	}
	for i := range f.Len() {
		switch f.Type {
		case message.String, message.Bytes:
			vals.SetInt(i+1, c.CopyString(f.Text(i)))
		case message.Integer:
			vals.SetInt(i+1, lua.Number(float64(f.Int(i))))
		case message.Double:
			vals.SetInt(i+1, lua.Number(f.Double(i)))
		case message.Bool:
			vals.SetInt(i+1, lua.Bool(f.Bool(i)))
		}
	}
}

// hasType reports whether a field body says what type its values are.
func hasType(b []byte) bool {
	for i := 0; i < len(b); {
		tag, n := varint(b, i)
		if n < 0 {
			return false
		}
		if tag == 2<<3 {
			return true
		}
		if i = skipValue(b, n, tag); i < 0 {
			return false
		}
	}
	return false
}

// encodedFault says what is wrong with an encoded message, "" for nothing: fields
// of the daemon's own protocol only, each of its wire type.
func encodedFault(b []byte) string {
	if len(b) < minEncoded {
		return "message is too short"
	}
	id, stamp := false, false
	for i := 0; i < len(b); {
		tag, n := varint(b, i)
		if n < 0 {
			return "truncated data"
		}
		num, wire := tag>>3, tag&7
		switch {
		case num < 1 || num > message.NumFields:
			return "unknown tag"
		case (num == message.NumTimestamp || num == message.NumSeverity || num == message.NumPid) != (wire == 0), wire != 0 && wire != 2:
			return "wrong wire type"
		}
		if i = skipValue(b, n, tag); i < 0 {
			return "truncated data"
		}
		switch num {
		case message.NumUUID:
			_, from := varint(b, n)
			if i-from != 16 {
				return "the Uuid has a wrong size"
			}
			id = true
		case message.NumTimestamp:
			stamp = true
		case message.NumFields:
			_, from := varint(b, n)
			if why := fieldFault(b[from:i]); why != "" {
				return why
			}
		}
	}
	switch {
	case !id:
		return "the Uuid is missing"
	case !stamp:
		return "the Timestamp is missing"
	}
	return ""
}

func fieldFault(b []byte) string {
	named := false
	for i := 0; i < len(b); {
		tag, n := varint(b, i)
		if n < 0 {
			return "truncated data"
		}
		ok := false
		switch num, wire := tag>>3, tag&7; num {
		case 1, 3, 4, 5:
			ok = wire == 2
			named = named || num == 1
		case 2:
			ok = wire == 0
		case 6, 8:
			ok = wire == 0 || wire == 2
		case 7:
			ok = wire == 1 || wire == 2
		default:
			return "unknown tag"
		}
		if !ok {
			return "wrong wire type"
		}
		if i = skipValue(b, n, tag); i < 0 {
			return "truncated data"
		}
	}
	if !named {
		return "field has no name"
	}
	var f message.Field
	if !f.Parse(b) {
		return "field is damaged"
	}
	return ""
}

// varint reads a varint at b[i:] and returns it with the offset past it, or -1.
func varint(b []byte, i int) (uint64, int) {
	var x uint64
	for s := uint(0); i < len(b) && s < 70; s += 7 {
		c := b[i]
		i++
		x |= uint64(c&0x7f) << s
		if c < 0x80 {
			return x, i
		}
	}
	return 0, -1
}

// skipValue returns the offset past the value at b[i:] of that tag, or -1.
func skipValue(b []byte, i int, tag uint64) int {
	switch tag & 7 {
	case 0:
		_, i = varint(b, i)
		return i
	case 1:
		i += 8
	case 2:
		l, j := varint(b, i)
		if j < 0 || l > uint64(len(b)-j) {
			return -1
		}
		return j + int(l)
	default:
		return -1
	}
	if i > len(b) {
		return -1
	}
	return i
}
