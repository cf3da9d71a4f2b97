package match

import (
	"encoding/binary"
	"slices"

	"github.com/heka-project/heka/message"
)

// rowOpen marks the number of a group's row that residual tests have to decide.
// Numbers begin at 1 and are below it, so that with the mark they take 16 bits.
const rowOpen = 1 << 15

// maxGroupRows is how many rows a group keeps.
const maxGroupRows = rowOpen - 1

// groupState is what a Context knows of a group: a table from the classes of its
// slots to its row. While there are few combinations it is an array; else a tree,
// in which one class after the other leads to the next node, until the row is
// decided.
type groupState struct {
	dense []uint16 // row, maybe marked with rowOpen; 0: to be found; nil: tree
	terms []term   // what makes an index of dense
	room  []uint32 // classes of each slot that dense has room for

	group
	index int
	tree  pairTable
	nodes uint32

	rows  []groupRow
	byKey map[string]uint32
	final []uint32 // the set's row + 1 for each row, when this is the only group

	decided pairTable // open row and residual answers: the row that it becomes
}

// term is four slots and the strides of their classes in an index; those that a
// group does not need have stride 0.
type term struct{ slot, stride [4]uint32 }

// at is the index in dense for the classes of the current message.
func (g *groupState) at(cls []uint32) (at uint32) {
	for i := range g.terms {
		t := &g.terms[i]
		at += cls[t.slot[0]]*t.stride[0] + cls[t.slot[1]]*t.stride[1] + cls[t.slot[2]]*t.stride[2] + cls[t.slot[3]]*t.stride[3]
	}
	return at
}

// groupRow is one distinct answer of a group.
type groupRow struct {
	bits []uint64 // of words first to first+words-1 of the set's row
	open []openMember
	need []uint64 // residual tests that open reads
}

// openMember is a matcher that residual tests decide, with what is left of it.
type openMember struct {
	id   int32
	node node
}

// treeRow marks a value in the tree as a row, not a node.
const treeRow = 1 << 30

func (g *groupState) init(c *Context, i int) {
	g.group, g.index = c.set.groups[i], i
	g.terms = make([]term, (len(g.slots)+3)/4)
	g.room = make([]uint32, len(g.slots))
	for k, s := range g.slots {
		g.room[k] = uint32(max(c.set.slots[s].room(), len(c.slots[s].classes)))
	}
	g.reset()
}

// slot returns where the set's slot i stands in the group, or -1.
func (g *groupState) slot(i int) int { return slices.Index(g.slots, int32(i)) }

// reset forgets all rows.
func (g *groupState) reset() {
	g.rows, g.final, g.byKey = nil, nil, map[string]uint32{}
	g.decided.clear()
	g.drop()
}

// drop forgets which classes lead to which row. The rows stay.
func (g *groupState) drop() {
	g.tree.clear()
	g.nodes = 1
	n := uint64(1)
	for k, room := range g.room {
		t := &g.terms[k>>2]
		t.slot[k&3], t.stride[k&3] = uint32(g.slots[k]), uint32(n)
		n = min(n*uint64(room), maxDense+1)
	}
	g.dense = nil
	if n <= maxDense {
		g.dense = make([]uint16, n)
	}
}

// fit makes room for class cls of the set's slot i.
func (g *groupState) fit(i int, cls uint32) {
	k := g.slot(i)
	if k < 0 || cls < g.room[k] {
		return
	}
	g.room[k] = 2 * cls
	if g.dense != nil {
		g.drop()
	}
}

// slow finds the row for the current classes where the array does not have it.
func (g *groupState) slow(c *Context) uint32 {
	if len(g.rows)+2 > c.lim.groupRows || g.tree.used+len(g.slots) > c.lim.cells {
		g.reset()
		c.tuples.clear()
	}
	if g.dense == nil {
		return g.walk(c)
	}
	for _, s := range g.slots {
		c.cur[s] = c.slots[s].classes[c.cls[s]]
	}
	r, _ := g.fill(c)
	g.dense[g.at(c.cls)] = uint16(r)
	return r
}

// walk goes down the tree, which it extends.
func (g *groupState) walk(c *Context) uint32 {
	at := uint32(0)
	for k, s := range g.slots {
		key := pair(at, c.cls[s])
		next, ok := g.tree.get(key)
		if !ok {
			for j, s := range g.slots {
				c.cur[s] = nil
				if j <= k {
					c.cur[s] = c.slots[s].classes[c.cls[s]]
				}
			}
			if r, ok := g.fill(c); ok {
				next = r | treeRow
			} else {
				next = g.nodes
				g.nodes++
			}
			g.tree.put(key, next)
		}
		if next&treeRow != 0 {
			return next &^ treeRow
		}
		at = next
	}
	panic("bug: a group is not decided by its slots")
}

// fill finds the row for the classes in c.cur. It reports false when they do not
// decide it.
func (g *groupState) fill(c *Context) (uint32, bool) {
	r := groupRow{bits: make([]uint64, g.words)}
	for i := range g.members {
		m := &g.members[i]
		if m.code != nil && g.dense != nil {
			if c.run(m.code) {
				g.set(r.bits, m.id)
			}
			continue
		}
		switch a, left := c.reduce(&m.node); a {
		case isTrue:
			g.set(r.bits, m.id)
		case isResidual:
			r.open = append(r.open, openMember{m.id, left})
		case isUnknown:
			return 0, false
		}
	}
	return g.intern(c, r), true
}

func (g *groupState) set(bits []uint64, id int32) { bits[int(id>>6)-g.first] |= 1 << (id & 63) }

// run evaluates code on the classes in c.cur.
func (c *Context) run(code []step) bool {
	for i := int32(0); ; {
		s := &code[i]
		if c.cur[s.slot][s.bit>>6]>>(s.bit&63)&1 == 1 {
			i = s.t
		} else {
			i = s.f
		}
		if i < 0 {
			return i == codeTrue
		}
	}
}

// intern numbers a row from 1 on.
func (g *groupState) intern(c *Context, r groupRow) uint32 {
	key := c.key[:0]
	for _, w := range r.bits {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	if r.open != nil {
		r.need = make([]uint64, len(c.need))
		for i := range r.open {
			key = binary.LittleEndian.AppendUint32(key, uint32(r.open[i].id))
			key = r.open[i].node.appendKey(key, r.need)
		}
	}
	c.key = key
	n, ok := g.byKey[string(key)]
	if !ok {
		g.rows = append(g.rows, r)
		g.final = append(g.final, 0)
		n = uint32(len(g.rows))
		if r.open != nil {
			n |= rowOpen
		}
		g.byKey[string(key)] = n
	}
	return n
}

// decide evaluates residual tests and replaces the open rows in c.ids by those
// that they become.
func (c *Context) decide(v *message.View) {
	clear(c.need)
	for i, r := range c.ids {
		if r&rowOpen != 0 {
			for k, w := range c.groups[i].rows[r&^rowOpen-1].need {
				c.need[k] |= w
			}
		}
	}
	c.eval(v, c.need, c.got)
	for i, r := range c.ids {
		if r&rowOpen != 0 {
			c.ids[i] = c.groups[i].close(c, r&^rowOpen)
		}
	}
}

// close returns the row that the open row r becomes with the answers in c.got.
func (g *groupState) close(c *Context, r uint32) uint32 {
	row := &g.rows[r-1]
	got := c.row[:len(c.got)]
	for k, w := range row.need {
		got[k] = c.got[k] & w
	}
	if len(c.left.rows) >= c.lim.cells {
		c.left.clear()
		for i := range c.groups {
			c.groups[i].decided.clear()
		}
	}
	left, _ := c.left.intern(got)
	key := pair(r, left)
	if n, ok := g.decided.get(key); ok {
		return n
	}
	done := groupRow{bits: slices.Clone(row.bits)}
	for i := range row.open {
		if row.open[i].node.run(got) {
			g.set(done.bits, row.open[i].id)
		}
	}
	if len(g.rows) >= c.lim.groupRows || g.decided.used >= c.lim.cells {
		g.reset() // r means nothing from here on
		c.tuples.clear()
		return g.intern(c, done)
	}
	n := g.intern(c, done)
	g.decided.put(key, n)
	return n
}
