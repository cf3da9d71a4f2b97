package cbuf

import (
	"math"
	"strconv"
)

// AppendNumber appends the text of a number as the sandbox writes it: nan, inf and
// -inf, integers without a point, up to 8 decimals without trailing zeros, and 17
// significant digits beyond the range of 32 bits.
func AppendNumber(dst []byte, v float64) []byte {
	switch {
	case v != v:
		return append(dst, "nan"...)
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	case v > math.MaxInt32 || v < math.MinInt32:
		return strconv.AppendFloat(dst, v, 'g', 17, 64)
	case v == math.Trunc(v):
		return strconv.AppendInt(dst, int64(v), 10)
	}
	at := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', 8, 64)
	n := len(dst)
	for n > at && dst[n-1] == '0' {
		n--
	}
	if dst[n-1] == '.' {
		n--
	}
	if string(dst[at:n]) == "-0" { // rounded away
		return append(dst[:at], '0')
	}
	return dst[:n]
}
