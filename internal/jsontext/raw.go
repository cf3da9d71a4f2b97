package jsontext

import (
	"encoding/json"
	"unicode/utf8"
)

// IsValue reports whether b is one JSON value, in UTF-8.
func IsValue(b []byte) bool { return json.Valid(b) && utf8.Valid(b) }

// AppendRaw appends a JSON value as it is but for its line ends, which become
// blanks: they stand between tokens only.
func AppendRaw(dst, b []byte) []byte {
	for _, c := range b {
		if c == '\n' || c == '\r' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}
