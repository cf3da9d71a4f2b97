package match

import (
	"errors"
	"fmt"
	"math"
	"regexp/syntax"
	"strconv"
	"strings"
)

// Limits of one expression.
const (
	MaxSource = 256 << 10 // bytes
	MaxDepth  = 500       // parentheses within parentheses
)

// parser is a recursive descent over the grammar
//
//	matcher = or END
//	or      = and { "||" and }
//	and     = primary { "&&" primary }
//	primary = "(" or ")" | "TRUE" | "FALSE" | test
//	test    = operand operator literal
type parser struct {
	src   string
	off   int
	tok   token // the one looked at
	depth int
}

func (p *parser) parse() (Expr, error) {
	if len(p.src) > MaxSource {
		return nil, &Error{MaxSource, fmt.Sprintf("the matcher has %d bytes, more than %d", len(p.src), MaxSource), "make it shorter, or set a field in a decoder and test that"}
	}
	if strings.TrimSpace(p.src) == "" {
		return nil, &Error{0, "the matcher is empty", "write TRUE to take every message"}
	}
	err := p.advance()
	if err == nil {
		var e Expr
		if e, err = p.or(); err == nil {
			if err = p.end(); err == nil {
				return e, nil
			}
		}
	}
	return nil, err
}

func (p *parser) advance() (err *Error) {
	p.tok, err = p.next(false)
	return err
}

func (p *parser) or() (Expr, *Error) {
	return p.chain(tokOr, p.and, func(x []Expr) Expr { return Or(x) })
}

func (p *parser) and() (Expr, *Error) {
	return p.chain(tokAnd, p.primary, func(x []Expr) Expr { return And(x) })
}

// chain reads one or more parts that sep joins.
func (p *parser) chain(sep tokenKind, part func() (Expr, *Error), join func([]Expr) Expr) (Expr, *Error) {
	first, err := part()
	if err != nil || p.tok.kind != sep {
		return first, err
	}
	parts := []Expr{first}
	for p.tok.kind == sep {
		if err := p.advance(); err != nil {
			return nil, err
		}
		x, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, x)
	}
	return join(parts), nil
}

func (p *parser) primary() (Expr, *Error) {
	t := p.tok
	switch {
	case t.kind == tokOpen:
		return p.group()
	case t.kind == tokWord && (t.text == "TRUE" || t.text == "FALSE"):
		return Const(t.text == "TRUE"), p.advance()
	case t.kind == tokField:
		return p.test(Field)
	case t.kind == tokWord:
		for op, name := range operandNames {
			if name == t.text && Operand(op) != Field {
				return p.test(Operand(op))
			}
		}
	}
	return nil, p.noTest()
}

func (p *parser) group() (Expr, *Error) {
	open := p.tok
	if p.depth++; p.depth > MaxDepth {
		return nil, &Error{open.pos, fmt.Sprintf("more than %d parentheses within each other", MaxDepth), "remove those that are not needed"}
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokClose {
		return nil, &Error{open.pos, "nothing stands between the parentheses", "put a test between them, or remove them"}
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.kind == tokEnd {
		return nil, &Error{open.pos, "this parenthesis is never closed", `add ")"`}
	}
	if p.tok.kind != tokClose {
		return nil, p.end()
	}
	p.depth--
	return e, p.advance()
}

// test reads "operand operator literal", with the operand looked at.
func (p *parser) test(o Operand) (Expr, *Error) {
	left := p.tok
	t := &Test{Operand: o, Pos: left.pos}
	if o == Field {
		t.Name, t.Nth, t.Value = left.text, left.nth, left.val
	}
	op, err := p.next(false)
	if err != nil {
		return nil, err
	}
	if op.kind != tokOp {
		return nil, p.noOp(t, op)
	}
	t.Op = op.op
	lit, err := p.next(t.Op == Matches || t.Op == NotMatches)
	if err != nil {
		return nil, err
	}
	if err := p.literal(t, op, lit); err != nil {
		return nil, err
	}
	t.End = lit.end
	return t, p.advance()
}

// literal checks that the literal fits the operand and the operator.
func (p *parser) literal(t *Test, op, lit token) *Error {
	regex := t.Op == Matches || t.Op == NotMatches
	word := ""
	if lit.kind == tokWord {
		word = lit.text
	}
	switch {
	case lit.kind == tokPattern && !t.Operand.Numeric():
		t.Kind, t.Text = Pattern, lit.text
		return p.pattern(t, lit)
	case lit.kind == tokText && !regex && !t.Operand.Numeric():
		t.Kind, t.Text = Text, lit.text
		return nil
	case lit.kind == tokNumber && !regex && (t.Operand.Numeric() || t.Operand == Field):
		t.Kind = Number
		return p.number(t, lit)
	case (word == "TRUE" || word == "FALSE") && t.Operand == Field && t.Op == Equal:
		t.Kind, t.Truth = Truth, word == "TRUE"
		return nil
	case word == "NIL" && t.Operand == Field && t.Op <= NotEqual:
		t.Kind = Nil
		return nil
	}
	return p.misfit(t, op, lit)
}

func (p *parser) pattern(t *Test, lit token) *Error {
	var err error
	if t.pattern, err = newPattern(lit.text); err == nil {
		return nil
	}
	e := &Error{lit.pos, "pattern " + short(p.src[lit.pos:lit.end]) + ": " + err.Error(), "use the syntax of RE2"}
	var se *syntax.Error
	if errors.As(err, &se) {
		e.What = fmt.Sprintf("pattern %s: %s %s", short(p.src[lit.pos:lit.end]), se.Code, strconv.Quote(short(se.Expr)))
		e.Fix = patternFix(se)
	}
	return e
}

// patternFix tells what to do about an invalid pattern.
func patternFix(e *syntax.Error) string {
	switch e.Code {
	case syntax.ErrInvalidEscape:
		return "remove the backslash, or double it to match one; RE2 has no backreferences"
	case syntax.ErrInvalidPerlOp:
		return "RE2 has no look-around; write it with two tests, =~ and !~"
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return `close each group, or write \( and \) to match parentheses`
	case syntax.ErrMissingBracket, syntax.ErrInvalidCharRange, syntax.ErrInvalidCharClass:
		return `close each class, or write \[ to match a bracket`
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp:
		return `write \*, \+ or \? to match the character itself`
	case syntax.ErrInvalidUTF8:
		return `write bytes that are not UTF-8 as \x.. or (?s).`
	}
	return "write a smaller pattern in the syntax of RE2"
}

// number reads the literal of a number test.
func (p *parser) number(t *Test, lit token) *Error {
	s := p.src[lit.pos:lit.end]
	f, err := strconv.ParseFloat(s, 64)
	if errors.Is(err, strconv.ErrRange) {
		return &Error{lit.pos, "number " + short(s) + " is too large for 64-bit floating point", "write a number below 1.8e308"}
	}
	if err != nil || strings.ContainsAny(s, "_xXpPiInN") {
		return &Error{lit.pos, strconv.Quote(short(s)) + " is not a number (Heka 0.x read it as 0, or only its beginning)", "write a decimal number such as 404, 0.5 or 4e3, or quote it to compare text"}
	}
	if strings.Contains(s, "E") && t.Operand != Timestamp && t.Operand != Field && math.Abs(f) > math.MaxInt32 {
		return &Error{lit.pos, fmt.Sprintf("%s is never near %s (Heka 0.x dropped the E and what follows)", t.Operand, short(s)),
			"write " + s[:strings.Index(s, "E")] + " to keep what Heka 0.x did"}
	}
	t.Number = f
	return nil
}
