package sandbox

import (
	"unsafe"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

const (
	textSlots = 64
	maxCached = 64 // bytes
)

// texts are values of one name as Lua strings: one that comes again is not copied
// again. A name whose values hardly ever come again has them switched off.
type texts struct {
	slots [textSlots]lua.Value
	hits  uint32
	tries uint32
	off   bool
}

// push pushes b as a string.
func (s *Sandbox) push(c *lua.Call, n *name, b []byte) {
	t := n.texts
	if len(b) > maxCached || len(b) <= 1 || n == &s.names.once || t != nil && t.off {
		c.Work(len(b))
		c.PushBytes(b)
		return
	}
	if t == nil {
		t = s.newTexts(c, n)
	}
	slot := &t.slots[hash(b)%textSlots]
	t.tries++
	if slot.IsString() && slot.Str() == message.Borrow(b) {
		t.hits++
		c.Push(*slot)
		return
	}
	if t.tries == 4096 {
		if t.off = t.hits < t.tries/4; t.off {
			t.slots = [textSlots]lua.Value{}
		}
		t.tries, t.hits = 0, 0
	}
	v := c.CopyString(message.Borrow(b))
	*slot = v
	c.Push(v)
}

func (s *Sandbox) newTexts(c *lua.Call, n *name) *texts {
	c.Alloc(int(unsafe.Sizeof(texts{})))
	n.texts = &texts{}
	return n.texts
}

func hash(b []byte) uint32 {
	h := uint32(len(b))
	for len(b) >= 8 {
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		x *= 0x9E3779B97F4A7C15
		h = h*31 ^ uint32(x>>32)
		b = b[8:]
	}
	for _, c := range b {
		h = h*31 + uint32(c)
	}
	return h ^ h>>15
}
