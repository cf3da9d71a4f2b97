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
	for i, c := range raw[:16] {
		binary.LittleEndian.PutUint16(b[uuidAt[i&15]:], hexPairs[c])
	}
	return append(dst, b[:]...)
}

// hexPairs holds the two digits of each byte, the first in the low byte.
var hexPairs = func() (t [256]uint16) {
	for c := range t {
		t[c] = uint16(hexDigits[c>>4]) | uint16(hexDigits[c&15])<<8
	}
	return
}()

// uuidAt are the places of the 16 bytes in the quoted text.
var uuidAt = [16]uint8{1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35}

// AppendBase64 appends bytes as a string of base64.
func AppendBase64(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}
