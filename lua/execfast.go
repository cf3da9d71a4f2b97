package lua

import "unsafe"

// This file holds the small functions of the loop in exec. All of them are inlined:
// a call would cost the loop its registers.

// numbers reports whether both are numbers.
func numbers(a, b *Value) bool { return a.bits < tagString && b.bits < tagString }

// codePtr and constPtr are the code and the constants of the running function
// without their lengths: the loop has no registers to keep those in. That every
// index in the code is valid is up to the compiler, the only maker of code.
type (
	codePtr  struct{ p unsafe.Pointer }
	constPtr struct{ p unsafe.Pointer }
)

func codeOf(code []instr) codePtr      { return codePtr{unsafe.Pointer(unsafe.SliceData(code))} }
func constsOf(k []Value) constPtr      { return constPtr{unsafe.Pointer(unsafe.SliceData(k))} }
func (c codePtr) at(pc int) instr      { return *(*instr)(unsafe.Add(c.p, pc*8)) }
func (k constPtr) at(n uint8) *Value   { return (*Value)(unsafe.Add(k.p, uintptr(n)*16)) }
func (k constPtr) long(n int32) *Value { return (*Value)(unsafe.Add(k.p, uintptr(n)*16)) }

// node returns node i, which must be below the number of nodes.
func (t *Table) node(i uint32) *node {
	return (*node)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(t.nodes)), uintptr(i)*unsafe.Sizeof(node{})))
}

// firstByte is the first byte of a string that is not empty: most strings that
// differ, differ there.
func firstByte(v *Value) byte { return *(*byte)(v.ref) }

// probe returns the node whose key is the very string key, or nil: an equal
// string elsewhere in memory is for the long way to find.
func (t *Table) probe(key *Value, hash int32) *node {
	n := t.node(uint32(hash) & t.mask)
	for n.key.ref != key.ref || n.key.bits != key.bits {
		if n.next < 0 {
			return nil
		}
		n = t.node(uint32(n.next))
	}
	return n
}

// item returns the place of number key f in the array part, or nil.
func (t *Table) item(f float64) *Value {
	if j := int(f); float64(j) == f && uint(j-1) < uint(len(t.arr)) {
		return &t.arr[j-1]
	}
	return nil
}
