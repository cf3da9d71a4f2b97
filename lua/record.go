package lua

import (
	"unsafe"
)

// Records are tables with the same string keys, set in the same order, again and
// again: objects of JSON, captures with names. How the nodes of such a table lie is
// found once, by setting the keys one after the other as always, and copied later.
//
//	keys  [k1 k2 … kn] ──▶ template of nodes, and at[i]: the node of key i
//
// A sequence of keys is told by the addresses of their bytes, so only keys from
// Intern, constants and the like can be found again.
type records struct {
	slots [recordSlots]record
	bytes int
}

type record struct {
	hash  uint64  // of the keys last seen; its second sight makes the template
	keys  []Value // nil before that
	nodes []node
	at    []uint8
	free  int32
}

const (
	recordSlots = 128
	maxRecord   = 32 // keys
)

// LuaSize is for memory counts: the cache lies in the registry as a userdata.
func (r *records) LuaSize() int { return int(unsafe.Sizeof(records{})) + r.bytes }

// LuaTrace shows memory counts the keys.
func (r *records) LuaTrace(visit func(Value)) {
	for i := range r.slots {
		for _, k := range r.slots[i].keys {
			visit(k)
		}
	}
}

// NewRecord makes a table of pairs, key after value after key, which it may borrow
// from Results. It is what setting them in turn in a new table gives, in a fraction
// of the time when the keys were seen before.
func (c *Call) NewRecord(pairs []Value) *Table {
	vm, n := c.vm, len(pairs)/2
	if n == 0 || n > maxRecord {
		return vm.setAll(pairs)
	}
	h := uint64(n)
	for i := 0; i < 2*n; i += 2 {
		if pairs[i].bits>>48 != tagString>>48 || pairs[i+1].bits == tagNil {
			return vm.setAll(pairs)
		}
		h = (h ^ uint64(uintptr(pairs[i].ref))) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	if vm.records == nil {
		vm.newRecords()
	}
	r := &vm.records.slots[h%recordSlots]
	if r.hash != h || len(r.keys) != n || !r.same(pairs) {
		return vm.learn(r, h, pairs)
	}
	vm.alloc(tableBytes + int64(len(r.nodes))*nodeBytes)
	t := &Table{vm: vm, id: vm.newID(), mask: uint32(len(r.nodes) - 1), free: r.free}
	nodes := make([]node, len(r.nodes))
	copy(nodes, r.nodes)
	for i, at := range r.at {
		nodes[at].val = pairs[2*i+1]
	}
	t.nodes = nodes
	return t
}

func (r *record) same(pairs []Value) bool {
	for i, k := range r.keys {
		if p := &pairs[2*i]; p.ref != k.ref || p.bits != k.bits {
			return false
		}
	}
	return true
}

func (vm *VM) setAll(pairs []Value) *Table {
	t := vm.newTable(0, 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		t.Set(pairs[i], pairs[i+1])
	}
	return t
}

func (vm *VM) newRecords() {
	vm.alloc(int64(unsafe.Sizeof(records{})))
	r := &records{}
	u := vm.NewUserdata(r, nil)
	vm.registry.SetString("records", u.Value())
	vm.records = r
}

// learn makes the table the long way, and a template of it when the keys have been
// seen before.
func (vm *VM) learn(r *record, h uint64, pairs []Value) *Table {
	t := vm.setAll(pairs)
	if r.hash != h {
		r.hash = h
		vm.records.bytes -= r.size()
		r.keys, r.nodes, r.at = nil, nil, nil
		return t
	}
	n := len(pairs) / 2
	s := record{hash: h, nodes: append([]node(nil), t.nodes...), free: t.free}
	for i := range n {
		k := pairs[2*i]
		for j := range s.nodes {
			if m := &s.nodes[j]; m.key.ref == k.ref && m.key.bits == k.bits {
				s.keys = append(s.keys, k)
				s.at = append(s.at, uint8(j))
				break
			}
		}
	}
	if len(s.keys) != n || len(t.arr) > 0 || !s.distinct() {
		return t
	}
	for j := range s.nodes {
		s.nodes[j].val = Nil
	}
	vm.alloc(int64(s.size()))
	vm.records.bytes += s.size() - r.size()
	*r = s
	return t
}

// distinct reports whether no two keys share a node.
func (r *record) distinct() bool {
	var seen [256]bool
	for _, at := range r.at {
		if seen[at] {
			return false
		}
		seen[at] = true
	}
	return true
}

func (r *record) size() int {
	return len(r.keys)*int(valueBytes) + len(r.nodes)*int(nodeBytes) + len(r.at)
}
