package cjson

import (
	"strconv"

	"github.com/heka-project/heka/lua"
)

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// digits reads an integer of up to 19 digits, or a decimal number of up to 15, which
// a double holds exactly before it is scaled; it reads nothing else.
func (d *decoder) digits() (float64, bool) {
	s, i := d.s, d.i
	negative := s[i] == '-'
	if negative {
		i++
	}
	begin, n, scale := i, uint64(0), 0
	for i < len(s) && s[i]-'0' <= 9 {
		n = n*10 + uint64(s[i]-'0')
		i++
	}
	count := i - begin
	if count == 0 || count > 19 || count > 1 && s[begin] == '0' {
		return 0, false
	}
	if i < len(s) && s[i] == '.' {
		point := i + 1
		for i++; i < len(s) && s[i]-'0' <= 9; i++ {
			n = n*10 + uint64(s[i]-'0')
		}
		scale = i - point
		if scale == 0 || count+scale > 15 {
			return 0, false
		}
	}
	if i < len(s) && (s[i]|0x20 == 'e' || s[i]|0x20 == 'x') {
		return 0, false
	}
	f := float64(n)
	if scale > 0 {
		f /= powers[scale]
	}
	if negative {
		f = -f
	}
	d.i = i
	return f, true
}

// invalid reports whether what stands here is a number to C but not to JSON.
func (d *decoder) invalid() bool {
	at := func(i int) byte {
		if i < len(d.s) {
			return d.s[i]
		}
		return 0
	}
	i := d.i
	if at(i) == '+' {
		return true
	}
	if at(i) == '-' {
		i++
	}
	if at(i) == '0' {
		c := at(i + 1)
		return c|0x20 == 'x' || c-'0' <= 9
	}
	return at(i) > '9' && (hasFold(d.s[i:], "inf") || hasFold(d.s[i:], "nan"))
}

func hasFold(s, word string) bool {
	if len(s) < len(word) {
		return false
	}
	for i := range len(word) {
		if s[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

// number reads any number that is allowed.
func (d *decoder) number() (float64, bool) {
	if d.numeric() != nil {
		return 0, false
	}
	end := numberEnd(d.s, d.i)
	f, ok := float64(0), false
	if text := d.s[d.i:end]; len(text) > 0 && text[0] != '+' && (text[0] == '-' || text[0] <= '9') && !d.invalid() {
		g, err := strconv.ParseFloat(text, 64)
		f, ok = g, err == nil || g-g != 0
	} else if f, ok = lua.String(text).ToNumber(); !ok {
		return 0, false
	}
	if ok {
		d.i = end
	}
	return f, ok
}

// numeric returns why no number may stand here; nil when one may.
func (d *decoder) numeric() *string {
	c := byte(0)
	if d.i < len(d.s) {
		c = d.s[d.i]
	}
	if c == '-' || c-'0' <= 9 {
		if !d.in.decodeInvalid && d.invalid() || numberEnd(d.s, d.i) == d.i {
			return &badNumber
		}
		return nil
	}
	if (c == '+' || c|0x20 == 'i' || c|0x20 == 'n') && d.in.decodeInvalid && d.invalid() {
		if numberEnd(d.s, d.i) == d.i {
			return &badNumber
		}
		return nil
	}
	return &badToken
}

var badNumber, badToken = "invalid number", "invalid token"

// numberEnd returns the end of the longest number at i that C's strtod reads.
func numberEnd(s string, i int) int {
	start := i
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	rest := s[i:]
	switch {
	case hasFold(rest, "infinity"):
		return i + 8
	case hasFold(rest, "inf"):
		return i + 3
	case hasFold(rest, "nan"):
		return nanEnd(s, i+3)
	case hasFold(rest, "0x"):
		if end := mantissa(s, i+2, 'p'); end > i+2 {
			return end
		}
		return i + 1
	}
	if end := mantissa(s, i, 'e'); end > i {
		return end
	}
	return start
}

// nanEnd passes the characters in brackets that may follow nan.
func nanEnd(s string, i int) int {
	if i >= len(s) || s[i] != '(' {
		return i
	}
	for j := i + 1; j < len(s); j++ {
		c := s[j]
		if c == ')' {
			return j + 1
		}
		if c != '_' && c-'0' > 9 && c|0x20-'a' > 25 {
			break
		}
	}
	return i
}

// mantissa passes digits with a point and an exponent after the letter exp.
func mantissa(s string, i int, exp byte) int {
	isDigit := func(c byte) bool { return c-'0' <= 9 || exp == 'p' && c|0x20-'a' <= 5 }
	start, n := i, 0
	for i < len(s) && isDigit(s[i]) {
		i++
		n++
	}
	if i < len(s) && s[i] == '.' {
		j := i + 1
		for j < len(s) && isDigit(s[j]) {
			j++
			n++
		}
		if n > 0 {
			i = j
		}
	}
	if n == 0 {
		return start
	}
	if i < len(s) && s[i]|0x20 == exp {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && s[j]-'0' <= 9 {
			for j < len(s) && s[j]-'0' <= 9 {
				j++
			}
			i = j
		}
	}
	return i
}
