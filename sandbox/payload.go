package sandbox

import (
	"encoding"
	"strconv"

	"github.com/heka-project/heka/cbuf"
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// addToPayload implements add_to_payload.
func (s *Sandbox) addToPayload(c *lua.Call) int {
	if c.Len() == 0 {
		c.ArgError(0, "must have at least one argument")
	}
	s.appendArgs(c, 1)
	return 0
}

// appendArgs appends the arguments from the first one on to the payload buffer.
func (s *Sandbox) appendArgs(c *lua.Call, first int) {
	for i := first; i <= c.Len(); i++ {
		v := c.Arg(i)
		c.Work(len(v.Str()))
		switch v.Type() {
		case lua.TypeString:
			s.room(c, len(v.Str()))
			s.payload = append(s.payload, v.Str()...)
		case lua.TypeNumber:
			s.payload = cbuf.AppendNumber(s.payload, v.Num())
		case lua.TypeBool:
			s.payload = strconv.AppendBool(s.payload, v.Truth())
		case lua.TypeNil:
			s.payload = append(s.payload, "nil"...)
		case lua.TypeUserdata:
			t, ok := lua.Data[encoding.TextAppender](v)
			if !ok {
				c.ArgError(i, "unsupported userdata type")
			}
			s.payload = s.appendText(c, s.payload, t)
		default:
			c.ArgError(i, "unsupported type: "+v.Type().String())
		}
		s.room(c, 0)
	}
	s.use.Wrote(len(s.payload))
}

// room raises the error of the limit when n more bytes do not fit the buffer.
func (s *Sandbox) room(c *lua.Call, n int) {
	if len(s.payload)+n > s.opts.Output {
		s.use.Wrote(len(s.payload))
		s.payload = s.payload[:min(len(s.payload), s.opts.Output)]
		c.Errorf("output_limit exceeded")
	}
}

// appendText appends the text of an object. What it takes is charged by its size.
func (s *Sandbox) appendText(c *lua.Call, b []byte, t encoding.TextAppender) []byte {
	if z, ok := t.(lua.Sized); ok {
		c.Work(z.LuaSize())
	}
	n := len(b)
	b, err := t.AppendText(b)
	if err != nil {
		c.Errorf("%s", err.Error())
	}
	c.Work(len(b) - n)
	return b
}

// injectPayload implements inject_payload.
func (s *Sandbox) injectPayload(c *lua.Call) int {
	typ, name := "txt", ""
	if c.Len() >= 1 {
		typ = c.String(1)
	}
	if c.Len() >= 2 {
		name = c.String(2)
	}
	if c.Len() >= 3 {
		s.appendArgs(c, 3)
	}
	if len(s.payload) == 0 {
		return 0
	}
	text := s.payload
	defer func() { s.payload = s.payload[:0] }()
	s.count(c, "inject_payload")
	c.Work(2 * len(text))
	if typ == "" { // a quirk that scripts rely on: the text is an encoded message
		s.injectEncoded(c, "inject_payload", text)
		return 0
	}
	s.sent(c, "inject_payload", s.sink.Payload(message.Borrow(text), untilNUL(typ), untilNUL(name)))
	return 0
}
