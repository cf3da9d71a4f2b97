package lua

import (
	"math"
	"strconv"
	"unsafe"

	"github.com/heka-project/heka/lua/syntax"
)

// Value is any Lua value in 16 bytes. The zero Value is the number 0; the
// absent value is Nil. Values may be copied freely but belong to the VM that
// made the object they refer to: hand them to no other VM.
//
//	bits 63 ........ 48 47 ............ 0    ref
//	     any IEEE 754 double below 0xFFF9    ignored            number
//	     0xFFF9          length in bytes     first byte         string
//	     0xFFFA          0                   *Table             table
//	     0xFFFB          0                   *closure           Lua function
//	     0xFFFC          0                   *goFunction        Go function
//	     0xFFFD          0 full, 1 light,    *Userdata, address userdata
//	                     2 thread            *thread            coroutine
//	     0xFFFE          0                   ignored            true
//	     0xFFFF          0                   ignored            false
//	     0xFFFF          1                   ignored            nil
//
// A number, a boolean or nil may be written by its bits alone, without a
// pointer store: whatever ref holds then is never looked at.
type Value struct {
	bits uint64
	ref  unsafe.Pointer
}

const (
	tagString uint64 = 0xFFF9 << 48
	tagTable  uint64 = 0xFFFA << 48
	tagLua    uint64 = 0xFFFB << 48
	tagGo     uint64 = 0xFFFC << 48
	tagUser   uint64 = 0xFFFD << 48
	tagLight  uint64 = tagUser | 1
	tagThread uint64 = tagUser | 2
	tagTrue   uint64 = 0xFFFE << 48
	tagFalse  uint64 = 0xFFFF << 48
	tagNil    uint64 = tagFalse | 1

	lenMask uint64 = 1<<48 - 1
	nanBits uint64 = 0x7FF8 << 48 // every NaN that enters from outside becomes this one, with its sign
)

// Nil is the absent value.
var Nil = Value{bits: tagNil}

// True and False are the two booleans.
var (
	True  = Value{bits: tagTrue}
	False = Value{bits: tagFalse}
)

// Null is the light userdata of the null address, as cjson.null is.
var Null = Value{bits: tagLight}

// Number makes a number; a NaN keeps its sign and nothing else.
func Number(f float64) Value {
	if f != f {
		return Value{bits: nanBits | math.Float64bits(f)&(1<<63)}
	}
	return Value{bits: math.Float64bits(f)}
}

// Int makes a number of an integer.
func Int(n int) Value { return number(float64(n)) }

// Bool makes a boolean.
func Bool(b bool) Value {
	if b {
		return Value{bits: tagTrue}
	}
	return Value{bits: tagFalse}
}

// String makes a string that shares the bytes of s. It charges no memory: inside
// a Go function charge first with Call.Alloc, or push with Call.PushString.
func String(s string) Value {
	return Value{bits: tagString | uint64(len(s)), ref: unsafe.Pointer(unsafe.StringData(s))}
}

// number makes a number of a double known not to be a foreign NaN.
func number(f float64) Value { return Value{bits: math.Float64bits(f)} }

// Type is one of the eight types of Lua.
type Type uint8

// The types of Lua.
const (
	TypeNil Type = iota
	TypeBool
	TypeNumber
	TypeString
	TypeTable
	TypeFunction
	TypeUserdata
	TypeThread
)

var typeNames = [...]string{"nil", "boolean", "number", "string", "table", "function", "userdata", "thread"}

// String returns the name that the Lua function type gives.
func (t Type) String() string { return typeNames[t] }

// Type returns the type of v.
func (v Value) Type() Type {
	if v.bits < tagString {
		return TypeNumber
	}
	switch v.bits >> 48 {
	case tagString >> 48:
		return TypeString
	case tagTable >> 48:
		return TypeTable
	case tagLua >> 48, tagGo >> 48:
		return TypeFunction
	case tagUser >> 48:
		if v.bits == tagThread {
			return TypeThread
		}
		return TypeUserdata
	case tagTrue >> 48:
		return TypeBool
	}
	if v.bits == tagNil {
		return TypeNil
	}
	return TypeBool
}

// IsNil reports whether v is nil.
func (v Value) IsNil() bool { return v.bits == tagNil }

// Truth reports whether v counts as true: everything but nil and false.
func (v Value) Truth() bool { return v.bits < tagFalse }

// IsNumber reports whether v is a number (a numeric string is not).
func (v Value) IsNumber() bool { return v.bits < tagString }

// IsString reports whether v is a string (a number is not).
func (v Value) IsString() bool { return v.bits>>48 == tagString>>48 }

// IsFunction reports whether v is a function, of Lua or of Go.
func (v Value) IsFunction() bool { return v.bits == tagLua || v.bits == tagGo }

// Num returns the number in v, and 0 for anything else.
func (v Value) Num() float64 {
	if v.bits < tagString {
		return v.num()
	}
	return 0
}

// Str returns the string in v, and "" for anything else. The bytes are shared.
func (v Value) Str() string {
	if v.IsString() {
		return v.str()
	}
	return ""
}

// Table returns the table in v, and nil for anything else.
func (v Value) Table() *Table {
	if v.bits == tagTable {
		return (*Table)(v.ref)
	}
	return nil
}

// Userdata returns the full userdata in v, and nil for anything else.
func (v Value) Userdata() *Userdata {
	if v.bits == tagUser {
		return (*Userdata)(v.ref)
	}
	return nil
}

// ToNumber returns v as a number where Lua would convert it: numbers, and
// strings that hold one.
func (v Value) ToNumber() (f float64, ok bool) {
	if v.bits < tagString {
		return v.num(), true
	}
	if v.IsString() {
		return syntax.Number(v.str())
	}
	return 0, false
}

// ToString returns v as a string where Lua would convert it: strings, and
// numbers in the form of %.14g.
func (v Value) ToString() (s string, ok bool) {
	if v.IsString() {
		return v.str(), true
	}
	if v.bits < tagString {
		return formatNumber(v.num()), true
	}
	return "", false
}

// GoString shows v for debugging; it calls no metamethod.
func (v Value) GoString() string {
	switch v.Type() {
	case TypeString:
		return strconv.Quote(v.str())
	default:
		return v.text()
	}
}

// RawEqual reports whether a and b are the same value without metamethods.
func RawEqual(a, b Value) bool {
	if a.bits < tagString {
		return b.bits < tagString && a.num() == b.num()
	}
	if a.bits != b.bits {
		return false
	}
	if a.bits >= tagTrue {
		return true
	}
	return a.ref == b.ref || a.bits < tagTable && a.str() == b.str()
}

func (v Value) num() float64 { return math.Float64frombits(v.bits) }
func (v Value) str() string  { return unsafe.String((*byte)(v.ref), int(v.bits&lenMask)) }

func (v Value) closure() *closure     { return (*closure)(v.ref) }
func (v Value) goFunc() *goFunction   { return (*goFunction)(v.ref) }
func (v Value) thread() *thread       { return (*thread)(v.ref) }
func tableValue(t *Table) Value       { return Value{tagTable, unsafe.Pointer(t)} }
func closureValue(c *closure) Value   { return Value{tagLua, unsafe.Pointer(c)} }
func goValue(f *goFunction) Value     { return Value{tagGo, unsafe.Pointer(f)} }
func threadValue(t *thread) Value     { return Value{tagThread, unsafe.Pointer(t)} }
func userdataValue(u *Userdata) Value { return Value{tagUser, unsafe.Pointer(u)} }

// text is the text of v without metamethods, as tostring gives it. Objects show
// a number of their own in place of an address, so that nothing about the
// memory of the process can be read from it.
func (v Value) text() string {
	switch v.Type() {
	case TypeNil:
		return "nil"
	case TypeBool:
		if v.bits == tagTrue {
			return "true"
		}
		return "false"
	case TypeNumber:
		return formatNumber(v.num())
	case TypeString:
		return v.str()
	}
	if v.bits == tagLight && v.ref == nil {
		return "userdata: (nil)"
	}
	return v.Type().String() + ": 0x" + strconv.FormatUint(0x5500_0000_0000+uint64(v.id())*64, 16)
}

// id is the number an object was given when it was made; it serves as its hash.
func (v Value) id() uint32 {
	switch v.bits {
	case tagTable:
		return (*Table)(v.ref).id
	case tagLua:
		return v.closure().id
	case tagGo:
		return v.goFunc().id
	case tagUser:
		return (*Userdata)(v.ref).id
	case tagThread:
		return v.thread().id
	}
	return uint32(uintptr(v.ref) >> 3)
}

// stringOf makes a string of bytes that nobody writes any more.
func stringOf(b []byte) Value {
	return Value{tagString | uint64(len(b)), unsafe.Pointer(unsafe.SliceData(b))}
}
