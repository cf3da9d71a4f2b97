package syntax

import (
	"fmt"
	"strings"
)

// token is the kind of a lexical element: a character for what is one, or one of
// the constants.
type token int16

const (
	tokAnd token = 256 + iota
	tokBreak
	tokDo
	tokElse
	tokElseif
	tokEnd
	tokFalse
	tokFor
	tokFunction
	tokIf
	tokIn
	tokLocal
	tokNil
	tokNot
	tokOr
	tokRepeat
	tokReturn
	tokThen
	tokTrue
	tokUntil
	tokWhile
	tokConcat
	tokDots
	tokEq
	tokGe
	tokLe
	tokNe
	tokNumber
	tokName
	tokString
	tokEOF
)

var tokenTexts = [...]string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil",
	"not", "or", "repeat", "return", "then", "true", "until", "while", "..", "...", "==", ">=", "<=", "~=",
	"<number>", "<name>", "<string>", "<eof>",
}

var keywords = func() map[string]token {
	m := make(map[string]token)
	for t := tokAnd; t <= tokWhile; t++ {
		m[tokenTexts[t-tokAnd]] = t
	}
	return m
}()

func (t token) String() string {
	switch {
	case t >= tokAnd:
		return tokenTexts[t-tokAnd]
	case t < ' ' || t == 127:
		return fmt.Sprintf("char(%d)", int(t))
	}
	return string([]byte{byte(t)})
}

// Error is the first thing wrong with a source.
type Error struct {
	Line    int
	Message string // "unexpected symbol near 'x'"
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Line, e.Message) }

// scanner splits a source into tokens. It reports errors by panic with *Error,
// which Parse recovers.
type scanner struct {
	src   string
	off   int // of the next byte
	line  int // of the next byte
	tok   token
	start int     // offset of tok
	text  string  // of a name or the value of a string
	quote string  // what opened a string
	num   float64 // of a number

	lastLine int // line of the token before tok
}

// fail raises an error at the current line; near tells the token in question.
func (s *scanner) fail(message, near string) {
	if near != "" {
		message += " near '" + near + "'"
	}
	panic(&Error{Line: s.line, Message: message})
}

// syntaxError raises an error at the current token.
func (s *scanner) syntaxError(message string) { s.fail(message, s.near()) }

func (s *scanner) near() string {
	switch s.tok {
	case tokName, tokNumber:
		return s.cut(s.start)
	case tokString:
		return s.inQuotes(s.text)
	}
	return s.tok.String()
}

// inQuotes is a string as a message shows it, its escapes already read.
func (s *scanner) inQuotes(text string) string {
	end := strings.ReplaceAll(s.quote, "[", "]")
	text, _, _ = strings.Cut(s.quote+text+end, "\x00")
	return text
}

// cut is the source from offset from to the next byte, up to a zero byte, as a
// message shows it.
func (s *scanner) cut(from int) string {
	text, _, _ := strings.Cut(s.src[from:s.off], "\x00")
	return text
}

// next reads the next token.
func (s *scanner) next() {
	s.lastLine = s.line
	s.scan()
}

// peek returns the token after the current one.
func (s *scanner) peek() token {
	t := *s
	t.scan()
	return t.tok
}

func (s *scanner) scan() {
	src := s.src
	for {
		if s.off >= len(src) {
			s.start, s.tok = s.off, tokEOF
			return
		}
		c := src[s.off]
		s.start = s.off
		switch {
		case c == '\n' || c == '\r':
			s.newline()
			continue
		case c == ' ' || c >= '\t' && c <= '\r':
			s.off++
			continue
		case isLetter(c):
			s.name()
			return
		case c-'0' <= 9:
			s.number()
			return
		}
		s.off++
		switch c {
		case '-':
			if !s.accept('-') {
				s.tok = '-'
				return
			}
			s.comment()
			continue
		case '[':
			if level := s.longOpen(); level >= 0 {
				s.quote = src[s.start:s.off]
				s.text = s.longText(level, "string")
				s.tok = tokString
				return
			} else if level == -2 {
				s.fail("invalid long string delimiter", s.cut(s.start))
			}
			s.tok = '['
		case '=':
			s.pick('=', tokEq, '=')
		case '<':
			s.pick('=', tokLe, '<')
		case '>':
			s.pick('=', tokGe, '>')
		case '~':
			s.pick('=', tokNe, '~')
		case '"', '\'':
			s.quoted(c)
		case '.':
			switch {
			case s.accept('.'):
				s.pick('.', tokDots, tokConcat)
			case s.off < len(src) && src[s.off]-'0' <= 9:
				s.off--
				s.number()
			default:
				s.tok = '.'
			}
		default:
			s.tok = token(c)
		}
		return
	}
}

func (s *scanner) accept(c byte) bool {
	if s.off < len(s.src) && s.src[s.off] == c {
		s.off++
		return true
	}
	return false
}

func (s *scanner) pick(c byte, yes, no token) {
	if s.tok = no; s.accept(c) {
		s.tok = yes
	}
}

// newline passes an end of line: \n, \r, \r\n or \n\r.
func (s *scanner) newline() {
	c := s.src[s.off]
	s.off++
	if s.off < len(s.src) {
		if d := s.src[s.off]; (d == '\n' || d == '\r') && d != c {
			s.off++
		}
	}
	s.line++
}

func (s *scanner) name() {
	src, i := s.src, s.off
	for i < len(src) && (isLetter(src[i]) || src[i]-'0' <= 9) {
		i++
	}
	s.text, s.off = src[s.off:i], i
	s.tok = tokName
	if len(s.text) <= 8 && s.text[0]|0x20 == s.text[0] {
		if t, ok := keywords[s.text]; ok {
			s.tok = t
		}
	}
}

// number reads all that could belong to a number, and then wants it to be one.
func (s *scanner) number() {
	src, i := s.src, s.off
	for i < len(src) && (src[i]-'0' <= 9 || src[i] == '.') {
		i++
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		if i++; i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
	}
	for i < len(src) && (isLetter(src[i]) || src[i]-'0' <= 9) {
		i++
	}
	text := src[s.off:i]
	s.off = i
	s.tok = tokNumber
	var ok bool
	if s.num, ok = Number(text); !ok {
		s.fail("malformed number", text)
	}
}

func (s *scanner) comment() {
	if s.accept('[') {
		if level := s.longOpen(); level >= 0 {
			s.longText(level, "comment")
			return
		}
	}
	for s.off < len(s.src) && s.src[s.off] != '\n' && s.src[s.off] != '\r' {
		s.off++
	}
}

func isLetter(c byte) bool { return (c|0x20)-'a' < 26 || c == '_' }
