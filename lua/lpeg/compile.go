package lpeg

import "github.com/heka-project/heka/lua"

// compiler turns a node into a program.
type compiler struct {
	c     *lua.Call
	p     *program
	sets  map[charset]setRef
	bit   int // sets in the last table
	table *setTable
	caps  map[*node]int32
	calls []pendingCall // of the grammar being compiled
}

type setRef struct {
	table *setTable
	bit   byte
}

const nowhere = -1

// compiled returns the program of p, made at the first match.
func (p *node) compiled(c *lua.Call) *program {
	if p.prog != nil {
		return p.prog
	}
	if p.hasOpen {
		p.reportOpen(c)
	}
	x := &compiler{c: c, p: &program{hasCaps: p.captures() || p.op == opGrammar}}
	x.gen(p, place{follow: fullSet, test: nowhere})
	x.emit(inst{op: iEnd})
	x.shorten()
	c.Alloc(programBytes + len(x.p.code)*instBytes)
	x.p.code = append(make([]inst, 0, len(x.p.code)), x.p.code...)
	p.prog = x.p
	return p.prog
}

// reportOpen raises the error of a call outside a grammar, with the first name.
func (p *node) reportOpen(c *lua.Call) {
	for p.op != opOpen {
		if p.a.hasOpen {
			p = p.a
		} else {
			p = p.b
		}
	}
	c.Errorf("rule '%s' used outside a grammar", nameOf(p.val))
}

// place is where a node stands.
type place struct {
	follow charset // bytes that may come after it
	test   int     // a test of its first byte that was passed, or nowhere
	saved  bool    // a choice was just saved that the node may use as its own
}

func (x *compiler) emit(i inst) int {
	x.c.Charge(2)
	x.c.Alloc(instBytes)
	x.p.code = append(x.p.code, i)
	return len(x.p.code) - 1
}

// land makes the jump at i, if there is one, come here.
func (x *compiler) land(i int) {
	if i != nowhere {
		x.p.code[i].to = int32(len(x.p.code))
	}
}

func (x *compiler) here() int { return len(x.p.code) }

// set returns the table and bit of a set.
func (x *compiler) set(s charset) setRef {
	if r, ok := x.sets[s]; ok {
		return r
	}
	if x.sets == nil {
		x.sets = make(map[charset]setRef)
	}
	x.c.Charge(16)
	if x.table == nil || x.bit == 8 {
		x.c.Alloc(256)
		x.table, x.bit = new(setTable), 0
		x.p.tables++
	}
	r := setRef{x.table, 1 << x.bit}
	x.bit++
	for i := range r.table {
		if s.has(byte(i)) {
			r.table[i] |= r.bit
		}
	}
	x.c.Alloc(64)
	x.sets[s] = r
	return r
}

func (x *compiler) text(s string) int32 {
	for i, t := range x.p.texts {
		if t == s {
			return int32(i)
		}
		if i == 32 {
			break
		}
	}
	x.c.Alloc(16)
	x.p.texts = append(x.p.texts, s)
	return int32(len(x.p.texts) - 1)
}

// test emits a test of the next byte, unless a match may begin without one.
func (x *compiler) test(s charset, empty uint8) int {
	if empty != 0 {
		return nowhere
	}
	if c, ok := s.single(); ok {
		return x.emit(inst{op: iTestChar, c: c})
	}
	switch s {
	case fullSet:
		return x.emit(inst{op: iTestAny})
	case charset{}:
		return x.emit(inst{op: iJump})
	}
	r := x.set(s)
	return x.emit(inst{op: iTestSet, c: r.bit, set: r.table})
}

// gen emits the code of p.
func (x *compiler) gen(p *node, at place) {
	switch p.op {
	case opFail:
		x.emit(inst{op: iFail})
	case opAny:
		if p.n > 0 {
			x.emit(inst{op: iAny, n: p.n})
		}
	case opSet:
		x.genSet(p.set, at.test)
	case opString:
		x.emit(inst{op: iString, n: x.text(p.text), len: int32(len(p.text))})
	case opSeq:
		x.genSeq(p, at)
	case opChoice:
		x.genChoice(p.operands(), at)
	case opRep:
		x.genRep(p, at)
	case opNot:
		x.genNot(p.a)
	case opAnd:
		x.genAnd(p.a, at.test)
	case opBehind:
		if p.a.length() > 0 {
			x.emit(inst{op: iBehind, n: int32(p.a.length())})
		}
		x.gen(p.a, place{follow: fullSet, test: nowhere})
	case opCapture:
		x.genCapture(p, at)
	case opRuntime:
		n := x.capIndex(p)
		x.emit(inst{op: iOpen, n: n})
		x.gen(p.a, place{follow: fullSet, test: at.test})
		x.emit(inst{op: iCloseRuntime, n: n})
	case opGrammar:
		x.genGrammar(p.gram)
	case opCall:
		// The address is not known yet: genGrammar puts it in.
		x.emit(inst{op: iCall, n: -1})
		x.calls = append(x.calls, pendingCall{x.here() - 1, p.rule})
	}
}

func (x *compiler) genSet(s charset, test int) {
	if s == fullSet {
		x.emit(inst{op: iAny, n: 1})
		return
	}
	c, single := s.single()
	if test != nowhere {
		t := x.p.code[test]
		r := setRef{}
		if !single {
			r = x.set(s)
		}
		if single && t.op == iTestChar && t.c == c || t.op == iTestSet && !single && r == (setRef{t.set, t.c}) {
			x.emit(inst{op: iAny, n: 1})
			return
		}
	}
	switch {
	case single:
		x.emit(inst{op: iChar, c: c})
	case s.empty():
		x.emit(inst{op: iFail})
	default:
		r := x.set(s)
		x.emit(inst{op: iSet, c: r.bit, set: r.table})
	}
}

// genSeq emits the parts in turn; each knows what may follow it.
func (x *compiler) genSeq(p *node, at place) {
	list := p.operands()
	x.c.Charge(int64(len(list)))
	follow := make([]charset, len(list))
	next := at.follow
	for i := len(list) - 1; i >= 0; i-- {
		follow[i] = next
		q := list[i]
		f := q.firstSet()
		if q.nullable() {
			next = f.after(next)
		} else {
			next = f.after(fullSet)
		}
	}
	test := at.test
	for i, q := range list {
		x.gen(q, place{follow: follow[i], test: test, saved: at.saved && i == len(list)-1})
		if q.length() != 0 {
			test = nowhere
		}
	}
}

func (x *compiler) genNot(p *node) {
	if p.op == opString {
		try := x.emit(inst{op: iTryString, n: x.text(p.text), len: int32(len(p.text))})
		x.emit(inst{op: iFail})
		x.land(try)
		return
	}
	f := p.firstSet()
	test := x.test(f.own.or(f.pass), f.empty)
	if p.headfail() {
		x.emit(inst{op: iFail})
	} else {
		saved := x.emit(inst{op: iChoice})
		x.gen(p, place{follow: fullSet, test: nowhere})
		x.emit(inst{op: iFailTwice})
		x.land(saved)
	}
	x.land(test)
}

func (x *compiler) genAnd(p *node, test int) {
	if n := p.length(); n >= 0 && n <= maxBehind && !p.captures() {
		x.gen(p, place{follow: fullSet, test: test})
		if n > 0 {
			x.emit(inst{op: iBehind, n: int32(n)})
		}
		return
	}
	saved := x.emit(inst{op: iChoice})
	x.gen(p, place{follow: fullSet, test: test})
	done := x.emit(inst{op: iBack})
	x.land(saved)
	x.emit(inst{op: iFail})
	x.land(done)
}

func (x *compiler) genCapture(p *node, at place) {
	n := x.capIndex(p)
	if len := p.a.length(); len >= 0 && !p.a.captures() {
		x.gen(p.a, place{follow: at.follow, test: at.test})
		x.emit(inst{op: iFull, n: n, len: int32(len)})
		return
	}
	x.emit(inst{op: iOpen, n: n})
	x.gen(p.a, place{follow: at.follow, test: at.test})
	x.emit(inst{op: iClose, n: n})
}

// capIndex returns the index of what the capture p makes.
func (x *compiler) capIndex(p *node) int32 {
	if i, ok := x.caps[p]; ok {
		return i
	}
	if x.caps == nil {
		x.caps = make(map[*node]int32)
	}
	x.c.Alloc(96)
	i := int32(len(x.p.caps))
	x.caps[p] = i
	kind := p.kind
	if p.op == opRuntime {
		kind = capRuntime
	}
	x.p.caps = append(x.p.caps, capInfo{kind: kind, val: p.val, n: p.n})
	return i
}

type pendingCall struct {
	at   int
	rule *rule
}

// genGrammar emits a call of the first rule, then all rules used.
func (x *compiler) genGrammar(g *grammar) {
	outer := x.calls
	x.calls = nil
	x.emit(inst{op: iCall})
	x.calls = append(x.calls, pendingCall{x.here() - 1, g.rules[0]})
	done := x.emit(inst{op: iJump})
	for _, r := range g.rules {
		if !r.used {
			continue
		}
		r.at = int32(x.here())
		x.gen(r.body, place{follow: fullSet, test: nowhere})
		x.emit(inst{op: iRet})
	}
	for _, call := range x.calls {
		x.p.code[call.at].to = call.rule.at
	}
	x.calls = outer
	x.land(done)
}

// shorten leads jumps to jumps to where they end, and turns a call just before a
// return into a jump.
func (x *compiler) shorten() {
	code := x.p.code
	for i := range code {
		switch in := &code[i]; in.op {
		case iCall:
			if e := x.final(i + 1); code[e].op == iRet {
				in.op = iJump
			}
		case iSwitch:
			targets := x.p.switches[in.n].to
			for k, to := range targets {
				targets[k] = int32(x.final(int(to)))
			}
		}
	}
	for i := range code {
		switch in := &code[i]; in.op {
		case iTestAny, iTryString, iTestChar, iTestSet, iChoice, iCall, iCommit, iPartial, iBack:
			in.to = int32(x.final(int(in.to)))
		case iJump:
			in.to = int32(x.final(int(in.to)))
			switch t := code[in.to]; t.op {
			case iRet, iFail, iFailTwice, iEnd:
				*in = t
			}
		}
	}
}

// final follows jumps from i on.
func (x *compiler) final(i int) int {
	for n := 0; x.p.code[i].op == iJump && n < 64; n++ {
		i = int(x.p.code[i].to)
	}
	return i
}
