package match

import (
	"encoding/binary"
	"unsafe"

	"github.com/heka-project/heka/message"
)

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
	if n > 16 {
		switch {
		case differs == 0 && st.text.long[h] == string(b[first:end]):
			return k
		case differs != 0 && st.sure:
			return st.other
		}
		return c.textIn(st, b, at)
	}
	if st.sure {
		if differs != 0 { // not a branch: both cases are common
			k = st.other
		}
		return k
	}
	if differs == 0 {
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
	if len(st.classes) >= len(st.rows)+c.lim.classes {
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
