package lpeg

import "github.com/heka-project/heka/lua"

// grammar is the rules of one table given to lpeg.P. Rules hold copies of the nodes
// that call rules, with the calls resolved, and share all others.
type grammar struct {
	rules []*rule // the initial rule first
	parts []lua.Value
	bytes int // of the copies
}

// rule is one rule of a grammar.
type rule struct {
	name lua.Value
	body *node
	gram *grammar
	used bool
	seen tri   // no: its left calls are being followed; yes: they end
	null bool  // once seen: its left calls may all match nothing
	at   int32 // its address in the program being compiled
}

const maxRules = 250

// newGrammar makes a grammar of the table t.
func newGrammar(c *lua.Call, t *lua.Table) *node {
	g := &grammar{}
	g.collect(c, t)
	p := leaf(opGrammar)
	p.gram, p.null, p.sure, p.fixed, p.hasCall = g, unknown, unknown, unknownLen, false
	depth, size := int32(0), int64(1)
	for _, r := range g.rules {
		p.values = min(p.values+r.body.values+1, 1<<20)
		p.hasCap = p.hasCap || r.body.hasCap
		depth, size = max(depth, r.body.depth), min(size+r.body.size, 1<<50)
	}
	p.depth, p.size = depth+1, size
	x := resolver{c: c, g: g, done: map[*node]*node{}}
	for _, r := range g.rules {
		r.body = x.resolve(r.body)
	}
	g.rules[0].used = true
	g.verify(c)
	for _, q := range x.copies {
		c.Charge(1)
		q.settle()
	}
	p.settle()
	return p
}

// collect reads the rules: the initial one, then the others in the order of the
// table.
func (g *grammar) collect(c *lua.Call, t *lua.Table) {
	name, first := lua.Int(1), t.GetInt(1)
	if _, ok := first.ToString(); ok {
		if _, isPattern := lua.Data[*node](first); !isPattern {
			name = first
			first = c.Index(t.Value(), name)
		}
	}
	body, ok := lua.Data[*node](first)
	if !ok {
		if first.IsNil() {
			c.Errorf("grammar has no initial rule")
		}
		c.Errorf("initial rule '%s' is not a pattern", nameOf(name))
	}
	g.add(name, body)
	for k, v, _ := t.Next(lua.Nil); !k.IsNil(); k, v, _ = t.Next(k) {
		c.Charge(1)
		if f, ok := k.ToNumber(); ok && f == 1 || c.Equal(k, name) {
			continue
		}
		body, ok := lua.Data[*node](v)
		if !ok {
			c.Errorf("rule '%s' is not a pattern", nameOf(k))
		}
		g.add(k, body)
	}
	if len(g.rules) > maxRules {
		c.ArgError(1, "grammar has too many rules")
	}
}

func (g *grammar) add(name lua.Value, body *node) {
	g.rules = append(g.rules, &rule{name: name, body: body, gram: g})
	g.parts = append(g.parts, name, body.self)
	g.bytes += 128
}

// nameOf is the name of a rule in messages.
func nameOf(v lua.Value) string {
	if s, ok := v.ToString(); ok {
		return s
	}
	return "(a " + v.Type().String() + ")"
}

func (g *grammar) find(name lua.Value) *rule {
	for _, r := range g.rules {
		if lua.RawEqual(r.name, name) {
			return r
		}
	}
	return nil
}

// resolver copies nodes with open calls and puts calls of rules in their place.
type resolver struct {
	c      *lua.Call
	g      *grammar
	done   map[*node]*node
	copies []*node // parts before what they are part of
}

func (x *resolver) resolve(p *node) *node {
	if !p.hasOpen {
		return p
	}
	if q := x.done[p]; q != nil {
		return q
	}
	x.c.Charge(4)
	x.c.Alloc(nodeBytes + 48)
	x.g.bytes += nodeBytes
	var q *node
	switch p.op {
	case opOpen:
		q = x.call(p)
	case opSeq, opChoice:
		q = x.chain(p)
	default:
		q = x.copy(p, x.resolve(p.a), nil)
	}
	x.done[p] = q
	return q
}

func (x *resolver) call(p *node) *node {
	r := x.g.find(p.val)
	if r == nil {
		x.c.Errorf("rule '%s' undefined in given grammar", nameOf(p.val))
	}
	r.used = true
	q := leaf(opCall)
	q.rule, q.hasCall, q.null, q.sure, q.fixed = r, true, unknown, unknown, unknownLen
	x.copies = append(x.copies, q)
	return q
}

// chain copies a chain of one operator without going as deep as it is long.
func (x *resolver) chain(p *node) *node {
	list := p.operands()
	x.c.Charge(int64(len(list)))
	x.c.Alloc(len(list) * nodeBytes)
	x.g.bytes += len(list) * nodeBytes
	q := x.resolve(list[0])
	for _, k := range list[1:] {
		q = x.copy(p, q, x.resolve(k))
	}
	return q
}

func (x *resolver) copy(p, a, b *node) *node {
	q := &node{op: p.op, kind: p.kind, n: p.n, max: p.max, a: a, b: b, val: p.val, self: lua.Nil, chain: 1, fixed: unknownLen}
	q.adopt(a)
	if b != nil {
		q.adopt(b)
	}
	q.depth++
	q.size, q.values = p.size, p.values
	q.hasCap = q.hasCap || p.op == opCapture || p.op == opRuntime
	x.copies = append(x.copies, q)
	return q
}

// verify refuses rules that would never end: those that call themselves before
// anything is consumed, and loops over what may match nothing.
func (g *grammar) verify(c *lua.Call) {
	for _, r := range g.rules {
		if r.used {
			r.verify(c, nil)
		}
	}
	for _, r := range g.rules {
		if r.used && r.body.emptyLoop(map[*node]bool{}) {
			c.Errorf("empty loop in rule '%s'", nameOf(r.name))
		}
	}
}

// verify follows the calls that r may make before it consumes, and reports whether
// it may match nothing as far as they tell. The path holds the calls in progress.
func (r *rule) verify(c *lua.Call, path []*rule) bool {
	if r.seen == no {
		leftRecursive(c, append(path, r))
	}
	if r.seen == unknown {
		c.Charge(4)
		r.seen = no
		r.null = r.body.leftCalls(c, append(path, r), map[*node]bool{})
		r.seen = yes
	}
	return r.null
}

// leftRecursive raises the error with the name that is 250 calls down the path.
func leftRecursive(c *lua.Call, path []*rule) {
	last := len(path) - 1
	start := 0
	for path[start] != path[last] {
		start++
	}
	r := path[start+(max(maxRules-start, 0))%(last-start)]
	c.Errorf("rule '%s' may be left recursive", nameOf(r.name))
}

// leftCalls reports whether p may match nothing, and checks the rules it may call
// before it consumes. done holds what was found for shared nodes.
func (p *node) leftCalls(c *lua.Call, path []*rule, done map[*node]bool) bool {
	if !p.hasCall {
		return p.nullable() || p.op == opAnd || p.op == opNot
	}
	if v, ok := done[p]; ok {
		return v
	}
	c.Charge(1)
	var v bool
	switch p.op {
	case opNot, opAnd, opRep:
		v = p.a.leftCalls(c, path, done) || p.op != opRep || p.n == 0
	case opCapture, opRuntime:
		v = p.a.leftCalls(c, path, done)
	case opCall:
		v = p.rule.verify(c, path)
	case opSeq:
		v = true
		for _, k := range p.operands() {
			if v = k.leftCalls(c, path, done); !v {
				break
			}
		}
	case opChoice:
		for _, k := range p.operands() {
			if k.leftCalls(c, path, done) {
				v = true
			}
		}
	}
	done[p] = v
	return v
}

// emptyLoop reports whether p repeats something that may match nothing.
func (p *node) emptyLoop(done map[*node]bool) bool {
	if !p.hasCall || done[p] {
		return false
	}
	done[p] = true
	if p.op == opRep && p.max < 0 && p.a.nullable() {
		return true
	}
	if p.op == opSeq || p.op == opChoice {
		for _, k := range p.operands() {
			if k.emptyLoop(done) {
				return true
			}
		}
		return false
	}
	return p.a != nil && p.a.emptyLoop(done)
}
