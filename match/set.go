package match

import (
	"sort"

	"github.com/heka-project/heka/message"
)

// Set is many matchers compiled together. It is immutable: any number of
// goroutines may make a Context from it.
//
// Each variable that a matcher reads is a slot; its value falls into a class, the
// distinct answers of all tests on it. Matchers that read the same slots are a
// group; the classes of its slots decide them all, so that the answer is looked
// up in a table which a Context fills as messages come. Tests of Payload and Uuid
// are not classed: where a group's answer depends on them they are evaluated,
// once a message each.
//
//	view ─▶ class of each slot ─▶ row of each group ─▶ OR ─▶ RowID
//	                                   └─ undecided ─▶ payload tests ─▶ row
type Set struct {
	matchers []*Matcher
	words    int    // of a row
	slots    []slot // headers of text, headers of numbers, fields
	texts    int    // slots before this index are headers of text
	numbers  int    // slots from there and before this are headers of numbers
	groups   []group
	always   []uint64 // matchers that are true for every message
	rest     residual
	want     *message.Want
	extra    map[string]int // names of fields that a walk finds, as want does not: index in walked
	walked   [][]walkedField
	nExtra   int
}

// walkedField is the nth field of its name; index is that of slot.extra.
type walkedField struct{ nth, index int }

// NewSet compiles matchers together. Bit i of a row is the answer of ms[i].
func NewSet(ms []*Matcher) *Set {
	s := &Set{matchers: ms, words: (len(ms) + 63) / 64}
	s.always = make([]uint64, s.words)
	b := setBuilder{set: s, slot: map[slotKey]int{}, test: map[testKey]place{}}
	nodes := make([]node, len(ms))
	for i, m := range ms {
		nodes[i] = b.compile(m.expr)
	}
	b.order(nodes)
	to := s.rest.build()
	for i := range nodes {
		nodes[i].each(nodeRest, func(n *node) { n.bit = to[n.bit] })
	}
	s.index()
	for i := range s.slots {
		s.slots[i].build()
	}
	s.group(nodes)
	return s
}

// Len is the number of matchers.
func (s *Set) Len() int { return len(s.matchers) }

// Constant reports whether the answer is the same for every message, so that
// none need be read.
func (s *Set) Constant() bool { return len(s.slots) == 0 && s.rest.words() == 0 }

// Want names the dynamic fields that messages must be parsed with before they
// are given to a Context of the set; nil when no matcher reads any.
func (s *Set) Want() *message.Want { return s.want }

// index decides how each field slot is found: while the message is parsed, or by
// a walk afterwards.
func (s *Set) index() {
	var names []string
	for i := range s.slots {
		if x := &s.slots[i]; x.operand == Field && x.nth == 0 {
			names = append(names, x.name)
		}
	}
	if len(names) > 0 {
		s.want = message.NewWant(names)
	}
	s.extra = map[string]int{}
	for i := range s.slots {
		x := &s.slots[i]
		x.want, x.extra = -1, -1
		if x.operand != Field {
			continue
		}
		if x.nth == 0 {
			if x.want = s.want.Index(x.name); x.want >= 0 {
				continue
			}
		}
		k, ok := s.extra[x.name]
		if !ok {
			k = len(s.walked)
			s.extra[x.name] = k
			s.walked = append(s.walked, nil)
		}
		for _, f := range s.walked[k] {
			if f.nth == x.nth {
				x.extra = f.index
			}
		}
		if x.extra < 0 {
			x.extra = s.nExtra
			s.walked[k] = append(s.walked[k], walkedField{x.nth, x.extra})
			s.nExtra++
		}
	}
}

// nodeKind is what a compiled node does.
type nodeKind uint8

const (
	nodeFalse nodeKind = iota
	nodeTrue
	nodeAnd
	nodeOr
	nodeTest // bit of the class's row of a slot
	nodeRest // bit of the residual tests
)

// node is an expression with its tests replaced by where their answers stand.
type node struct {
	kind nodeKind
	neg  bool  // nodeRest: the answer is turned
	slot int32 // nodeTest
	bit  int32
	kids []node
}

// testKey tells tests apart; place is where the answer stands.
type testKey struct {
	slotKey
	op     Op
	kind   Kind
	text   string
	number float64
	truth  bool
}

type place struct{ slot, bit int32 }

type setBuilder struct {
	set  *Set
	slot map[slotKey]int
	test map[testKey]place
}

// compile makes nodes of e, with constants folded.
func (b *setBuilder) compile(e Expr) node {
	switch e := e.(type) {
	case Const:
		if e {
			return node{kind: nodeTrue}
		}
		return node{kind: nodeFalse}
	case And:
		return b.join(e, nodeAnd, nodeTrue, nodeFalse)
	case Or:
		return b.join(e, nodeOr, nodeFalse, nodeTrue)
	}
	t := e.(*Test)
	if t.Operand == Payload || t.Operand == UUID {
		return b.set.rest.add(t)
	}
	sk := slotKey{t.Operand, t.Name, t.Nth, t.Value}
	tk := testKey{sk, t.Op, t.Kind, t.Text, t.Number, t.Truth}
	p, ok := b.test[tk]
	if !ok {
		k, ok := b.slot[sk]
		if !ok {
			k = len(b.set.slots)
			b.slot[sk] = k
			b.set.slots = append(b.set.slots, slot{slotKey: sk})
		}
		s := &b.set.slots[k]
		p = place{int32(k), int32(len(s.tests))}
		s.tests = append(s.tests, t)
		b.test[tk] = p
	}
	return node{kind: nodeTest, slot: p.slot, bit: p.bit}
}

// join folds parts: neutral ones vanish, an absorbing one is the whole.
func (b *setBuilder) join(parts []Expr, kind, neutral, absorbing nodeKind) node {
	n := node{kind: kind}
	for _, x := range parts {
		switch k := b.compile(x); k.kind {
		case neutral:
		case absorbing:
			return k
		default:
			n.kids = append(n.kids, k)
		}
	}
	switch len(n.kids) {
	case 0:
		return node{kind: neutral}
	case 1:
		return n.kids[0]
	}
	return n
}

// order sorts the slots by how they are read and drops those that folding left
// unused.
func (b *setBuilder) order(nodes []node) {
	s := b.set
	used := make([]bool, len(s.slots))
	for i := range nodes {
		nodes[i].each(nodeTest, func(n *node) { used[n.slot] = true })
	}
	perm := []int{}
	for i, u := range used {
		if u {
			perm = append(perm, i)
		}
	}
	sort.SliceStable(perm, func(i, j int) bool { return s.slots[perm[i]].rank() < s.slots[perm[j]].rank() })
	to := make([]int32, len(s.slots))
	slots := make([]slot, len(perm))
	for i, k := range perm {
		slots[i] = s.slots[k]
		to[k] = int32(i)
	}
	s.slots = slots
	for s.texts < len(slots) && slots[s.texts].rank() < 32 {
		s.texts++
	}
	for s.numbers = s.texts; s.numbers < len(slots) && slots[s.numbers].rank() < 64; {
		s.numbers++
	}
	for i := range nodes {
		nodes[i].each(nodeTest, func(n *node) { n.slot = to[n.slot] })
	}
}

// rank orders slots: headers of text, of numbers, fields, each in the order in
// which they stand in a message.
func (s *slot) rank() Operand {
	switch {
	case s.operand == Field:
		return s.operand + 64
	case s.operand.Numeric():
		return s.operand + 32
	}
	return s.operand
}

// each calls f for every node of the kind.
func (n *node) each(kind nodeKind, f func(*node)) {
	if n.kind == kind {
		f(n)
	}
	for i := range n.kids {
		n.kids[i].each(kind, f)
	}
}
