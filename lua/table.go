package lua

import "unsafe"

// Table is a Lua table: an array for the keys 1…n and a hash for all others.
//
//	arr    [v1 v2 v3 …]                     sized by counting: more than half in use
//	nodes  [key val next][key val next] …   2^k nodes; a chain links the keys that
//	                                        share a main position
//
// Sizes, chains and the order of insertion into them follow the rules of the C
// implementation of Lua 5.1, so that pairs visits string and number keys in the
// order it does and # finds the same border in a table with holes.
//
// The methods are raw: they call no metamethods. A table is used from the
// goroutine that runs its VM, or between calls.
type Table struct {
	arr   []Value
	nodes []node // never empty: noNodes stands for a hash of size 0
	vm    *VM    // charged for growth
	meta  *Table

	mask   uint32 // len(nodes)-1
	free   int32  // nodes at this index and above are taken
	id     uint32
	epoch  uint32 // of the last memory count that saw the table
	absent uint16 // bit e: the table, as a metatable, is known to lack event e
	weak   uint8  // weakKeys | weakValues, kept in step by setmetatable
}

type node struct {
	key, val Value
	next     int32  // index of the next node of the chain, or -1
	hash     uint32 // of a string key
}

// noNodes is the hash of every table without one. It is never written: it has
// no free node, so the first new key makes the table grow.
var noNodes = []node{{key: Nil, val: Nil, next: -1}}

const (
	tableBytes = int64(unsafe.Sizeof(Table{}))
	valueBytes = int64(unsafe.Sizeof(Value{}))
	nodeBytes  = int64(unsafe.Sizeof(node{}))

	maxArray = 1 << 26
)

// newTable makes a table with room for narr array items and nrec other keys.
func (vm *VM) newTable(narr, nrec int) *Table {
	vm.alloc(tableBytes)
	t := &Table{nodes: noNodes, vm: vm, id: vm.newID()}
	if narr > 0 {
		t.growArray(narr)
	}
	if nrec > 0 {
		t.newNodes(nrec)
	}
	return t
}

// Value returns the table as a Value.
func (t *Table) Value() Value { return tableValue(t) }

// Meta returns the metatable, or nil.
func (t *Table) Meta() *Table { return t.meta }

// SetMeta sets the metatable; nil removes it.
func (t *Table) SetMeta(m *Table) {
	t.meta = m
	t.weak = weakness(m)
}

// Get returns the value at key k, or Nil.
func (t *Table) Get(k Value) Value {
	switch {
	case k.bits < tagString:
		return t.getNumber(k.num())
	case k.bits < tagTable:
		return t.getString(k, hashString(k.str()))
	case k.bits == tagNil:
		return Nil
	}
	for i := t.mainObject(k); i >= 0; i = t.nodes[i].next {
		if n := &t.nodes[i]; n.key.bits == k.bits && (n.key.ref == k.ref || k.bits >= tagTrue) {
			return n.val
		}
	}
	return Nil
}

// GetInt returns the value at the number key i, or Nil.
func (t *Table) GetInt(i int) Value {
	if uint(i-1) < uint(len(t.arr)) {
		return t.arr[i-1]
	}
	if t.mask == 0 && t.nodes[0].val.bits == tagNil {
		return Nil
	}
	return t.getHashed(float64(i))
}

// GetString returns the value at the string key s, or Nil.
func (t *Table) GetString(s string) Value { return t.getString(String(s), hashString(s)) }

func (t *Table) getNumber(f float64) Value {
	if i := int(f); float64(i) == f && uint(i-1) < uint(len(t.arr)) {
		return t.arr[i-1]
	}
	return t.getHashed(f)
}

func (t *Table) getHashed(f float64) Value {
	for i := t.mainNumber(f); i >= 0; i = t.nodes[i].next {
		if n := &t.nodes[i]; n.key.bits < tagString && n.key.num() == f {
			return n.val
		}
	}
	return Nil
}

func (t *Table) getString(k Value, hash uint32) Value {
	if n := t.findString(k, hash); n != nil {
		return n.val
	}
	return Nil
}

// findString returns the node of string key k, or nil. A walk along a long chain
// is charged: keys can be chosen to share one.
func (t *Table) findString(k Value, hash uint32) *node {
	steps := 0
	for i := int32(hash & t.mask); i >= 0; {
		n := &t.nodes[i]
		if n.key.bits == k.bits && n.hash == hash && (n.key.ref == k.ref || t.sameText(n, k)) {
			if steps > 16 {
				t.vm.chargeIfRunning(int64(steps / 4))
			}
			return n
		}
		i = n.next
		steps++
	}
	if steps > 16 {
		t.vm.chargeIfRunning(int64(steps / 4))
	}
	return nil
}

// sameText compares the bytes of two keys that lie apart, and remembers the place
// of the one asked for: constants that ask for it again find it without looking at
// bytes. Long comparisons are charged.
func (t *Table) sameText(n *node, k Value) bool {
	if len := k.bits & lenMask; len > 64 {
		t.vm.chargeIfRunning(int64(len) >> 5)
	}
	if n.key.str() != k.str() {
		return false
	}
	n.key.ref = k.ref
	return true
}

// find returns the place of key k, or nil when the table has none.
func (t *Table) find(k Value) *Value {
	switch {
	case k.bits < tagString:
		f := k.num()
		if i := int(f); float64(i) == f && uint(i-1) < uint(len(t.arr)) {
			return &t.arr[i-1]
		}
		for i := t.mainNumber(f); i >= 0; i = t.nodes[i].next {
			if n := &t.nodes[i]; n.key.bits < tagString && n.key.num() == f {
				return &n.val
			}
		}
		return nil
	case k.bits < tagTable:
		if n := t.findString(k, hashString(k.str())); n != nil {
			return &n.val
		}
		return nil
	}
	if i := t.findObject(k); i >= 0 {
		return &t.nodes[i].val
	}
	return nil
}

func (t *Table) findObject(k Value) int32 {
	if k.bits == tagNil {
		return -1
	}
	for i := t.mainObject(k); i >= 0; i = t.nodes[i].next {
		if n := &t.nodes[i]; n.key.bits == k.bits && (n.key.ref == k.ref || k.bits >= tagTrue) {
			return i
		}
	}
	return -1
}

// mainNumber is the main position of a number key.
func (t *Table) mainNumber(f float64) int32 {
	if f == 0 {
		return 0
	}
	b := number(f).bits
	return int32((uint32(b) + uint32(b>>32)) % (t.mask | 1))
}

// mainObject is the main position of a boolean, an object or a light userdata.
func (t *Table) mainObject(k Value) int32 {
	if k.bits >= tagTrue {
		return int32(((k.bits >> 48 & 1) ^ 1) & uint64(t.mask))
	}
	return int32(k.id() % (t.mask | 1))
}

// mainOf is the main position of the key of n.
func (t *Table) mainOf(n *node) int32 {
	switch {
	case n.key.bits < tagString:
		return t.mainNumber(n.key.num())
	case n.key.bits < tagTable:
		return int32(n.hash & t.mask)
	}
	return t.mainObject(n.key)
}

// hashString is the hash of C Lua 5.1. It looks at 32 bytes at most, and anyone
// can make strings that share it; what that costs is charged by findString.
func hashString(s string) uint32 {
	h := uint32(len(s))
	step := len(s)>>5 + 1
	for i := len(s); i >= step; i -= step {
		h ^= h<<5 + h>>2 + uint32(s[i-1])
	}
	return h
}

// Key is a string as a key, hashed once: for a host that looks the same names up
// again and again.
type Key struct {
	v    Value
	hash uint32
}

// Key makes a key of s. It belongs to the VM.
func (vm *VM) Key(s string) Key { return Key{vm.Intern(s), hashString(s)} }

// Value returns the string.
func (k Key) Value() Value { return k.v }

// GetKey returns the value at k, or Nil.
func (t *Table) GetKey(k Key) Value { return t.getString(k.v, k.hash) }
