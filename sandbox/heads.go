package sandbox

import (
	"unsafe"

	"github.com/heka-project/heka/message"
)

const (
	headSlots = 128
	maxHead   = 120 // bytes of name and representation
)

// heads are the beginnings of fields that scripts inject again and again: name, type
// and representation, encoded once. They are found by the addresses of the texts, so
// only constants are; what comes the first time is only noted.
type heads [headSlots]head

type head struct {
	name, repr string
	typ        message.ValueType
	ready      bool
	enc        message.FieldHead
}

// find returns the encoded beginning, nil when it is not known yet. There are two
// places for each: of two names that meet neither drives the other out.
func (hs *heads) find(name, repr string, t message.ValueType) *message.FieldHead {
	p, q := unsafe.StringData(name), unsafe.StringData(repr)
	at := (uintptr(unsafe.Pointer(p))>>3 ^ uintptr(unsafe.Pointer(q))>>5 ^ uintptr(len(name)) ^ uintptr(t)<<4) % headSlots
	h := &hs[at]
	if !h.is(name, repr, t) {
		if h = &hs[at^1]; !h.is(name, repr, t) {
			if len(name) > 0 && len(name)+len(repr) <= maxHead {
				*h = hs[at]
				hs[at] = head{name: name, repr: repr, typ: t}
			}
			return nil
		}
	}
	if !h.ready {
		h.enc, h.ready = message.NewFieldHead(name, t, repr), true
	}
	return &h.enc
}

func (h *head) is(name, repr string, t message.ValueType) bool {
	return unsafe.StringData(h.name) == unsafe.StringData(name) && len(h.name) == len(name) && h.typ == t &&
		len(h.repr) == len(repr) && (len(repr) == 0 || unsafe.StringData(h.repr) == unsafe.StringData(repr))
}
