package match

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// noTest explains why no test begins at the token looked at.
func (p *parser) noTest() *Error {
	t := p.tok
	e := &Error{Pos: t.pos}
	raw := p.raw(t)
	switch t.kind {
	case tokEnd:
		e.What, e.Fix = "a test is missing at the end", "write one such as Type == 'nginx.access', or remove the operator before"
	case tokClose:
		e.What, e.Fix = `a test is missing before ")"`, `write one, or remove the ")"`
	case tokAnd, tokOr:
		e.What, e.Fix = "a test is missing before "+raw, "write one on each side of it"
	case tokText, tokNumber:
		e.What, e.Fix = "a test cannot begin with the value "+raw, "put the operand on the left: Type == 'x', Fields[status] == 404"
	case tokOp, tokStray:
		p.stray(e, t)
	case tokWord:
		p.unknown(e, t)
	}
	return e
}

// stray explains a character that begins nothing. Heka 0.x dropped some of them
// in silence when a parenthesis followed.
func (p *parser) stray(e *Error, t token) {
	c := p.src[t.pos]
	r, _ := utf8.DecodeRuneInString(p.src[t.pos:])
	follows := strings.TrimLeft(p.src[t.end:], " \t\r\n")
	switch {
	case c == '!' && t.kind == tokStray:
		e.What = `there is no negation: "!" cannot stand before an expression`
		e.Fix = "turn the operators inside (== to !=, =~ to !~, && to ||)"
		if strings.HasPrefix(follows, "(") {
			e.What += "; Heka 0.x ignored it here"
			e.Fix += `, or remove the "!" to keep what Heka 0.x did`
		}
	case (c == '&' || c == '|' || c == '=') && t.kind == tokStray:
		e.What, e.Fix = "a single "+strconv.Quote(string(c))+" is no operator", "write "+strings.Repeat(string(c), 2)+" between two operands"
		if strings.HasPrefix(follows, "(") {
			e.What += "; Heka 0.x ignored it here"
			e.Fix = "remove it"
		}
	case c == '/':
		e.What, e.Fix = "a pattern cannot begin a test", "put the operand on the left: Type =~ /x/"
	case c == '[':
		e.What, e.Fix = `"[" does not belong here`, "write Fields[name] without space before the bracket"
	case strings.ContainsRune("‘’‚“”„«»", r):
		e.What, e.Fix = strconv.Quote(string(r))+" is a typographic quote", `use ' or "`
	case c == '#' || c == ';' || c == ',':
		e.What, e.Fix = strconv.Quote(string(c))+" has no meaning here", "there are no comments or lists; join tests with && or ||"
	default:
		e.What, e.Fix = p.raw(t)+" cannot begin a test", "write a test such as Type == 'x', or remove it"
	}
}

// unknown explains a word that is no operand.
func (p *parser) unknown(e *Error, t token) {
	switch {
	case t.text == "NIL":
		e.What, e.Fix = "NIL alone is no test", "write Fields[name] == NIL"
		return
	case t.text == "Fields":
		e.What, e.Fix = "Fields has no name in brackets", "write Fields[name] without space before the bracket"
		return
	case strings.EqualFold(t.text, "not"):
		e.What, e.Fix = "there is no negation: "+p.raw(t), "turn the operators (== to !=, =~ to !~, && to ||)"
		return
	case strings.EqualFold(t.text, "and"), strings.EqualFold(t.text, "or"):
		e.What, e.Fix = "a test is missing before "+p.raw(t), "write one, and && for and, || for or"
		return
	case strings.ContainsRune("‘’‚“”„«»", firstRune(t.text)):
		e.What, e.Fix = strconv.Quote(string(firstRune(t.text)))+" is a typographic quote", `use ' or "`
		return
	}
	e.What = "unknown operand " + p.raw(t)
	e.Fix = "use " + strings.Join(words[:9], ", ") + ", or Fields[" + short(t.text) + "] for a dynamic field"
	if w := nearest(t.text); w != "" {
		e.Fix = "did you mean " + strconv.Quote(w) + "?"
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// end explains what stands behind a complete expression, if anything does.
func (p *parser) end() *Error {
	t := p.tok
	if t.kind == tokEnd {
		return nil
	}
	e := &Error{Pos: t.pos}
	raw := p.raw(t)
	c := p.src[t.pos]
	switch {
	case t.kind == tokClose:
		e.What, e.Fix = `")" closes nothing`, `remove it, or add "("`
	case t.kind == tokWord && strings.EqualFold(t.text, "and"):
		e.What, e.Fix = raw+" is no operator", "write &&"
	case t.kind == tokWord && strings.EqualFold(t.text, "or"):
		e.What, e.Fix = raw+" is no operator", "write ||"
	case t.kind == tokStray && (c == '&' || c == '|'):
		e.What, e.Fix = "a single "+raw+" is no operator", "write "+strings.Repeat(string(c), 2)
		if strings.Trim(p.src[t.end:], " \t\r\n") == "" {
			e.Fix = "remove it"
		}
	case t.kind == tokOp:
		e.What, e.Fix = raw+" follows a complete test", "compare one operand with one value, and join tests with && or ||"
	case t.kind == tokOpen, t.kind == tokField, t.kind == tokText, t.kind == tokNumber,
		t.kind == tokWord && isKnown(t.text):
		e.What = "two expressions stand side by side (Heka 0.x let the last one decide): " + raw
		e.Fix = "join them with && or ||"
	case t.kind == tokWord:
		e.What, e.Fix = raw+" follows a complete expression", "remove it, or join a test with && or ||"
		if t.text[0] >= 'A' && t.text[0] <= 'Z' {
			e.What += "; Heka 0.x ignored it and all behind"
		}
		if w := nearest(t.text); w != "" {
			e.Fix += "; did you mean " + strconv.Quote(w) + "?"
		}
		if strings.Trim(t.text, "imsU") == "" && t.pos > 0 && p.src[t.pos-1] == '/' {
			e.What, e.Fix = "a pattern has no flags behind it: "+raw, "write them inside: /(?"+t.text+")…/"
		}
	case c == '!' || c == '=':
		e.What, e.Fix = raw+" follows a complete expression", "join tests with && or ||"
	default:
		p.stray(e, t)
	}
	return e
}

func isKnown(s string) bool {
	for _, w := range words {
		if w == s {
			return true
		}
	}
	return false
}

// noOp explains what stands where a comparison should.
func (p *parser) noOp(t *Test, op token) *Error {
	e := &Error{Pos: op.pos}
	left := t.operand()
	c := byte(0)
	if op.kind != tokEnd {
		c = p.src[op.pos]
	}
	switch {
	case op.kind == tokStray && c == '=':
		e.What, e.Fix = `"=" is no operator`, "write "+left+" == …"
	case op.kind == tokStray && c == '~':
		e.What, e.Fix = `"~" is no operator`, "write "+left+" =~ /…/"
	case op.kind == tokStray && c == '!':
		e.What, e.Fix = `"!" is no operator`, "write "+left+" != …"
	case op.kind == tokStray && c == '[' && t.Operand == Field:
		e.What, e.Fix = "an index follows with space before it", "write "+left+"[field][value] without spaces"
	case op.kind == tokStray && c == '[':
		e.What, e.Fix = left+" has no index", "write "+left+" == …, or Fields[name] for a dynamic field"
	case op.kind == tokText || op.kind == tokNumber || op.kind == tokWord:
		e.What, e.Fix = "an operator is missing between "+left+" and "+p.raw(op), "write one of "+strings.Join(opNames[:], " ")
	default:
		e.Pos = t.Pos
		e.What, e.Fix = left+" alone is no test", "compare it: "+example(t)
	}
	return e
}

// example writes a test of t's operand that is right.
func example(t *Test) string {
	switch {
	case t.Operand == Field:
		return t.operand() + " != NIL, or " + t.operand() + " == 'x'"
	case t.Operand.Numeric():
		return t.operand() + " == 4"
	}
	return t.operand() + " != ''"
}

// misfit explains a literal that does not go with the operand and operator.
func (p *parser) misfit(t *Test, op, lit token) *Error {
	e := &Error{Pos: lit.pos}
	left, raw := t.operand(), p.raw(lit)
	regex := t.Op == Matches || t.Op == NotMatches
	c := byte(0)
	if lit.kind != tokEnd {
		c = p.src[lit.pos]
	}
	switch {
	case lit.kind == tokEnd:
		e.What, e.Fix = "a value is missing after "+op.opText(), "compare "+left+" with a value: "+example(t)
	case lit.kind == tokOp || lit.kind == tokStray && (c == '=' || c == '~' || c == '!'):
		e.What, e.Fix = op.opText()+" and "+raw+" are no operator together", "write one of "+strings.Join(opNames[:], " ")
	case regex && t.Operand.Numeric():
		e.Pos, e.What, e.Fix = op.pos, left+" is a number and has no text to search", "compare it: "+left+" == 4"
	case regex && lit.kind == tokText:
		e.What, e.Fix = op.opText()+" needs a pattern, not the text "+raw, "write "+left+" "+op.opText()+" /"+short(strings.ReplaceAll(lit.text, "/", `\/`))+"/"
	case regex:
		e.What, e.Fix = op.opText()+" needs a pattern, not "+raw, "write "+left+" "+op.opText()+" /…/"
	case c == '/' && lit.kind == tokStray:
		e.Pos, e.What, e.Fix = op.pos, "a pattern goes with =~ and !~, not with "+op.opText(), "write "+left+" =~ /…/"
		if t.Operand.Numeric() {
			e.Fix = "compare it with a number: " + left + " == 4"
		}
	case lit.kind == tokWord:
		p.badWord(e, t, op, lit)
	case lit.kind == tokText:
		e.What, e.Fix = left+" is a number, "+raw+" is a text", numberFor(t, lit.text)
	case lit.kind == tokNumber:
		e.What, e.Fix = left+" is a text, "+raw+" is a number", "write it in quotes: "+left+" "+op.opText()+" '"+short(p.src[lit.pos:lit.end])+"'"
	case lit.kind == tokField:
		e.What, e.Fix = "the right side must be a value, not "+raw, "two operands cannot be compared with each other"
	case c == '-' || c == '+':
		e.What, e.Fix = raw+" is no number", "write the sign right before the digits"
	default:
		e.What, e.Fix = raw+" is no value", "compare "+left+" with a value: "+example(t)
		if lit.kind == tokStray {
			if r, n := utf8.DecodeRuneInString(p.src[lit.pos:]); n > 1 && strings.ContainsRune("‘’‚“”„«»", r) {
				e.What, e.Fix = strconv.Quote(string(r))+" is a typographic quote", `use ' or "`
			}
		}
	}
	return e
}

func (t token) opText() string { return t.op.String() }

// badWord explains a word on the right side.
func (p *parser) badWord(e *Error, t *Test, op, lit token) {
	left, raw := t.operand(), p.raw(lit)
	ordered := t.Op >= Less
	switch {
	case strings.ContainsRune("‘’‚“”„«»", firstRune(lit.text)):
		e.What, e.Fix = strconv.Quote(string(firstRune(lit.text)))+" is a typographic quote", `use ' or "`
	case lit.text == "NIL" && t.Operand == Field:
		e.What, e.Fix = "NIL goes only with == and !=", "write "+left+" == NIL where it must not exist, != NIL where it must"
	case lit.text == "NIL" && t.Operand.Numeric():
		e.What, e.Fix = left+" always has a value", "compare it with a number; when unset, Severity is 7, Pid and Timestamp are 0"
	case lit.text == "NIL":
		e.What, e.Fix = left+" always has a value, which is empty when unset", "write "+left+" == '' or "+left+" != ''"
	case (lit.text == "TRUE" || lit.text == "FALSE") && t.Operand == Field && !ordered:
		other := Const(lit.text != "TRUE").String()
		e.What, e.Fix = lit.text+" goes only with ==", "write "+left+" == "+other
	case (lit.text == "TRUE" || lit.text == "FALSE") && t.Operand == Field:
		e.What, e.Fix = lit.text+" goes only with ==", "write "+left+" == "+lit.text
	case lit.text == "TRUE" || lit.text == "FALSE":
		e.What, e.Fix = left+" is never "+lit.text, "compare it with a value: "+example(t)
	case isKnown(lit.text):
		e.What, e.Fix = "the right side must be a value, not "+raw, "two operands cannot be compared with each other; quote it to mean the text"
	case t.Operand.Numeric():
		e.What, e.Fix = raw+" is no number", "write digits: "+left+" "+op.opText()+" 4"
	default:
		e.What, e.Fix = raw+" is no value", "write it in quotes: "+left+" "+op.opText()+" '"+short(lit.text)+"'"
		if t.Operand == Field {
			switch strings.ToLower(lit.text) {
			case "true", "false":
				e.Fix = "write " + left + " " + op.opText() + " " + strings.ToUpper(lit.text)
			case "nil", "null":
				e.Fix = "write " + left + " " + op.opText() + " NIL"
			}
		}
	}
}

// numberFor is how to write the number that a text stands for.
func numberFor(t *Test, text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "write the number without quotes"
	}
	switch t.Operand {
	case Severity:
		for i, names := range [...]string{"emergency emerg panic", "alert", "critical crit", "error err", "warning warn", "notice", "informational info", "debug"} {
			if slices.Contains(strings.Fields(names), strings.ToLower(text)) {
				return "write " + strconv.Itoa(i) + " for " + strings.ToLower(text)
			}
		}
		return "write a number from 0 (emergency) to 7 (debug)"
	case Timestamp:
		return "write nanoseconds since 1970, such as 1500000000000000000"
	}
	return "write a number"
}
