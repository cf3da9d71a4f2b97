package keys

var pow10 = [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// number reads -?digits[.digits] without needless zeros in front.
func number(v []byte) (n int64, x float64, kind Kind) {
	i, neg := 0, v[0] == '-'
	if neg {
		i++
	}
	if len(v)-i > 18 || len(v) == i || v[i] == '0' && len(v) > i+1 && v[i+1] != '.' {
		return 0, 0, Text
	}
	point := -1
	for k := i; k < len(v); k++ {
		switch c := v[k]; {
		case c-'0' <= 9:
			n = n*10 + int64(c-'0')
		case c == '.' && point < 0 && k > i && k+1 < len(v):
			point = k
		default:
			return 0, 0, Text
		}
	}
	digits := len(v) - i
	if point >= 0 {
		if digits > 16 {
			return 0, 0, Text
		}
		if x = float64(n) / pow10[len(v)-1-point]; neg {
			x = -x
		}
		return 0, x, Double
	}
	if neg {
		if n == 0 {
			return 0, 0, Text
		}
		n = -n
	}
	return n, 0, Integer
}

// ParseInt reads a decimal number with a sign or none.
func ParseInt(v []byte) (n int64, ok bool) {
	i := 0
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		i++
	}
	if len(v) == i || len(v)-i > 19 {
		return 0, false
	}
	var u uint64
	for _, c := range v[i:] {
		if c-'0' > 9 {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	if v[0] == '-' {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}

func parseBool(v []byte) (b, ok bool) {
	switch string(v) {
	case "true", "True", "TRUE", "t", "1", "yes", "on":
		return true, true
	case "false", "False", "FALSE", "f", "0", "no", "off":
		return false, true
	}
	return false, false
}
