package config

import "strings"

// bareScanner finds each %ENV[ outside strings and comments, and tells whether a
// name or a value is wanted there; and each | in a name without quotes. It knows
// just enough TOML for that; what it takes wrongly in a broken file the parser
// complains about.
type bareScanner struct {
	text  string
	at    int
	value bool   // behind the = of this option
	stack []byte // open [ and { of the value
}

// next returns the offset of the next % or |, -1 for none. The caller moves at
// behind it.
func (s *bareScanner) next() (off int, key bool) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case '"', '\'':
			s.at = skipString(s.text, s.at)
			continue
		case '#':
			for s.at < len(s.text) && s.text[s.at] != '\n' {
				s.at++
			}
			continue
		case '%':
			if strings.HasPrefix(s.text[s.at:], envOpen) {
				return s.at, !s.value
			}
		case '|':
			if !s.value {
				return s.at, true
			}
		default:
			s.step(c)
		}
		s.at++
	}
	return -1, false
}

func (s *bareScanner) step(c byte) {
	top := byte(0)
	if n := len(s.stack); n > 0 {
		top = s.stack[n-1]
	}
	switch c {
	case '\n':
		if top == 0 {
			s.value = false
		}
	case '=':
		s.value = true
	case '[':
		if s.value {
			s.stack = append(s.stack, c)
		}
	case '{':
		s.stack = append(s.stack, c)
		s.value = false
	case ',':
		s.value = top != '{'
	case ']', '}':
		if top != 0 && s.value || c == '}' && top == '{' {
			s.stack = s.stack[:len(s.stack)-1]
			s.value = true
		}
	}
}

// skipString returns the offset behind the string that begins at off: behind its
// end, or at the end of the line that it lacks.
func skipString(text string, off int) int {
	q := text[off : off+1]
	if long := q + q + q; strings.HasPrefix(text[off:], long) {
		for i := off + 3; i < len(text); i++ {
			if text[i] == '\\' && q == `"` {
				i++
			} else if strings.HasPrefix(text[i:], long) {
				i += 3
				for i < len(text) && text[i] == q[0] {
					i++
				}
				return i
			}
		}
		return len(text)
	}
	for i := off + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if q == `"` {
				i++
			}
		case q[0]:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(text)
}

// barName finds the part of a dotted name around the | at off, when an = follows
// it: old configurations write name|representation without quotes.
func barName(text string, off int) (start, end int, ok bool) {
	const ends = " \t\r\n=\"'#[]{},"
	start = strings.LastIndexAny(text[:off], ends+".") + 1
	end = len(text)
	if i := strings.IndexAny(text[off:], ends); i >= 0 {
		end = off + i
	}
	return start, end, start < off && strings.HasPrefix(strings.TrimLeft(text[end:], " \t"), "=")
}
