package json

import (
	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/message"
)

// maxPlain is the number of fields whose names are told apart by a list of
// hashes; messages with more go the way of those with repeated names.
const maxPlain = 48

// fields appends the dynamic fields with a comma behind each member; false when
// one cannot be read.
func (e *Encoder) fields(dst []byte, k *key, v *message.View) ([]byte, bool) {
	if v.NFields() == 0 {
		return dst, true
	}
	if !e.flat {
		dst = append(k.append(dst), '{')
	}
	start := len(dst)
	dst, ok := e.members(dst, v)
	if !ok {
		return dst, false
	}
	if e.flat {
		return dst, true
	}
	if len(dst) > start {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}', ','), true
}

// sequence holds what the fields of messages of one Type were last, place by
// place: most messages of a type have the same fields in the same order. All
// names in it differ.
type sequence struct {
	slots []slot
}

// slot is a field that is expected at a place.
type slot struct {
	head   message.FieldHead
	hash   uint32 // of its name
	misses uint8  // messages in a row that had something else here
	member        // without a text when it is not to be written
}

const (
	maxLearned = 4096 // how often slots are filled: names without end cost no more
	patience   = 8    // misses after which a slot is filled anew
)

// Fast path of members: no two fields share a name, and those that are where the
// sequence has them are not looked at closely.
func (e *Encoder) members(dst []byte, v *message.View) ([]byte, bool) {
	if v.NFields() > maxPlain {
		return e.merged(dst, v)
	}
	start := len(dst)
	seq := &e.seqs[nameHash(v.Type())%uint32(len(e.seqs))]
	it := v.Fields()
	mixed := false // a field was not where the sequence has it
	for i := 0; ; i++ {
		if i < len(seq.slots) {
			s := &seq.slots[i]
			if value, ok := it.Match(&s.head); ok {
				e.hashes[i], s.misses = s.hash, 0
				if mixed && e.again(i) {
					return e.merged(dst[:start], v)
				}
				if s.text != "" {
					dst = append(jsontext.AppendSimple(s.append(dst), s.head.Type(), value), ',')
				}
				continue
			}
		}
		name, typ, value, simple := it.Simple()
		if !simple {
			if !it.Next() {
				return dst, !it.Damaged()
			}
			name = it.Field().Name()
		}
		mixed = true
		e.hashes[i] = nameHash(name)
		if e.again(i) {
			return e.merged(dst[:start], v)
		}
		key := len(dst)
		if e.only == nil || e.only[name] {
			dst = e.name(dst, name)
		}
		if simple {
			e.learn(seq, i, v, dst[key:])
		}
		switch f := it.Field(); {
		case len(dst) == key:
		case simple:
			dst = append(jsontext.AppendSimple(dst, typ, value), ',')
		case f.Len() == 1:
			dst = append(jsontext.AppendValue(dst, f, 0), ',')
		default:
			dst = closeArray(appendValues(append(dst, '['), f))
		}
	}
}

// again reports whether the name at place i may have been there before.
func (e *Encoder) again(i int) bool {
	for _, h := range e.hashes[:i] {
		if h == e.hashes[i] {
			return true
		}
	}
	return false
}

// learn expects the field at place i of v there from now on, when the place is
// free or what was expected has not come for a while.
func (e *Encoder) learn(seq *sequence, i int, v *message.View, key []byte) {
	if i > len(seq.slots) || e.learned == maxLearned {
		return
	}
	if i < len(seq.slots) {
		if seq.slots[i].misses++; seq.slots[i].misses < patience {
			return
		}
	}
	for k := range seq.slots {
		if k != i && seq.slots[k].hash == e.hashes[i] {
			return
		}
	}
	it := v.Fields()
	for range i + 1 {
		it.Next()
	}
	f := it.Field()
	if len(f.Name())+len(f.Representation()) > 256 {
		return
	}
	e.learned++
	s := slot{message.NewFieldHead(f.Name(), f.Type, f.Representation()), e.hashes[i], 0, newMember(key)}
	if i == len(seq.slots) {
		seq.slots = append(seq.slots, s)
		return
	}
	seq.slots[i] = s
}

// nameHash tells names apart that differ in length, in their first or last eight
// bytes. Others only cost the slow path.
func nameHash(s string) uint32 {
	n := len(s)
	var a, z uint64
	switch {
	case n >= 8:
		a, z = load64(s[:8]), load64(s[n-8:])
	case n >= 4:
		a, z = uint64(load32(s[:4])), uint64(load32(s[n-4:]))
	case n > 0:
		a, z = uint64(s[0])|uint64(s[n/2])<<8, uint64(s[n-1])
	}
	x := (a ^ uint64(n)<<56) * 0x9E3779B97F4A7C15
	x = (x ^ x>>29 ^ z) * 0xBF58476D1CE4E5B9
	return uint32(x >> 32)
}

func load64(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// merged is the slow path: the values of fields that share a name are gathered
// in one array, where the first of them stands.
func (e *Encoder) merged(dst []byte, v *message.View) ([]byte, bool) {
	e.bodies, e.next, e.firsts = e.bodies[:0], e.next[:0], e.firsts[:0]
	if e.last == nil {
		e.last = map[string]int{}
	}
	it := v.Fields()
	for i := 0; it.Next(); i++ {
		name := it.Field().Name()
		e.bodies, e.next = append(e.bodies, it.Field().Raw()), append(e.next, -1)
		if prev, ok := e.last[name]; ok {
			e.next[prev] = i
		} else {
			e.firsts = append(e.firsts, i)
		}
		e.last[name] = i
	}
	clear(e.last)
	if it.Damaged() {
		return dst, false
	}
	var f message.Field
	for _, i := range e.firsts {
		f.Parse(e.bodies[i])
		name := f.Name()
		if e.only != nil && !e.only[name] {
			continue
		}
		dst = e.name(dst, name)
		if e.next[i] < 0 && f.Len() == 1 {
			dst = append(jsontext.AppendValue(dst, &f, 0), ',')
			continue
		}
		dst = append(dst, '[')
		for ; i >= 0; i = e.next[i] {
			f.Parse(e.bodies[i])
			dst = appendValues(dst, &f)
		}
		dst = closeArray(dst)
	}
	clear(e.bodies)
	return dst, true
}

// name appends a field's key and a colon.
func (e *Encoder) name(dst []byte, name string) []byte {
	if e.flat && e.taken[name] {
		dst = append(dst, `"Fields.`...)
		return append(append(jsontext.Escape(dst, name), '"'), ':')
	}
	return append(jsontext.AppendString(dst, name), ':')
}

// closeArray ends the array whose last value left a comma.
func closeArray(dst []byte) []byte {
	if n := len(dst) - 1; dst[n] == ',' {
		dst = dst[:n]
	}
	return append(dst, ']', ',')
}

// appendValues appends all values of f with a comma behind each.
func appendValues(dst []byte, f *message.Field) []byte {
	for i := range f.Len() {
		dst = append(jsontext.AppendValue(dst, f, i), ',')
	}
	return dst
}
