// Package keyed holds a table of what is known of keys, of which there may be no
// end: it keeps the last ones used, up to a number.
//
//	Get(key) ──▶ entry, moved to the young end
//	           └─ new and the table is full: the oldest entry is told and reused
//
// One goroutine uses a table. A key that is there costs no allocation.
package keyed

// Table holds up to a number of entries by key.
type Table[V any] struct {
	max   int
	index map[string]int32
	slots []slot[V]
	young int32 // used last, -1 for none
	old   int32
	free  int32 // first of the free slots, chained by older
	// Evicted is told of an entry that gives way to a new one; nil: nobody is.
	Evicted func(key string, v *V)
}

type slot[V any] struct {
	key            string
	v              V
	younger, older int32
}

// New makes a table for max entries, at least one.
func New[V any](max int) *Table[V] {
	if max < 1 {
		max = 1
	}
	return &Table[V]{max: max, index: map[string]int32{}, young: -1, old: -1, free: -1}
}

// Len is the number of entries.
func (t *Table[V]) Len() int { return len(t.index) }

// Get returns the entry of a key, a zero one when it is new. Valid until the next
// Get or Drop.
func (t *Table[V]) Get(key []byte) (v *V, known bool) {
	if k, ok := t.index[string(key)]; ok {
		if k != t.young {
			t.unlink(k)
			t.link(k)
		}
		return &t.slots[k].v, true
	}
	k := t.take()
	s := &t.slots[k]
	s.key = string(key)
	t.index[s.key] = k
	t.link(k)
	return &s.v, false
}

// take finds a slot.
func (t *Table[V]) take() int32 {
	switch {
	case len(t.index) >= t.max:
		k := t.old
		s := &t.slots[k]
		if t.Evicted != nil {
			t.Evicted(s.key, &s.v)
		}
		t.remove(k)
		fallthrough
	case t.free >= 0:
		k := t.free
		t.free = t.slots[k].older
		return k
	}
	t.slots = append(t.slots, slot[V]{})
	return int32(len(t.slots) - 1)
}

// Drop removes entries from the old end while ripe says so, and tells nobody.
func (t *Table[V]) Drop(ripe func(key string, v *V) bool) {
	for t.old >= 0 {
		s := &t.slots[t.old]
		if !ripe(s.key, &s.v) {
			return
		}
		t.remove(t.old)
	}
}

// Filter walks all entries from the old end and removes those that drop takes.
func (t *Table[V]) Filter(drop func(key string, v *V) bool) {
	for k := t.old; k >= 0; {
		next := t.slots[k].younger
		if s := &t.slots[k]; drop(s.key, &s.v) {
			t.remove(k)
		}
		k = next
	}
}

func (t *Table[V]) remove(k int32) {
	t.unlink(k)
	s := &t.slots[k]
	delete(t.index, s.key)
	var zero V
	s.key, s.v, s.older = "", zero, t.free
	t.free = k
}

func (t *Table[V]) link(k int32) {
	s := &t.slots[k]
	s.younger, s.older = -1, t.young
	if t.young >= 0 {
		t.slots[t.young].younger = k
	} else {
		t.old = k
	}
	t.young = k
}

func (t *Table[V]) unlink(k int32) {
	s := &t.slots[k]
	if s.younger >= 0 {
		t.slots[s.younger].older = s.older
	} else {
		t.young = s.older
	}
	if s.older >= 0 {
		t.slots[s.older].younger = s.younger
	} else {
		t.old = s.younger
	}
}
