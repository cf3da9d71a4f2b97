package match

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/heka-project/heka/message"
)

// Bounds on what a Context remembers of one slot's texts.
const (
	memoMin    = 6       // log2 of a memo's first size
	memoMax    = 16      // and of its last, which holds a quarter as many texts
	memoText   = 256     // longest text remembered, in bytes
	maxClasses = 1 << 12 // classes of a slot
	memoWindow = 1024    // misses between two looks at the hit rate
	memoPause  = 1 << 16 // messages that a useless memo is left off
)

// slotState is what a Context knows of a slot: the texts it has seen with their
// class, and the classes that patterns made.
type slotState struct {
	text  textTable // of a closed slot: its constants; else the memo
	empty uint32    // class of the empty text
	other uint32    // when sure: class of all texts of up to 16 bytes not in text
	sure  bool      // a look at one place of text is enough
	num   uint8     // number of the header

	*slot
	index int

	classes [][]uint64 // answers by class: the slot's rows, then those found here
	found   rowTable   // the same, by content; only for slots with patterns

	run       patternRun
	need, got []uint64 // all patterns; those that match

	off    bool   // the memo is not worth its work
	misses uint64 // since the look at message number since
	since  uint64
}

func (st *slotState) init(c *Context, i int) {
	st.slot, st.index = &c.set.slots[i], i
	st.num, st.other = uint8(st.operand), st.last
	st.sure = st.closed && st.fixed.perfect
	st.classes = st.rows
	st.run = newPatternRun(&st.others)
	st.need = make([]uint64, len(st.others.parts))
	st.got = make([]uint64, len(st.others.parts))
	for i := range st.need {
		st.need[i] = ^uint64(0)
	}
	st.reset()
	if !st.operand.Numeric() {
		st.empty = c.classify(st, "")
	}
}

// reset forgets classes and texts.
func (st *slotState) reset() {
	if len(st.others.patterns) > 0 {
		st.found = rowTable{words: st.words()}
		for _, row := range st.rows {
			st.found.intern(row)
		}
		st.classes = st.found.rows
	}
	st.text = st.fixed
	if !st.closed {
		st.text = newTextTable(memoMin)
	}
}

// classes finds the class of every slot for the viewed message.
func (c *Context) classes(v *message.View) {
	b := v.Raw()
	cls := c.cls
	texts, numbers := c.set.texts, c.set.numbers
	for i := range c.slots[:texts] {
		st := &c.slots[i]
		cls[i] = c.text(st, b, v.Span(int(st.num)))
	}
	for i := texts; i < numbers; i++ {
		st := &c.slots[i]
		switch st.operand {
		case Severity:
			cls[i] = st.integer(int64(v.Severity()))
		case Pid:
			cls[i] = st.integer(int64(v.Pid()))
		case Timestamp:
			cls[i] = st.integer(v.Timestamp())
		}
	}
	if numbers == len(c.slots) {
		return
	}
	if c.set.nExtra > 0 {
		c.find(v)
	}
	if v.Want() != c.set.want {
		c.otherView(v)
		return
	}
	for i := numbers; i < len(c.slots); i++ {
		st := &c.slots[i]
		if st.want < 0 {
			cls[i] = c.fieldBody(st, c.bodies[st.extra])
		} else if at, ok := v.WantedSpan(st.want); ok {
			cls[i] = c.field(st, b, at)
		} else {
			cls[i] = st.missing
		}
	}
}

// otherView finds the classes of fields in a view that was parsed with another
// Want.
func (c *Context) otherView(v *message.View) {
	for i := c.set.numbers; i < len(c.slots); i++ {
		st := &c.slots[i]
		if st.want < 0 {
			c.cls[i] = c.fieldBody(st, c.bodies[st.extra])
			continue
		}
		c.cls[i] = st.missing
		for it := v.Fields(); ; {
			name, body, ok := it.NextRaw()
			if !ok {
				break
			}
			if string(name) == st.name {
				c.cls[i] = c.fieldBody(st, body)
				break
			}
		}
	}
}

// field classes the field whose body lies at the given place. Fast path: one
// value, and nothing around it that is not usual.
func (c *Context) field(st *slotState, b []byte, at message.Span) uint32 {
	body := b[at.Off : at.Off+at.Len]
	k := 2 + len(st.name)
	if len(body) < k+4 || st.value != 0 || body[0] != 1<<3|2 || int(body[1]) != len(st.name) {
		return c.fieldBody(st, body)
	}
	typ := message.String
	if body[k] == 2<<3 {
		typ = message.ValueType(body[k+1])
		k += 2
	}
	if body[k] == 3<<3|2 && body[k+1] < 0x80 {
		k += 2 + int(body[k+1])
	}
	if k+2 > len(body) {
		return c.fieldBody(st, body)
	}
	tag, n := body[k], int(body[k+1])
	switch typ {
	case message.String, message.Bytes:
		if tag == (4+byte(typ))<<3|2 && n < 0x80 && k+2+n == len(body) {
			return c.text(st, b, message.Span{Off: at.Off + uint32(k+2), Len: uint32(n)})
		}
	case message.Integer:
		if tag == 6<<3|2 && n > 0 && n < 0x80 && k+2+n == len(body) {
			if x, m := binary.Uvarint(body[k+2:]); m == n {
				return st.integer(int64(x))
			}
		}
	case message.Double:
		if tag == 7<<3|2 && n == 8 && k+10 == len(body) {
			return st.number(math.Float64frombits(binary.LittleEndian.Uint64(body[k+2:])))
		}
	}
	return c.fieldBody(st, body)
}

// fieldBody classes any field body.
func (c *Context) fieldBody(st *slotState, body []byte) uint32 {
	var f message.Field
	if body == nil || !f.Parse(body) || st.value >= f.Len() {
		return st.missing
	}
	switch f.Type {
	case message.String, message.Bytes:
		x := f.Bytes(st.value)
		return c.text(st, x, message.Span{Len: uint32(len(x))})
	case message.Bool:
		if f.Bool(st.value) {
			return st.yes
		}
		return st.no
	}
	n, _ := f.Number(st.value)
	return st.number(n)
}

// find walks the fields once for all that the set's Want does not index.
func (c *Context) find(v *message.View) {
	clear(c.bodies)
	clear(c.seen)
	for it := v.Fields(); ; {
		name, body, ok := it.NextRaw()
		if !ok {
			return
		}
		k, ok := c.set.extra[string(name)]
		if !ok {
			continue
		}
		for _, f := range c.set.walked[k] {
			if f.nth == c.seen[k] {
				c.bodies[f.index] = body
			}
		}
		c.seen[k]++
	}
}

// text classes the text at the given place of b. Fast path: the eight bytes from
// its first and those to its last are read at once, and what is not its own
// shifted out, so that nothing branches on its length.
func (c *Context) text(st *slotState, b []byte, at message.Span) uint32 {
	n := at.Len
	if n == 0 {
		return st.empty
	}
	first, end := uint(at.Off), uint(at.Off+n)
	if first+8 > uint(len(b)) || end > uint(len(b)) || end < 8 {
		return c.textIn(st, b, at)
	}
	base := unsafe.Pointer(unsafe.SliceData(b))
	out := (64 - 8*min(n, 8)) & 63
	lo := load(base, first) << out >> out
	hi := load(base, end-8) >> out
	h := mix(lo^st.text.seed^uint64(n), hi^seed1) >> (st.text.shift & 63)
	if h >= uint64(len(st.text.tab)) {
		return c.textIn(st, b, at)
	}
	e := &st.text.tab[h]
	differs := (e.lo ^ lo) | (e.hi ^ hi) | uint64(e.n^(n+1))
	k := e.class
	if st.sure && n <= 16 {
		if differs != 0 { // not a branch: both cases are common
			k = st.other
		}
		return k
	}
	if differs == 0 && n <= 16 {
		return k
	}
	return c.textIn(st, b, at)
}

// load reads the eight bytes at base+off, which the caller has found to be there.
func load(base unsafe.Pointer, off uint) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(base, off))[:])
}

// textIn is text for any length and any place in the table. Slow path.
func (c *Context) textIn(st *slotState, b []byte, at message.Span) uint32 {
	s := b[at.Off : at.Off+at.Len]
	k := keyOf(s)
	if class, ok := st.text.find(k, s); ok {
		return class
	}
	if st.closed {
		return st.last
	}
	return c.remember(st, k, s)
}

// remember classes a text and keeps the answer.
func (c *Context) remember(st *slotState, k textKey, b []byte) uint32 {
	class := c.classify(st, message.Borrow(b))
	if st.off {
		if c.n-st.since < memoPause {
			return class
		}
		st.off, st.since, st.misses = false, c.n, 0
	}
	st.misses++
	if st.misses == memoWindow {
		if 2*st.misses > c.n-st.since {
			st.off = true
			st.text = newTextTable(memoMin)
		}
		st.misses, st.since = 0, c.n
	}
	if st.off || len(b) > memoText {
		return class
	}
	if st.text.full() {
		if 64-st.text.shift < memoMax {
			st.text = st.text.grow()
		} else {
			st.text = newTextTable(memoMin)
		}
	}
	st.text.put(k, message.Borrow(b), class)
	return class
}

// classify finds the class of a text by testing it.
func (c *Context) classify(st *slotState, v string) uint32 {
	base := st.texts[st.position(v)]
	if len(st.others.patterns) == 0 {
		return base
	}
	if len(st.classes) >= len(st.rows)+maxClasses {
		c.overflow(st)
	}
	row := c.row[:st.words()]
	copy(row, st.rows[base])
	clear(st.got)
	st.run.match(v, st.need, st.got)
	for k := range st.others.patterns {
		bits := st.miss[k]
		if st.got[k>>6]>>(k&63)&1 == 1 {
			bits = st.hit[k]
		}
		for j, w := range bits {
			row[j] |= w
		}
	}
	n, isNew := st.found.intern(row)
	if isNew {
		st.classes = st.found.rows
		for g := range c.groups {
			c.groups[g].fit(st.index, n)
		}
	}
	return n
}

// overflow forgets the classes that patterns made in a slot, and what tables say
// of them.
func (c *Context) overflow(st *slotState) {
	st.reset()
	for g := range c.groups {
		if c.groups[g].slot(st.index) >= 0 {
			c.groups[g].drop()
		}
	}
	st.empty = c.classify(st, "")
}
