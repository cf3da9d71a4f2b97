package jsonflat

import (
	"strconv"

	"github.com/heka-project/heka/internal/keys"
)

// value reads a value and returns the offset past it, or -1.
func (w *Walker) value(i int, n *node) int {
	b := w.b
	if i >= len(b) {
		return w.fail(i)
	}
	switch c := b[i]; {
	case c == '"':
		end := plain(b, i+1)
		if end < len(b) && b[end] == '"' {
			if f := n.field; n.text && w.mode == direct && f.Seen != w.serial { // nearly always
				f.Seen = w.serial
				f.Put(w.out, b[i+1:end])
			} else if w.take(f) {
				w.table.Text(w.out, f, b[i+1:end])
			}
		} else if end = w.oddText(i+1, n.field); end < 0 {
			return -1
		}
		return w.room(end + 1)
	case c-'0' <= 9 || c == '-':
		return w.number(i, n.field)
	case c == '{':
		if !n.field.Keep || w.deep(n) {
			return w.raw(i, n.field)
		}
		return w.object(i+1, n)
	case c == '[':
		if w.o.Arrays == JSON || !n.field.Keep || w.deep(n) {
			return w.raw(i, n.field)
		}
		if w.o.Arrays == Values {
			if end := w.values(i+1, n.field); end != 0 {
				return w.room(end)
			}
		}
		return w.array(i+1, n)
	default:
		k := word(b, i)
		if k == 0 {
			return w.fail(i)
		}
		if c != 'n' && w.take(n.field) {
			w.table.Bool(w.out, n.field, c == 't')
		}
		return w.room(i + k)
	}
}

// room stops a record that makes too much.
func (w *Walker) room(i int) int {
	if w.o.MaxBytes > 0 && w.out.NFieldBytes() > w.o.MaxBytes {
		w.tooBig = true
		return -1
	}
	return i
}

// deep reports that what lies below n stays text.
func (w *Walker) deep(n *node) bool {
	return n.parts >= maxParts || len(n.field.Name) > maxPath || w.o.MaxDepth > 0 && n.parts >= w.o.MaxDepth
}

func (w *Walker) oddText(from int, f *keys.Field) int {
	end, clean, at := text(w.b, from)
	if end < 0 {
		return w.fail(at)
	}
	if !w.take(f) {
		return end
	}
	s := w.b[from:end]
	if !clean {
		at := len(w.scratch)
		w.scratch = appendText(w.scratch, s)
		s = w.scratch[at:]
	}
	w.table.Text(w.out, f, s)
	return end
}

func (w *Walker) number(i int, f *keys.Field) int {
	kind, v, x, end := number(w.b, i)
	if kind == numBad {
		return w.fail(end)
	}
	if !w.take(f) {
		return end
	}
	raw := w.b[i:end]
	switch {
	case kind == numInt && !w.o.Doubles:
		w.table.Int(w.out, f, v, raw)
	case kind == numInt:
		w.table.Double(w.out, f, float64(v), raw)
	case kind == numHuge || kind == numBig && w.o.BigText:
		w.table.Text(w.out, f, raw)
	default:
		w.table.Double(w.out, f, x, raw)
	}
	return w.room(end)
}

// raw keeps a value as the text it stands as.
func (w *Walker) raw(i int, f *keys.Field) int {
	end, at := skip(w.b, i)
	if end < 0 {
		return w.fail(at)
	}
	if w.take(f) {
		w.table.Text(w.out, f, w.b[i:end])
	}
	return w.room(end)
}

// array reads an array behind its bracket as key.1, key.2 …
func (w *Walker) array(i int, n *node) int {
	b := w.b
	if i = space(b, i); i < len(b) && b[i] == ']' {
		return i + 1
	}
	var digits [20]byte
	for k := int64(1); ; k++ {
		name := strconv.AppendInt(digits[:0], k, 10)
		el := w.last.next
		if el == nil || el.parent != n || el.key != string(name) {
			el = w.node(n, name)
		}
		w.last = el
		if i = w.value(space(b, i), el); i < 0 {
			return -1
		}
		if i = space(b, i); i >= len(b) {
			return w.fail(i)
		}
		switch b[i] {
		case ',':
			i++
		case ']':
			return i + 1
		default:
			return w.fail(i)
		}
	}
}
