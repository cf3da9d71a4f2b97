package syntax

import (
	"math"
	"strconv"
	"strings"
)

// Number converts text to a number by the rules of C's strtod as Lua 5.1
// applies them: blanks around it, decimal and hexadecimal forms with exponents,
// inf and nan in any case, and nothing else. Text ends at its first zero byte.
func Number(s string) (float64, bool) {
	i, n := 0, len(s)
	for i < n && isSpace(s[i]) {
		i++
	}
	start := i
	if i < n && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits := i
	var v int64
	for i < n && i-digits < 15 && s[i]-'0' <= 9 {
		v = v*10 + int64(s[i]-'0')
		i++
	}
	f := float64(v)
	if i == digits || i < n && isNumberByte(s[i]) {
		var ok bool
		if f, i, ok = parseFloat(s, digits); !ok {
			return 0, false
		}
	}
	if s[start] == '-' {
		f = -f
	}
	for i < n && isSpace(s[i]) {
		i++
	}
	if i < n && s[i] != 0 {
		return 0, false
	}
	return f, true
}

// parseFloat reads the longest unsigned number at s[i:] and returns the offset
// after it.
func parseFloat(s string, i int) (f float64, end int, ok bool) {
	start := i
	if i+1 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' {
		return parseHex(s, i+2)
	}
	if rest := s[i:]; hasFold(rest, "inf") {
		if hasFold(rest, "infinity") {
			return math.Inf(1), i + 8, true
		}
		return math.Inf(1), i + 3, true
	} else if hasFold(rest, "nan") {
		return math.NaN(), skipNaN(s, i+3), true
	}
	digits := 0
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && s[i]-'0' <= 9; i++ {
			digits++
		}
	}
	if digits == 0 {
		return 0, start, false
	}
	if j := skipExponent(s, i, 'e'); j > 0 {
		i = j
	}
	f, _ = strconv.ParseFloat(shorten(s[start:i]), 64) // out of range gives ±Inf, as strtod does
	return f, i, true
}

// shorten leaves out what cannot change a decimal number: zeros in front, and
// digits behind the first maxDigits except whether any is not zero. What is left
// is converted in bounded time. No double needs more than 770 digits to be told.
func shorten(s string) string {
	const maxDigits = 780 // strconv keeps no more than 800
	if len(s) <= maxDigits {
		return s
	}
	var kept []byte
	exp, point, more := 0, false, false
	i := 0
	for ; i < len(s) && (s[i]-'0' <= 9 || s[i] == '.'); i++ {
		switch c := s[i]; {
		case c == '.':
			point = true
			continue
		case c == '0' && len(kept) == 0:
		case len(kept) < maxDigits:
			kept = append(kept, c)
		default:
			more = more || c != '0'
			exp++
		}
		if point {
			exp--
		}
	}
	if len(kept) == 0 {
		return "0"
	}
	if more {
		kept = append(kept, '1')
		exp--
	}
	if i < len(s) {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil { // more digits than fit: far out of range either way
			n = 1 << 30
			if strings.Contains(s[i:], "-") {
				n = -n
			}
		}
		exp += max(min(n, 1<<30), -1<<30)
	}
	return string(kept) + "e" + strconv.Itoa(exp)
}

// parseHex reads hexadecimal digits, a fraction and a binary exponent.
func parseHex(s string, i int) (f float64, end int, ok bool) {
	start, digits, exponent := i, 0, ""
	for ; i < len(s) && isHex(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isHex(s[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return 0, start, false
	}
	if j := skipExponent(s, i, 'p'); j > 0 {
		i = j
	} else {
		exponent = "p0"
	}
	f, _ = strconv.ParseFloat("0x"+s[start:i]+exponent, 64)
	return f, i, true
}

// skipExponent returns the offset after an exponent that begins with the letter
// mark at s[i], or 0 when there is none.
func skipExponent(s string, i int, mark byte) int {
	if i >= len(s) || s[i]|0x20 != mark {
		return 0
	}
	i++
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	start := i
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return 0
	}
	return i
}

// skipNaN returns the offset after the optional "(characters)" of a NaN.
func skipNaN(s string, i int) int {
	if i >= len(s) || s[i] != '(' {
		return i
	}
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case c == ')':
			return j + 1
		case c != '_' && !isAlnum(c):
			return i
		}
	}
	return i
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

// isNumberByte reports whether c may go on a number after its first digits.
func isNumberByte(c byte) bool { return c == '.' || isAlnum(c) }
