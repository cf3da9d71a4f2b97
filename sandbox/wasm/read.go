package wasm

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/part"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

func (in *Instance) readConfig(a []uint64) {
	text := ""
	switch v := in.opts.Config[string(in.bytes(a[0], a[1]))].(type) {
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	case int:
		text = strconv.Itoa(v)
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		text = strconv.FormatBool(v)
	default:
		a[0] = result(resNone)
		return
	}
	a[0] = in.giveString(text, a[2], a[3])
}

// found is a value of the message at hand.
type found struct {
	typ  message.ValueType
	text []byte
	int  int64
	num  float64
}

// lookup finds the value that a[0:4] name: name, length, field index, array index.
// The result is 0, or why there is none.
func (in *Instance) lookup(a []uint64, v *found) int {
	n := in.names.find(a[0], in.bytes(a[0], a[1]))
	fi, ai := index(a[2]), index(a[3])
	if fi < 0 || ai < 0 {
		return resNone
	}
	m := &in.cur
	switch {
	case n.Part == part.None || m.View == nil && m.Edit == nil:
		return resNone
	case n.Part == part.Field:
		return in.lookupField(n, fi, ai, v)
	case m.Edit != nil:
		return in.lookupEdit(n, v)
	}
	w := m.View
	switch n.Part {
	case part.UUID:
		v.text = message.AppendUUID(in.scratch[:0], w.UUID())
	case part.Raw:
		v.text = w.Raw()
	case part.Timestamp, part.Severity, part.Pid:
		if !w.Has(n.Part.Number()) {
			return resNone
		}
		v.typ, v.int = message.Integer, number(n.Part, w.Timestamp(), w.Severity(), w.Pid())
	default:
		v.text = w.Bytes(n.Part.Number())
	}
	return 0
}

// lookupEdit finds a header field of a message in pieces.
func (in *Instance) lookupEdit(n *part.Name, v *found) int {
	e := in.cur.Edit
	switch n.Part {
	case part.UUID:
		v.text = message.AppendUUID(in.scratch[:0], e.UUID[:])
	case part.Raw:
		switch {
		case in.cur.View != nil:
			v.text = in.cur.View.Raw()
		case in.cur.Rec != nil:
			v.text = in.cur.Rec.Data
		}
	case part.Timestamp, part.Severity, part.Pid:
		if !e.Has(n.Part.Number()) {
			return resNone
		}
		v.typ, v.int = message.Integer, number(n.Part, e.Timestamp, e.Severity, e.Pid)
	default:
		v.text = bytesOf(*n.Part.Text(&e.Header))
	}
	return 0
}

// number is the one of these that the part stands for.
func number(p part.Part, timestamp int64, severity, pid int32) int64 {
	switch p {
	case part.Timestamp:
		return timestamp
	case part.Severity:
		return int64(severity)
	}
	return int64(pid)
}

func (in *Instance) lookupField(n *part.Name, fi, ai int, v *found) int {
	var f message.Field
	if e := in.cur.Edit; e != nil {
		in.charge(len(e.Fields))
		at, _ := e.Fields.Find(n.Field, fi)
		if at < 0 {
			return resNone
		}
		if fe := &e.Fields[at]; fe.Raw == nil {
			return valueOf(fe, ai, v)
		} else if !f.Parse(fe.Raw) {
			return resNone
		}
	} else {
		w, ok := in.cur.View, false
		if fi == 0 && n.Want >= 0 && w.Want() == in.names.Want {
			ok = w.Wanted(n.Want, &f)
		} else {
			if fi == 0 {
				in.names.wanted(n)
			}
			in.charge(len(w.Raw()) >> bulkShift) // it is walked
			ok = w.Field(n.Field, fi, &f)
		}
		if !ok {
			return resNone
		}
	}
	if ai >= f.Len() {
		return resNone
	}
	in.charge(ai) // packed values are walked
	v.typ = f.Type
	switch f.Type {
	case message.String, message.Bytes:
		v.text = f.Bytes(ai)
	case message.Integer:
		v.int = f.Int(ai)
	case message.Double:
		v.num = f.Double(ai)
	case message.Bool:
		if f.Bool(ai) {
			v.int = 1
		}
	}
	return 0
}

// value is value ai of a field that was changed.
func valueOf(f *pieces.Field, ai int, v *found) int {
	if ai >= len(f.Vals) {
		return resNone
	}
	x := &f.Vals[ai]
	v.typ, v.text, v.num, v.int = f.Type, bytesOf(x.Text), x.Num, x.Int
	if f.Type == message.Bool && x.Flag {
		v.int = 1
	}
	return 0
}

func (in *Instance) readMessage(a []uint64) {
	var v found
	res := in.lookup(a, &v)
	switch {
	case res != 0:
		a[0] = result(res)
	case v.typ != message.String && v.typ != message.Bytes:
		a[0] = result(resType)
	default:
		a[0] = in.give(v.text, a[4], a[5])
	}
}

// readNumber finds a number and where it is to be written.
func (in *Instance) readNumber(a []uint64, v *found) bool {
	res := in.lookup(a, v)
	if res == 0 && (v.typ == message.String || v.typ == message.Bytes) {
		res = resType
	}
	a[0] = result(res)
	return res == 0
}

func (in *Instance) readInt(a []uint64) {
	var v found
	if !in.readNumber(a, &v) {
		return
	}
	if v.typ == message.Double {
		v.int = toInt64(v.num)
	}
	in.put64(a[4], uint64(v.int))
}

func (in *Instance) readDouble(a []uint64) {
	var v found
	if !in.readNumber(a, &v) {
		return
	}
	if v.typ != message.Double {
		v.num = float64(v.int)
	}
	in.put64(a[4], math.Float64bits(v.num))
}

func toInt64(f float64) int64 {
	if f >= -0x1p63 && f < 0x1p63 {
		return int64(f)
	}
	return math.MinInt64
}

func (in *Instance) nextField(a []uint64) {
	var label string
	var t message.ValueType
	n := 0
	found := false
	if in.nextAt == 0 {
		clear(in.nextSeen)
	}
	switch e := in.cur.Edit; {
	case e != nil:
		if in.nextAt < len(e.Fields) {
			f := &e.Fields[in.nextAt]
			label, t, n, found = f.Name, f.Type, len(f.Vals), true
			var m message.Field
			if f.Raw != nil && m.Parse(f.Raw) {
				n = m.Len()
			}
		}
	case in.cur.View != nil:
		if in.nextAt == 0 {
			in.next = in.cur.View.Fields()
		}
		if in.next.Next() {
			f := in.next.Field()
			label, t, n, found = f.Name(), f.Type, f.Len(), true
		}
	}
	if !found {
		in.nextAt = 0
		a[0] = result(resNone)
		return
	}
	in.nextAt++
	if in.nextSeen == nil {
		in.nextSeen = map[string]int32{}
	}
	nth := in.nextSeen[label]
	in.nextSeen[label] = nth + 1
	out := in.bytes(a[2], 12)
	binary.LittleEndian.PutUint32(out, uint32(t))
	binary.LittleEndian.PutUint32(out[4:], uint32(n))
	binary.LittleEndian.PutUint32(out[8:], uint32(nth))
	a[0] = in.giveString(label, a[0], a[1])
}
