// Package jsontext appends pieces of JSON to a buffer without allocating: texts,
// numbers, and the values of a message's fields.
//
//	text      "…", quotes, backslashes and control bytes escaped
//	bytes     base64 in quotes
//	integer   all digits
//	double    the fewest digits that give it back; null for NaN and infinities
//	bool      true, false
//
// What is appended is valid UTF-8 on one line, whatever the values hold.
package jsontext

import (
	"math/bits"
	"unicode/utf8"
)

// AppendString appends s as a JSON string. Fast path: nothing in it needs a
// second look.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if special(s) == len(s) {
		dst = append(dst, s...)
	} else {
		dst = Escape(dst, s)
	}
	return append(dst, '"')
}

// plain holds the bytes that stand for themselves. Everything from 0x80 on needs
// a look at the UTF-8.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return
}()

// Escape appends s without quotes around it, with quotes, backslashes and control bytes (C0, DEL and C1)
// escaped and what is not UTF-8 replaced by U+FFFD.
func Escape(dst []byte, s string) []byte {
	from, i := 0, 0
	for {
		i += special(s[i:])
		if i == len(s) {
			return append(dst, s[from:]...)
		}
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, c)
			i++
			from = i
			continue
		}
		switch r, n := utf8.DecodeRuneInString(s[i:]); {
		case r == utf8.RuneError && n == 1:
			dst = append(append(dst, s[from:i]...), `\ufffd`...)
			i++
			from = i
		case r < 0xa0:
			dst = append(dst, s[from:i]...)
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
			i += n
			from = i
		default:
			i += n
		}
	}
}

// special returns the index of the first byte of s that plain does not hold, the
// length of s when there is none. It looks at eight bytes at a time.
func special(s string) int {
	i := 0
	for ; i+16 <= len(s); i += 16 {
		m, n := marks(load64(s[i:i+8])), marks(load64(s[i+8:i+16]))
		if m|n == 0 {
			continue
		}
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		return i + 8 + bits.TrailingZeros64(n)>>3
	}
	if i+8 <= len(s) {
		if m := marks(load64(s[i : i+8])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for ; i < len(s); i++ {
		if !plain[s[i]] {
			return i
		}
	}
	return i
}

// marks sets the high bit of each byte of x that is below 0x20, a quote, a
// backslash, DEL or above 0x7f. Borrows and carries may mark a byte too many, but
// only above one that is marked rightly: the lowest mark is right.
func marks(x uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	control, quote, backslash, del := x-ones*0x20, (x^ones*'"')-ones, (x^ones*'\\')-ones, x+ones
	return (control | quote | backslash | del | x) & highs
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\t':
		return append(dst, '\\', 't')
	case '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

func load64(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
