package wasm

import (
	"encoding/binary"
	"math"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/part"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

const (
	maxFields = 1 << 16 // fields, and values of a field, of a message that is written to
	deletes   = -1      // type of write_message
)

func (in *Instance) writeMessage(a []uint64) {
	n := in.names.find(a[0], in.bytes(a[0], a[1]))
	if in.cur.Edit == nil {
		if in.cur.View == nil {
			a[0] = result(resRefused)
			return
		}
		in.charge(len(in.cur.View.Raw()) >> bulkShift)
	}
	e := in.cur.Change()
	t := index(a[2])
	var v pieces.Value
	text := in.bytes(a[3], a[4])
	ok := true
	switch {
	case t == deletes:
	case t == int(message.String) || t == int(message.Bytes):
		v.Text = in.cur.keep(text)
	case (t == int(message.Integer) || t == int(message.Double)) && len(text) == 8:
		x := binary.LittleEndian.Uint64(text)
		v.Int, v.Num = int64(x), math.Float64frombits(x)
	case t == int(message.Bool) && len(text) == 1:
		v.Flag = text[0] != 0
	default:
		ok = false
	}
	repr := in.cur.keep(in.bytes(a[5], a[6]))
	fi, ai := index(a[7]), index(a[8])
	switch {
	case !ok || fi < 0 || ai < 0:
	case n.Part == part.Field && t == deletes:
		in.charge(len(e.Fields))
		ok = remove(e, n.Field, fi, ai)
	case n.Part == part.Field:
		in.charge(len(e.Fields))
		ok = in.writeField(e, n, message.ValueType(t), v, repr, fi, ai)
	default:
		ok = writeHeader(e, n.Part, t, v)
	}
	if a[0] = 0; !ok || fi < 0 || ai < 0 {
		a[0] = result(resRefused)
	}
}

// writeHeader sets a header field.
func writeHeader(e *pieces.Message, w part.Part, t int, v pieces.Value) bool {
	switch w {
	case part.Type, part.Logger, part.Payload, part.EnvVersion, part.Hostname:
		*w.Text(&e.Header) = v.Text
		return t == int(message.String) || t == int(message.Bytes) || t == deletes
	case part.UUID:
		id, ok := message.ParseUUID(v.Text)
		if ok {
			e.UUID = id
		}
		return ok
	}
	if t == int(message.Double) {
		v.Int = toInt64(v.Num)
	} else if t != int(message.Integer) {
		return false
	}
	small := v.Int == int64(int32(v.Int))
	switch {
	case w == part.Timestamp:
		e.Timestamp = v.Int
	case w == part.Severity && small:
		e.Severity = int32(v.Int)
	case w == part.Pid && small:
		e.Pid = int32(v.Int)
	default:
		return false
	}
	e.Set(w.Number())
	return true
}

// writeField sets value ai of the field of that name with index fi, or adds one.
func (in *Instance) writeField(e *pieces.Message, n *part.Name, t message.ValueType, v pieces.Value, repr string, fi, ai int) bool {
	at, count := e.Fields.Find(n.Field, fi)
	if at < 0 {
		if fi > count || ai > 0 || len(e.Fields) >= maxFields {
			return false
		}
		label := n.Field
		if n == &in.names.once { // which is overwritten by the next name
			label = in.cur.keep(bytesOf(label))
		}
		f := e.Fields.Add(pieces.Field{Name: label, Repr: repr, Type: t})
		f.Vals = append(f.Vals[:0], v)
		return true
	}
	f := &e.Fields[at]
	if f.Type != t {
		return false
	}
	in.charge(len(f.Raw))
	f.Open()
	switch {
	case ai < len(f.Vals):
		f.Vals[ai] = v
	case ai == len(f.Vals) && ai < maxFields:
		f.Vals = append(f.Vals, v)
	default:
		return false
	}
	f.Repr = repr
	return true
}

// remove takes out a field, or with ai above 0 one value of it.
func remove(e *pieces.Message, name string, fi, ai int) bool {
	at, _ := e.Fields.Find(name, fi)
	if at < 0 {
		return fi == 0
	}
	if ai == 0 {
		e.Fields.Remove(at)
		return true
	}
	f := &e.Fields[at]
	f.Open()
	if ai >= len(f.Vals) {
		return false
	}
	f.Vals = append(f.Vals[:ai], f.Vals[ai+1:]...)
	return true
}
