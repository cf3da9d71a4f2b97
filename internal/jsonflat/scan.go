package jsonflat

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// space returns the offset of the first byte of b[i:] that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

// plain returns the offset of the first byte of b[i:] that is a quote, a backslash,
// a control character or not ASCII; len(b) when there is none.
func plain(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// Of the bytes that are flagged, the lowest is flagged rightly: borrows
		// only go up.
		m := (((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones) | (x - ' '*ones) | x) & high
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// text reads the string behind the quote at b[i-1]. end is the offset of the quote
// behind it, -1 when there is none or the string is damaged: at is where. clean
// says that it stands as it is meant: no escapes, all UTF-8.
func text(b []byte, i int) (end int, clean bool, at int) {
	k := plain(b, i)
	if k < len(b) && b[k] == '"' {
		return k, true, 0
	}
	return slowText(b, i, k)
}

func slowText(b []byte, i, k int) (end int, clean bool, at int) {
	clean = true
	wide := false
	for k < len(b) {
		switch c := b[k]; {
		case c == '"':
			if wide && clean {
				clean = utf8.Valid(b[i:k])
			}
			return k, clean, 0
		case c == '\\':
			clean = false
			if k+1 >= len(b) {
				return -1, false, k
			}
			switch b[k+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				k += 2
			case 'u':
				if hex4(b, k+2) < 0 {
					return -1, false, k
				}
				k += 6
			default:
				return -1, false, k
			}
		case c < ' ':
			return -1, false, k
		default:
			wide = true
			k++
		}
		if k < len(b) && b[k] < utf8.RuneSelf {
			k = plain(b, k)
		}
	}
	return -1, false, k
}

// hex4 reads four hexadecimal digits at b[i:], or gives -1.
func hex4(b []byte, i int) rune {
	if i+4 > len(b) {
		return -1
	}
	var v rune
	for _, c := range b[i : i+4] {
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

// appendText appends what a string that text accepted stands for. Bytes that are
// not UTF-8 and halves of surrogate pairs become U+FFFD.
func appendText(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\':
			i++
			switch c := s[i]; c {
			case 'b':
				dst = append(dst, '\b')
			case 'f':
				dst = append(dst, '\f')
			case 'n':
				dst = append(dst, '\n')
			case 'r':
				dst = append(dst, '\r')
			case 't':
				dst = append(dst, '\t')
			case 'u':
				r := hex4(s, i+1)
				i += 4
				if utf16.IsSurrogate(r) {
					second := rune(-1)
					if i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
						second = hex4(s, i+3)
					}
					if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
						i += 6
					}
				}
				dst = utf8.AppendRune(dst, r)
			default:
				dst = append(dst, c)
			}
			i++
		case c < utf8.RuneSelf:
			k := i + 1
			for k < len(s) && s[k] < utf8.RuneSelf && s[k] != '\\' {
				k++
			}
			dst = append(dst, s[i:k]...)
			i = k
		default:
			r, n := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

// Text appends what the JSON string b stands for, quotes included in b; ok is
// false, and nothing appended, when it is none.
func Text(dst, b []byte) (_ []byte, ok bool) {
	if len(b) < 2 || b[0] != '"' {
		return dst, false
	}
	end, clean, _ := text(b, 1)
	if end != len(b)-1 {
		return dst, false
	}
	if clean {
		return append(dst, b[1:end]...), true
	}
	return appendText(dst, b[1:end]), true
}
