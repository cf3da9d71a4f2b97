package lua

import "math/bits"

// Set stores v at key k; nil removes the value. A key that is new takes its place
// even with nil, as in C Lua: the order of traversal depends on it. Set panics
// when k is nil or NaN: inside a call that is a Lua error, outside one a bug of
// the caller.
func (t *Table) Set(k, v Value) {
	p := t.find(k)
	if p == nil {
		p = t.newKey(k)
	} else if p.bits == tagNil {
		t.absent = 0
	}
	*p = v
}

// SetInt stores v at the number key i.
func (t *Table) SetInt(i int, v Value) {
	if uint(i-1) < uint(len(t.arr)) {
		t.arr[i-1] = v
		return
	}
	t.Set(Int(i), v)
}

// SetString stores v at the string key s.
func (t *Table) SetString(s string, v Value) { t.setString(String(s), hashString(s), v) }

func (t *Table) setString(k Value, hash uint32, v Value) {
	if n := t.findString(k, hash); n != nil {
		if n.val.bits == tagNil {
			t.absent = 0
		}
		n.val = v
		return
	}
	*t.insert(k, hash) = v
}

// newKey adds key k, which the table must not have, and returns its place.
func (t *Table) newKey(k Value) *Value {
	t.absent = 0
	switch {
	case k.bits < tagString:
		if k.num() != k.num() {
			t.vm.badKey("table index is NaN")
		}
		if k.num() == 0 {
			k = Value{} // -0 and 0 are one key
		}
		return t.insert(k, 0)
	case k.bits < tagTable:
		return t.insert(k, hashString(k.str()))
	case k.bits == tagNil:
		t.vm.badKey("table index is nil")
	}
	return t.insert(k, 0)
}

// insert puts a new key into the hash. When its main position is taken by a key
// that belongs elsewhere, that key moves; when no node is free, the table grows.
func (t *Table) insert(k Value, hash uint32) *Value {
	t.absent = 0
	probe := node{key: k, hash: hash}
	mp := t.mainOf(&probe)
	if n := &t.nodes[mp]; n.val.bits != tagNil || &t.nodes[0] == &noNodes[0] {
		f := t.freeNode()
		if f < 0 {
			t.rehash(k)
			if k.bits < tagString {
				if i := int(k.num()); float64(i) == k.num() && uint(i-1) < uint(len(t.arr)) {
					return &t.arr[i-1]
				}
			}
			return t.insert(k, hash)
		}
		if other := t.mainOf(n); other != mp {
			for t.nodes[other].next != mp {
				other = t.nodes[other].next
			}
			t.nodes[other].next = f
			t.nodes[f] = *n
			n.next = -1
			n.val = Nil
		} else {
			t.nodes[f].next = n.next
			n.next = f
			mp = f
		}
	}
	n := &t.nodes[mp]
	n.key, n.hash = k, hash
	return &n.val
}

func (t *Table) freeNode() int32 {
	for t.free > 0 {
		t.free--
		if t.nodes[t.free].key.bits == tagNil {
			return t.free
		}
	}
	return -1
}

// rehash finds the sizes that fit the keys in use and the new key k.
func (t *Table) rehash(k Value) {
	var counts [27]int // counts[i]: integer keys in (2^(i-1), 2^i]
	ints := t.countArray(&counts)
	total := ints + 1
	for i := range t.nodes {
		if n := &t.nodes[i]; n.val.bits != tagNil {
			ints += countKey(n.key, &counts)
			total++
		}
	}
	ints += countKey(k, &counts)
	t.vm.chargeIfRunning(int64(total / 8))
	size, inArray := arraySize(&counts, ints)
	t.resize(size, total-inArray)
}

// countArray counts the items of the array part by powers of two.
func (t *Table) countArray(counts *[27]int) int {
	total, i := 0, 0
	for lg, limit := 0, 1; i < len(t.arr); lg, limit = lg+1, limit*2 {
		if limit > len(t.arr) {
			limit = len(t.arr)
		}
		n := 0
		for ; i < limit; i++ {
			if t.arr[i].bits != tagNil {
				n++
			}
		}
		counts[lg] += n
		total += n
	}
	return total
}

func countKey(k Value, counts *[27]int) int {
	if k.bits >= tagString {
		return 0
	}
	i := int(k.num())
	if float64(i) != k.num() || i <= 0 || i > maxArray {
		return 0
	}
	counts[bits.Len(uint(i-1))]++
	return 1
}

// arraySize returns the largest power of two of which more than half would be in
// use, and how many integer keys it would hold.
func arraySize(counts *[27]int, ints int) (size, held int) {
	sum := 0
	for i, p := 0, 1; p/2 < ints && i < len(counts); i, p = i+1, p*2 {
		if counts[i] > 0 {
			if sum += counts[i]; sum > p/2 {
				size, held = p, sum
			}
		}
		if sum == ints {
			break
		}
	}
	return size, held
}

// resize gives the table narr array slots and room for nrec hash keys, and puts
// everything in its new place.
func (t *Table) resize(narr, nrec int) {
	old := t.nodes
	var vanish []Value
	if narr > len(t.arr) {
		t.growArray(narr)
	} else if narr < len(t.arr) {
		vanish = t.arr[narr:]
		t.arr = append(make([]Value, 0, narr), t.arr[:narr]...)
	}
	t.newNodes(nrec)
	for i, v := range vanish {
		if v.bits != tagNil {
			*t.newKey(Int(narr + i + 1)) = v
		}
	}
	for i := len(old) - 1; i >= 0; i-- {
		if n := &old[i]; n.val.bits != tagNil {
			*t.place(n) = n.val
		}
	}
}

// place finds or makes the place of the key of an old node.
func (t *Table) place(n *node) *Value {
	if n.key.bits < tagString {
		if p := t.find(n.key); p != nil {
			return p
		}
	}
	return t.insert(n.key, n.hash)
}

func (t *Table) growArray(n int) {
	t.vm.alloc(int64(n) * valueBytes)
	arr := make([]Value, n)
	for i := copy(arr, t.arr); i < n; i++ {
		arr[i].bits = tagNil
	}
	t.arr = arr
}

// newNodes replaces the hash by an empty one with room for n keys.
func (t *Table) newNodes(n int) {
	if n == 0 {
		t.nodes, t.mask, t.free = noNodes, 0, 0
		return
	}
	size := 1 << bits.Len(uint(n-1))
	t.vm.alloc(int64(size) * nodeBytes)
	nodes := make([]node, size)
	for i := range nodes {
		n := &nodes[i]
		n.key.bits, n.val.bits, n.next = tagNil, tagNil, -1
	}
	t.nodes, t.mask, t.free = nodes, uint32(size-1), int32(size)
}
