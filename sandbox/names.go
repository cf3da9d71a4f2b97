package sandbox

import (
	"unsafe"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/part"
)

const nameSlots = 128

// name is a name that the script has used.
type name struct {
	part.Name
	texts *lua.Texts // values read before; nil until there was one
}

// names finds names by the address of their bytes, which for a constant of the
// script is the same each time; else by their text. What is remembered keeps the
// bytes alive, so an address is never that of another text.
type names struct {
	part.Wants
	slots [nameSlots]*name
	all   map[string]*name
	once  name // what is not remembered
}

func (ns *names) find(text string) *name {
	p := unsafe.StringData(text)
	slot := &ns.slots[(uintptr(unsafe.Pointer(p))>>3^uintptr(len(text)))%nameSlots]
	if n := *slot; n != nil && unsafe.StringData(n.Text) == p && len(n.Text) == len(text) {
		return n
	}
	if n := ns.all[text]; n != nil {
		if unsafe.StringData(n.Text) != p { // the constant of another place takes over
			n.Text = text
		}
		*slot = n
		return n
	}
	if len(ns.all) >= part.MaxNames || len(text) > part.MaxName {
		ns.once = name{Name: part.Resolve(text)}
		return &ns.once
	}
	n := &name{Name: part.Resolve(text)}
	if ns.all == nil {
		ns.all = make(map[string]*name)
	}
	ns.all[text] = n
	*slot = n
	return n
}

// wanted has View.Parse index the field from the next message on.
func (ns *names) wanted(n *name) {
	if n != &ns.once {
		ns.Add(&n.Name)
	}
}

// LuaSize tells memory counts what is remembered.
func (ns *names) LuaSize() int {
	n := int(unsafe.Sizeof(names{})) + len(ns.all)*(int(unsafe.Sizeof(name{}))+part.MaxName)
	for _, x := range ns.all {
		if x.texts != nil {
			n += lua.TextsBytes
		}
	}
	return n
}

// LuaTrace shows them the values.
func (ns *names) LuaTrace(visit func(lua.Value)) {
	for _, n := range ns.all {
		if n.texts != nil {
			n.texts.Trace(visit)
		}
	}
}

// push pushes b as a string.
func (s *Sandbox) push(c *lua.Call, n *name, b []byte) {
	if len(b) > lua.MaxText/2 {
		c.Work(len(b))
	}
	if n.texts == nil {
		if n == &s.names.once || len(b) <= 1 || len(b) > lua.MaxText {
			c.PushBytes(b)
			return
		}
		c.Alloc(lua.TextsBytes)
		n.texts = &lua.Texts{}
	}
	n.texts.Push(c, message.Borrow(b))
}
