package syntax

import "strings"

// longOpen passes the rest of "[==[" after its first bracket and returns the
// number of signs; -1 when this is a plain bracket, -2 for "[=" without a second
// bracket. It passes nothing but signs in those cases.
func (s *scanner) longOpen() int {
	i, level := s.off, 0
	for i < len(s.src) && s.src[i] == '=' {
		i++
		level++
	}
	if i < len(s.src) && s.src[i] == '[' {
		s.off = i + 1
		return level
	}
	if level == 0 {
		return -1
	}
	s.off = i
	return -2
}

// longText reads up to the closing bracket of a level.
func (s *scanner) longText(level int, what string) string {
	if s.off < len(s.src) && (s.src[s.off] == '\n' || s.src[s.off] == '\r') {
		s.newline()
	}
	start := s.off
	var b strings.Builder // only when line ends have to be changed
	for s.off < len(s.src) {
		switch c := s.src[s.off]; c {
		case ']':
			if end := s.longClose(level); end > 0 {
				text := s.src[start:s.off]
				s.off = end
				if b.Len() > 0 {
					return b.String() + text
				}
				return text
			}
			s.off++
		case '[':
			if level == 0 && strings.HasPrefix(s.src[s.off:], "[[") {
				s.off += 2
				s.fail("nesting of [[...]] is deprecated", "[")
			}
			s.off++
		case '\n', '\r':
			at := s.off
			s.newline()
			if c != '\n' || s.off-at > 1 {
				b.WriteString(s.src[start:at])
				b.WriteByte('\n')
				start = s.off
			}
		default:
			s.off++
		}
	}
	s.fail("unfinished long "+what, "<eof>")
	return ""
}

// longClose returns the offset after the closing bracket at the next byte, or 0.
func (s *scanner) longClose(level int) int {
	i := s.off + 1
	for n := 0; n < level; n++ {
		if i >= len(s.src) || s.src[i] != '=' {
			return 0
		}
		i++
	}
	if i < len(s.src) && s.src[i] == ']' {
		return i + 1
	}
	return 0
}

// quoted reads a string in quotes.
func (s *scanner) quoted(quote byte) {
	src, i := s.src, s.off
	for i < len(src) && src[i] != quote && src[i] != '\\' && src[i] != '\n' && src[i] != '\r' {
		i++
	}
	s.tok, s.quote = tokString, src[s.start:s.start+1]
	if i < len(src) && src[i] == quote {
		s.text, s.off = src[s.off:i], i+1
		return
	}
	b := []byte(src[s.off:i])
	for s.off = i; ; {
		if s.off >= len(src) {
			s.fail("unfinished string", "<eof>")
		}
		switch c := src[s.off]; c {
		case quote:
			s.off++
			s.text = string(b)
			return
		case '\n', '\r':
			s.fail("unfinished string", s.quote+string(b))
		case '\\':
			s.off++
			b = s.escape(b)
		default:
			b = append(b, c)
			s.off++
		}
	}
}

// escape appends what follows a backslash.
func (s *scanner) escape(b []byte) []byte {
	if s.off >= len(s.src) {
		return b // the caller complains
	}
	c := s.src[s.off]
	switch c {
	case '\n', '\r':
		s.newline()
		return append(b, '\n')
	case 'a':
		c = '\a'
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'v':
		c = '\v'
	default:
		if c-'0' > 9 {
			break
		}
		n := 0
		for i := 0; i < 3 && s.off < len(s.src) && s.src[s.off]-'0' <= 9; i++ {
			n = n*10 + int(s.src[s.off]-'0')
			s.off++
		}
		if n > 255 {
			s.fail("escape sequence too large", s.quote+string(b))
		}
		return append(b, byte(n))
	}
	s.off++
	return append(b, c)
}
