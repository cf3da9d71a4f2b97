package template

import (
	"strings"
	"unicode/utf8"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/jsontext"
)

var escapes = map[string]interp.Escape{"": line, "line": line, "none": nil, "json": jsontext.Escape, "html": html, "url": url}

const hexDigits = "0123456789abcdef"

// line keeps a value on its line: the line ends behind it are dropped, those in it
// become \n, and other control bytes and what is not UTF-8 \xHH.
func line(dst []byte, s string) []byte {
	s = strings.TrimRight(s, "\r\n")
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f || c == '\t' {
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case r < 0xa0 || r == utf8.RuneError && n == 1:
			for _, c := range []byte(s[i : i+n]) {
				dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			}
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

// html writes what has a meaning in HTML as a reference, and control bytes as
// blanks.
func html(dst []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&#34;"...)
		case '\'':
			dst = append(dst, "&#39;"...)
		case '\n', '\t':
			dst = append(dst, byte(r))
		default:
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				r = ' '
			}
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// url writes all but letters, digits and -._~ as %HH.
func url(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		}
	}
	return dst
}
