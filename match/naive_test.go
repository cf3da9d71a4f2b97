package match

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/heka-project/heka/message"
)

// naive evaluates an expression on a message as a Go struct, as the language is
// described, with no thought for speed.
func naive(e Expr, d *message.Draft) bool {
	switch e := e.(type) {
	case Const:
		return bool(e)
	case And:
		for _, x := range e {
			if !naive(x, d) {
				return false
			}
		}
		return true
	case Or:
		for _, x := range e {
			if naive(x, d) {
				return true
			}
		}
		return false
	}
	t := e.(*Test)
	var v any
	switch t.Operand {
	case UUID:
		u := d.UUID
		v = fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	case Timestamp:
		v = d.Timestamp
	case Type:
		v = d.Type
	case Logger:
		v = d.Logger
	case Severity:
		v = int64(d.Severity)
	case Payload:
		v = d.Payload
	case EnvVersion:
		v = d.EnvVersion
	case Pid:
		v = int64(d.Pid)
	case Hostname:
		v = d.Hostname
	case Field:
		n := 0
		for _, f := range d.Fields {
			if f.Name == t.Name {
				if n == t.Nth && t.Value < len(f.Values) {
					v = f.Values[t.Value]
				}
				n++
			}
		}
	}
	if t.Kind == Nil {
		return (v == nil) == (t.Op == Equal)
	}
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		if t.Kind == Truth {
			return v == t.Truth
		}
		return !v
	case int64:
		return t.Kind == Number && ordered(t.Op, cmp.Compare(float64(v), t.Number))
	case float64:
		if v != v {
			return t.Kind == Number && t.Op == NotEqual
		}
		return t.Kind == Number && ordered(t.Op, cmp.Compare(v, t.Number))
	case []byte:
		return naiveText(t, string(v))
	case string:
		return naiveText(t, v)
	}
	panic("bug: value of unknown type")
}

func naiveText(t *Test, v string) bool {
	switch t.Kind {
	case Text:
		return ordered(t.Op, bytes.Compare([]byte(v), []byte(t.Text)))
	case Truth:
		return v == strings.ToUpper(fmt.Sprint(t.Truth))
	case Pattern:
		return regexp.MustCompile(t.Text).MatchString(v) == (t.Op == Matches)
	}
	return false
}

func ordered(op Op, c int) bool {
	return [...]bool{c == 0, c != 0, c < 0, c <= 0, c > 0, c >= 0}[op]
}
