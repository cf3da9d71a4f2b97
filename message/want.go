package message

import "encoding/binary"

// MaxWant is the number of field names that one Want can hold.
const MaxWant = 32

// Want is a set of dynamic field names that Parse indexes in its one pass, so
// that a reader of many fields does not walk the message once for each. It is
// immutable after NewWant and safe for any number of goroutines.
type Want struct {
	names []string
	tab   [128]uint8 // open addressing by wantHash: index in names + 1
}

// NewWant makes a set of up to MaxWant names; name i is read with
// View.Wanted(i). Names past MaxWant, repeated ones and those over 120 bytes
// are not indexed: Index tells.
func NewWant(names []string) *Want {
	w := &Want{}
	for _, name := range names {
		if len(w.names) == MaxWant || len(name) > 120 || w.Index(name) >= 0 {
			continue
		}
		w.names = append(w.names, name)
		h := wantHash(probe(name))
		for w.tab[h] != 0 {
			h = (h + 1) & 127
		}
		w.tab[h] = uint8(len(w.names))
	}
	return w
}

// Index returns the position of name for View.Wanted, or -1.
func (w *Want) Index(name string) int {
	for i, n := range w.names {
		if n == name {
			return i
		}
	}
	return -1
}

// Len is the number of names that are indexed.
func (w *Want) Len() int { return len(w.names) }

// probe lays name out as the start of a field body, padded for wantHash.
func probe(name string) []byte {
	return append(append([]byte{1<<3 | wireBytes, byte(len(name))}, name...), make([]byte, 10)...)
}

// wantHash hashes the length and up to seven bytes of the name that opens the
// field body b, which has at least ten bytes.
func wantHash(b []byte) int {
	x := binary.LittleEndian.Uint64(b[1:])
	if n := b[1]; n < 7 {
		x &= 1<<(8*(uint(n)+1)) - 1
	}
	return int(x * 0x9E3779B97F4A7C15 >> 57)
}

// find returns the index of the name that opens the field body f, or -1. tail
// is f with what follows it in the message.
func (w *Want) find(f, tail []byte) int {
	var pad [10]byte
	b := tail
	if len(b) < 10 {
		copy(pad[:], f)
		b = pad[:]
	}
	if len(f) < 2 || f[0] != 1<<3|wireBytes || f[1] >= 0x80 || int(f[1])+2 > len(f) {
		return w.findSlow(f)
	}
	n := int(f[1])
	for h := wantHash(b); ; h = (h + 1) & 127 {
		k := w.tab[h]
		if k == 0 {
			return -1
		}
		if name := w.names[k-1]; len(name) == n && string(f[2:2+n]) == name {
			return int(k) - 1
		}
	}
}

// Slow path: the name is not the first thing in the field.
func (w *Want) findSlow(f []byte) int {
	return w.Index(Borrow(fieldName(f)))
}
