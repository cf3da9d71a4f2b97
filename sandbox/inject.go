package sandbox

import (
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/sink"
)

// nowhere takes what a script injects in its body, before it has a place to go: as in
// the original it is not an error, and nothing becomes of it.
type nowhere struct{ b *message.Builder }

func (n *nowhere) Begin() *message.Builder {
	n.b.Begin(nil)
	return n.b
}
func (n *nowhere) End(uint32) error                     { return nil }
func (n *nowhere) Payload(text, typ, name string) error { return nil }

// count takes one of the messages that the call may inject.
func (s *Sandbox) count(c *lua.Call, fn string) {
	if s.sink == nil {
		c.Errorf("%s() aborted", fn)
	}
	if s.opts.Kind != Filter {
		return
	}
	if s.inject <= 0 {
		c.Errorf("%s() exceeded InjectMessage count", fn)
	}
	s.inject--
}

// sent turns the answer of a sink into the error that the script sees.
func (s *Sandbox) sent(c *lua.Call, fn string, err error) {
	if err == nil {
		return
	}
	c.Errorf("%s() %s", fn, sink.Why(err))
}

// injectMessage implements inject_message.
func (s *Sandbox) injectMessage(c *lua.Call) int {
	if c.Len() != 1 {
		c.Errorf("inject_message() takes a single string or table argument")
	}
	switch v := c.Arg(1); v.Type() {
	case lua.TypeString:
		s.count(c, "inject_message")
		text := c.String(1)
		c.Work(2 * len(text))
		s.injectEncoded(c, "inject_message", bytesOf(text))
	case lua.TypeTable:
		if s.sink == nil {
			c.Errorf("inject_message() aborted")
		}
		b := s.sink.Begin()
		have := s.encode(c, v.Table(), b)
		s.count(c, "inject_message")
		s.sent(c, "inject_message", s.sink.End(have))
	default:
		c.Errorf("inject_message() takes a single string or table argument")
	}
	return 0
}

// injectEncoded sends a message that is encoded already.
func (s *Sandbox) injectEncoded(c *lua.Call, fn string, msg []byte) {
	if !sink.Parse(&s.raw, msg) {
		c.Errorf("%s() protobuf unmarshal failed", fn)
	}
	s.use.Wrote(len(msg))
	s.sent(c, fn, sink.Inject(s.sink, &s.raw))
}

// get is t[key] as lua_getfield has it.
func get(c *lua.Call, t *lua.Table, key lua.Key) lua.Value {
	v := t.GetKey(key)
	if v.IsNil() && t.Meta() != nil {
		return c.Index(t.Value(), key.Value())
	}
	return v
}

// shortTable is how many slots of a table are looked through for the keys of a header;
// in a larger one each of those is looked up.
const shortTable = 16

// encode writes the table into b, which is begun, and returns which header fields it
// sets.
func (s *Sandbox) encode(c *lua.Call, t *lua.Table, b *message.Builder) (have uint32) {
	b.Header = message.Header{Severity: message.NoSeverity}
	h := header{c: c, b: b}
	if t.Meta() == nil && t.Slots() <= shortTable {
		for at := 0; ; {
			key, v, next := t.At(at)
			if key.IsNil() {
				break
			}
			h.set(key.Str(), v)
			at = next
		}
	} else {
		for _, key := range s.keys.header {
			h.set(key.Value().Str(), get(c, t, key))
		}
	}
	if h.have>>message.NumTimestamp&1 == 0 {
		b.Timestamp = s.opts.Now().Unix() * 1e9
	}
	e := encoder{s: s, c: c, b: b, room: s.opts.Output - h.size - 64}
	e.check(0)
	if h.fields != nil {
		e.fields(h.fields)
	}
	s.use.Wrote(h.size + b.NFieldBytes() + 64)
	return h.have
}

// header takes the header fields of a table.
type header struct {
	c      *lua.Call
	b      *message.Builder
	have   uint32 // bit n: field number n is set
	size   int    // bytes of texts
	fields *lua.Table
}

// set takes what the table has at a key; what it cannot use is passed over.
func (h *header) set(key string, v lua.Value) {
	b := h.b
	switch key {
	case "Uuid":
		if id, ok := v.ToString(); ok && len(id) == 16 {
			copy(b.UUID[:], id)
			h.have |= 1 << message.NumUUID
		}
	case "Timestamp":
		if f, ok := h.number(v, message.NumTimestamp); ok {
			b.Timestamp = toInt64(f)
		}
	case "Type":
		h.text(&b.Type, v, message.NumType)
	case "Logger":
		h.text(&b.Logger, v, message.NumLogger)
	case "Payload":
		h.text(&b.Payload, v, message.NumPayload)
	case "EnvVersion":
		h.text(&b.EnvVersion, v, message.NumEnvVersion)
	case "Hostname":
		h.text(&b.Hostname, v, message.NumHostname)
	case "Severity":
		if f, ok := h.number(v, message.NumSeverity); ok {
			b.Severity = int32(toInt64(f))
		}
	case "Pid":
		if f, ok := h.number(v, message.NumPid); ok {
			b.Pid = int32(toInt64(f))
		}
	case "Fields":
		h.fields = v.Table()
	}
}

func (h *header) text(to *string, v lua.Value, num int) {
	if text, ok := v.ToString(); ok {
		h.size += len(text)
		h.c.Work(2 * len(text))
		*to = text
		h.have |= 1 << num
	}
}

func (h *header) number(v lua.Value, num int) (float64, bool) {
	f, ok := v.ToNumber()
	if ok {
		h.have |= 1 << num
	}
	return f, ok
}

// encoder writes the fields of a table.
type encoder struct {
	s    *Sandbox
	c    *lua.Call
	b    *message.Builder
	room int // bytes of fields
}

func (e *encoder) fail(why string) {
	e.c.Errorf("inject_message() could not encode protobuf - %s", why)
}

// check stops an encoding that grows beyond the limit by n more bytes.
func (e *encoder) check(n int) {
	if e.b.NFieldBytes()+n > e.room {
		e.c.Errorf("inject_message() output_limit exceeded")
	}
}

func (e *encoder) fields(t *lua.Table) {
	k := &e.s.keys
	if first := t.GetInt(1).Table(); first != nil {
		for i := 1; ; i++ {
			f := t.GetInt(i)
			if f.IsNil() {
				return
			}
			e.c.Charge(8)
			ft := f.Table()
			if ft == nil {
				e.fail("field array must contain tables")
			}
			name, ok := get(e.c, ft, k.name).ToString()
			if !ok {
				e.fail("field name must be a string")
			}
			e.pair(name, ft)
		}
	}
	for at := 0; ; {
		key, v, next := t.At(at)
		if key.IsNil() {
			return
		}
		at = next
		e.c.Charge(8)
		if !key.IsString() {
			e.fail("field name must be a string")
		}
		if ft := v.Table(); ft != nil && ft.GetInt(1).IsNil() {
			e.pair(key.Str(), ft)
		} else {
			e.field(key.Str(), v, "", -1)
		}
	}
}

// pair is a field of the form {value = …, value_type = …, representation = …}.
func (e *encoder) pair(name string, t *lua.Table) {
	k := &e.s.keys
	repr, _ := get(e.c, t, k.representation).ToString()
	valueType := -1
	if f, ok := get(e.c, t, k.valueType).ToNumber(); ok {
		valueType = toInt(f)
	}
	e.field(name, get(e.c, t, k.value), repr, valueType)
}

// field writes a field with one value, or with those of an array.
func (e *encoder) field(name string, v lua.Value, repr string, valueType int) {
	n := len(name) + len(repr) + len(v.Str())
	e.c.Work(2 * n)
	e.check(n + 8)
	switch v.Type() {
	case lua.TypeString:
		t := message.String
		if valueType == int(message.Bytes) {
			t = message.Bytes
		}
		switch h := e.s.heads.find(name, repr, t); {
		case h != nil:
			e.b.PutText(h, v.Str())
		case t == message.Bytes:
			e.b.Bytes(name, bytesOf(v.Str()), repr)
		default:
			e.b.String(name, v.Str(), repr)
		}
	case lua.TypeNumber:
		t := message.Double
		if valueType == int(message.Integer) {
			t = message.Integer
		}
		switch h := e.s.heads.find(name, repr, t); {
		case h != nil && t == message.Integer:
			e.b.PutInt(h, toInt64(v.Num()))
		case h != nil:
			e.b.PutDouble(h, v.Num())
		case t == message.Integer:
			e.b.Int(name, toInt64(v.Num()), repr)
		default:
			e.b.Double(name, v.Num(), repr)
		}
	case lua.TypeBool:
		e.b.Bool(name, v.Truth(), repr)
	case lua.TypeTable:
		e.array(name, v.Table(), repr, valueType)
	case lua.TypeUserdata:
		t, ok := textOf(v)
		if !ok {
			e.fail("unsupported type: userdata")
		}
		e.s.text = e.s.appendText(e.c, e.s.text[:0], t)
		e.check(len(e.s.text))
		e.b.Bytes(name, e.s.text, repr)
	default:
		e.fail("unsupported type: " + v.Type().String())
	}
}

// array writes a field with the values of t.
func (e *encoder) array(name string, t *lua.Table, repr string, valueType int) {
	first := t.GetInt(1)
	a := &e.s.cur.Space
	a.Texts, a.Bytes, a.Doubles, a.Ints, a.Flags = a.Texts[:0], a.Bytes[:0], a.Doubles[:0], a.Ints[:0], a.Flags[:0]
	switch first.Type() {
	case lua.TypeString, lua.TypeNumber, lua.TypeBool:
	case lua.TypeNil:
		e.fail("unsupported type: nil")
	default:
		e.fail("unsupported array type: " + first.Type().String())
	}
	size := 0
	for i := 1; ; i++ {
		v := t.GetInt(i)
		if v.IsNil() {
			break
		}
		if v.Type() != first.Type() {
			e.fail("array has mixed types")
		}
		e.c.Work(16 + 2*len(v.Str()))
		size++
		switch {
		case v.IsString() && valueType == int(message.Bytes):
			a.Bytes = append(a.Bytes, bytesOf(v.Str()))
			size += len(v.Str()) + 1
		case v.IsString():
			a.Texts = append(a.Texts, v.Str())
			size += len(v.Str()) + 1
		case v.IsNumber() && valueType == int(message.Integer):
			a.Ints = append(a.Ints, toInt64(v.Num()))
		case v.IsNumber():
			a.Doubles = append(a.Doubles, v.Num())
			size += 7
		default:
			a.Flags = append(a.Flags, v.Truth())
		}
		e.check(size)
	}
	switch {
	case len(a.Bytes) > 0:
		e.b.ByteStrings(name, a.Bytes, repr)
	case len(a.Texts) > 0:
		e.b.Strings(name, a.Texts, repr)
	case len(a.Ints) > 0:
		e.b.Ints(name, a.Ints, repr)
	case len(a.Doubles) > 0:
		e.b.Doubles(name, a.Doubles, repr)
	default:
		e.b.Bools(name, a.Flags, repr)
	}
}
