package sandbox

import (
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/part"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// writeMessage implements write_message.
func (s *Sandbox) writeMessage(c *lua.Call) int {
	n := c.Len()
	if n < 2 || n > 5 {
		c.Errorf("write_message() incorrect number of arguments")
	}
	to := s.names.find(c.String(1))
	v := c.Arg(2)
	switch v.Type() {
	case lua.TypeNil, lua.TypeBool, lua.TypeNumber, lua.TypeString:
	default:
		c.Errorf("write_message() only accepts numeric, string, or boolean field values, or nil to delete")
	}
	repr := untilNUL(c.OptString(3, ""))
	fi := c.OptInt(4, 0)
	if fi < 0 {
		c.ArgError(4, "field index must be >= 0")
	}
	ai := c.OptInt(5, 0)
	if ai < 0 {
		c.ArgError(5, "array index must be >= 0")
	}
	c.Work(len(v.Str()) + len(repr))
	if s.cur.Edit == nil && s.cur.View == nil {
		s.refuse(c, "there is no message to write to")
	}
	if why := s.write(c, to, v, repr, fi, ai, n == 5); why != "" {
		s.refuse(c, why)
	}
	return 0
}

// refuse raises the error of write_message; the reason stands in the log only.
func (s *Sandbox) refuse(c *lua.Call, why string) {
	s.opts.Log.Debug("write_message refused", "reason", why)
	c.Errorf("write_message() failed")
}

func untilNUL(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}

// write does what write_message asks; the answer is why it cannot, or "".
func (s *Sandbox) write(c *lua.Call, to *name, v lua.Value, repr string, fi, ai int, element bool) string {
	if s.cur.Edit == nil {
		c.Work(len(s.cur.View.Raw()))
	}
	e := s.cur.Change()
	if to.Part == part.Field {
		c.Work(16 * len(e.Fields))
		if v.IsNil() {
			return remove(e, to.Field, fi, ai, element)
		}
		return s.writeField(c, e, to.Field, v, repr, fi, ai)
	}
	text, isText := untilNUL(v.Str()), v.IsString()
	switch to.Part {
	case part.UUID:
		id, ok := message.ParseUUID(text)
		if !isText || !ok {
			return "a Uuid is written as text of the form 8-4-4-4-12"
		}
		e.UUID = id
	case part.Type, part.Logger, part.Payload, part.EnvVersion, part.Hostname:
		if !isText {
			return to.Text + " takes a string"
		}
		*to.Part.Text(&e.Header) = text
	case part.Timestamp:
		ns, ok := timeOf(v, text)
		if !ok {
			return "a Timestamp is a number of nanoseconds, or a date"
		}
		e.Timestamp = ns
		e.Set(message.NumTimestamp)
	case part.Severity, part.Pid:
		x, ok := int32Of(v, text)
		if !ok {
			return to.Text + " takes a number"
		}
		if to.Part == part.Pid {
			e.Pid = x
		} else {
			e.Severity = x
		}
		e.Set(to.Part.Number())
	default:
		return "there is no " + strconv.Quote(to.Text[:min(len(to.Text), 80)])
	}
	return ""
}

// maxFields bounds the fields and the values of a message that is written to.
const maxFields = 1 << 16

// writeField sets element ai of the field of that name with index fi, or adds one.
func (s *Sandbox) writeField(c *lua.Call, e *pieces.Message, name string, v lua.Value, repr string, fi, ai int) string {
	var x pieces.Value
	var t message.ValueType
	switch v.Type() {
	case lua.TypeString:
		t, x.Text = message.String, untilNUL(v.Str())
	case lua.TypeNumber:
		t, x.Num = message.Double, v.Num()
	default:
		t, x.Flag = message.Bool, v.Truth()
	}
	at, n := e.Fields.Find(name, fi)
	if at < 0 {
		switch {
		case fi > n:
			return "field index is past the end"
		case ai > 0:
			return "a new field begins with array index 0"
		case len(e.Fields) >= maxFields:
			return "message has too many fields"
		}
		c.Charge(8)
		f := e.Fields.Add(pieces.Field{Name: name, Repr: repr, Type: t})
		f.Vals = append(f.Vals[:0], x)
		return ""
	}
	f := &e.Fields[at]
	if f.Type != t {
		return "the field is of type " + f.Type.String()
	}
	c.Work(len(f.Raw))
	f.Open()
	switch {
	case ai > len(f.Vals):
		return "array index is past the end"
	case ai == len(f.Vals) && ai >= maxFields:
		return "field has too many values"
	case ai == len(f.Vals):
		f.Vals = append(f.Vals, x)
	default:
		f.Vals[ai] = x
	}
	f.Repr = repr
	return ""
}

// remove takes out a field, or one element of it.
func remove(e *pieces.Message, name string, fi, ai int, element bool) string {
	at, n := e.Fields.Find(name, fi)
	if at < 0 {
		if fi > 0 && n > 0 {
			return "field index is past the end"
		}
		return ""
	}
	if !element {
		e.Fields.Remove(at)
		return ""
	}
	f := &e.Fields[at]
	f.Open()
	switch {
	case ai >= len(f.Vals):
		return "array index is past the end"
	case len(f.Vals) == 1:
		e.Fields.Remove(at)
	default:
		f.Vals = append(f.Vals[:ai], f.Vals[ai+1:]...)
	}
	return ""
}

func int32Of(v lua.Value, text string) (int32, bool) {
	if v.IsNumber() {
		return int32(toInt64(v.Num())), true
	}
	x, err := strconv.ParseInt(text, 0, 32)
	return int32(x), err == nil && v.IsString()
}

func toInt64(f float64) int64 {
	if f >= -0x1p63 && f < 0x1p63 {
		return int64(f)
	}
	return -1 << 63
}

// layouts are the forms of a date that write_message takes.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05", "2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05",
	time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z,
	time.Stamp, time.StampMilli, time.StampMicro, time.StampNano, "02/Jan/2006:15:04:05 -0700", "2006-01-02",
}

func timeOf(v lua.Value, text string) (int64, bool) {
	if v.IsNumber() {
		return toInt64(v.Num()), true
	}
	if !v.IsString() || len(text) > 64 {
		return 0, false
	}
	if ns, err := strconv.ParseInt(text, 0, 64); err == nil {
		return ns, true
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, text); err == nil {
			if t.Year() == 0 { // a stamp without a year
				t = t.AddDate(time.Now().UTC().Year(), 0, 0)
			}
			return t.UnixNano(), true
		}
	}
	return 0, false
}
