package jsontext

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/heka-project/heka/message"
)

// AppendSimple appends a value as Fields.Simple gives it.
func AppendSimple(dst []byte, t message.ValueType, value []byte) []byte {
	switch t {
	case message.String:
		return AppendString(dst, message.Borrow(value))
	case message.Bytes:
		return AppendBase64(dst, value)
	case message.Double:
		return AppendFloat(dst, math.Float64frombits(binary.LittleEndian.Uint64(value)))
	}
	x, _ := binary.Uvarint(value)
	if t == message.Bool {
		return strconv.AppendBool(dst, x != 0)
	}
	return AppendInt(dst, int64(x))
}

// AppendValue appends value i of a field.
func AppendValue(dst []byte, f *message.Field, i int) []byte {
	switch f.Type {
	case message.String:
		return AppendString(dst, f.Text(i))
	case message.Bytes:
		return AppendBase64(dst, f.Bytes(i))
	case message.Integer:
		return AppendInt(dst, f.Int(i))
	case message.Double:
		return AppendFloat(dst, f.Double(i))
	}
	return strconv.AppendBool(dst, f.Bool(i))
}

// AppendFloat appends x in the fewest digits that give it back, null when JSON
// has no number for it.
func AppendFloat(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, x, 'e', -1, 64)
	}
	if i := int64(x); float64(i) == x && i < 1<<53 && i > -1<<53 && (i != 0 || !math.Signbit(x)) {
		return strconv.AppendInt(dst, i, 10)
	}
	return strconv.AppendFloat(dst, x, 'f', -1, 64)
}

// AppendInt appends a whole number.
func AppendInt(dst []byte, v int64) []byte {
	if v >= 0 && v < 1000 {
		switch {
		case v < 10:
			return append(dst, byte('0'+v))
		case v < 100:
			return append(dst, byte('0'+v/10), byte('0'+v%10))
		}
		return append(dst, byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10))
	}
	return strconv.AppendInt(dst, v, 10)
}

const hexDigits = "0123456789abcdef"

// AppendUUID appends the canonical text in quotes.
func AppendUUID(dst, raw []byte) []byte {
	var b [38]byte
	b[0], b[9], b[14], b[19], b[24], b[37] = '"', '-', '-', '-', '-', '"'
	le := binary.LittleEndian
	x, y := le.Uint64(raw), le.Uint64(raw[8:])
	le.PutUint64(b[1:], digits(x))
	z := digits(x >> 32)
	le.PutUint32(b[10:], uint32(z))
	le.PutUint32(b[15:], uint32(z>>32))
	z = digits(y)
	le.PutUint32(b[20:], uint32(z))
	le.PutUint32(b[25:], uint32(z>>32))
	le.PutUint64(b[29:], digits(y>>32))
	return append(dst, b[:]...)
}

// digits returns the eight hexadecimal digits of the lowest four bytes of x, that
// of the lowest byte first.
func digits(x uint64) uint64 {
	x &= 1<<32 - 1
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = x>>4&0x000f000f000f000f | x&0x000f000f000f000f<<8
	letters := (x + ones*6) >> 4 & ones
	return x + ones*'0' + letters*('a'-'0'-10)
}

// AppendBase64 appends bytes as a string of base64.
func AppendBase64(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}
