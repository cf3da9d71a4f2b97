package lua

// Len returns a border of the table: an n with a value at n and none at n+1, or
// 0. In a table with holes it finds the border that C Lua 5.1 finds.
func (t *Table) Len() int {
	j := len(t.arr)
	if j > 0 && t.arr[j-1].bits == tagNil {
		i := 0
		for j-i > 1 {
			if m := (i + j) / 2; t.arr[m-1].bits == tagNil {
				j = m
			} else {
				i = m
			}
		}
		return i
	}
	if &t.nodes[0] == &noNodes[0] {
		return j
	}
	return t.hashBorder(j)
}

// hashBorder looks for a border above j in the hash: doubling, then halving.
func (t *Table) hashBorder(j int) int {
	i := j
	for j++; t.GetInt(j).bits != tagNil; {
		i = j
		if j *= 2; j > 1<<31-1 {
			for i = 1; t.GetInt(i).bits != tagNil; i++ {
			}
			return i - 1
		}
	}
	for j-i > 1 {
		if m := (i + j) / 2; t.GetInt(m).bits == tagNil {
			j = m
		} else {
			i = m
		}
	}
	return i
}

// Next returns the key and value after key k in the order of traversal; Nil
// begins it. The key is Nil after the last one. ok is false when k is not a key
// of the table. Values may be changed and removed during a traversal; new keys
// end its order.
func (t *Table) Next(k Value) (key, val Value, ok bool) {
	at, ok := t.position(k)
	if !ok {
		return Nil, Nil, false
	}
	key, val, _ = t.nextAt(at)
	return key, val, true
}

// nextAt returns the first key and value at traversal position at or later, and
// the position after them. Positions count the array, then the nodes.
func (t *Table) nextAt(at int) (key, val Value, next int) {
	for ; at < len(t.arr); at++ {
		if v := t.arr[at]; v.bits != tagNil {
			return Int(at + 1), v, at + 1
		}
	}
	for i := at - len(t.arr); i < len(t.nodes); i++ {
		if n := &t.nodes[i]; n.val.bits != tagNil {
			return n.key, n.val, len(t.arr) + i + 1
		}
	}
	return Nil, Nil, 0
}

// position returns the traversal position after key k.
func (t *Table) position(k Value) (int, bool) {
	if k.bits == tagNil {
		return 0, true
	}
	if k.bits < tagString {
		f := k.num()
		if i := int(f); float64(i) == f && uint(i-1) < uint(len(t.arr)) {
			return i, true
		}
		for i := t.mainNumber(f); i >= 0; i = t.nodes[i].next {
			if n := &t.nodes[i]; n.key.bits < tagString && n.key.num() == f {
				return len(t.arr) + int(i) + 1, true
			}
		}
		return 0, false
	}
	if k.bits < tagTable {
		hash := hashString(k.str())
		for i := int32(hash & t.mask); i >= 0; i = t.nodes[i].next {
			n := &t.nodes[i]
			if n.key.bits == k.bits && (n.key.ref == k.ref || n.key.str() == k.str()) {
				return len(t.arr) + int(i) + 1, true
			}
		}
		return 0, false
	}
	if i := t.findObject(k); i >= 0 {
		return len(t.arr) + int(i) + 1, true
	}
	return 0, false
}
