package fields

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
)

// values are those of a field, or their redacted texts.
type values struct {
	f        *message.Field
	texts    []string
	redacted bool
	typ      message.ValueType
}

func (v *values) len() int {
	if v.redacted {
		return len(v.texts)
	}
	return v.f.Len()
}

func (v *values) text(i int) string {
	if v.redacted {
		return v.texts[i]
	}
	return v.f.Text(i)
}

// write adds a field of type to; false, with nothing added, when a value cannot be
// one.
func (c *changer) write(b *message.Builder, name, repr string, v *values, to message.ValueType) bool {
	n := v.len()
	switch to {
	case message.Bytes: // as it was, but for its name
		c.raws = c.raws[:0]
		for i := range n {
			c.raws = append(c.raws, v.f.Bytes(i))
		}
		b.ByteStrings(name, c.raws, repr)
	case message.String:
		if !v.redacted {
			c.texts = c.texts[:0]
			for i := range n {
				if v.typ <= message.Bytes {
					if v.typ == message.Bytes && !utf8.ValidString(v.f.Text(i)) {
						return false
					}
					c.texts = append(c.texts, v.f.Text(i))
					continue
				}
				k := len(c.text)
				c.text = appendText(c.text, v.f, i)
				c.texts = append(c.texts, message.Borrow(c.text[k:]))
			}
			v.texts = c.texts
		}
		b.Strings(name, v.texts, repr)
	case message.Integer:
		c.ints = c.ints[:0]
		for i := range n {
			x, ok := v.integer(i)
			if !ok {
				return false
			}
			c.ints = append(c.ints, x)
		}
		b.Ints(name, c.ints, repr)
	case message.Double:
		c.floats = c.floats[:0]
		for i := range n {
			x, ok := v.double(i)
			if !ok {
				return false
			}
			c.floats = append(c.floats, x)
		}
		b.Doubles(name, c.floats, repr)
	case message.Bool:
		c.bools = c.bools[:0]
		for i := range n {
			x, ok := v.boolean(i)
			if !ok {
				return false
			}
			c.bools = append(c.bools, x)
		}
		b.Bools(name, c.bools, repr)
	}
	return true
}

func (v *values) integer(i int) (int64, bool) {
	switch v.typ {
	case message.Integer, message.Bool:
		return v.f.Int(i), true
	case message.Double:
		x := v.f.Double(i)
		return int64(x), x == math.Trunc(x) && math.Abs(x) < 1<<63
	}
	x, err := strconv.ParseInt(strings.TrimSpace(v.text(i)), 10, 64)
	return x, err == nil
}

func (v *values) double(i int) (float64, bool) {
	switch v.typ {
	case message.Double:
		return v.f.Double(i), true
	case message.Integer, message.Bool:
		return float64(v.f.Int(i)), true
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(v.text(i)), 64)
	return x, err == nil
}

func (v *values) boolean(i int) (x, ok bool) {
	switch v.typ {
	case message.Bool:
		return v.f.Bool(i), true
	case message.Integer:
		n := v.f.Int(i)
		return n == 1, n == 0 || n == 1
	case message.Double:
		return false, false
	}
	s := strings.TrimSpace(v.text(i))
	for _, w := range [...]struct {
		word string
		is   bool
	}{{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true}, {"off", false}, {"1", true}, {"0", false}} {
		if strings.EqualFold(s, w.word) {
			return w.is, true
		}
	}
	return false, false
}

// move puts the first value into a header field; false when it does not fit.
func (c *changer) move(b *message.Builder, num int, v *values) bool {
	if num == message.NumSeverity || num == message.NumPid {
		x, ok := v.integer(0)
		if !ok || x < math.MinInt32 || x > math.MaxInt32 {
			return false
		}
		if num == message.NumPid {
			b.Pid = int32(x)
		} else {
			b.Severity = int32(x)
		}
		return true
	}
	s := ""
	if v.redacted {
		s = v.texts[0]
	} else {
		n := len(c.text)
		c.text = appendText(c.text, v.f, 0)
		s = message.Borrow(c.text[n:])
	}
	*headerText(b, num) = s
	return true
}

// appendText appends value i of a field as text.
func appendText(dst []byte, f *message.Field, i int) []byte {
	switch f.Type {
	case message.Integer:
		return strconv.AppendInt(dst, f.Int(i), 10)
	case message.Double:
		return strconv.AppendFloat(dst, f.Double(i), 'g', -1, 64)
	case message.Bool:
		return strconv.AppendBool(dst, f.Bool(i))
	}
	return append(dst, f.Bytes(i)...)
}
