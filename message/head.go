package message

import (
	"encoding/binary"
	"math"
	"slices"
)

// FieldHead is a field's name, type and representation, encoded once, for those
// who add the same field to message after message. It is immutable and safe for
// any number of goroutines.
type FieldHead struct {
	head string   // encoded name, type and representation, and the tag of the value array
	pad  [32]byte // head, where it fits, and any bytes behind it
	t    ValueType
}

// NewFieldHead prepares fields of that name, type and representation.
func NewFieldHead(name string, t ValueType, repr string) FieldHead {
	h := appendBytes(nil, 1<<3|wireBytes, name)
	h = append(h, 2<<3, byte(t))
	if repr != "" {
		h = appendBytes(h, 3<<3|wireBytes, repr)
	}
	f := FieldHead{head: string(append(h, (byte(t)+4)<<3|wireBytes)), t: t}
	copy(f.pad[:], f.head)
	return f
}

// Type is the type of the field's values.
func (h *FieldHead) Type() ValueType { return h.t }

// start appends a field's tag, length and head for n bytes that follow, and
// leaves room for them.
func (b *Builder) start(h *FieldHead, n int) []byte {
	body := len(h.head) + n
	f, at := b.fields, len(b.fields)
	if need := body + 6 + len(h.pad); cap(f)-at < need {
		f = slices.Grow(f, need)
	}
	f = f[:cap(f)]
	f[at] = NumFields<<3 | wireBytes
	if at++; body < 0x80 {
		f[at] = byte(body)
		at++
	} else {
		at = putVarint(f, at, uint64(body))
	}
	if len(h.head) <= len(h.pad) { // Fast path: one piece of fixed size
		*(*[32]byte)(f[at : at+32]) = h.pad
	} else {
		copy(f[at:], h.head)
	}
	return f[:at+len(h.head)]
}

// PutText adds a string or bytes field with one value.
func (b *Builder) PutText(h *FieldHead, value string) {
	n := len(value)
	if n < 0x80 {
		b.fields = append(append(b.start(h, 1+n), byte(n)), value...)
		return
	}
	f := b.start(h, varintLen(uint64(n))+n)
	b.fields = append(binary.AppendUvarint(f, uint64(n)), value...)
}

// PutInt adds an integer field with one value.
func (b *Builder) PutInt(h *FieldHead, value int64) {
	if uint64(value) < 0x80 {
		b.fields = append(b.start(h, 2), 1, byte(value))
		return
	}
	n := varintLen(uint64(value))
	b.fields = binary.AppendUvarint(append(b.start(h, 1+n), byte(n)), uint64(value))
}

// PutDouble adds a double field with one value.
func (b *Builder) PutDouble(h *FieldHead, value float64) {
	f := append(b.start(h, 9), 8)
	b.fields = binary.LittleEndian.AppendUint64(f, math.Float64bits(value))
}
