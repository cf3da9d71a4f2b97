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
	"errors"
	"fmt"

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
