package syslog

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

// Bounds on what a decoder expects.
const (
	maxElements = 4    // elements of a record
	maxParams   = 16   // parameters of an element
	maxTries    = 1024 // how often something is learned: names without end cost no more
	patience    = 8    // records in a row that were otherwise, after which it is learned anew
)

// shape is an element of structured data as it was last at its place: most records
// of a stream have the same names in the same order.
type shape struct {
	open   []byte // "[id"
	params []param
	misses uint8
}

// param is a parameter with the field that it becomes.
type param struct {
	open []byte // ` name="`
	head message.FieldHead
}

// expected reads the element at b[i:] where it has the shape that is expected at
// that place, and returns the offset past it; 0 means that element has to read it,
// and that nothing was added to out. Fast path.
func (d *Decoder) expected(b []byte, i, place int, out *message.Builder) int {
	if place >= maxElements {
		return 0
	}
	s := &d.shapes[place]
	at := i + len(s.open)
	if s.open == nil || !bytes.HasPrefix(b[i:], s.open) {
		return d.other(s, b, i)
	}
	for k := range s.params {
		p := &s.params[k]
		if !bytes.HasPrefix(b[at:], p.open) {
			return d.other(s, b, i)
		}
		at += len(p.open)
		n := quote(b[at:])
		if n < 0 || b[at+n] != '"' {
			return 0 // an escape, or damage
		}
		d.spans[k] = [2]int{at, at + n}
		at += n + 1
	}
	if at >= len(b) || b[at] != ']' {
		return d.other(s, b, i)
	}
	for k := range s.params {
		out.PutText(&s.params[k].head, message.Borrow(b[d.spans[k][0]:d.spans[k][1]]))
	}
	s.misses = 0
	return at + 1
}

// other notes that the element at b[i:] was not what is expected, and learns it
// when that has been so for a while.
func (d *Decoder) other(s *shape, b []byte, i int) int {
	if s.misses++; d.tries == maxTries || s.open != nil && s.misses < patience {
		return 0
	}
	d.tries++
	*s = shape{}
	n, err := sdName(b, i+1)
	if err != nil {
		return 0
	}
	id := b[i+1 : n]
	var params []param
	for at := n; b[at] == ' '; {
		k, err := sdName(b, at+1)
		if err != nil || k+1 >= len(b) || b[k] != '=' || b[k+1] != '"' || len(params) == maxParams {
			return 0
		}
		name := string(id) + "." + string(b[at+1:k])
		params = append(params, param{bytes.Clone(b[at : k+2]), message.NewFieldHead(name, message.String, "")})
		_, end := d.value(b, k+2)
		if end < 0 || end == len(b) {
			return 0
		}
		if at = end; b[at] == ']' {
			*s = shape{open: bytes.Clone(b[i:n]), params: params}
			break
		}
	}
	return 0
}
