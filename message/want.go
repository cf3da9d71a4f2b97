package message

import (
	"encoding/binary"
	"math/rand/v2"
)

// MaxWant is the number of field names that one Want can hold.
const MaxWant = 32

// Want is a set of dynamic field names that Parse indexes in its one pass, so
// that a reader of many fields does not walk the message once for each. It is
// immutable after NewWant and safe for any number of goroutines.
//
// A name is looked up by the first eight bytes of the field's body: tag, length
// and up to six letters. The hash has no collisions between different heads, so
// that a field nobody wants costs one comparison; names of one head are chained.
type Want struct {
	names []string
	next  [MaxWant]uint8 // index + 1 of the next name with the same head
	mul   uint64
	tab   [wantSize]wantEntry
}

type wantEntry struct {
	head  uint64 // 0: none
	first uint8  // index of the first name
}

const (
	wantBits = 8
	wantSize = 1 << wantBits
	wantName = 1<<3 | wireBytes // tag of a field's name
)

// NewWant makes a set of up to MaxWant names; name i is read with
// View.Wanted(i). Names past MaxWant, repeated ones, those over 120 bytes and
// the empty one are not indexed: Index tells.
func NewWant(names []string) *Want {
	w := &Want{}
	for _, name := range names {
		if len(w.names) < MaxWant && name != "" && len(name) <= 120 && w.Index(name) < 0 {
			w.names = append(w.names, name)
		}
	}
	for w.mul = 0x9E3779B97F4A7C15; !w.fill(); w.mul = rand.Uint64() | 1 {
	}
	return w
}

// fill makes the table for the multiplier. It reports false when two different
// heads fall on one place.
func (w *Want) fill() bool {
	w.tab = [wantSize]wantEntry{}
	for i := len(w.names) - 1; i >= 0; i-- {
		h := headOf(w.names[i])
		e := &w.tab[h*w.mul>>(64-wantBits)]
		switch e.head {
		case 0:
			w.next[i] = 0
		case h:
			w.next[i] = e.first + 1
		default:
			return false
		}
		*e = wantEntry{h, uint8(i)}
	}
	return true
}

// headOf is the head of a field body that begins with the name.
func headOf(name string) uint64 {
	b := [8]byte{wantName, byte(len(name))}
	copy(b[2:], name)
	return binary.LittleEndian.Uint64(b[:])
}

// Index returns the position of name for View.Wanted, or -1.
func (w *Want) Index(name string) int {
	if w == nil {
		return -1
	}
	for i, n := range w.names {
		if n == name {
			return i
		}
	}
	return -1
}

// Len is the number of names that are indexed.
func (w *Want) Len() int { return len(w.names) }

// entry returns where the head that begins the eight bytes x is looked up, and
// the head. The length byte is under 128.
func (w *Want) entry(x uint64) (*wantEntry, uint64) {
	n := min(x>>8&0xff, 6)
	x &= ^uint64(0) >> (48 - 8*n)
	return &w.tab[x*w.mul>>(64-wantBits)], x
}

// named returns the index of the name of the field body f, whose head is that of
// name k, or -1.
func (w *Want) named(k int, f []byte) int {
	if len(f) < 2 || int(f[1])+2 > len(f) {
		return -1 // the head was read past the field's end
	}
	n := int(f[1])
	for {
		if name := w.names[k]; len(name) == n && (n <= 6 || string(f[8:2+n]) == name[6:]) {
			return k
		}
		if k = int(w.next[k]) - 1; k < 0 {
			return -1
		}
	}
}

// Slow path: the name is not the first thing in the field, or the field is the
// last in the message and short.
func (w *Want) find(f []byte) int { return w.Index(Borrow(fieldName(f))) }
