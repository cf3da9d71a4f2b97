package match

import (
	"github.com/heka-project/heka/message"
)

// Match implements Expr.
func (e Const) Match(*message.View) bool { return bool(e) }

// Match implements Expr.
func (e And) Match(v *message.View) bool {
	for _, x := range e {
		if !x.Match(v) {
			return false
		}
	}
	return true
}

// Match implements Expr.
func (e Or) Match(v *message.View) bool {
	for _, x := range e {
		if x.Match(v) {
			return true
		}
	}
	return false
}

// Match implements Expr.
func (t *Test) Match(v *message.View) bool {
	switch t.Operand {
	case Timestamp:
		return t.number(float64(v.Timestamp()))
	case Severity:
		return t.number(float64(v.Severity()))
	case Pid:
		return t.number(float64(v.Pid()))
	case UUID:
		var b [36]byte
		return t.text(message.Borrow(message.AppendUUID(b[:0], v.UUID())))
	case Field:
		var f message.Field
		if !v.Field(t.Name, t.Nth, &f) || t.Value >= f.Len() {
			return t.missing()
		}
		return t.value(&f)
	}
	return t.text(v.Text(int(t.Operand)))
}

// missing answers for a value that does not exist.
func (t *Test) missing() bool { return t.Kind == Nil && t.Op == Equal }

// value answers for value t.Value of f, which exists.
func (t *Test) value(f *message.Field) bool {
	if t.Kind == Nil {
		return t.Op == NotEqual
	}
	switch f.Type {
	case message.String, message.Bytes:
		return t.text(f.Text(t.Value))
	case message.Bool:
		return t.bool(f.Bool(t.Value))
	}
	n, _ := f.Number(t.Value)
	return t.number(n)
}

// bool answers for a bool value. Comparing one with a text, a number or a
// pattern is true when the value is false, whatever the operator: so it was in
// Heka 0.x.
func (t *Test) bool(v bool) bool {
	if t.Kind == Truth {
		return v == t.Truth
	}
	return !v
}

// number answers for a number, which only a number literal can fit.
func (t *Test) number(v float64) bool {
	if t.Kind != Number {
		return false
	}
	switch t.Op {
	case Equal:
		return v == t.Number
	case NotEqual:
		return v != t.Number
	case Less:
		return v < t.Number
	case LessEqual:
		return v <= t.Number
	case Greater:
		return v > t.Number
	case GreaterEqual:
		return v >= t.Number
	}
	return false
}

// text answers for a text. A text is equal to TRUE or FALSE when it reads so.
func (t *Test) text(s string) bool {
	switch t.Kind {
	case Truth:
		return s == Const(t.Truth).String()
	case Pattern:
		return t.pattern.match(s) == (t.Op == Matches)
	case Text:
		switch t.Op {
		case Equal:
			return s == t.Text
		case NotEqual:
			return s != t.Text
		case Less:
			return s < t.Text
		case LessEqual:
			return s <= t.Text
		case Greater:
			return s > t.Text
		case GreaterEqual:
			return s >= t.Text
		}
	}
	return false
}
