package keys

import (
	"math"
	"strconv"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
)

// Text puts a text. It is borrowed until the message ends.
func (t *Table) Text(out *message.Builder, f *Field, v []byte) {
	if f.Role == Dynamic {
		switch f.Kind {
		case Given, Text:
			out.PutText(&f.str, message.Borrow(v))
		case Integer:
			if n, ok := ParseInt(v); ok {
				out.PutInt(&f.i, n)
			} else if x, err := strconv.ParseFloat(message.Borrow(v), 64); err == nil && whole(x) {
				out.PutInt(&f.i, int64(x))
			} else {
				t.Misfit(out, f, v)
			}
		case Double:
			if x, err := strconv.ParseFloat(message.Borrow(v), 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
				out.PutDouble(&f.d, x)
			} else {
				t.Misfit(out, f, v)
			}
		case Bool:
			if b, ok := parseBool(v); ok {
				out.Bool(f.Name, b, f.repr)
			} else {
				t.Misfit(out, f, v)
			}
		}
		return
	}
	s := message.Borrow(v)
	switch f.Role {
	case Payload:
		out.Payload = s
	case Type:
		out.Type = s
	case Logger:
		out.Logger = s
	case Hostname:
		out.Hostname = s
	case EnvVersion:
		out.EnvVersion = s
	case UUID:
		if u, ok := parseUUID(v); ok {
			out.UUID = u
			return
		}
		t.Misfit(out, f, v)
	case Severity:
		if n, ok := t.Severity(v); ok {
			out.Severity = n
			return
		}
		t.Misfit(out, f, v)
	case Pid:
		if n, ok := ParseInt(v); ok && n == int64(int32(n)) {
			out.Pid = int32(n)
			return
		}
		t.Misfit(out, f, v)
	case Timestamp:
		t.time(out, f, v)
	}
}

func (t *Table) time(out *message.Builder, f *Field, v []byte) {
	ns, ok := stamp.Whole(t.stamps, v)
	if !ok && t.guess != nil {
		ns, ok = stamp.Whole(t.guess, v)
	}
	if ok {
		out.Timestamp = ns
		return
	}
	t.BadTime(out, f, v)
}

// BadTime counts a time that cannot be read and keeps it as a text field.
func (t *Table) BadTime(out *message.Builder, f *Field, v []byte) {
	t.badTimes.Add(1)
	out.PutText(&f.str, message.Borrow(v))
}

// Misfit counts a value and keeps it as a text field of the key's name.
func (t *Table) Misfit(out *message.Builder, f *Field, v []byte) {
	t.badValues.Add(1)
	out.PutText(&f.str, message.Borrow(v))
}

// Int puts a whole number; raw is how it is written.
func (t *Table) Int(out *message.Builder, f *Field, v int64, raw []byte) {
	switch f.Role {
	case Dynamic:
		switch f.Kind {
		case Given, Integer:
			out.PutInt(&f.i, v)
		case Double:
			out.PutDouble(&f.d, float64(v))
		case Text:
			out.PutText(&f.str, message.Borrow(raw))
		case Bool:
			out.Bool(f.Name, v != 0, f.repr)
		}
	case Timestamp:
		if _, ok := t.stamps.(*stamp.Guess); ok {
			if ns, n := stamp.EpochGuess(raw); n == len(raw) {
				out.Timestamp = ns
				return
			}
		}
		if ns, ok := stamp.Whole(t.stamps, raw); ok {
			out.Timestamp = ns
			return
		}
		t.badTimes.Add(1)
		out.PutInt(&f.i, v)
	case Severity, Pid:
		if v == int64(int32(v)) {
			t.Text(out, f, raw)
			return
		}
		fallthrough
	case UUID:
		t.badValues.Add(1)
		out.PutInt(&f.i, v)
	case Dropped:
	default:
		t.Text(out, f, raw)
	}
}

// Double puts a number; raw is how it is written.
func (t *Table) Double(out *message.Builder, f *Field, v float64, raw []byte) {
	switch f.Role {
	case Dynamic:
		switch f.Kind {
		case Given, Double:
			out.PutDouble(&f.d, v)
		case Text:
			out.PutText(&f.str, message.Borrow(raw))
		case Integer:
			if whole(v) {
				out.PutInt(&f.i, int64(v))
				return
			}
			t.badValues.Add(1)
			out.PutDouble(&f.d, v)
		case Bool:
			out.Bool(f.Name, v != 0, f.repr)
		}
	case Timestamp:
		if _, ok := t.stamps.(*stamp.Guess); ok {
			if ns, n := stamp.EpochGuess(raw); n == len(raw) {
				out.Timestamp = ns
				return
			}
			if ns, ok := epoch(v); ok { // 1.7e9
				out.Timestamp = ns
				return
			}
		}
		if ns, ok := stamp.Whole(t.stamps, raw); ok {
			out.Timestamp = ns
			return
		}
		t.badTimes.Add(1)
		out.PutDouble(&f.d, v)
	case Severity, Pid:
		if v == float64(int32(v)) {
			if f.Role == Pid {
				out.Pid = int32(v)
			} else {
				out.Severity = int32(v)
			}
			return
		}
		fallthrough
	case UUID:
		t.badValues.Add(1)
		out.PutDouble(&f.d, v)
	case Dropped:
	default:
		t.Text(out, f, raw)
	}
}

// epoch reads a number as seconds since 1970 by its size.
func epoch(v float64) (ns int64, ok bool) {
	if !(math.Abs(v) < 9e9) {
		return 0, false
	}
	return int64(math.Round(v*1e6)) * 1e3, true
}

func whole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < 1<<63 }

// Bool puts a truth value.
func (t *Table) Bool(out *message.Builder, f *Field, v bool) {
	switch {
	case f.Role == Dropped:
	case f.Role == Dynamic && f.Kind == Text:
		out.PutText(&f.str, strconv.FormatBool(v))
	case f.Role == Dynamic && (f.Kind == Integer || f.Kind == Double):
		n := int64(0)
		if v {
			n = 1
		}
		t.Int(out, f, n, nil)
	default:
		if f.Role != Dynamic {
			t.badValues.Add(1)
		}
		out.Bool(f.Name, v, f.repr)
	}
}

// Infer puts a text that may stand for a number or a truth value: whole numbers
// that are written the shortest way, decimal numbers of up to 15 digits, true and
// false. Fields with a type of their own have that.
func (t *Table) Infer(out *message.Builder, f *Field, v []byte) {
	if f.Role != Dynamic || f.Kind != Given || len(v) == 0 {
		t.Text(out, f, v)
		return
	}
	if c := v[0]; c-'0' <= 9 || c == '-' {
		if n, x, kind := number(v); kind == Integer {
			out.PutInt(&f.i, n)
			return
		} else if kind == Double {
			out.PutDouble(&f.d, x)
			return
		}
	} else if c == 't' && string(v) == "true" || c == 'f' && string(v) == "false" {
		out.Bool(f.Name, c == 't', f.repr)
		return
	}
	out.PutText(&f.str, message.Borrow(v))
}
