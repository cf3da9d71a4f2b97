package syntax

import "math"

// Power is C's pow. The Go library's is off by one in the last place now and then,
// where C's is not; small whole powers, the frequent case, are therefore computed
// here, with a second number for what does not fit the first.
func Power(x, y float64) float64 {
	n := int(y)
	if float64(n) != y || n < -64 || n > 64 {
		if y == 0.5 && x > 0 && x <= math.MaxFloat64 {
			return math.Sqrt(x)
		}
		return signed(math.Pow(x, y))
	}
	switch n {
	case 0:
		return 1
	case 1:
		return x
	case 2:
		return x * x
	}
	if _, exp := math.Frexp(x); x == 0 || x-x != 0 || exp*n > 900 || exp*n < -900 {
		return signed(math.Pow(x, y))
	}
	return powTwo(x, n)
}

// powTwo multiplies with pairs of numbers: hi is the product rounded, lo what
// rounding took away. No power of what it is given overflows.
func powTwo(x float64, n int) float64 {
	hi, lo := 1.0, 0.0
	bh, bl := x, 0.0
	for m := max(n, -n); m > 0; m >>= 1 {
		if m&1 != 0 {
			hi, lo = mulTwo(hi, lo, bh, bl)
		}
		bh, bl = mulTwo(bh, bl, bh, bl)
	}
	if n < 0 {
		q := 1 / hi
		return q + q*(math.FMA(-hi, q, 1)-lo*q)
	}
	return hi + lo
}

func mulTwo(ah, al, bh, bl float64) (hi, lo float64) {
	hi = ah * bh
	lo = math.FMA(ah, bh, -hi) + (ah*bl + al*bh)
	sum := hi + lo
	return sum, lo - (sum - hi)
}

// signed gives a NaN of the Go library the sign that one has in C.
func signed(f float64) float64 {
	if f != f {
		return math.Float64frombits(0xFFF8 << 48)
	}
	return f
}
