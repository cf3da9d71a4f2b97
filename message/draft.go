package message

import (
	"encoding/hex"
	"fmt"
)

// Draft is a message as a Go struct, for tests, tools and plugins that ask for
// one. The engine never makes one.
type Draft struct {
	UUID [16]byte // zero: Append draws a random one
	Header
	Fields []DraftField
}

// DraftField is one dynamic field of a Draft. Values holds string, []byte,
// int64, float64 or bool, all of the kind that Type says.
type DraftField struct {
	Name           string
	Type           ValueType
	Representation string
	Values         []any
}

// NewField makes a field from a Go value: string, []byte, int, int64, float64,
// bool or a slice of one of these. Any other type is a bug of the caller.
func NewField(name string, value any, representation string) DraftField {
	f := DraftField{Name: name, Representation: representation}
	switch v := value.(type) {
	case string:
		f.Type, f.Values = String, []any{v}
	case []string:
		f.Type, f.Values = String, anys(v)
	case []byte:
		f.Type, f.Values = Bytes, []any{v}
	case [][]byte:
		f.Type, f.Values = Bytes, anys(v)
	case int:
		f.Type, f.Values = Integer, []any{int64(v)}
	case int64:
		f.Type, f.Values = Integer, []any{v}
	case []int64:
		f.Type, f.Values = Integer, anys(v)
	case float64:
		f.Type, f.Values = Double, []any{v}
	case []float64:
		f.Type, f.Values = Double, anys(v)
	case bool:
		f.Type, f.Values = Bool, []any{v}
	case []bool:
		f.Type, f.Values = Bool, anys(v)
	default:
		panic(fmt.Sprintf("bug: field %q of type %T", name, value))
	}
	return f
}

func anys[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// Draft copies the viewed message into a struct. Nothing is borrowed.
func (v *View) Draft() Draft {
	d := Draft{Header: Header{
		Timestamp: v.Timestamp(), Type: string(v.Bytes(NumType)), Logger: string(v.Bytes(NumLogger)),
		Payload: string(v.Bytes(NumPayload)), EnvVersion: string(v.Bytes(NumEnvVersion)),
		Hostname: string(v.Bytes(NumHostname)), Severity: v.Severity(), Pid: v.Pid(),
	}}
	copy(d.UUID[:], v.UUID())
	for it := v.Fields(); it.Next(); {
		d.Fields = append(d.Fields, it.Field().draft())
	}
	return d
}

func (f *Field) draft() DraftField {
	d := DraftField{Name: string([]byte(f.Name())), Type: f.Type, Representation: string([]byte(f.Representation()))}
	for k := range f.Len() {
		switch f.Type {
		case String:
			d.Values = append(d.Values, string(f.Bytes(k)))
		case Bytes:
			d.Values = append(d.Values, append([]byte{}, f.Bytes(k)...))
		case Integer:
			d.Values = append(d.Values, f.Int(k))
		case Double:
			d.Values = append(d.Values, f.Double(k))
		case Bool:
			d.Values = append(d.Values, f.Bool(k))
		}
	}
	return d
}

// Build starts d in b; the caller ends it.
func (d *Draft) Build(b *Builder) {
	b.Begin(&d.Header)
	if d.UUID != [16]byte{} {
		b.UUID = d.UUID
	}
	for _, f := range d.Fields {
		switch f.Type {
		case String:
			b.Strings(f.Name, typed[string](f.Values), f.Representation)
		case Bytes:
			b.ByteStrings(f.Name, typed[[]byte](f.Values), f.Representation)
		case Integer:
			b.Ints(f.Name, typed[int64](f.Values), f.Representation)
		case Double:
			b.Doubles(f.Name, typed[float64](f.Values), f.Representation)
		case Bool:
			b.Bools(f.Name, typed[bool](f.Values), f.Representation)
		}
	}
}

func typed[T any](in []any) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = v.(T)
	}
	return out
}

// Encode returns the encoded message without framing.
func (d *Draft) Encode() []byte {
	b := NewBuilder(0)
	d.Build(b)
	p := make([]byte, b.size())
	b.encode(p)
	return p
}

// AppendUUID appends the canonical text of a raw identifier, 8-4-4-4-12 in
// lower-case hex, or nothing when it is not 16 bytes long.
func AppendUUID(dst, raw []byte) []byte {
	if len(raw) != 16 {
		return dst
	}
	for i, c := range raw {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, []byte{c})
	}
	return dst
}

// ParseUUID reads the canonical text form, with or without hyphens.
func ParseUUID(s string) (u [16]byte, ok bool) {
	k := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '-':
			continue
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return u, false
		}
		if k == 32 {
			return u, false
		}
		u[k>>1] = u[k>>1]<<4 | c
		k++
	}
	return u, k == 32
}
