// Package pieces holds the fields of a message that a sandbox takes apart, changes
// and puts together again, whatever language its script is in.
//
//	View ──AddAll──▶ Fields: as they came (Raw) ──Open──▶ Vals, to be changed ──Build──▶ Builder
//
// Texts and raw bytes are borrowed from the message for as long as the fields are used.
package pieces

import (
	"unsafe"

	"github.com/heka-project/heka/message"
)

// Field is a field: as it came, or with values of its own.
type Field struct {
	Name, Repr string
	Type       message.ValueType
	Raw        []byte // nil once it is changed
	Vals       []Value
}

// Value is one value of a field that was changed; its type is the field's.
type Value struct {
	Text string // of strings and bytes
	Num  float64
	Int  int64
	Flag bool
}

// Fields are those of one message, in order. Reuse them: what a slot held of values
// is used again.
type Fields []Field

// AddAll adds the fields of v.
func (fs *Fields) AddAll(v *message.View) {
	for it := v.Fields(); it.Next(); {
		f := it.Field()
		fs.Add(Field{Name: f.Name(), Repr: f.Representation(), Type: f.Type, Raw: f.Raw()})
	}
}

// Add appends a field, with no values yet.
func (fs *Fields) Add(f Field) *Field {
	n := len(*fs)
	if n < cap(*fs) {
		f.Vals = (*fs)[:n+1][n].Vals[:0]
	}
	*fs = append(*fs, f)
	return &(*fs)[n]
}

// Find returns the index of the nth field of that name, or -1, and how many there
// are when there is none.
func (fs Fields) Find(name string, nth int) (at, count int) {
	for i := range fs {
		if fs[i].Name == name {
			if count == nth {
				return i, count
			}
			count++
		}
	}
	return -1, count
}

// Remove takes out field i.
func (fs *Fields) Remove(i int) {
	s := *fs
	gone := s[i]
	copy(s[i:], s[i+1:])
	n := len(s) - 1
	s[n] = Field{Vals: gone.Vals} // two fields must not share values
	*fs = s[:n]
}

// Open gives a field values of its own.
func (f *Field) Open() {
	if f.Raw == nil {
		return
	}
	var m message.Field
	f.Vals = f.Vals[:0]
	if m.Parse(f.Raw) {
		for k := range m.Len() {
			switch f.Type {
			case message.String, message.Bytes:
				f.Vals = append(f.Vals, Value{Text: m.Text(k)})
			case message.Integer:
				f.Vals = append(f.Vals, Value{Int: m.Int(k)})
			case message.Double:
				f.Vals = append(f.Vals, Value{Num: m.Double(k)})
			case message.Bool:
				f.Vals = append(f.Vals, Value{Flag: m.Bool(k)})
			}
		}
	}
	f.Raw = nil
}

// Scratch is space for fields of several values.
type Scratch struct {
	Texts   []string
	Bytes   [][]byte
	Ints    []int64
	Doubles []float64
	Flags   []bool
}

// Build puts all fields into b, behind those it has.
func (fs Fields) Build(b *message.Builder, a *Scratch) {
	for i := range fs {
		fs[i].build(b, a)
	}
}

func (f *Field) build(b *message.Builder, a *Scratch) {
	one := len(f.Vals) == 1
	switch {
	case f.Raw != nil:
		b.Raw(f.Raw)
	case one && f.Type == message.String:
		b.String(f.Name, f.Vals[0].Text, f.Repr)
	case one && f.Type == message.Double:
		b.Double(f.Name, f.Vals[0].Num, f.Repr)
	case one && f.Type == message.Bool:
		b.Bool(f.Name, f.Vals[0].Flag, f.Repr)
	case f.Type == message.String:
		a.Texts = gather(a.Texts, f.Vals, func(v *Value) string { return v.Text })
		b.Strings(f.Name, a.Texts, f.Repr)
	case f.Type == message.Bytes:
		a.Bytes = gather(a.Bytes, f.Vals, func(v *Value) []byte { return unsafe.Slice(unsafe.StringData(v.Text), len(v.Text)) })
		b.ByteStrings(f.Name, a.Bytes, f.Repr)
	case f.Type == message.Integer:
		a.Ints = gather(a.Ints, f.Vals, func(v *Value) int64 { return v.Int })
		b.Ints(f.Name, a.Ints, f.Repr)
	case f.Type == message.Double:
		a.Doubles = gather(a.Doubles, f.Vals, func(v *Value) float64 { return v.Num })
		b.Doubles(f.Name, a.Doubles, f.Repr)
	case f.Type == message.Bool:
		a.Flags = gather(a.Flags, f.Vals, func(v *Value) bool { return v.Flag })
		b.Bools(f.Name, a.Flags, f.Repr)
	}
}

func gather[T any](dst []T, vals []Value, of func(*Value) T) []T {
	dst = dst[:0]
	for i := range vals {
		dst = append(dst, of(&vals[i]))
	}
	return dst
}
