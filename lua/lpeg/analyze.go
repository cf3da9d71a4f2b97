package lpeg

// nullable reports whether p may match without consuming. It is asked of rules only
// once no rule is left recursive.
func (p *node) nullable() bool {
	if p.null == unknown {
		p.null = triOf(p.findNullable())
	}
	return p.null == yes
}

func (p *node) findNullable() bool {
	switch p.op {
	case opTrue, opNot, opAnd, opBehind:
		return true
	case opRep:
		return p.n == 0 || p.a.nullable()
	case opSeq:
		return p.a.nullable() && p.b.nullable()
	case opChoice:
		return p.b.nullable() || p.a.nullable()
	case opCapture, opRuntime:
		return p.a.nullable()
	case opCall:
		return p.rule.body.nullable()
	case opGrammar:
		return p.gram.rules[0].body.nullable()
	}
	return false
}

// nofail reports whether p matches at every position of every subject.
func (p *node) nofail() bool {
	if p.sure == unknown {
		p.sure = triOf(p.findNofail())
	}
	return p.sure == yes
}

func (p *node) findNofail() bool {
	switch p.op {
	case opTrue:
		return true
	case opRep:
		return p.n == 0 || p.a.nofail()
	case opSeq:
		return p.a.nofail() && p.b.nofail()
	case opChoice:
		return p.b.nofail() || p.a.nofail()
	case opCapture, opAnd:
		return p.a.nofail()
	case opCall:
		return p.rule.body.nofail()
	case opGrammar:
		return p.gram.rules[0].body.nofail()
	}
	return false
}

// length returns the number of bytes that p always matches, or -1.
func (p *node) length() int {
	if p.fixed == unknownLen {
		if p.busy {
			return -1
		}
		p.busy = true
		p.fixed = int32(min(p.findLength(), 1<<30))
		p.busy = false
	}
	return int(p.fixed)
}

func (p *node) findLength() int {
	switch p.op {
	case opNot, opAnd, opBehind:
		return 0
	case opSeq:
		a, b := p.a.length(), p.b.length()
		if a < 0 || b < 0 {
			return -1
		}
		return a + b
	case opChoice:
		a, b := p.a.length(), p.b.length()
		if a != b {
			return -1
		}
		return a
	case opRep:
		a := p.a.length()
		if a < 0 || p.n != p.max {
			return -1
		}
		return a * int(p.n)
	case opCapture:
		return p.a.length()
	case opCall:
		return p.rule.body.length()
	case opGrammar:
		return p.gram.rules[0].body.length()
	case opRuntime, opOpen:
		return -1
	}
	return int(p.fixed)
}

// captures reports whether p may leave captures, those of rules included.
func (p *node) captures() bool { return p.hasCap || p.hasCall }

// headfail reports whether p can fail only by its first byte.
func (p *node) headfail() bool {
	switch p.op {
	case opSet, opFail:
		return true
	case opAny:
		return p.n == 1
	case opCapture, opAnd:
		return p.a.headfail()
	case opSeq:
		for p.op == opSeq {
			if !p.b.nofail() {
				return false
			}
			p = p.a
		}
		return p.headfail()
	case opRep:
		return p.n == 1 && p.max < 0 && p.a.headfail()
	case opChoice:
		for p.op == opChoice {
			if !p.b.headfail() {
				return false
			}
			p = p.a
		}
		return p.headfail()
	}
	return false
}

// firstInfo says how a match of a node can begin when f may follow it: with a byte
// of own, or of f and pass. Nodes that consume have no pass.
type firstInfo struct {
	own, pass charset
	empty     uint8 // 1: may succeed without looking; 2: and runs a function
}

func (i *firstInfo) after(f charset) charset { return i.own.or(f.and(i.pass)) }

func (p *node) firstSet() *firstInfo {
	if p.first == nil {
		i := p.findFirst()
		p.first = &i
	}
	return p.first
}

func (p *node) findFirst() firstInfo {
	switch p.op {
	case opAny:
		return firstInfo{own: fullSet}
	case opSet:
		return firstInfo{own: p.set}
	case opString:
		return firstInfo{own: setOf(p.text[:1])}
	case opTrue:
		return firstInfo{pass: fullSet, empty: 1}
	case opOpen:
		return firstInfo{own: fullSet, empty: 2}
	case opChoice:
		a, b := p.a.firstSet(), p.b.firstSet()
		return firstInfo{a.own.or(b.own), a.pass.or(b.pass), a.empty | b.empty}
	case opSeq:
		return firstOfSeq(p.a, p.b)
	case opRep:
		a := *p.a.firstSet()
		if p.n > 0 && !p.a.nullable() {
			return firstInfo{own: a.after(fullSet), empty: a.empty}
		}
		return firstInfo{own: a.own, pass: fullSet, empty: 1 | a.empty&2}
	case opCapture:
		return *p.a.firstSet()
	case opRuntime:
		a := p.a.firstSet()
		i := firstInfo{own: a.after(fullSet)}
		if a.empty != 0 {
			i = firstInfo{own: fullSet, empty: 2}
		}
		return i
	case opCall:
		return *p.rule.body.firstSet()
	case opGrammar:
		return *p.gram.rules[0].body.firstSet()
	case opAnd:
		a := p.a.firstSet()
		return firstInfo{pass: a.own.or(a.pass), empty: a.empty}
	case opNot:
		if s, ok := p.a.asSet(); ok {
			return firstInfo{pass: s.not(), empty: 1}
		}
		return firstInfo{pass: fullSet, empty: p.a.firstSet().empty&2 | 1}
	case opBehind:
		return firstInfo{pass: fullSet, empty: 1}
	}
	return firstInfo{}
}

func firstOfSeq(p, q *node) firstInfo {
	a := p.firstSet()
	if !p.nullable() {
		return firstInfo{own: a.after(fullSet), empty: a.empty}
	}
	b := q.firstSet()
	i := firstInfo{own: a.own.or(a.pass.and(b.own)), pass: a.pass.and(b.pass)}
	switch {
	case a.empty == 0:
	case (a.empty|b.empty)&2 != 0:
		i.empty = 2
	default:
		i.empty = b.empty
	}
	return i
}
