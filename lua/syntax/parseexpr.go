package syntax

// powers are the binding powers of the binary operators, left and right.
var powers = map[token]struct {
	op          Op
	left, right int
}{
	'+': {Add, 6, 6}, '-': {Sub, 6, 6}, '*': {Mul, 7, 7}, '/': {Div, 7, 7}, '%': {Mod, 7, 7},
	'^': {Pow, 10, 9}, tokConcat: {Concat, 5, 4},
	tokNe: {Ne, 3, 3}, tokEq: {Eq, 3, 3}, '<': {Lt, 3, 3}, tokLe: {Le, 3, 3}, '>': {Gt, 3, 3}, tokGe: {Ge, 3, 3},
	tokAnd: {And, 2, 2}, tokOr: {Or, 1, 1},
}

const unaryPower = 8

func (p *parser) exprs() []Expr {
	list := []Expr{p.expr()}
	for p.take(',') {
		list = append(list, p.expr())
	}
	return list
}

func (p *parser) expr() Expr { return p.operators(0) }

// operators reads an expression whose operators bind tighter than limit.
func (p *parser) operators(limit int) Expr {
	p.enter()
	var x Expr
	switch p.tok {
	case tokNot, '-', '#':
		op := Not
		if p.tok == '-' {
			op = Neg
		} else if p.tok == '#' {
			op = Len
		}
		p.next()
		x = p.operators(unaryPower)
		x = unary(op, x, p.lastLine)
	default:
		x = p.simple()
	}
	for n := 0; p.tok == '%' || p.tok >= '*' && p.tok <= '>' || p.tok == '^' || p.tok >= tokAnd; n++ {
		power, ok := powers[p.tok]
		if !ok || power.left <= limit {
			break
		}
		if n > maxChain {
			p.syntaxError("function or expression too complex")
		}
		p.next()
		y := p.operators(power.right)
		x = binaryExpr(power.op, x, y, p.lastLine)
	}
	p.leave()
	return x
}

func (p *parser) simple() Expr {
	var x Expr
	switch p.tok {
	case tokNumber:
		x = &Num{p.num}
	case tokString:
		x = &Str{p.text}
	case tokNil:
		x = &Nil{}
	case tokTrue:
		x = &Bool{true}
	case tokFalse:
		x = &Bool{false}
	case tokDots:
		if !p.fn.Vararg {
			p.syntaxError("cannot use '...' outside a vararg function")
		}
		p.fn.UsesVararg = true
		x = &Dots{p.line}
	case '{':
		return p.table()
	case tokFunction:
		line := p.line
		p.next()
		return p.function(false, line)
	default:
		return p.primary()
	}
	p.next()
	return x
}

// primary reads a name or a bracketed expression and what is applied to it.
func (p *parser) primary() Expr {
	var x Expr
	switch p.tok {
	case '(':
		line := p.line
		p.next()
		x = p.expr()
		p.match(')', '(', line)
		if _, ok := x.(*Num); !ok {
			x = &Paren{x}
		}
	case tokName:
		x = &Name{p.ident(), p.lastLine}
	default:
		p.syntaxError("unexpected symbol")
	}
	for n := 0; ; n++ {
		if n > maxChain {
			p.syntaxError("function or expression too complex")
		}
		switch p.tok {
		case '.':
			p.next()
			key := &Str{p.ident()}
			x = &Index{x, key, p.lastLine}
		case '[':
			p.next()
			key := p.expr()
			p.expect(']')
			x = &Index{x, key, p.lastLine}
		case ':':
			p.next()
			name := p.ident()
			x = p.call(x, name)
		case '(', tokString, '{':
			x = p.call(x, "")
		default:
			return x
		}
	}
}

func (p *parser) call(fn Expr, method string) Expr {
	c := &Call{Fn: fn, Method: method, Line: p.line}
	switch p.tok {
	case '(':
		if p.line != p.lastLine {
			p.syntaxError("ambiguous syntax (function call x new statement)")
		}
		p.next()
		if p.tok != ')' {
			c.Args = p.exprs()
		}
		p.match(')', '(', c.Line)
	case tokString:
		c.Args = []Expr{&Str{p.text}}
		p.next()
	case '{':
		c.Args = []Expr{p.table()}
	default:
		p.syntaxError("function arguments expected")
	}
	return c
}

func (p *parser) table() Expr {
	t := &Table{Line: p.line}
	p.expect('{')
	for p.tok != '}' {
		var it Item
		switch {
		case p.tok == '[':
			p.next()
			it.Key = p.expr()
			p.expect(']')
			p.expect('=')
		case p.tok == tokName && p.peek() == '=':
			it.Key = &Str{p.text}
			p.next()
			p.next()
		}
		it.Value = p.expr()
		it.Line = p.lastLine
		t.Items = append(t.Items, it)
		if !p.take(',') && !p.take(';') {
			break
		}
	}
	p.match('}', '{', t.Line)
	return t
}
