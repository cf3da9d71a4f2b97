package sandbox

import (
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/part"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// readConfig implements read_config.
func (s *Sandbox) readConfig(c *lua.Call) int {
	if c.Len() != 1 {
		c.Errorf("read_config() must have a single argument")
	}
	switch v := s.opts.Config[c.String(1)].(type) {
	case string:
		c.Work(len(v))
		c.PushCopy(v)
	case int64:
		c.PushNumber(float64(v))
	case int:
		c.PushInt(v)
	case float64:
		c.PushNumber(v)
	case bool:
		c.PushBool(v)
	default:
		c.PushNil()
	}
	return 1
}

// readMessage implements read_message.
func (s *Sandbox) readMessage(c *lua.Call) int {
	fi, ai := 0, 0
	switch c.Len() {
	case 1:
	case 3:
		if ai = c.OptInt(3, 0); ai < 0 {
			c.ArgError(3, "array index must be >= 0")
		}
		fallthrough
	case 2:
		if fi = c.OptInt(2, 0); fi < 0 {
			c.ArgError(2, "field index must be >= 0")
		}
	default:
		c.Errorf("read_message() incorrect number of arguments")
	}
	n := s.names.find(c.String(1))
	switch {
	case s.cur.Edit != nil:
		s.readEdit(c, n, fi, ai)
	case s.cur.View != nil:
		s.readView(c, n, fi, ai)
	default:
		c.PushNil()
	}
	return 1
}

// readView reads from an encoded message.
func (s *Sandbox) readView(c *lua.Call, n *name, fi, ai int) {
	v := s.cur.View
	switch n.Part {
	case part.Field:
		var f message.Field
		ok := false
		if fi == 0 && n.Want >= 0 && v.Want() == s.names.Want {
			ok = v.Wanted(n.Want, &f)
		} else {
			if fi == 0 {
				s.names.wanted(n)
			}
			c.Work(len(v.Raw())) // it is walked
			ok = v.Field(n.Field, fi, &f)
		}
		if !ok {
			c.PushNil()
			return
		}
		s.pushField(c, n, &f, ai)
	case part.UUID:
		s.pushUUID(c, n, v.UUID())
	case part.Type, part.Logger, part.Payload, part.EnvVersion, part.Hostname:
		s.push(c, n, v.Bytes(n.Part.Number()))
	case part.Timestamp:
		pushIf(c, v.Has(message.NumTimestamp), float64(v.Timestamp()))
	case part.Severity:
		pushIf(c, v.Has(message.NumSeverity), float64(v.Severity()))
	case part.Pid:
		pushIf(c, v.Has(message.NumPid), float64(v.Pid()))
	case part.Raw:
		c.Work(len(v.Raw()))
		c.PushBytes(v.Raw())
	default:
		c.PushNil()
	}
}

func pushIf(c *lua.Call, there bool, f float64) {
	if there {
		c.PushNumber(f)
	} else {
		c.PushNil()
	}
}

func (s *Sandbox) pushUUID(c *lua.Call, n *name, id []byte) {
	var b [36]byte
	c.PushBytes(message.AppendUUID(b[:0], id))
}

// pushField pushes value ai of f.
func (s *Sandbox) pushField(c *lua.Call, n *name, f *message.Field, ai int) {
	if ai >= f.Len() {
		c.PushNil()
		return
	}
	c.Work(ai) // of packed values
	switch f.Type {
	case message.String:
		s.push(c, n, f.Bytes(ai))
	case message.Bytes:
		if b := f.Bytes(ai); len(b) > 0 {
			s.push(c, n, b)
		} else {
			c.PushNil()
		}
	case message.Integer:
		c.PushNumber(float64(f.Int(ai)))
	case message.Double:
		c.PushNumber(f.Double(ai))
	case message.Bool:
		c.PushBool(f.Bool(ai))
	}
}

// readEdit reads from a message in pieces.
func (s *Sandbox) readEdit(c *lua.Call, n *name, fi, ai int) {
	e := s.cur.Edit
	switch n.Part {
	case part.Field:
		c.Work(len(e.Fields))
		at, _ := e.Fields.Find(n.Field, fi)
		if at < 0 {
			c.PushNil()
			return
		}
		s.pushEdited(c, n, &e.Fields[at], ai)
	case part.UUID:
		s.pushUUID(c, n, e.UUID[:])
	case part.Type:
		s.push(c, n, bytesOf(e.Type))
	case part.Logger:
		s.push(c, n, bytesOf(e.Logger))
	case part.Payload:
		s.push(c, n, bytesOf(e.Payload))
	case part.EnvVersion:
		s.push(c, n, bytesOf(e.EnvVersion))
	case part.Hostname:
		s.push(c, n, bytesOf(e.Hostname))
	case part.Timestamp:
		pushIf(c, e.Has(message.NumTimestamp), float64(e.Timestamp))
	case part.Severity:
		pushIf(c, e.Has(message.NumSeverity), float64(e.Severity))
	case part.Pid:
		pushIf(c, e.Has(message.NumPid), float64(e.Pid))
	case part.Raw:
		s.pushRaw(c)
	default:
		c.PushNil()
	}
}

// pushRaw pushes the bytes of a message in pieces: of a decoder those that it was
// given, of an encoder those of the message as it came.
func (s *Sandbox) pushRaw(c *lua.Call) {
	var b []byte
	switch {
	case s.cur.View != nil:
		b = s.cur.View.Raw()
	case s.cur.Rec != nil:
		b = s.cur.Rec.Data
	}
	c.Work(len(b))
	c.PushBytes(b)
}

func (s *Sandbox) pushEdited(c *lua.Call, n *name, f *pieces.Field, ai int) {
	if f.Raw != nil {
		var m message.Field
		if m.Parse(f.Raw) {
			s.pushField(c, n, &m, ai)
		} else {
			c.PushNil()
		}
		return
	}
	if ai >= len(f.Vals) {
		c.PushNil()
		return
	}
	switch v := &f.Vals[ai]; f.Type {
	case message.Integer:
		c.PushNumber(float64(v.Int))
	case message.Double:
		c.PushNumber(v.Num)
	case message.Bool:
		c.PushBool(v.Flag)
	default:
		if f.Type == message.Bytes && v.Text == "" {
			c.PushNil()
			return
		}
		s.push(c, n, bytesOf(v.Text))
	}
}
