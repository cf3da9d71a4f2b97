// Package jsonflat turns a JSON object into the fields of a message in one pass,
// without a tree and without allocating:
//
//	{"a": 1, "b": {"c": "x", "d": [true, 2]}}
//	  ─▶ a=1  b.c="x"  b.d.1=true  b.d.2=2
//
// Lines of one stream have the same keys in the same order, nearly always: every
// key remembers which key came after it, so that looking one up is comparing it
// with that. The grammar is that of RFC 8259 and no more. Bytes in strings that
// are not UTF-8 and halves of surrogate pairs become U+FFFD. Of a key that stands
// twice the last value counts. null makes nothing.
package jsonflat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
)

// Arrays says what becomes of arrays.
type Arrays uint8

// The ways with arrays.
const (
	Index  Arrays = iota // each value a field: key.1, key.2 …
	Values               // values of one type: one field with all of them; others as Index
	JSON                 // one text field with the array as it stands
)

// Options say how objects are flattened.
type Options struct {
	Separator string // between the parts of a path
	MaxDepth  int    // parts of a path at most, 0 for no limit of its own
	Arrays    Arrays
	BigText   bool // whole numbers that no int64 holds become texts, not doubles
	Doubles   bool // whole numbers become doubles too
	Strip     byte // taken off the beginning of the object's own keys, 0 for nothing
	MaxBytes  int  // of fields that a record may make, 0 for no limit
}

// Bounds on what little text can blow up into: a path is written in front of every
// value below it. What lies deeper stays JSON text.
const (
	maxParts = 64
	maxPath  = 512 // bytes
)

// maxNodes bounds the keys that are remembered by their places: "a.b" and "b" below
// "a" are one field at two places.
const maxNodes = 8192

// Walker flattens records. One goroutine uses it.
type Walker struct {
	o     Options
	table *keys.Table

	nodes map[nodeKey]*node
	root  *node
	last  *node

	b       []byte
	out     *message.Builder
	serial  uint64
	mode    mode
	twice   bool // some key stands twice in the record
	bad     int  // where the record is damaged
	tooBig  bool
	scratch []byte
	path    []byte
	texts   []string
	ints    []int64
	floats  []float64
	bools   []bool
}

type mode uint8

const (
	direct   mode = iota
	counting      // keys are counted, nothing is written
	lastOnly      // only the last value of each key is written
)

// node is a key at its place in the tree.
type node struct {
	field  *keys.Field
	parent *node
	key    string
	next   *node // the key that came after it in the record before
	parts  int   // of its path

	quick      bool   // the key is plain ASCII, so that its bytes need no second look
	text       bool   // texts become its field as they are
	word, mask uint64 // a key of up to eight bytes
}

// at reports whether the key stands at b[i:], a quote behind it.
func (n *node) at(b []byte, i int) bool {
	k := i + len(n.key)
	if k >= len(b) || b[k] != '"' {
		return false
	}
	if n.mask != 0 && i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])&n.mask == n.word
	}
	return string(b[i:k]) == n.key
}

type nodeKey struct {
	parent *node
	key    string
}

// New makes a walker.
func New(o Options, t *keys.Table) *Walker {
	w := &Walker{o: o, table: t}
	w.forget()
	return w
}

func (w *Walker) forget() {
	w.root = &node{}
	w.nodes = map[nodeKey]*node{}
	w.last = w.root
}

// What a record can be refused for.
var (
	ErrEmpty     = errors.New("JSON record is empty")
	ErrNotObject = errors.New("JSON record is not an object")
	ErrTrailing  = errors.New("JSON record goes on behind its object")
)

// damaged are errors by offset, so that refusing a record does not allocate.
var damaged [256]error

func init() {
	for i := range damaged {
		damaged[i] = fmt.Errorf("JSON record is damaged at byte %d", i)
	}
}

var errFar = fmt.Errorf("JSON record is damaged behind byte %d", len(damaged)-1)

// Flatten adds the fields of the object b to the message begun in out, which
// borrows b until it ends. begin starts the message, again when it must be.
func (w *Walker) Flatten(b []byte, out *message.Builder, begin func()) error {
	if w.table.Trim() || len(w.nodes) > maxNodes {
		w.forget()
	}
	begin()
	w.b, w.out, w.mode = b, out, direct
	err := w.once()
	if err != nil || !w.twice {
		w.b, w.out = nil, nil
		return err
	}
	w.mode = counting
	if err = w.once(); err == nil {
		begin()
		w.mode = lastOnly
		err = w.once()
	}
	w.b, w.out = nil, nil
	return err
}

// once walks the record.
func (w *Walker) once() error {
	b := w.b
	if w.mode != lastOnly {
		w.serial++
	}
	w.twice, w.tooBig, w.bad, w.scratch, w.last = false, false, 0, w.scratch[:0], w.root
	i := space(b, 0)
	switch {
	case i == len(b):
		return ErrEmpty
	case b[i] != '{':
		return ErrNotObject
	}
	i = w.object(i+1, w.root)
	if i < 0 {
		if w.tooBig {
			return message.ErrTooBig
		}
		if w.bad < len(damaged) {
			return damaged[w.bad]
		}
		return errFar
	}
	if space(b, i) != len(b) {
		return ErrTrailing
	}
	return nil
}

func (w *Walker) fail(at int) int {
	w.bad = at
	return -1
}

// object reads an object behind its brace and returns the offset past it, or -1.
func (w *Walker) object(i int, parent *node) int {
	b := w.b
	if i = space(b, i); i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return w.fail(i)
		}
		from := i + 1
		end := 0
		n := w.last.next
		if n != nil && n.quick && n.parent == parent && n.at(b, from) {
			end = from + len(n.key)
		} else if end = plain(b, from); end < len(b) && b[end] == '"' {
			n = w.node(parent, b[from:end])
		} else if n, end = w.oddKey(parent, from); n == nil {
			return -1
		}
		w.last = n
		if i = end + 1; i >= len(b) || b[i] != ':' {
			if i = space(b, i); i >= len(b) || b[i] != ':' {
				return w.fail(i)
			}
		}
		if i++; i < len(b) && b[i] <= ' ' {
			i = space(b, i)
		}
		if i = w.value(i, n); i < 0 {
			return -1
		}
		if i < len(b) && b[i] <= ' ' {
			i = space(b, i)
		}
		if i >= len(b) {
			return w.fail(i)
		}
		switch b[i] {
		case ',':
			if i++; i < len(b) && b[i] <= ' ' {
				i = space(b, i)
			}
		case '}':
			return i + 1
		default:
			return w.fail(i)
		}
	}
}

// oddKey reads a key that has escapes or is not ASCII.
func (w *Walker) oddKey(parent *node, from int) (*node, int) {
	end, clean, at := text(w.b, from)
	if end < 0 {
		w.fail(at)
		return nil, -1
	}
	k := w.b[from:end]
	if !clean {
		at := len(w.scratch)
		w.scratch = appendText(w.scratch, k)
		k = w.scratch[at:]
	}
	if n := w.last.next; n != nil && n.parent == parent && n.key == string(k) {
		return n, end
	}
	return w.node(parent, k), end
}

// node finds a key that was not the expected one.
func (w *Walker) node(parent *node, k []byte) *node {
	n := w.nodes[nodeKey{parent, string(k)}]
	if n == nil {
		n = &node{parent: parent, key: string(k), parts: parent.parts + 1}
		w.path = w.path[:0]
		if parent != w.root {
			w.path = append(append(w.path, parent.field.Name...), w.o.Separator...)
		}
		if parent == w.root && len(k) > 1 && k[0] == w.o.Strip && k[0] != 0 {
			k = k[1:]
		}
		w.path = append(w.path, k...)
		n.field = w.table.Field(w.path)
		n.text = n.field.Plain()
		n.quick = plain([]byte(n.key), 0) == len(n.key)
		if k := len(n.key); k > 0 && k <= 8 {
			var b [8]byte
			copy(b[:], n.key)
			n.word, n.mask = binary.LittleEndian.Uint64(b[:]), ^uint64(0)>>(64-8*k)
		}
		w.nodes[nodeKey{parent, n.key}] = n
	}
	w.last.next = n
	return n
}

// take notes that a key has a value and reports whether it is to be written.
func (w *Walker) take(f *keys.Field) bool {
	switch w.mode {
	case direct:
		if f.Seen == w.serial {
			w.twice = true
		}
		f.Seen = w.serial
		return f.Role != keys.Dropped
	case counting:
		if f.Seen != w.serial {
			f.Seen, f.Left = w.serial, 0
		}
		f.Left++
		return false
	}
	f.Left--
	return f.Left == 0 && f.Role != keys.Dropped
}

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
