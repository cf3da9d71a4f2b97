package lpeg

import (
	"unsafe"

	"github.com/heka-project/heka/lua"
)

// op is what a node matches.
type op uint8

const (
	opFail    op = iota // nothing
	opTrue              // the empty string
	opAny               // any n bytes
	opSet               // one byte of a set
	opString            // a text of two bytes or more
	opRep               // a, n times or more, max times at most unless max is -1
	opSeq               // a then b
	opChoice            // a, or else b
	opNot               // not a, at no width
	opAnd               // a, at no width
	opBehind            // a before the position
	opCapture           // a, captured
	opRuntime           // a, captured and judged by a function at once
	opOpen              // a rule of the grammar to come, by name
	opCall              // a rule
	opGrammar           // rules, the first of them
)

// capKind is what a capture makes of what it matched.
type capKind uint8

const (
	capSimple capKind = iota
	capPosition
	capConst
	capArg
	capBackref
	capGroup // named when val is not nil
	capTable
	capSubst
	capFold
	capFunction
	capQuery
	capString
	capNum
	capToNumber // a function capture whose function is tonumber
)

// node is one operation of a pattern. It is fixed once made, but for what is found
// out about it later and kept: nodes are shared by patterns, copied by none.
type node struct {
	op      op
	kind    capKind
	null    tri  // may match the empty string
	sure    tri  // cannot fail
	hasCap  bool // captures inside, rules it calls not looked at
	hasOpen bool // calls of a grammar to come inside
	hasCall bool // calls of rules inside
	busy    bool // its length is being found

	n, max int32
	fixed  int32 // bytes it matches, when always the same; -1 not, unknownLen
	depth  int32 // nesting, chains of one operator not counted
	chain  int32 // length of a chain of one operator
	values int32 // Lua values held
	size   int64 // nodes, shared ones counted each time

	a, b  *node
	text  string
	set   charset
	val   lua.Value
	rule  *rule
	gram  *grammar
	first *firstInfo
	prog  *program
	self  lua.Value // the userdata that holds the node, or Nil
}

type tri uint8

const (
	unknown tri = iota
	no
	yes
)

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

const (
	unknownLen = -2

	nodeBytes  = int(unsafe.Sizeof(node{})) + 8 // as the allocator rounds it
	firstBytes = int(unsafe.Sizeof(firstInfo{})) + 8
	maxSize    = 1 << 20 // nodes in a pattern, once all that is shared is written out
	maxDepth   = 4000
	maxLua     = 1<<16 - 1 // Lua values in a pattern, as in the C library
	maxBehind  = 255
)

// LuaSize tells memory counts what the node holds beside other userdata.
func (n *node) LuaSize() int {
	size := nodeBytes + len(n.text)
	if n.first != nil {
		size += firstBytes
	}
	if n.prog != nil {
		size += n.prog.bytes()
	}
	if n.gram != nil {
		size += n.gram.bytes
	}
	for _, k := range [2]*node{n.a, n.b} {
		if k != nil && k.self.IsNil() {
			size += k.LuaSize()
		}
	}
	return size
}

// LuaTrace shows memory counts the values and the patterns the node is made of.
func (n *node) LuaTrace(visit func(lua.Value)) {
	visit(n.val)
	if n.prog != nil && n.prog.known > 0 {
		n.prog.trace(visit)
	}
	if n.gram != nil {
		for _, v := range n.gram.parts {
			visit(v)
		}
		return
	}
	for _, k := range [2]*node{n.a, n.b} {
		if k == nil {
			continue
		}
		if k.self.IsNil() {
			k.LuaTrace(visit)
		} else {
			visit(k.self)
		}
	}
}

func leaf(o op) *node {
	return &node{op: o, val: lua.Nil, self: lua.Nil, size: 1, depth: 1, chain: 1,
		null: triOf(o == opTrue), sure: triOf(o == opTrue)}
}

func trueNode() *node { return leaf(opTrue) }

func anyNode(n int) *node {
	if n == 0 {
		return trueNode()
	}
	p := leaf(opAny)
	p.n, p.fixed = int32(n), int32(n)
	return p
}

func setNode(s charset) *node {
	p := leaf(opSet)
	p.set, p.fixed = s, 1
	return p
}

func stringNode(s string) *node {
	switch len(s) {
	case 0:
		return trueNode()
	case 1:
		return setNode(setOf(s))
	}
	p := leaf(opString)
	p.text, p.fixed = s, int32(min(len(s), 1<<30))
	return p
}

func openNode(name lua.Value) *node {
	p := leaf(opOpen)
	p.val, p.hasOpen, p.fixed, p.values = name, true, -1, 1
	return p
}

// combine makes a node of one or two others and works out what follows from them.
func combine(o op, a, b *node) *node {
	p := &node{op: o, a: a, b: b, val: lua.Nil, self: lua.Nil, chain: 1, fixed: unknownLen}
	p.adopt(a)
	if b != nil {
		p.adopt(b)
	}
	p.depth++
	p.size = min(p.size+1, 1<<50)
	if !p.hasCall {
		p.settle()
	}
	return p
}

func (p *node) adopt(k *node) {
	depth := k.depth
	if k.op == p.op && (p.op == opSeq || p.op == opChoice) {
		depth--
		p.chain = max(p.chain, k.chain+1)
	}
	p.depth = max(p.depth, depth)
	p.size += k.size
	if k != p.a || p.b == nil || p.a != p.b {
		p.values = min(p.values+k.values, 1<<20)
	}
	p.hasCap = p.hasCap || k.hasCap
	p.hasOpen = p.hasOpen || k.hasOpen
	p.hasCall = p.hasCall || k.hasCall
}

// settle finds out now what could be asked later, so that no question has far to go.
func (p *node) settle() {
	p.nullable()
	p.nofail()
	p.length()
	if p.chain%256 == 0 || p.depth%64 == 0 {
		p.firstSet()
	}
}

// asSet returns the set of bytes that the node matches, if it is one.
func (p *node) asSet() (charset, bool) {
	switch {
	case p.op == opSet:
		return p.set, true
	case p.op == opAny && p.n == 1:
		return fullSet, true
	case p.op == opFail:
		return charset{}, true
	}
	return charset{}, false
}

func seq(a, b *node) *node {
	if a.op == opFail || b.op == opTrue {
		return a
	}
	if a.op == opTrue {
		return b
	}
	return combine(opSeq, a, b)
}

func choice(a, b *node) *node {
	s, ok1 := a.asSet()
	t, ok2 := b.asSet()
	if ok1 && ok2 && a.op != opFail && b.op != opFail {
		return setNode(s.or(t))
	}
	if a.nofail() || b.op == opFail {
		return a
	}
	if a.op == opFail {
		return b
	}
	return combine(opChoice, a, b)
}

// except matches a where b does not match.
func except(a, b *node) *node {
	s, ok1 := a.asSet()
	t, ok2 := b.asSet()
	if ok1 && ok2 {
		return setNode(s.and(t.not()))
	}
	return seq(combine(opNot, b, nil), a)
}

func repeat(a *node, least, most int) *node {
	p := combine(opRep, a, nil)
	p.n, p.max = int32(least), int32(most)
	p.null, p.sure, p.fixed = unknown, unknown, unknownLen
	if n := int64(max(least+1, most)); p.size > maxSize/n {
		p.size = 1 << 50
	} else {
		p.size *= n
	}
	if !p.hasCall {
		p.settle()
	}
	return p
}

func capture(kind capKind, a *node, val lua.Value) *node {
	p := combine(opCapture, a, nil)
	p.kind, p.val, p.hasCap = kind, val, true
	if !val.IsNil() || kind == capConst || kind == capNum || kind == capArg {
		p.values++
	}
	return p
}

// operands returns the parts of a chain of one operator, from left to right.
func (p *node) operands() []*node {
	var list, todo []*node
	todo = append(todo, p)
	for len(todo) > 0 {
		q := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if q.op == p.op {
			todo = append(todo, q.b, q.a)
		} else {
			list = append(list, q)
		}
	}
	return list
}
