package logfmt

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape appends what a quoted value at b[i:] stands for and returns the offset
// past its quote, -1 when there is none. What no escape stands for stays.
func unescape(dst, b []byte, i int) ([]byte, int) {
	for i < len(b) {
		c := b[i]
		i++
		if c == '"' {
			return dst, i
		}
		if c != '\\' || i == len(b) {
			dst = append(dst, c)
			continue
		}
		switch c = b[i]; c {
		case '"', '\\', '/':
			dst = append(dst, c)
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'a':
			dst = append(dst, '\a')
		case 'v':
			dst = append(dst, '\v')
		case 'u', 'x', 'U':
			r, n := code(b, i)
			if n == 0 {
				dst = append(dst, '\\', c)
				break
			}
			if c == 'x' {
				dst = append(dst, byte(r))
			} else {
				dst = utf8.AppendRune(dst, r)
			}
			i += n - 1
		default:
			dst = append(dst, '\\', c)
		}
		i++
	}
	return dst, -1
}

// code reads uXXXX, a pair of them, UXXXXXXXX, or xXX, a byte, at b[i:]; n is 0 when
// there is none.
func code(b []byte, i int) (r rune, n int) {
	switch b[i] {
	case 'x':
		return hex(b, i+1, 2), len("xXX") * ok(hex(b, i+1, 2))
	case 'U':
		return hex(b, i+1, 8), len("UXXXXXXXX") * ok(hex(b, i+1, 8))
	}
	if r = hex(b, i+1, 4); r < 0 {
		return 0, 0
	}
	if utf16.IsSurrogate(r) && i+6 < len(b) && b[i+5] == '\\' && b[i+6] == 'u' {
		if both := utf16.DecodeRune(r, hex(b, i+7, 4)); both != utf8.RuneError {
			return both, len(`uXXXX\uXXXX`)
		}
	}
	return r, len("uXXXX")
}

func ok(r rune) int {
	if r < 0 {
		return 0
	}
	return 1
}

// hex reads n hexadecimal digits at b[i:], or gives -1.
func hex(b []byte, i, n int) (v rune) {
	if i+n > len(b) {
		return -1
	}
	for _, c := range b[i : i+n] {
		switch {
		case c-'0' <= 9:
			v = v<<4 | rune(c-'0')
		case c|0x20-'a' <= 5:
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return v
}
