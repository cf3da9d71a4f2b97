package syntax

import "fmt"

const (
	maxLevels = 200    // nested blocks and expressions, as LUAI_MAXCCALLS
	maxChain  = 20_000 // operators or calls in a row: they nest in the tree
)

// Parse reads a chunk. The error is an *Error.
func Parse(src string) (fn *Function, err error) {
	p := &parser{}
	p.src, p.line = src, 1
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			fn, err = nil, e
		}
	}()
	p.fn = &Function{Vararg: true, UsesVararg: true}
	p.next()
	p.fn.Body = p.block()
	p.check(tokEOF)
	return p.fn, nil
}

// parser is a recursive descent over the tokens.
type parser struct {
	scanner
	fn     *Function // being read
	levels int
	loops  int // around the current statement, in fn
}

func (p *parser) enter() {
	if p.levels++; p.levels > maxLevels {
		p.fail("chunk has too many syntax levels", "")
	}
}

func (p *parser) leave() { p.levels-- }

// take passes the current token if it is t.
func (p *parser) take(t token) bool {
	if p.tok != t {
		return false
	}
	p.next()
	return true
}

func (p *parser) check(t token) {
	if p.tok != t {
		p.syntaxError("'" + t.String() + "' expected")
	}
}

func (p *parser) expect(t token) {
	p.check(t)
	p.next()
}

// match passes the token that closes what opened at a line.
func (p *parser) match(what, who token, line int) {
	if p.take(what) {
		return
	}
	if line == p.line {
		p.syntaxError("'" + what.String() + "' expected")
	}
	p.syntaxError(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", what, who, line))
}

func (p *parser) ident() string {
	p.check(tokName)
	s := p.text
	p.next()
	return s
}

func (p *parser) block() *Block {
	p.enter()
	b := &Block{}
	for last := false; !last && !p.blockEnds(); {
		last = p.statement(b)
		p.take(';')
	}
	b.End = p.line
	p.leave()
	return b
}

func (p *parser) blockEnds() bool {
	switch p.tok {
	case tokElse, tokElseif, tokEnd, tokUntil, tokEOF:
		return true
	}
	return false
}

// statement appends one statement to b and reports whether it has to be the last.
func (p *parser) statement(b *Block) (last bool) {
	line := p.line
	var st Stmt
	switch p.tok {
	case tokIf:
		st = p.ifStmt(line)
	case tokWhile:
		p.next()
		cond := p.expr()
		p.expect(tokDo)
		st = &While{cond, p.loopBody(tokWhile, line), line}
	case tokDo:
		p.next()
		body := p.block()
		p.match(tokEnd, tokDo, line)
		st = &Do{body}
	case tokFor:
		st = p.forStmt(line)
	case tokRepeat:
		p.next()
		p.loops++
		body := p.block()
		p.loops--
		p.match(tokUntil, tokRepeat, line)
		st = &Repeat{body, p.expr(), line}
	case tokFunction:
		st = p.funcStmt(line)
	case tokLocal:
		p.next()
		st = p.localStmt()
	case tokReturn:
		p.next()
		st, last = p.returnStmt(line), true
	case tokBreak:
		p.next()
		if p.loops == 0 {
			p.syntaxError("no loop to break")
		}
		st, last = &Break{line}, true
	default:
		st = p.exprStmt()
	}
	b.Stmts = append(b.Stmts, st)
	return last
}

// loopBody reads a block up to its "end".
func (p *parser) loopBody(who token, line int) *Block {
	p.loops++
	body := p.block()
	p.loops--
	p.match(tokEnd, who, line)
	return body
}

func (p *parser) ifStmt(line int) Stmt {
	st := &If{Line: line}
	for first := true; first || p.tok == tokElseif; first = false {
		p.next()
		st.Conds = append(st.Conds, p.expr())
		p.expect(tokThen)
		st.Blocks = append(st.Blocks, p.block())
	}
	if p.take(tokElse) {
		st.Else = p.block()
	}
	p.match(tokEnd, tokIf, line)
	return st
}

func (p *parser) forStmt(line int) Stmt {
	p.next()
	names := []string{p.ident()}
	switch p.tok {
	case '=':
		p.next()
		st := &NumFor{Name: names[0], Line: line}
		st.Start = p.expr()
		p.expect(',')
		st.Limit = p.expr()
		if p.take(',') {
			st.Step = p.expr()
		}
		p.expect(tokDo)
		st.Body = p.loopBody(tokFor, line)
		return st
	case ',', tokIn:
		for p.take(',') {
			names = append(names, p.ident())
		}
		p.expect(tokIn)
		exprs := p.exprs()
		at := p.lastLine
		p.expect(tokDo)
		return &GenFor{names, exprs, p.loopBody(tokFor, line), at}
	}
	p.syntaxError("'=' or 'in' expected")
	return nil
}

// funcStmt reads "function a.b.c:m …", which is an assignment.
func (p *parser) funcStmt(line int) Stmt {
	p.next()
	var target Expr = &Name{p.ident(), p.lastLine}
	method := false
	for !method && (p.tok == '.' || p.tok == ':') {
		method = p.tok == ':'
		p.next()
		key := &Str{p.ident()}
		target = &Index{target, key, p.lastLine}
	}
	fn := p.function(method, line)
	return &Assign{[]Expr{target}, []Expr{fn}, line}
}

func (p *parser) localStmt() Stmt {
	if p.take(tokFunction) {
		line := p.lastLine
		name := p.ident()
		return &LocalFunc{name, p.function(false, line)}
	}
	st := &Local{Names: []string{p.ident()}}
	for p.take(',') {
		st.Names = append(st.Names, p.ident())
	}
	if p.take('=') {
		st.Exprs = p.exprs()
	}
	st.Line = p.lastLine
	return st
}

func (p *parser) returnStmt(line int) Stmt {
	st := &Return{Line: line}
	if !p.blockEnds() && p.tok != ';' {
		st.Exprs = p.exprs()
		st.Line = p.lastLine
	}
	return st
}

func (p *parser) exprStmt() Stmt {
	e := p.primary()
	if call, ok := e.(*Call); ok {
		return &CallStmt{call}
	}
	st := &Assign{}
	for {
		switch e.(type) {
		case *Name, *Index:
		default:
			p.syntaxError("syntax error")
		}
		if st.Targets = append(st.Targets, e); len(st.Targets) > maxLevels-p.levels {
			p.fail(fmt.Sprintf("%s has more than %d variables in assignment", p.fn.who(), maxLevels-p.levels), "")
		}
		if !p.take(',') {
			break
		}
		e = p.primary()
	}
	p.expect('=')
	st.Exprs = p.exprs()
	st.Line = p.lastLine
	return st
}

// who is the function as limits name it.
func (f *Function) who() string {
	if f.Line == 0 {
		return "main function"
	}
	return fmt.Sprintf("function at line %d", f.Line)
}

// function reads parameters and body, from the opening bracket on.
func (p *parser) function(method bool, line int) *Function {
	outer, loops := p.fn, p.loops
	fn := &Function{Line: line}
	p.fn, p.loops = fn, 0
	if method {
		fn.Params = append(fn.Params, "self")
	}
	p.expect('(')
	for p.tok != ')' {
		switch p.tok {
		case tokName:
			fn.Params = append(fn.Params, p.ident())
		case tokDots:
			p.next()
			fn.Vararg = true
		default:
			p.syntaxError("<name> or '...' expected")
		}
		if fn.Vararg || !p.take(',') {
			break
		}
		if p.tok == ')' {
			p.syntaxError("<name> or '...' expected")
		}
	}
	p.expect(')')
	fn.Body = p.block()
	fn.Last = p.line
	p.match(tokEnd, tokFunction, line)
	p.fn, p.loops = outer, loops
	return fn
}
