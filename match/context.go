package match

import (
	"github.com/heka-project/heka/message"
)

// MaxRows is the number of distinct rows that a Context tells apart before it
// begins to number them anew: RowIDs are below it.
const MaxRows = 1 << 15

// RowID stands for one distinct answer of a set. It has a meaning only together
// with the Context that gave it, in one epoch.
type RowID uint32

// Context evaluates a Set for one goroutine at a time: it holds what the set has
// learned from the messages before. It is worth keeping; many streams that take
// turns may share one. Nothing is locked, and nothing is allocated once the
// values in the messages repeat. Its memory is bounded whatever the messages.
type Context struct {
	lim     limits
	set     *Set
	n       uint64 // messages so far
	slots   []slotState
	cls     []uint32 // class of each slot for the current message
	groups  []groupState
	ids     []uint32   // row of each group for the current message
	cur     [][]uint64 // rows of the slots while a table is filled
	got     []uint64   // answers of the residual tests
	need    []uint64
	bodies  [][]byte // fields found by a walk, and how often their names were seen
	seen    []int
	payload patternRun
	uuid    [36]byte
	row     []uint64 // scratch
	key     []byte   // scratch
	left    rowTable // distinct answers of residual tests

	final  rowTable // distinct rows of the set
	tuples tupleCache
	epoch  uint64
}

// limits bound what a Context remembers. It forgets and goes on where it meets one.
type limits struct {
	rows      int // of the set, at most MaxRows
	groupRows int // of a group, at most maxGroupRows
	cells     int // of a group's tree and table of decided rows, and answers of residual tests
	classes   int // that patterns make in a slot
}

// rowMemory is how much the rows of a set, or of a group, may take where its
// matchers are very many, in bytes.
const rowMemory = 16 << 20

// newLimits are the limits for rows of so many words.
func newLimits(words int) limits {
	n := max(rowMemory/8/max(words, 1), 2*message.MaxBatch)
	return limits{rows: min(n, MaxRows), groupRows: min(n, maxGroupRows), cells: maxCells, classes: maxClasses}
}

// NewContext makes a Context. Its tables grow with the messages.
func (s *Set) NewContext() *Context { return s.newContext(newLimits(s.words)) }

func (s *Set) newContext(lim limits) *Context {
	c := &Context{
		lim: lim, set: s, cls: make([]uint32, len(s.slots)), ids: make([]uint32, len(s.groups)),
		cur: make([][]uint64, len(s.slots)), got: make([]uint64, s.rest.words()), need: make([]uint64, s.rest.words()),
		bodies: make([][]byte, s.nExtra), seen: make([]int, len(s.walked)),
	}
	words := s.words
	for i := range s.slots {
		words = max(words, s.slots[i].words())
	}
	c.row = make([]uint64, max(words, s.rest.words()))
	c.slots = make([]slotState, len(s.slots))
	for i := range c.slots {
		c.slots[i].init(c, i)
	}
	c.groups = make([]groupState, len(s.groups))
	for i := range c.groups {
		c.groups[i].init(c, i)
	}
	c.left.words = s.rest.words()
	c.payload = newPatternRun(&s.rest.patterns)
	c.final.words = s.words
	c.tuples.resize(tuplesMin)
	return c
}

// Set returns the set that the context evaluates.
func (c *Context) Set() *Set { return c.set }

// Epoch counts how often RowIDs began anew. An id of an earlier epoch means
// nothing; rows that Row returned stay.
func (c *Context) Epoch() uint64 { return c.epoch }

// Begin makes sure that the next message.MaxBatch calls of Match stay in one
// epoch. The maker of a batch calls it before the first message.
func (c *Context) Begin() {
	if len(c.final.rows)+message.MaxBatch > c.lim.rows {
		c.renew()
	}
}

// renew begins a new epoch.
func (c *Context) renew() {
	c.final.clear()
	c.tuples.clear()
	for i := range c.groups {
		clear(c.groups[i].final)
	}
	c.epoch++
}

// Row returns the answer that id stands for: bit i is set when matcher i of the
// set takes the message. It is never written again and stays valid for as long as
// it is referred to, also past the epoch.
func (c *Context) Row(id RowID) []uint64 { return c.final.rows[id] }

// Match evaluates all matchers for the viewed message and returns the id of the
// answer. The message should have been parsed with the set's Want; any other view
// gives the same answer, slower.
func (c *Context) Match(v *message.View) RowID {
	c.n++
	c.classes(v)
	if len(c.groups) == 1 && c.groups[0].dense != nil { // Fast path: one array knows it all
		g := &c.groups[0]
		if r := g.dense[g.at(c.cls)]; r-1 < rowOpen-1 {
			if id := g.final[r-1]; id != 0 {
				return RowID(id - 1)
			}
		}
	}
	open := uint32(0)
	for i := range c.groups {
		g := &c.groups[i]
		var r uint32
		if g.dense != nil {
			r = uint32(g.dense[g.at(c.cls)])
		}
		if r == 0 {
			r = g.slow(c)
		}
		c.ids[i] = r
		open |= r
	}
	if open&rowOpen != 0 {
		c.decide(v)
	}
	if len(c.groups) == 1 {
		g := &c.groups[0]
		r := c.ids[0] - 1
		if f := g.final[r]; f != 0 {
			return RowID(f - 1)
		}
		id := c.or()
		g.final[r] = uint32(id) + 1
		return id
	}
	if len(c.groups) > tupleGroups {
		return c.or()
	}
	key := tupleOf(c.ids)
	if id := c.tuples.get(key); id != 0 {
		return RowID(id - 1)
	}
	id := c.or()
	c.tuples.put(key, uint32(id))
	return id
}

// or puts the rows of the groups together.
func (c *Context) or() RowID {
	row := c.row[:c.set.words]
	copy(row, c.set.always)
	for i := range c.groups {
		g := &c.groups[i]
		for k, w := range g.rows[c.ids[i]-1].bits {
			row[g.first+k] |= w
		}
	}
	if len(c.final.rows) >= c.lim.rows {
		c.renew()
	}
	id, _ := c.final.intern(row)
	return RowID(id)
}
