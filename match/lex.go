package match

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd     tokenKind = iota
	tokOpen              // (
	tokClose             // )
	tokAnd               // &&
	tokOr                // ||
	tokOp                // a comparison
	tokText              // 'x' or "x"
	tokPattern           // /x/
	tokNumber            // 4.2
	tokWord              // a name
	tokField             // Fields[name][nth][value]
	tokStray             // any other character
)

// token is one piece of the source.
type token struct {
	kind     tokenKind
	pos, end int    // bytes of the source
	text     string // unquoted text, pattern, or field name
	op       Op
	nth, val int // of a field
}

// raw is the token as written, shortened for a message.
func (p *parser) raw(t token) string {
	if t.kind == tokEnd {
		return "the end"
	}
	return strconv.Quote(short(p.src[t.pos:t.end]))
}

// short cuts s for a message.
func short(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	n := most
	for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// next reads the token that follows. A pattern stands only after =~ and !~,
// which is what the caller says.
func (p *parser) next(pattern bool) (token, *Error) {
	for p.off < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.off]) >= 0 {
		p.off++
	}
	t := token{pos: p.off}
	if p.off == len(p.src) {
		t.end = p.off
		return t, nil
	}
	rest := p.src[p.off:]
	c := rest[0]
	var err *Error
	switch {
	case c == '(':
		t.kind, p.off = tokOpen, p.off+1
	case c == ')':
		t.kind, p.off = tokClose, p.off+1
	case strings.HasPrefix(rest, "&&"):
		t.kind, p.off = tokAnd, p.off+2
	case strings.HasPrefix(rest, "||"):
		t.kind, p.off = tokOr, p.off+2
	case c == '\'' || c == '"':
		t.kind = tokText
		t.text, err = p.quoted(c)
	case c == '/' && pattern:
		t.kind = tokPattern
		t.text, err = p.quoted(c)
	case isDigit(c) || c == '.' || (c == '+' || c == '-') && len(rest) > 1 && (isDigit(rest[1]) || rest[1] == '.'):
		t.kind = tokNumber
		for p.off < len(p.src) && (isWord(p.src[p.off]) || strings.IndexByte(".+-", p.src[p.off]) >= 0) {
			p.off++
		}
	case isWord(c):
		err = p.word(&t)
	default:
		p.punct(&t, rest)
	}
	t.end = p.off
	return t, err
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c >= utf8.RuneSelf
}

// punct reads an operator, or one character that is none.
func (p *parser) punct(t *token, rest string) {
	for _, n := range [2]int{2, 1} {
		for op, name := range opNames {
			if len(name) == n && strings.HasPrefix(rest, name) {
				t.kind, t.op = tokOp, Op(op)
				p.off += n
				return
			}
		}
	}
	t.kind = tokStray
	p.off++
}

// quoted reads up to the closing quote q. A backslash before q yields q; every
// other backslash stands for itself.
func (p *parser) quoted(q byte) (string, *Error) {
	at := p.off
	var b strings.Builder
	for i := at + 1; i < len(p.src); i++ {
		c := p.src[i]
		if c == '\\' && i+1 < len(p.src) && p.src[i+1] == q {
			i++
		} else if c == q {
			p.off = i + 1
			return b.String(), nil
		}
		b.WriteByte(p.src[i])
	}
	p.off = len(p.src)
	e := &Error{Pos: at, What: "the text that begins here has no end: " + strconv.Quote(short(p.src[at:])), Fix: "close it with " + string(q)}
	if q == '/' {
		e.What = "the pattern that begins here has no end: " + strconv.Quote(short(p.src[at:]))
	}
	if strings.HasSuffix(p.src, `\`+string(q)) {
		e.Fix += `; a backslash before ` + string(q) + ` makes it part of the text`
	}
	return "", e
}

// word reads a name, and for Fields the brackets that belong to it.
func (p *parser) word(t *token) *Error {
	t.kind = tokWord
	for p.off < len(p.src) && isWord(p.src[p.off]) {
		p.off++
	}
	t.text = p.src[t.pos:p.off]
	if t.text != "Fields" || p.off == len(p.src) || p.src[p.off] != '[' {
		return nil
	}
	t.kind = tokField
	name, ok := p.bracket()
	if !ok {
		return &Error{t.pos, "the field name has no closing bracket: " + strconv.Quote(short(p.src[t.pos:])), "write Fields[name]"}
	}
	if name == "" {
		return &Error{t.pos, "Fields[] has no name", "write Fields[name]"}
	}
	t.text = name
	for _, index := range [2]*int{&t.nth, &t.val} {
		if p.off == len(p.src) || p.src[p.off] != '[' {
			return nil
		}
		at := p.off
		digits, ok := p.bracket()
		if n, err := strconv.ParseUint(digits, 10, 31); ok && err == nil {
			*index = int(n)
			continue
		}
		return &Error{at, "index " + strconv.Quote(short(p.src[at:p.off])) + " of " + short(p.src[t.pos:at]) + " is not a number from 0 to 2147483647",
			"write Fields[" + name + "][field][value], both counted from 0"}
	}
	if p.off < len(p.src) && p.src[p.off] == '[' {
		return &Error{p.off, "a field has at most two indexes", "write Fields[" + name + "][field][value]"}
	}
	return nil
}

// bracket reads what stands between the bracket at p.off and the next closing one.
func (p *parser) bracket() (string, bool) {
	n := strings.IndexByte(p.src[p.off:], ']')
	if n < 0 {
		return "", false
	}
	s := p.src[p.off+1 : p.off+n]
	p.off += n + 1
	return s, true
}
