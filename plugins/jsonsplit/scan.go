package jsonsplit

import "bytes"

// maxDepth is the deepest nesting that can be asked for.
const maxDepth = 1024

// How a value came out.
type outcome uint8

const (
	cut   outcome = iota // b ends within it
	whole                // it ends before the offset
	wrong                // it is none; the next may begin at the offset
)

// What may come next within a value.
type state uint8

const (
	wantValue      state = iota // behind a colon, or a comma in an array
	wantFirst                   // value or ], behind [
	wantKey                     // behind a comma in an object
	wantFirstKey                // key or }, behind {
	wantColon                   // behind a key
	wantCommaClose              // behind a value
)

// value reads the object or array at b[i].
func (s *Splitter) value(b []byte, i int) (n int, how outcome) {
	var object [maxDepth / 64]uint64 // bit k: the kth open bracket is that of an object
	depth, st := 0, wantValue
	for i < len(b) {
		c := b[i]
		if blank(c) {
			i++
			continue
		}
		switch {
		case c == '{' || c == '[':
			if st != wantValue && st != wantFirst {
				return i, wrong
			}
			if depth == s.depth {
				return deep(b, i, depth)
			}
			object[depth>>6] &^= 1 << (depth & 63)
			st = wantFirst
			if c == '{' {
				object[depth>>6] |= 1 << (depth & 63)
				st = wantFirstKey
			}
			depth++
			i++
		case c == '}' || c == ']':
			is := object[(depth-1)>>6]>>((depth-1)&63)&1 == 1
			first := wantFirst
			if is {
				first = wantFirstKey
			}
			if is != (c == '}') || st != wantCommaClose && st != first {
				return i + 1, wrong
			}
			i++
			if depth--; depth == 0 {
				return i, whole
			}
			st = wantCommaClose
		case c == ',':
			if st != wantCommaClose {
				return i + 1, wrong
			}
			if st = wantValue; object[(depth-1)>>6]>>((depth-1)&63)&1 == 1 {
				st = wantKey
			}
			i++
		case c == ':':
			if st != wantColon {
				return i + 1, wrong
			}
			st = wantValue
			i++
		case c == '"':
			switch st {
			case wantKey, wantFirstKey:
				st = wantColon
			case wantValue, wantFirst:
				st = wantCommaClose
			default:
				return i + 1, wrong
			}
			if i, how = str(b, i+1); how != whole {
				return i, how
			}
		default:
			if st != wantValue && st != wantFirst {
				return i + 1, wrong
			}
			if i, how = word(b, i); how != whole {
				return i, how
			}
			st = wantCommaClose
		}
	}
	return 0, cut
}

// str reads a string behind its quote. A line end or another control byte but the
// tab does not stand in one: what was cut there is wrong.
func str(b []byte, i int) (n int, how outcome) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i + 1, whole
		case c == '\\':
			i++
			if i < len(b) && b[i] < ' ' {
				return i, wrong
			}
		case c < ' ' && c != '\t':
			return i, wrong
		}
		i++
	}
	return 0, cut
}

var words = [...]string{"true", "false", "null", "NaN", "Infinity", "-Infinity"}

// word reads a number or one of the words. What follows it must be there, so that
// it is known to be whole.
func word(b []byte, i int) (n int, how outcome) {
	for _, w := range words {
		have := b[i:min(len(b), i+len(w))]
		if string(have) != w[:len(have)] {
			continue
		}
		if len(have) < len(w) {
			return 0, cut
		}
		return i + len(w), whole
	}
	if c := b[i]; c != '-' && c-'0' > 9 {
		return i + 1, wrong
	}
	for n = i; n < len(b); n++ {
		if c := b[n]; c-'0' > 9 && bytes.IndexByte([]byte("+-.eE"), c) < 0 {
			return n, whole
		}
	}
	return 0, cut
}

// deep passes over the rest of a value that is nested too deeply: b[i] opens one
// bracket more than the depth that is open. It is passed over as a whole, lest
// what is inside it be taken for records.
func deep(b []byte, i, depth int) (n int, how outcome) {
	for i < len(b) {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, wrong
			}
		case '"':
			if i, how = str(b, i+1); how != whole {
				return i, how
			}
			continue
		}
		i++
	}
	return 0, cut
}
