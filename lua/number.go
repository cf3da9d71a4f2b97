package lua

import (
	"math"
	"strconv"
)

// formatNumber is the text of a number as Lua 5.1 prints it: C's %.14g.
func formatNumber(f float64) string {
	if f >= 0 && f < 10 {
		if d := byte(f); float64(d) == f && (d != 0 || !math.Signbit(f)) {
			return digitText[d : d+1]
		}
	}
	var buf [32]byte
	return string(appendNumber(buf[:0], f))
}

const digitText = "0123456789"

// appendNumber appends the text of a number, C's %.14g, to b.
func appendNumber(b []byte, f float64) []byte {
	if f > -1e14 && f < 1e14 {
		if i := int64(f); float64(i) == f && (i != 0 || !math.Signbit(f)) {
			return strconv.AppendInt(b, i, 10)
		}
		return strconv.AppendFloat(b, f, 'g', 14, 64)
	}
	switch {
	case f != f:
		if math.Signbit(f) {
			return append(b, "-nan"...)
		}
		return append(b, "nan"...)
	case f > math.MaxFloat64:
		return append(b, "inf"...)
	case f < -math.MaxFloat64:
		return append(b, "-inf"...)
	}
	return strconv.AppendFloat(b, f, 'g', 14, 64)
}

// floorMod is Lua's a % b: a - floor(a/b)*b, as the C code computes it.
func floorMod(a, b float64) float64 { return a - math.Floor(a/b)*b }
