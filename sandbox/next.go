package sandbox

import (
	"unsafe"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// iterate is where read_next_field is.
type iterate struct {
	at int // fields passed
	it message.Fields
}

func (s *Sandbox) rewind() { s.next.at = 0 }

// readNextField implements read_next_field.
func (s *Sandbox) readNextField(c *lua.Call) int {
	if c.Len() != 0 {
		c.Errorf("read_next_field() takes no arguments")
	}
	if e := s.cur.Edit; e != nil {
		if s.next.at < len(e.Fields) {
			f := &e.Fields[s.next.at]
			s.next.at++
			if f.Raw == nil {
				return s.pushNext(c, f.Name, f.Repr, f.Type, len(f.Vals), func(n *name) { s.pushEdited(c, n, f, 0) })
			}
			var m message.Field
			if m.Parse(f.Raw) {
				return s.pushNext(c, f.Name, f.Repr, f.Type, m.Len(), func(n *name) { s.pushField(c, n, &m, 0) })
			}
		}
	} else if v := s.cur.View; v != nil {
		if s.next.at == 0 {
			s.next.it = v.Fields()
		}
		if s.next.it.Next() {
			s.next.at++
			f := s.next.it.Field()
			return s.pushNext(c, f.Name(), f.Representation(), f.Type, f.Len(), func(n *name) { s.pushField(c, n, f, 0) })
		}
	}
	s.rewind()
	for range 5 {
		c.PushNil()
	}
	return 5
}

func (s *Sandbox) pushNext(c *lua.Call, label, repr string, t message.ValueType, n int, first func(*name)) int {
	c.Work(len(label) + len(repr))
	c.PushInt(int(t))
	s.push(c, &s.names.once, bytesOf(label))
	first(&s.names.once)
	s.push(c, &s.names.once, bytesOf(repr))
	c.PushInt(n)
	return 5
}

// bytesOf returns the bytes of s, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
