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

// NewContext makes a Context. Its tables grow with the messages.
func (s *Set) NewContext() *Context {
	c := &Context{
		set: s, cls: make([]uint32, len(s.slots)), ids: make([]uint32, len(s.groups)),
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
	if len(c.final.rows)+message.MaxBatch > MaxRows {
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
	if len(c.final.rows) == MaxRows {
		c.renew()
	}
	id, _ := c.final.intern(row)
	return RowID(id)
}

// tupleCache remembers which row the rows of up to eight groups make together.
// An entry stands at one of four places that lie together.
type tupleCache struct {
	tab   []tuple // length is a power of two
	shift uint8
	used  int
}

// tuple is the numbers of the groups' rows, 16 bits each, and the id of the row
// that they make, + 1; 0 when the entry is free.
type tuple struct {
	a, b uint64
	row  uint32
}

// Sizes of a tupleCache, as powers of two, and the groups it can tell apart.
const (
	tuplesMin   = 6
	tuplesMax   = 14
	tupleGroups = 8
)

func (t *tupleCache) resize(bits uint8) {
	t.tab = make([]tuple, 1<<bits)
	t.shift = 64 - bits
	t.used = 0
}

func (t *tupleCache) clear() {
	clear(t.tab)
	t.used = 0
}

// tupleOf packs the numbers of rows.
func tupleOf(ids []uint32) (key [2]uint64) {
	for i, id := range ids {
		key[i>>2&1] |= uint64(id) << (16 * (i & 3))
	}
	return key
}

func (t *tupleCache) place(key [2]uint64) uint64 {
	return mix(key[0]^seed0, key[1]^seed1) >> (t.shift & 63)
}

// get returns the id + 1 of the row, 0 when it is not known.
func (t *tupleCache) get(key [2]uint64) uint32 {
	at := t.place(key)
	if e := &t.tab[at]; e.a == key[0] && e.b == key[1] {
		return e.row
	}
	for i := uint64(1); i < 4; i++ {
		if e := &t.tab[at^i]; e.a == key[0] && e.b == key[1] {
			return e.row
		}
	}
	return 0
}

// put stores what get did not find, at its first place; what was there moves on,
// and the last one out. The table grows while it fills up.
func (t *tupleCache) put(key [2]uint64, row uint32) {
	if bits := 64 - t.shift; t.used*4 > 1<<bits && bits < tuplesMax {
		t.resize(bits + 2)
	}
	at := t.place(key)
	e := tuple{key[0], key[1], row + 1}
	for i := uint64(0); i < 4 && e.row != 0; i++ {
		e, t.tab[at^i] = t.tab[at^i], e
	}
	if e.row == 0 {
		t.used++
	}
}
