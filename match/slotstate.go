package match

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/heka-project/heka/message"
)

// Bounds on what a Context remembers of one slot's texts.
const (
	memoMin    = 6       // log2 of a memo's first size
	memoMax    = 16      // and of its last, which holds half as many texts
	memoText   = 256     // longest text remembered, in bytes
	maxClasses = 1 << 12 // classes of a slot
	memoWindow = 1024    // misses between two looks at the hit rate
	memoPause  = 1 << 16 // messages that a useless memo is left off
)

// slotState is what a Context knows of a slot: classes that patterns made, and
// the texts it has seen with their class.
type slotState struct {
	rows  [][]uint64 // answers by class: the slot's own, then those found here
	found rowTable   // the same, by content; only for slots with patterns
	empty uint32

	memo   textTable
	off    bool   // the memo is not worth its work
	misses uint64 // since the look at message number since
	since  uint64
}

func (st *slotState) init(c *Context, i int) {
	s := &c.set.slots[i]
	st.rows = s.rows
	st.reset(s)
	if !s.operand.Numeric() {
		st.empty = c.text(i, "")
	}
}

// reset forgets classes and texts.
func (st *slotState) reset(s *slot) {
	if len(s.others) > 0 {
		st.found = rowTable{words: s.words()}
		for _, row := range s.rows {
			st.found.intern(row)
		}
		st.rows = st.found.rows
	}
	if !s.closed {
		st.memo = newTextTable(memoMin)
	}
}

// classes finds the class of every slot for the viewed message.
func (c *Context) classes(v *message.View) {
	b := v.Raw()
	if c.set.nExtra > 0 {
		c.find(v)
	}
	indexed := v.Want() == c.set.want
	for i := range c.slots {
		s := &c.set.slots[i]
		var k uint32
		switch s.operand {
		case Severity:
			k = s.number(float64(v.Severity()))
		case Pid:
			k = s.number(float64(v.Pid()))
		case Timestamp:
			k = s.number(float64(v.Timestamp()))
		case Field:
			if s.want >= 0 && indexed {
				k = s.missing
				if at, ok := v.WantedSpan(s.want); ok {
					k = c.field(i, b, at)
				}
			} else {
				k = c.fieldSlow(i, v)
			}
		default:
			at := v.Span(int(s.operand))
			k = c.textAt(i, b, at.Off, at.Len)
		}
		c.cls[i] = k
	}
}

// field classes the field whose body lies at the given place. Fast path: one
// value, and nothing around it that is not usual.
func (c *Context) field(i int, b []byte, at message.Span) uint32 {
	s := &c.set.slots[i]
	body := b[at.Off : at.Off+at.Len]
	k := 2 + len(s.name)
	if len(body) < k+4 || s.value != 0 || body[0] != 1<<3|2 || int(body[1]) != len(s.name) {
		return c.fieldBody(i, body)
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
		return c.fieldBody(i, body)
	}
	tag, n := body[k], int(body[k+1])
	switch typ {
	case message.String, message.Bytes:
		if tag == (4+byte(typ))<<3|2 && n < 0x80 && k+2+n == len(body) {
			return c.textAt(i, b, at.Off+uint32(k+2), uint32(n))
		}
	case message.Integer:
		if tag == 6<<3|2 && n > 0 && n < 0x80 && k+2+n == len(body) {
			if x, m := binary.Uvarint(body[k+2:]); m == n {
				return s.number(float64(int64(x)))
			}
		}
	case message.Double:
		if tag == 7<<3|2 && n == 8 && k+10 == len(body) {
			return s.number(math.Float64frombits(binary.LittleEndian.Uint64(body[k+2:])))
		}
	}
	return c.fieldBody(i, body)
}

// fieldBody classes any field body.
func (c *Context) fieldBody(i int, body []byte) uint32 {
	s := &c.set.slots[i]
	var f message.Field
	if body == nil || !f.Parse(body) || s.value >= f.Len() {
		return s.missing
	}
	switch f.Type {
	case message.String, message.Bytes:
		x := f.Bytes(s.value)
		return c.textAt(i, x, 0, uint32(len(x)))
	case message.Bool:
		if f.Bool(s.value) {
			return s.yes
		}
		return s.no
	}
	n, _ := f.Number(s.value)
	return s.number(n)
}

// fieldSlow classes a field that the message was not indexed for.
func (c *Context) fieldSlow(i int, v *message.View) uint32 {
	s := &c.set.slots[i]
	if s.extra >= 0 {
		return c.fieldBody(i, c.bodies[s.extra])
	}
	for it := v.Fields(); ; {
		name, body, ok := it.NextRaw()
		if !ok {
			return s.missing
		}
		if string(name) == s.name {
			return c.fieldBody(i, body)
		}
	}
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

// textAt classes the text b[off:off+n].
func (c *Context) textAt(i int, b []byte, off, n uint32) uint32 {
	st := &c.slots[i]
	if n == 0 {
		return st.empty
	}
	k := keyAt(b, off, n)
	s := &c.set.slots[i]
	if s.closed {
		if class, ok := s.fixed.find(k, b[off:off+n]); ok {
			return class
		}
		return s.last
	}
	if st.off {
		if c.n-st.since < memoPause {
			return c.text(i, message.Borrow(b[off:off+n]))
		}
		st.off, st.since, st.misses = false, c.n, 0
	}
	if class, ok := st.memo.find(k, b[off:off+n]); ok {
		return class
	}
	return c.remember(i, k, b[off:off+n])
}

// remember classes a text and keeps the answer.
func (c *Context) remember(i int, k textKey, b []byte) uint32 {
	st := &c.slots[i]
	class := c.text(i, message.Borrow(b))
	st.misses++
	if st.misses == memoWindow {
		if 2*st.misses > c.n-st.since {
			st.off = true
			st.memo = newTextTable(memoMin)
		}
		st.misses, st.since = 0, c.n
	}
	if st.off || len(b) > memoText {
		return class
	}
	s := ""
	if k.n > 16 {
		s = strings.Clone(message.Borrow(b))
	}
	m := &st.memo
	full := 64-m.shift >= memoMax
	if !full && 2*m.used >= len(m.tab) {
		*m = m.grow()
	}
	if full && 2*m.used >= len(m.tab) {
		*m = newTextTable(memoMin + 4)
	}
	m.put(k, s, class, true)
	return class
}

// text classes a text without the memo.
func (c *Context) text(i int, v string) uint32 {
	s, st := &c.set.slots[i], &c.slots[i]
	base := s.texts[s.position(v)]
	if len(s.others) == 0 {
		return base
	}
	if len(st.rows) >= len(s.rows)+maxClasses {
		c.overflow(i)
	}
	row := c.row[:s.words()]
	copy(row, s.rows[base])
	for k, p := range s.others {
		bits := s.miss[k]
		if p.match(v) {
			bits = s.hit[k]
		}
		for j, w := range bits {
			row[j] |= w
		}
	}
	n, isNew := st.found.intern(row)
	if isNew {
		st.rows = st.found.rows
		for g := range c.groups {
			c.groups[g].fit(i, n)
		}
	}
	return n
}

// overflow forgets the classes of slot i, and what tables say of them.
func (c *Context) overflow(i int) {
	st := &c.slots[i]
	st.reset(&c.set.slots[i])
	for g := range c.groups {
		if c.groups[g].slot(i) >= 0 {
			c.groups[g].drop()
		}
	}
	st.empty = c.text(i, "")
}
