package wasm

import (
	"encoding/binary"
	"math"

	"github.com/heka-project/heka/message"
)

const (
	maxFields = 1 << 16 // fields, and values of a field, of a message that is written to
	deletes   = -1      // type of write_message
)

func (in *Instance) writeMessage(a []uint64) {
	n := in.names.find(a[0], in.bytes(a[0], a[1]))
	if in.cur.edit == nil {
		if in.cur.view == nil {
			a[0] = result(resRefused)
			return
		}
		in.charge(len(in.cur.view.Raw()) >> bulkShift)
	}
	e := in.cur.change()
	t := index(a[2])
	var v value
	text := in.bytes(a[3], a[4])
	ok := true
	switch {
	case t == deletes:
	case t == int(message.String) || t == int(message.Bytes):
		v.text = in.cur.keep(text)
	case (t == int(message.Integer) || t == int(message.Double)) && len(text) == 8:
		x := binary.LittleEndian.Uint64(text)
		v.int, v.num = int64(x), math.Float64frombits(x)
	case t == int(message.Bool) && len(text) == 1:
		v.flag = text[0] != 0
	default:
		ok = false
	}
	repr := in.cur.keep(in.bytes(a[5], a[6]))
	fi, ai := index(a[7]), index(a[8])
	switch {
	case !ok || fi < 0 || ai < 0:
	case n.what == field && t == deletes:
		in.charge(len(e.fields))
		ok = e.delete(n.field, fi, ai)
	case n.what == field:
		in.charge(len(e.fields))
		ok = in.writeField(e, n, message.ValueType(t), v, repr, fi, ai)
	default:
		ok = e.write(n.what, t, v)
	}
	if a[0] = 0; !ok || fi < 0 || ai < 0 {
		a[0] = result(resRefused)
	}
}

// header is the place of a text header field.
func (e *edit) header(w what) *string {
	switch w {
	case typ:
		return &e.Type
	case logger:
		return &e.Logger
	case payload:
		return &e.Payload
	case envVersion:
		return &e.EnvVersion
	}
	return &e.Hostname
}

// write sets a header field.
func (e *edit) write(w what, t int, v value) bool {
	switch w {
	case typ, logger, payload, envVersion, hostname:
		*e.header(w) = v.text
		return t == int(message.String) || t == int(message.Bytes) || t == deletes
	case uuid:
		id, ok := message.ParseUUID(v.text)
		if ok {
			e.UUID = id
		}
		return ok
	}
	if t == int(message.Double) {
		v.int = toInt64(v.num)
	} else if t != int(message.Integer) {
		return false
	}
	small := v.int == int64(int32(v.int))
	switch {
	case w == timestamp:
		e.Timestamp = v.int
	case w == severity && small:
		e.Severity = int32(v.int)
	case w == pid && small:
		e.Pid = int32(v.int)
	default:
		return false
	}
	return true
}

// writeField sets value ai of the field of that name with index fi, or adds one.
func (in *Instance) writeField(e *edit, n *name, t message.ValueType, v value, repr string, fi, ai int) bool {
	at, count := e.find(n.field, fi)
	if at < 0 {
		if fi > count || ai > 0 || len(e.fields) >= maxFields {
			return false
		}
		label := n.field
		if n == &in.names.once { // which is overwritten by the next name
			label = in.cur.keep(bytesOf(label))
		}
		f := e.add(fieldEdit{name: label, repr: repr, typ: t})
		f.vals = append(f.vals[:0], v)
		return true
	}
	f := &e.fields[at]
	if f.typ != t {
		return false
	}
	in.charge(len(f.raw))
	f.open()
	switch {
	case ai < len(f.vals):
		f.vals[ai] = v
	case ai == len(f.vals) && ai < maxFields:
		f.vals = append(f.vals, v)
	default:
		return false
	}
	f.repr = repr
	return true
}

// delete removes a field, or with ai above 0 one value of it.
func (e *edit) delete(name string, fi, ai int) bool {
	at, _ := e.find(name, fi)
	if at < 0 {
		return fi == 0
	}
	if ai == 0 {
		e.remove(at)
		return true
	}
	f := &e.fields[at]
	f.open()
	if ai >= len(f.vals) {
		return false
	}
	f.vals = append(f.vals[:ai], f.vals[ai+1:]...)
	return true
}
