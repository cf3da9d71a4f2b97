package match

import (
	"encoding/binary"

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
	other uint32    // when sure: class of all texts not in text
	sure  bool      // a look at one place of text is enough
	num   uint8     // number of the header
	head  uint16    // first two bytes of the field, 0 when its first value is not asked for
	mid   int       // offset in it past the name

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
	if st.operand == Field && st.value == 0 && st.want >= 0 {
		st.head = 1<<3 | 2 | uint16(len(st.name))<<8
		st.mid = 2 + len(st.name)
	}
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

// Bytes that stand between a field's name and the length of its one value, where
// it has no representation: type, tag of the array. Some writers leave out the type
// of a text.
const (
	midBare    = 4<<3 | 2
	midText    = 2<<3 | uint32(message.String)<<8 | midBare<<16
	midInteger = 2<<3 | uint32(message.Integer)<<8 | (6<<3|2)<<16
)

// field classes the field whose body lies at the given place. Fast path: one text
// or integer, encoded as every known writer does.
func (c *Context) field(st *slotState, b []byte, at message.Span) uint32 {
	body := b[at.Off : at.Off+at.Len]
	k := st.mid
	if len(body) < k+4 || binary.LittleEndian.Uint16(body) != st.head {
		return c.fieldBody(st, body)
	}
	x := binary.LittleEndian.Uint32(body[k:])
	if x&0xff == midBare {
		if n := x >> 8 & 0xff; n < 0x80 && k+2+int(n) == len(body) {
			return c.text(st, b, message.Span{Off: at.Off + uint32(k+2), Len: n})
		}
		return c.fieldBody(st, body)
	}
	n := x >> 24
	if n >= 0x80 || k+4+int(n) != len(body) {
		return c.fieldBody(st, body)
	}
	switch x & 0xffffff {
	case midText:
		return c.text(st, b, message.Span{Off: at.Off + uint32(k+4), Len: n})
	case midInteger:
		p := body[k+4:]
		if len(p) == 2 && p[0] >= 0x80 && p[1] < 0x80 { // as most numbers that are compared
			return st.integer(int64(p[0]&0x7f) | int64(p[1])<<7)
		}
		if v, m := binary.Uvarint(p); m == len(p) && m > 0 {
			return st.integer(int64(v))
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
