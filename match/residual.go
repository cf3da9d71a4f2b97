package match

import (
	"encoding/binary"

	"github.com/heka-project/heka/message"
)

// residual is the tests that are evaluated message by message: those of Payload
// and Uuid. Opposite tests share one.
type residual struct {
	tests    []*Test // patterns on Payload, then ==, =~ and orderings
	index    map[testKey]int
	patterns patternSet // those patterns; bit k is test k
}

// add returns the node that reads the test's answer.
func (r *residual) add(t *Test) node {
	op, neg := t.Op, false
	switch op {
	case NotEqual:
		op, neg = Equal, true
	case NotMatches:
		op, neg = Matches, true
	}
	key := testKey{slotKey{operand: t.Operand}, op, t.Kind, t.Text, t.Number, t.Truth}
	if r.index == nil {
		r.index = map[testKey]int{}
	}
	k, ok := r.index[key]
	if !ok {
		k = len(r.tests)
		r.index[key] = k
		own := *t
		own.Op = op
		r.tests = append(r.tests, &own)
	}
	return node{kind: nodeRest, bit: int32(k), neg: neg}
}

// build puts the patterns on Payload in front and returns where each test went.
func (r *residual) build() []int32 {
	to := make([]int32, len(r.tests))
	var tests []*Test
	var patterns []*pattern
	for pass := range 2 {
		for i, t := range r.tests {
			if isPattern := t.Operand == Payload && t.Kind == Pattern; isPattern == (pass == 0) {
				to[i] = int32(len(tests))
				tests = append(tests, t)
				if isPattern {
					patterns = append(patterns, t.pattern)
				}
			}
		}
	}
	r.tests, r.index = tests, nil
	r.patterns = newPatternSet(patterns)
	return to
}

func (r *residual) words() int { return (len(r.tests) + 63) / 64 }

// eval sets in got the answers of the tests that need names.
func (c *Context) eval(v *message.View, need, got []uint64) {
	clear(got)
	rest := &c.set.rest
	payload := v.Payload()
	c.payload.match(payload, need, got)
	uuid, have := "", false
	for i := len(rest.patterns.patterns); i < len(rest.tests); i++ {
		if need[i>>6]>>(i&63)&1 == 0 {
			continue
		}
		t := rest.tests[i]
		text := payload
		if t.Operand == UUID {
			if !have {
				uuid, have = message.Borrow(message.AppendUUID(c.uuid[:0], v.UUID())), true
			}
			text = uuid
		}
		if t.text(text) {
			got[i>>6] |= 1 << (i & 63)
		}
	}
}

// answer is what a partly known expression comes to.
type answer uint8

const (
	isFalse answer = iota
	isTrue
	isResidual // depends on residual tests only
	isUnknown  // depends on slots whose class is not known yet
)

// reduce evaluates n with the classes in c.cur, where nil means not known. What is
// left of it, when that is residual, it returns as a node.
func (c *Context) reduce(n *node) (answer, node) {
	switch n.kind {
	case nodeFalse:
		return isFalse, node{}
	case nodeTrue:
		return isTrue, node{}
	case nodeRest:
		return isResidual, *n
	case nodeTest:
		row := c.cur[n.slot]
		if row == nil {
			return isUnknown, node{}
		}
		return answer(row[n.bit>>6] >> (n.bit & 63) & 1), node{}
	}
	neutral, absorbing := isTrue, isFalse
	if n.kind == nodeOr {
		neutral, absorbing = isFalse, isTrue
	}
	left := node{kind: n.kind}
	unknown := false
	for i := range n.kids {
		a, k := c.reduce(&n.kids[i])
		switch a {
		case neutral:
		case absorbing:
			return absorbing, node{}
		case isUnknown:
			unknown = true
		default:
			left.kids = append(left.kids, k)
		}
	}
	switch {
	case unknown:
		return isUnknown, node{}
	case len(left.kids) == 0:
		return neutral, node{}
	case len(left.kids) == 1:
		return isResidual, left.kids[0]
	}
	return isResidual, left
}

// run evaluates a residual node on the answers in got.
func (n *node) run(got []uint64) bool {
	switch n.kind {
	case nodeAnd:
		for i := range n.kids {
			if !n.kids[i].run(got) {
				return false
			}
		}
		return true
	case nodeOr:
		for i := range n.kids {
			if n.kids[i].run(got) {
				return true
			}
		}
		return false
	}
	return got[n.bit>>6]>>(n.bit&63)&1 == 1 != n.neg
}

// appendKey writes a residual node so that equal ones are equal bytes, and marks
// in need the tests that it reads.
func (n *node) appendKey(dst []byte, need []uint64) []byte {
	dst = append(dst, byte(n.kind))
	if n.kind == nodeRest {
		need[n.bit>>6] |= 1 << (n.bit & 63)
		if n.neg {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
		return binary.LittleEndian.AppendUint32(dst, uint32(n.bit))
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(n.kids)))
	for i := range n.kids {
		dst = n.kids[i].appendKey(dst, need)
	}
	return dst
}
