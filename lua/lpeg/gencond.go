package lpeg

import "slices"

// byLiteral reports whether p fails only where its first instruction, which
// compares a text, does.
func (p *node) byLiteral() bool {
	switch p.op {
	case opString:
		return true
	case opCapture:
		return p.a.length() >= 0 && !p.a.captures() && p.a.byLiteral()
	case opSeq:
		for p.op == opSeq {
			if !p.b.nofail() {
				return false
			}
			p = p.a
		}
		return p.byLiteral()
	}
	return false
}

// guarded emits p for a place with another way to go on when p fails by how it
// begins, and returns the instruction that jumps there.
func (x *compiler) guarded(p *node, follow charset) int {
	if p.byLiteral() {
		i := x.here()
		x.gen(p, place{follow: follow, test: nowhere})
		x.p.code[i].op = iTryString
		return i
	}
	f := p.firstSet()
	test := x.test(f.after(fullSet), 0)
	x.gen(p, place{follow: follow, test: test})
	return test
}

// decides reports whether the next byte, or a literal, tells that p is the way to
// go: once past it, what else could be done would fail as well.
func (p *node) decides(others charset) bool {
	f := p.firstSet()
	return f.empty == 0 && (p.headfail() || p.byLiteral() || f.after(fullSet).disjoint(others))
}

// genChoice emits ordered alternatives.
func (x *compiler) genChoice(list []*node, at place) {
	x.c.Charge(int64(len(list)) * 4)
	if x.genSwitch(list, at) {
		return
	}
	x.genAlternatives(list, at)
}

func (x *compiler) genAlternatives(list []*node, at place) {
	// rest[i] are the bytes with which alternatives after i, or what follows, begin.
	rest := make([]charset, len(list))
	for i := len(list) - 1; i > 0; i-- {
		rest[i-1] = list[i].firstSet().after(at.follow)
		if i < len(list)-1 {
			rest[i-1] = rest[i-1].or(rest[i])
		}
	}
	var ends []int
	for i, p := range list {
		if i == len(list)-1 {
			x.gen(p, at)
			break
		}
		last := i == len(list)-2 && list[i+1].op == opTrue
		switch {
		case p.decides(rest[i]):
			next := x.guarded(p, at.follow)
			if !last {
				ends = append(ends, x.emit(inst{op: iJump}))
			}
			x.land(next)
		case at.saved && last:
			x.land(x.emit(inst{op: iPartial}))
			x.gen(p, place{follow: fullSet, test: nowhere, saved: true})
		default:
			f := p.firstSet()
			test := x.test(f.after(fullSet), f.empty)
			saved := x.emit(inst{op: iChoice})
			x.gen(p, place{follow: fullSet, test: test, saved: last})
			ends = append(ends, x.emit(inst{op: iCommit}))
			x.land(saved)
			x.land(test)
		}
	}
	for _, i := range ends {
		x.land(i)
	}
}

// genSwitch emits a jump by the next byte when the alternatives fall into three
// groups or more that begin with different bytes. Within a group the order stays;
// between groups it does not matter.
func (x *compiler) genSwitch(list []*node, at place) bool {
	optional := list[len(list)-1].op == opTrue
	if optional {
		list = list[:len(list)-1]
	}
	if len(list) < 3 || len(list) > 4096 {
		return false
	}
	type group struct {
		set  charset
		list []*node
	}
	var groups []group
	for _, p := range list {
		f := p.firstSet()
		if f.empty != 0 {
			return false
		}
		g := group{set: f.after(fullSet)}
		kept := groups[:0]
		for _, h := range groups {
			if h.set.disjoint(f.after(fullSet)) {
				kept = append(kept, h)
			} else {
				g.set = g.set.or(h.set)
				g.list = append(g.list, h.list...)
			}
		}
		g.list = append(g.list, p)
		groups = append(kept, g)
		x.c.Charge(int64(len(groups)))
	}
	if len(groups) < 3 || len(groups) > 200 {
		return false
	}
	order := make(map[*node]int, len(list))
	for i, p := range slices.Backward(list) {
		order[p] = i
	}
	x.c.Alloc(257 + 4*len(groups) + 64)
	n := len(x.p.switches)
	x.p.switches = append(x.p.switches, byteSwitch{to: make([]int32, len(groups)+1)})
	x.emit(inst{op: iSwitch, n: int32(n)})
	var ends []int
	if optional {
		ends = append(ends, x.emit(inst{op: iJump}))
	} else {
		x.emit(inst{op: iFail})
	}
	x.p.switches[n].to[0] = int32(x.here() - 1)
	for i, g := range groups {
		for c := range 256 {
			if g.set.has(byte(c)) {
				x.p.switches[n].index[c] = uint8(i + 1)
			}
		}
		x.p.switches[n].to[i+1] = int32(x.here())
		sortBy(g.list, order)
		if optional {
			g.list = append(g.list, trueNode())
		}
		x.genAlternatives(g.list, at)
		ends = append(ends, x.emit(inst{op: iJump}))
	}
	for _, i := range ends {
		x.land(i)
	}
	return true
}

// genRep emits a repetition: what must be there, then what may be.
func (x *compiler) genRep(p *node, at place) {
	a := p.a
	if a.op == opTrue {
		return
	}
	f := a.firstSet()
	again := f.after(fullSet)
	if a.nullable() {
		again = fullSet
	}
	more := again.or(at.follow)
	test := at.test
	if a.op == opAny && p.n > 0 {
		x.emit(inst{op: iAny, n: int32(min(int(a.n)*int(p.n), maxSubject+1))})
	} else {
		for i := range p.n {
			follow := again
			if i == p.n-1 {
				follow = more
				if p.n == p.max {
					follow = at.follow
				}
			}
			x.gen(a, place{follow: follow, test: test})
			if a.length() != 0 {
				test = nowhere
			}
		}
	}
	if p.n > 0 {
		at.saved = false // the saved place is that of the beginning
	}
	if p.max < 0 {
		x.genLoop(a, at)
	} else if p.max > p.n {
		x.genOptional(a, p.max-p.n, at)
	}
}

// genLoop emits a, as often as it matches.
func (x *compiler) genLoop(a *node, at place) {
	if s, ok := a.asSet(); ok {
		x.genSpan(s)
		return
	}
	if x.genSearch(a) {
		return
	}
	f := a.firstSet()
	switch skip := a.skipped(); {
	case a.decides(at.follow):
		loop := x.here()
		end := x.guarded(a, f.after(fullSet).or(at.follow))
		x.emit(inst{op: iJump, to: int32(loop)})
		x.land(end)
	case !skip.empty():
		loop := x.here()
		x.genSpan(skip)
		test := x.test(f.after(fullSet), f.empty)
		saved := x.emit(inst{op: iChoice})
		x.gen(a, place{follow: fullSet, test: test})
		x.emit(inst{op: iCommit, to: int32(loop)})
		x.land(saved)
		x.land(test)
	default:
		test := x.test(f.after(fullSet), f.empty)
		saved := nowhere
		if at.saved {
			x.land(x.emit(inst{op: iPartial}))
		} else {
			saved = x.emit(inst{op: iChoice})
		}
		loop := x.here()
		x.gen(a, place{follow: fullSet, test: nowhere})
		x.emit(inst{op: iPartial, to: int32(loop)})
		x.land(saved)
		x.land(test)
	}
}

func (x *compiler) genSpan(s charset) {
	if s.empty() {
		return
	}
	if c, d, ok := s.not().pair(); ok {
		x.emit(inst{op: iSpanBut, c: c, n: int32(d)})
		return
	}
	r := x.set(s)
	x.emit(inst{op: iSpan, c: r.bit, set: r.table})
}

// skipped returns the bytes that a loop over a may pass at once: those that only
// the last alternative, a set, takes.
func (p *node) skipped() charset {
	if p.op != opChoice {
		return charset{}
	}
	s, ok := p.b.asSet()
	if !ok {
		return charset{}
	}
	f := p.a.firstSet()
	if f.empty != 0 {
		return charset{}
	}
	return s.and(f.after(fullSet).not())
}

// genSearch emits the loop of (1 - p)^0: bytes that cannot begin p are passed at
// once, and a literal is searched for.
func (x *compiler) genSearch(a *node) bool {
	if a.op != opSeq || a.a.op != opNot || a.b.op != opAny || a.b.n != 1 {
		return false
	}
	p := a.a.a
	if p.op == opString {
		x.emit(inst{op: iFind, n: x.text(p.text)})
		return true
	}
	f := p.firstSet()
	if f.empty != 0 {
		return false
	}
	begin := f.after(fullSet)
	loop := x.here()
	x.genSpan(begin.not())
	if p.headfail() {
		return true
	}
	end := x.emit(inst{op: iTestAny})
	saved := x.emit(inst{op: iChoice})
	x.gen(p, place{follow: fullSet, test: nowhere})
	found := x.emit(inst{op: iBack})
	x.land(saved)
	x.emit(inst{op: iAny, n: 1})
	x.emit(inst{op: iJump, to: int32(loop)})
	x.land(end)
	x.land(found)
	return true
}

// genOptional emits a, n times at most.
func (x *compiler) genOptional(a *node, n int32, at place) {
	var ends []int
	f := a.firstSet()
	if a.decides(at.follow) {
		for range n {
			ends = append(ends, x.guarded(a, f.after(fullSet).or(at.follow)))
		}
		for _, i := range ends {
			x.land(i)
		}
		return
	}
	test, saved := nowhere, nowhere
	if at.saved {
		x.land(x.emit(inst{op: iPartial}))
	} else {
		test = x.test(f.after(fullSet), f.empty)
		saved = x.emit(inst{op: iChoice})
	}
	for i := range n {
		if i > 0 {
			x.land(x.emit(inst{op: iPartial}))
		}
		x.gen(a, place{follow: fullSet, test: nowhere})
	}
	if !at.saved {
		end := x.emit(inst{op: iCommit})
		x.land(end)
	}
	x.land(saved)
	x.land(test)
}

// sortBy sorts the alternatives of a group as they were written.
func sortBy(list []*node, order map[*node]int) {
	slices.SortFunc(list, func(a, b *node) int { return order[a] - order[b] })
}
