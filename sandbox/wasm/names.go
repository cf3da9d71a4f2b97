package wasm

import (
	"unsafe"

	"github.com/heka-project/heka/sandbox/internal/part"
)

const nameSlots = 128

// names finds names by where they lie in the module's memory, where constants stay,
// and compares the text, since other things do not.
type names struct {
	part.Wants
	slots [nameSlots]*part.Name
	all   map[string]*part.Name
	once  part.Name // what is not remembered
}

// find resolves a name that lies at ptr.
func (ns *names) find(ptr uint64, text []byte) *part.Name {
	slot := &ns.slots[(uint32(ptr)>>2^uint32(len(text)))%nameSlots]
	if n := *slot; n != nil && n.Text == string(text) {
		return n
	}
	if n := ns.all[string(text)]; n != nil {
		*slot = n
		return n
	}
	n := part.Resolve(string(text))
	if len(ns.all) >= part.MaxNames || len(text) > part.MaxName {
		ns.once = n
		return &ns.once
	}
	if ns.all == nil {
		ns.all = make(map[string]*part.Name)
	}
	ns.all[n.Text] = &n
	*slot = &n
	return &n
}

// wanted has View.Parse index the field from the next message on.
func (ns *names) wanted(n *part.Name) {
	if n != &ns.once {
		ns.Add(n)
	}
}

// bytesOf returns the bytes of s, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
