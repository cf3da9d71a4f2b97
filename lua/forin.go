package lua

// noPosition marks a traversal that began in the middle.
const noPosition = 1 << 40

// forNext steps a for loop. The iterators of pairs and ipairs need no call: that
// of pairs goes by position, kept as a bare integer in the fourth register, and
// looks at no key. It reports false when there is one to call, set up behind the
// hidden registers.
//
//	R[A]      R[A+1]   R[A+2]    R[A+3]     R[A+4]  R[A+5] …
//	iterator  state    control   position   key     value
func (th *thread) forNext(i instr) bool {
	fr := &th.frames[th.fi]
	r := th.stack[int(fr.base)+int(i.a()):][:7]
	if r[0].bits == tagGo && r[1].bits == tagTable && i.c() <= 2 {
		t := (*Table)(r[1].ref)
		if f := r[0].goFunc(); f == th.vm.nextFn {
			if at := r[3].bits; at < noPosition {
				th.forPairs(t, r, int(at), i.d())
				return true
			}
		} else if f == th.vm.ipairsFn && r[2].bits < tagString {
			n := r[2].num() + 1
			v := t.item(n)
			if v != nil && v.bits != tagNil {
				r[2].bits = number(n).bits
				r[4].bits = r[2].bits
				r[5] = *v
				fr.pc += i.d()
				return true
			}
		}
	}
	r[4], r[5], r[6] = r[0], r[1], r[2]
	return false
}

// forPairs goes on with a traversal at position at; jump leads into the loop.
func (th *thread) forPairs(t *Table, r []Value, at int, jump int32) {
	fr := &th.frames[th.fi]
	for ; at < len(t.arr); at++ {
		if v := &t.arr[at]; v.bits != tagNil {
			r[3].bits = uint64(at + 1)
			r[4].bits = number(float64(at + 1)).bits
			r[5] = *v
			fr.pc += jump
			return
		}
	}
	for at -= len(t.arr); at < len(t.nodes); at++ {
		if n := &t.nodes[at]; n.val.bits != tagNil {
			r[3].bits = uint64(at + 1 + len(t.arr))
			r[4], r[5] = n.key, n.val
			fr.pc += jump
			return
		}
	}
	fr.pc++ // past the opForTest
}
