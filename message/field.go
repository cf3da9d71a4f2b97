package message

import (
	"encoding/binary"
	"math"
)

// Field is one dynamic field, read in place: it borrows the message's bytes. The
// zero Field has no name and no values.
type Field struct {
	Type ValueType
	name Span
	repr Span
	at   Span // first value array that matches Type
	many bool // values stand in more than one place: walk the body
	n    int
	b    []byte // the field's body
}

// Name returns the field's name.
func (f *Field) Name() string { return Borrow(f.b[f.name.Off : f.name.Off+f.name.Len]) }

// Representation returns the hint about unit or format, "" when unset.
func (f *Field) Representation() string { return Borrow(f.b[f.repr.Off : f.repr.Off+f.repr.Len]) }

// Len is the number of values.
func (f *Field) Len() int { return f.n }

// Raw returns the encoded body of the field.
func (f *Field) Raw() []byte { return f.b }

// fieldName returns the name of the field body b, nil when there is none. Should
// there be several, the first counts, so that Want needs not read further.
func fieldName(b []byte) []byte {
	for i := 0; i < len(b); {
		if b[i] == 1<<3|wireBytes {
			s, j := span(b, i+1)
			if j < 0 {
				return nil
			}
			return b[s.Off:j]
		}
		if i = skip(b, i); i < 0 {
			return nil
		}
	}
	return nil
}

// Parse reads the field body b. False means that it is damaged. Packed and
// unpacked arrays are read alike; arrays of another type than Type are ignored.
func (f *Field) Parse(b []byte) bool {
	if f.parseCanonical(b) {
		return true
	}
	*f = Field{b: b}
	if !f.envelope(b) {
		*f = Field{}
		return false
	}
	want := byte(f.Type) + 4
	for i := 0; i < len(b); {
		t := b[i]
		j := skip(b, i)
		if j < 0 {
			*f = Field{}
			return false
		}
		if t < 0x80 && t>>3 == want {
			n, s := values(b, i, f.Type)
			if n < 0 {
				*f = Field{}
				return false
			}
			if f.n > 0 && n > 0 {
				f.many = true
			} else if n > 0 {
				f.at = s
			}
			f.n += n
		}
		i = j
	}
	return true
}

// Fast path: see canonical.
func (f *Field) parseCanonical(b []byte) bool {
	t, repr, at, ok := canonical(b)
	if !ok {
		return false
	}
	f.Type, f.name, f.many, f.n, f.b = t, Span{2, uint32(b[1])}, false, 1, b
	f.repr, f.at = Span{}, Span{uint32(at), uint32(len(b) - at)}
	if repr > 0 {
		f.repr = Span{uint32(repr), uint32(b[repr-1])}
	}
	return true
}

// canonical reads a field body of the form that every known writer gives it:
// name, type, representation and one array with one value that ends the body, in
// that order, all lengths short. repr is the offset of the representation, 0 for
// none, at that of the value. Not ok means only that b is not of this form.
func canonical(b []byte) (t ValueType, repr, at int, ok bool) {
	if len(b) < 4 || b[0] != 1<<3|wireBytes || b[1] >= 0x80 {
		return 0, 0, 0, false
	}
	i := 2 + int(b[1])
	if i+1 < len(b) && b[i] == 2<<3 {
		if t = ValueType(b[i+1]); t > Bool {
			return 0, 0, 0, false
		}
		i += 2
	}
	if i+1 < len(b) && b[i] == 3<<3|wireBytes && b[i+1] < 0x80 {
		repr = i + 2
		i += 2 + int(b[i+1])
	}
	if i+1 >= len(b) || b[i] != (byte(t)+4)<<3|wireBytes {
		return 0, 0, 0, false
	}
	at, ok = single(b, i+1, t)
	return t, repr, at, ok
}

// single reads the length at b[i:] of an array that holds one value of that type
// and ends b, and returns the offset of the value.
func single(b []byte, i int, t ValueType) (at int, ok bool) {
	if i >= len(b) {
		return 0, false
	}
	l := int(b[i])
	i++
	if l >= 0x80 {
		if i == len(b) || b[i] >= 0x80 {
			return 0, false
		}
		l = l&0x7f | int(b[i])<<7
		i++
	}
	if i+l != len(b) {
		return 0, false
	}
	switch {
	case t <= Bytes:
		return i, true
	case t == Double:
		return i, l == 8
	case l == 1:
		return i, b[i] < 0x80
	case l == 0 || l > 10 || b[len(b)-1] >= 0x80:
		return 0, false
	}
	for _, c := range b[i : len(b)-1] {
		if c < 0x80 {
			return 0, false
		}
	}
	return i, true
}

// envelope finds name, type and representation.
func (f *Field) envelope(b []byte) bool {
	named := false
	for i := 0; i < len(b); {
		switch b[i] {
		case 1<<3 | wireBytes:
			s, j := span(b, i+1)
			if j < 0 {
				return false
			}
			if i = j; !named {
				f.name, named = s, true
			}
		case 2 << 3:
			x, j := uvarint(b, i+1)
			if j < 0 || x > uint64(Bool) {
				return false
			}
			f.Type, i = ValueType(x), j
		case 3<<3 | wireBytes:
			s, j := span(b, i+1)
			if j < 0 {
				return false
			}
			f.repr, i = s, j
		default:
			if i = skip(b, i); i < 0 {
				return false
			}
		}
	}
	return true
}

// values counts the values at the tag b[i] and gives the span that holds them,
// or -1 for a wire type that cannot hold this kind.
func values(b []byte, i int, t ValueType) (int, Span) {
	wire := b[i] & 7
	switch t {
	case String, Bytes:
		if wire != wireBytes {
			return -1, Span{}
		}
		s, _ := span(b, i+1)
		return 1, s
	case Double:
		if wire == wireFixed64 {
			return 1, Span{uint32(i + 1), 8}
		}
		if wire != wireBytes {
			return -1, Span{}
		}
		s, _ := span(b, i+1)
		if s.Len%8 != 0 {
			return -1, Span{}
		}
		return int(s.Len / 8), s
	}
	if wire == wireVarint {
		_, j := uvarint(b, i+1)
		return 1, Span{uint32(i + 1), uint32(j - i - 1)}
	}
	if wire != wireBytes {
		return -1, Span{}
	}
	s, end := span(b, i+1)
	n := 0
	for k := int(s.Off); k < end; n++ {
		if _, k = uvarint(b[:end], k); k < 0 {
			return -1, Span{}
		}
	}
	return n, s
}

// at returns the bytes of value k of the right kind, found by walking.
func (f *Field) value(k int) []byte {
	if k < 0 || k >= f.n {
		return nil
	}
	if !f.many {
		return f.inSpan(f.at, k)
	}
	want := byte(f.Type) + 4
	for i := 0; i < len(f.b); {
		if f.b[i] < 0x80 && f.b[i]>>3 == want {
			n, s := values(f.b, i, f.Type)
			if k < n {
				return f.inSpan(s, k)
			}
			k -= n
		}
		i = skip(f.b, i)
	}
	return nil
}

func (f *Field) inSpan(s Span, k int) []byte {
	b := f.b[s.Off : s.Off+s.Len]
	switch f.Type {
	case String, Bytes:
		return b
	case Double:
		return b[8*k : 8*k+8]
	}
	i := 0
	for ; k > 0; k-- {
		_, i = uvarint(b, i)
	}
	return b[i:]
}

// Bytes returns value k of a string or bytes field, nil when there is none.
func (f *Field) Bytes(k int) []byte {
	if f.Type > Bytes {
		return nil
	}
	return f.value(k)
}

// Text returns value k of a string or bytes field as a borrowed string.
func (f *Field) Text(k int) string { return Borrow(f.Bytes(k)) }

// Int returns value k of an integer or bool field, 0 when there is none.
func (f *Field) Int(k int) int64 {
	if f.Type != Integer && f.Type != Bool || k < 0 || k >= f.n {
		return 0
	}
	x, _ := uvarint(f.value(k), 0)
	return int64(x)
}

// Bool returns value k of a bool field, false when there is none.
func (f *Field) Bool(k int) bool { return f.Type == Bool && f.Int(k) != 0 }

// Double returns value k of a double field, 0 when there is none.
func (f *Field) Double(k int) float64 {
	if f.Type != Double || k < 0 || k >= f.n {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(f.value(k)))
}

// Number returns value k of a numeric field as a float; false when the field is
// not numeric or has no such value.
func (f *Field) Number(k int) (float64, bool) {
	if k < 0 || k >= f.n {
		return 0, false
	}
	switch f.Type {
	case Integer:
		return float64(f.Int(k)), true
	case Double:
		return f.Double(k), true
	}
	return 0, false
}

// Fields walks the dynamic fields of a view in message order:
//
//	for it := v.Fields(); it.Next(); {
//		f := it.Field()
//	}
type Fields struct {
	b   []byte
	i   int
	f   Field
	bad bool
}

// Fields starts a walk over the dynamic fields.
func (v *View) Fields() Fields {
	if v.nFields == 0 {
		return Fields{}
	}
	return Fields{b: v.b, i: int(v.fieldsOff)}
}

// Next moves to the next field; damaged ones are passed over, and Damaged tells.
func (it *Fields) Next() bool {
	for it.i < len(it.b) {
		if it.b[it.i] != NumFields<<3|wireBytes {
			if it.i = skip(it.b, it.i); it.i < 0 {
				it.i = len(it.b)
			}
			continue
		}
		from, j := it.i+2, 0
		if from <= len(it.b) && it.b[from-1] < 0x80 { // Fast path: a length of one byte
			j = from + int(it.b[from-1])
		} else {
			var s Span
			s, j = span(it.b, it.i+1)
			from = int(s.Off)
		}
		if j < 0 || j > len(it.b) {
			it.i = len(it.b)
			break
		}
		it.i = j
		if it.f.Parse(it.b[from:j]) {
			return true
		}
		it.bad = true
	}
	return false
}

// NextRaw moves on like Next but reads no more of the field than its name, and
// passes over nothing: a damaged field may come without a name. Field is not set.
func (it *Fields) NextRaw() (name, body []byte, ok bool) {
	for it.i < len(it.b) {
		if it.b[it.i] != NumFields<<3|wireBytes {
			if it.i = skip(it.b, it.i); it.i < 0 {
				it.i = len(it.b)
			}
			continue
		}
		s, j := span(it.b, it.i+1)
		if j < 0 {
			it.i = len(it.b)
			break
		}
		it.i = j
		body = it.b[s.Off:j]
		return fieldName(body), body, true
	}
	return nil, nil, false
}

// Simple is Next for a field of one value in the usual encoding, and quicker: it
// moves past the field and returns its name, its type and the encoded value: the
// text, a varint, or eight bytes of a double. Not ok means that it has not moved;
// call Next.
func (it *Fields) Simple() (name string, t ValueType, value []byte, ok bool) {
	body, end := it.body()
	if body == nil {
		return "", 0, nil, false
	}
	t, _, at, ok := canonical(body)
	if !ok {
		return "", 0, nil, false
	}
	it.i = end
	return Borrow(body[2 : 2+int(body[1])]), t, body[at:], true
}

// Match is Simple for a field that is expected to have the name, type and
// representation of h, and quicker still.
func (it *Fields) Match(h *FieldHead) (value []byte, ok bool) {
	body, end := it.body()
	n := len(h.head)
	if len(body) <= n || Borrow(body[:n]) != h.head {
		return nil, false
	}
	at, ok := single(body, n, h.t)
	if !ok {
		return nil, false
	}
	it.i = end
	return body[at:], true
}

// body returns the body of the next field and the offset past it; nil when what
// comes next is no field or a long one.
func (it *Fields) body() (body []byte, end int) {
	b, i := it.b, it.i
	if i+3 > len(b) || b[i] != NumFields<<3|wireBytes {
		return nil, 0
	}
	l := int(b[i+1])
	i += 2
	if l >= 0x80 {
		if b[i] >= 0x80 {
			return nil, 0
		}
		l = l&0x7f | int(b[i])<<7
		i++
	}
	if l > len(b)-i {
		return nil, 0
	}
	return b[i : i+l], i + l
}

// Field is the current field, valid until Next.
func (it *Fields) Field() *Field { return &it.f }

// Damaged reports whether a field was passed over as unreadable.
func (it *Fields) Damaged() bool { return it.bad }

// Field finds the nth field (from 0) with that name; false when there is none.
func (v *View) Field(name string, nth int, f *Field) bool {
	i := int(v.fieldsOff)
	if v.nFields == 0 {
		return false
	}
	if k := -1; v.want != nil && nth == 0 {
		if k = v.want.Index(name); k >= 0 {
			return v.Wanted(k, f)
		}
	}
	for i < len(v.b) {
		if v.b[i] != NumFields<<3|wireBytes {
			if i = skip(v.b, i); i < 0 {
				return false
			}
			continue
		}
		s, j := span(v.b, i+1)
		if j < 0 {
			return false
		}
		body := v.b[s.Off:j]
		if n := fieldName(body); n != nil && Borrow(n) == name {
			if nth == 0 {
				return f.Parse(body)
			}
			nth--
		}
		i = j
	}
	return false
}

// Wanted reads the first field with name k of the Want that Parse was given.
func (v *View) Wanted(k int, f *Field) bool {
	b := v.WantedRaw(k)
	return b != nil && f.Parse(b)
}

// WantedRaw returns the encoded body of that field, nil when there is none.
func (v *View) WantedRaw(k int) []byte {
	if v.haveWant>>k&1 == 0 {
		return nil
	}
	s := v.wanted[k]
	return v.b[s.Off : s.Off+s.Len]
}

// WantedSpan returns where that body lies in Raw; false when there is none.
func (v *View) WantedSpan(k int) (Span, bool) { return v.wanted[k], v.haveWant>>k&1 == 1 }

// Sound reports whether every dynamic field can be read and has a name.
func (v *View) Sound() bool {
	it := v.Fields()
	n := uint32(0)
	for it.Next() {
		if it.f.name.Len == 0 {
			return false
		}
		n++
	}
	return n == v.nFields
}
