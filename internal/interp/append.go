package interp

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/message"
)

// Escape appends a value from a message in the form that the text stands in.
type Escape func(dst []byte, s string) []byte

// Append appends the text, filled from v. esc, when not nil, writes each value
// that is a text. missing reports that v lacks a name for which no fallback was
// given.
func (t *Text) Append(dst []byte, v *message.View, esc Escape) (out []byte, missing bool) {
	for i := range t.parts {
		p := &t.parts[i]
		if p.num == 0 && p.field == "" {
			dst = append(dst, p.lit...)
			continue
		}
		n := len(dst)
		var ok bool
		if dst, ok = t.value(dst, p, v, esc); !ok {
			dst = append(dst[:n], p.lit...)
			missing = missing || !p.fallback
		}
	}
	return dst, missing
}

// value appends what a name stands for; not ok when the message has none.
func (t *Text) value(dst []byte, p *part, v *message.View, esc Escape) ([]byte, bool) {
	switch p.num {
	case 0:
		return p.dynamic(dst, v, esc)
	case message.NumTimestamp:
		ns := v.Timestamp()
		if t.now != nil {
			ns = t.now().UnixNano()
		}
		return p.time.Append(dst, ns), true
	case message.NumSeverity:
		if p.form == asName {
			return append(dst, SeverityName(v.Severity())...), true
		}
		return strconv.AppendInt(dst, int64(v.Severity()), 10), true
	case message.NumPid:
		return strconv.AppendInt(dst, int64(v.Pid()), 10), v.Pid() != 0 || !p.fallback
	case message.NumUUID:
		if p.form == asJSON {
			return jsontext.AppendUUID(dst, v.UUID()), len(v.UUID()) == 16
		}
		n := len(dst)
		dst = message.AppendUUID(dst, v.UUID())
		return p.cased(dst, n), len(dst) > n
	}
	s := v.Text(p.num)
	if s == "" && p.fallback {
		return dst, false
	}
	return p.text(dst, s, esc), true
}

func (p *part) dynamic(dst []byte, v *message.View, esc Escape) ([]byte, bool) {
	var f message.Field
	if !v.Field(p.field, p.nth, &f) || p.val >= f.Len() {
		return dst, false
	}
	switch f.Type {
	case message.String, message.Bytes:
		if p.form == asJSON && f.Type == message.Bytes {
			return jsontext.AppendBase64(dst, f.Bytes(p.val)), true
		}
		return p.text(dst, f.Text(p.val), esc), true
	case message.Integer:
		return strconv.AppendInt(dst, f.Int(p.val), 10), true
	case message.Bool:
		return strconv.AppendBool(dst, f.Bool(p.val)), true
	}
	x := f.Double(p.val)
	if x != x || x-x != 0 {
		if p.form == asJSON {
			return append(dst, "null"...), true
		}
		return strconv.AppendFloat(dst, x, 'g', -1, 64), true
	}
	return jsontext.AppendFloat(dst, x), true
}

func (p *part) text(dst []byte, s string, esc Escape) []byte {
	n := len(dst)
	switch {
	case p.form == asJSON:
		return jsontext.AppendString(dst, s)
	case esc != nil:
		dst = esc(dst, s)
	default:
		dst = append(dst, s...)
	}
	return p.cased(dst, n)
}

// cased changes the case of dst[n:] as the form says.
func (p *part) cased(dst []byte, n int) []byte {
	switch p.form {
	case asUpper:
		return recase(dst, n, 'a', bytes.ToUpper)
	case asLower:
		return recase(dst, n, 'A', bytes.ToLower)
	}
	return dst
}

// Lower puts dst[n:] into lower case.
func Lower(dst []byte, n int) []byte { return recase(dst, n, 'A', bytes.ToLower) }

// recase flips the letters of dst[n:] from first on. Slow path: letters that are
// not ASCII.
func recase(dst []byte, n int, first byte, slow func([]byte) []byte) []byte {
	for i := n; i < len(dst); i++ {
		switch c := dst[i]; {
		case c >= utf8.RuneSelf:
			return append(dst[:i], slow(dst[i:])...)
		case c-first < 26:
			dst[i] = c ^ 0x20
		}
	}
	return dst
}

var severities = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// SeverityName is the syslog keyword of a severity, its number when there is none.
func SeverityName(s int32) string {
	if s >= 0 && int(s) < len(severities) {
		return severities[s]
	}
	return strconv.Itoa(int(s))
}
