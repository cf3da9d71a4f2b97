package jsonflat

import (
	"math"
	"strconv"

	"github.com/heka-project/heka/message"
)

type numKind uint8

const (
	numBad    numKind = iota
	numInt            // fits an int64
	numDouble         // has a fraction, an exponent, or a sign before zero
	numBig            // a whole number that no int64 holds
	numHuge           // too large for a double
)

var pow10 = [23]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a number at b[i:]; end is the offset past it.
func number(b []byte, i int) (kind numKind, n int64, x float64, end int) {
	start, neg := i, b[i] == '-'
	if neg {
		i++
	}
	first := i
	var m uint64 // the digits, while they fit
	for i < len(b) && b[i]-'0' <= 9 {
		m = m*10 + uint64(b[i]-'0')
		i++
	}
	digits := i - first
	if digits == 0 || digits > 1 && b[first] == '0' {
		return numBad, 0, 0, i
	}
	if i == len(b) || b[i] != '.' && b[i]|0x20 != 'e' {
		switch {
		case digits < 19 || digits == 19 && m <= math.MaxInt64:
			if neg {
				if m == 0 {
					return numDouble, 0, math.Copysign(0, -1), i
				}
				return numInt, -int64(m), 0, i
			}
			return numInt, int64(m), 0, i
		case digits == 19 && neg && m == 1<<63:
			return numInt, math.MinInt64, 0, i
		}
		x, err := strconv.ParseFloat(message.Borrow(b[start:i]), 64)
		if err != nil {
			return numHuge, 0, 0, i
		}
		return numBig, 0, x, i
	}
	exp := 0
	if b[i] == '.' {
		i++
		f := i
		for i < len(b) && b[i]-'0' <= 9 {
			m = m*10 + uint64(b[i]-'0')
			i++
		}
		if i == f {
			return numBad, 0, 0, i
		}
		exp = f - i
		digits += i - f
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		eneg := false
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			eneg = b[i] == '-'
			i++
		}
		f, e := i, 0
		for i < len(b) && b[i]-'0' <= 9 {
			e = min(e*10+int(b[i]-'0'), 10000)
			i++
		}
		if i == f {
			return numBad, 0, 0, i
		}
		if eneg {
			e = -e
		}
		exp += e
	}
	if digits <= 18 && m < 1<<53 && exp >= -22 && exp <= 22 { // both are exact, so is their quotient rounded
		if x = float64(m); exp < 0 {
			x /= pow10[-exp]
		} else {
			x *= pow10[exp]
		}
		if neg {
			x = -x
		}
		return numDouble, 0, x, i
	}
	x, err := strconv.ParseFloat(message.Borrow(b[start:i]), 64)
	if err != nil && math.IsInf(x, 0) {
		return numHuge, 0, 0, i
	}
	return numDouble, 0, x, i
}
