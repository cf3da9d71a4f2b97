package lua

import (
	"encoding/binary"
	"unsafe"
)

// Texts remembers the strings that one place makes of bytes from outside, such as one
// field of messages or one capture of a pattern: a text that comes again is neither
// copied nor allocated again. A place whose texts hardly ever come again has that
// switched off after a while, and then holds none.
//
//	texts ──hash──▶ slot: the last text with that hash
//
// Who keeps one charges TextsBytes when it is made, and shows its strings to memory
// counts by Trace.
type Texts struct {
	slots *[textSlots]Value
	hits  uint32
	tries uint32
	off   bool
}

const (
	textSlots = 64
	textTrial = 2048 // texts, of which a quarter must have come before

	// MaxText is the length above which a text is not remembered.
	MaxText = 128

	// TextsBytes is what a Texts takes, without the strings.
	TextsBytes = int(unsafe.Sizeof(Texts{})) + textSlots*int(valueBytes)
)

// Push adds a string with the bytes of s, which may be borrowed, as a result of c.
func (t *Texts) Push(c *Call, s string) {
	if len(s) <= 1 || len(s) > MaxText || t.off {
		c.Push(c.vm.copyString(s))
		return
	}
	if t.slots == nil {
		t.clear()
	}
	slot := &t.slots[textHash(s)%textSlots]
	if slot.bits == tagString|uint64(len(s)) && slot.str() == s {
		t.hits++
		c.Push(*slot)
		return
	}
	v := c.vm.copyString(s)
	if t.tries++; t.tries >= textTrial {
		t.judge()
	}
	if !t.off {
		*slot = v
	}
	c.Push(v)
}

// judge switches the memory off when it did not help, and begins the count anew.
func (t *Texts) judge() {
	if t.off = t.hits < t.tries/4; t.off {
		t.slots = nil
	}
	t.tries, t.hits = 0, 0
}

func (t *Texts) clear() {
	t.slots = new([textSlots]Value)
	for i := range t.slots {
		t.slots[i].bits = tagNil
	}
}

// Trace shows the strings to a memory count.
func (t *Texts) Trace(visit func(Value)) {
	if t.slots != nil {
		for _, v := range t.slots {
			visit(v)
		}
	}
}

// textHash looks at three pieces of s, which has two bytes or more: texts that differ
// elsewhere only share a slot.
func textHash(s string) uint32 {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	n := len(b)
	var h uint64
	switch {
	case n >= 8:
		h = binary.LittleEndian.Uint64(b)*0x9E3779B97F4A7C15 ^ binary.LittleEndian.Uint64(b[n-8:])*0xC2B2AE3D27D4EB4F ^
			binary.LittleEndian.Uint64(b[(n-8)/2:])*0x165667B19E3779F9
	case n >= 4:
		h = uint64(binary.LittleEndian.Uint32(b))*0x9E3779B97F4A7C15 ^ uint64(binary.LittleEndian.Uint32(b[n-4:]))*0xC2B2AE3D27D4EB4F
	default:
		h = uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[n-1])
		h *= 0x9E3779B97F4A7C15
	}
	h += uint64(n) * 0xFF51AFD7ED558CCD
	return uint32(h>>32) ^ uint32(h>>57)
}
