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
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
	"unsafe"
)

// AppendString appends s as a JSON string. Fast path: it is copied eight bytes at
// a time, and whether anything in it needs a second look shows on the way.
func AppendString(dst []byte, s string) []byte {
	n, at := len(s), len(dst)
	if cap(dst)-at < n+2 {
		dst = slices.Grow(dst, n+2)
	}
	d := dst[at : at+n+2]
	d[0], d[n+1] = '"', '"'
	from, to := unsafe.Pointer(unsafe.StringData(s)), unsafe.Pointer(&d[1])
	m := uint64(0)
	switch {
	case n >= 8:
		for i := 0; i <= n-8; i += 8 {
			m |= move(to, from, i)
		}
		m |= move(to, from, n-8)
	case n >= 4:
		x, y := load32(s[:4]), load32(s[n-4:])
		binary.LittleEndian.PutUint32(d[1:5], x)
		binary.LittleEndian.PutUint32(d[n-3:n+1], y)
		m = marks(uint64(x) | uint64(y)<<32)
	case n > 0:
		x, y, z := s[0], s[n>>1], s[n-1]
		d[1], d[1+n>>1], d[n] = x, y, z
		m = marks(uint64(x) | uint64(y)<<8 | uint64(z)<<16 | 0x2020202020<<24)
	}
	if m&highs == 0 {
		return dst[:at+n+2]
	}
	return append(Escape(dst[:at+1], s), '"')
}

// move copies the eight bytes at from+i to to+i, which the caller knows to be there,
// and returns what suspects says of them.
func move(to, from unsafe.Pointer, i int) uint64 {
	x := binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(from, i))[:])
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(to, i))[:], x)
	return suspects(x)
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
	return suspects(x) & highs
}

// suspects is marks with bits that mean nothing below the high ones. Turning a bit
// round puts the quote below the blank, beside the control bytes.
func suspects(x uint64) uint64 {
	low, backslash, del := (x^ones*0x02)-ones*0x21, (x^ones*'\\')-ones, x+ones
	return low | backslash | del | x
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

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

func load32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
