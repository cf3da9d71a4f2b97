package jsonflat

import (
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
)

// values reads an array behind its bracket as one field with several values. It
// returns 0, having written nothing, when the values are not of one type or the
// field is more than a field, and -1 for damage.
func (w *Walker) values(i int, f *keys.Field) int {
	if f.Role != keys.Dynamic || f.Kind != keys.Given {
		return 0
	}
	b := w.b
	w.texts, w.ints, w.floats, w.bools = w.texts[:0], w.ints[:0], w.floats[:0], w.bools[:0]
	for n := 0; ; n++ {
		i = space(b, i)
		if i < len(b) && b[i] == ']' && n == 0 {
			return i + 1
		}
		if i >= len(b) {
			return w.fail(i)
		}
		switch c := b[i]; {
		case c == '"':
			end, clean, at := text(b, i+1)
			if end < 0 {
				return w.fail(at)
			}
			s := b[i+1 : end]
			if !clean {
				at := len(w.scratch)
				w.scratch = appendText(w.scratch, s)
				s = w.scratch[at:]
			}
			w.texts = append(w.texts, message.Borrow(s))
			i = end + 1
		case c-'0' <= 9 || c == '-':
			kind, v, x, end := number(b, i)
			switch {
			case kind == numBad:
				return w.fail(end)
			case kind == numHuge || kind == numBig && w.o.BigText:
				return 0
			case kind == numInt && !w.o.Doubles:
				w.ints = append(w.ints, v)
				x = float64(v)
			case kind == numInt:
				x = float64(v)
			}
			w.floats = append(w.floats, x)
			i = end
		case c == 't' || c == 'f':
			k := word(b, i)
			if k == 0 {
				return w.fail(i)
			}
			w.bools = append(w.bools, c == 't')
			i += k
		default:
			return 0
		}
		if i = space(b, i); i >= len(b) {
			return w.fail(i)
		}
		if b[i] == ']' {
			if !w.list(f, n+1) {
				return 0
			}
			return i + 1
		}
		if b[i] != ',' {
			return w.fail(i)
		}
		i++
	}
}

// list writes the n values that were collected, if they are of one type.
func (w *Walker) list(f *keys.Field, n int) bool {
	if len(w.texts) != n && len(w.floats) != n && len(w.bools) != n {
		return false
	}
	if !w.take(f) {
		return true
	}
	switch n {
	case len(w.texts):
		w.out.Strings(f.Name, w.texts, "")
	case len(w.ints):
		w.out.Ints(f.Name, w.ints, "")
	case len(w.floats):
		w.out.Doubles(f.Name, w.floats, "")
	default:
		w.out.Bools(f.Name, w.bools, "")
	}
	return true
}
