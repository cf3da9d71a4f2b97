package lua

import (
	"math"

	"github.com/heka-project/heka/lua/syntax"
)

// arith does what the fast path does not: strings that hold numbers, remainders
// and powers, metamethods, errors. The registers, or -1, are for messages.
func (th *thread) arith(e event, a, b Value, ra, rb int) Value {
	if a.bits == tagTable || b.bits == tagTable {
		return th.arithMeta(e, a, b, ra, rb)
	}
	x, okX := th.vm.toNumber(a)
	y, okY := th.vm.toNumber(b)
	if !okX || !okY {
		return th.arithMeta(e, a, b, ra, rb)
	}
	switch e {
	case eventAdd:
		x += y
	case eventSub:
		x -= y
	case eventMul:
		x *= y
	case eventDiv:
		x /= y
	case eventMod:
		x = floorMod(x, y)
	case eventPow:
		x = syntax.Power(x, y)
	}
	return number(x)
}

// toNumber is Value.ToNumber with the reading of strings charged.
func (vm *VM) toNumber(v Value) (float64, bool) {
	if v.IsString() {
		vm.charge(int64(v.bits&lenMask) >> 4)
	}
	return v.ToNumber()
}

// canonical replaces a NaN of the Go library, which may have any bits.
func canonical(f float64) float64 {
	if f != f {
		return math.Float64frombits(nanBits | 1<<63)
	}
	return f
}

func (th *thread) arithMeta(e event, a, b Value, ra, rb int) Value {
	h := th.vm.metaOf(a, e)
	if h.bits == tagNil {
		h = th.vm.metaOf(b, e)
	}
	if h.bits == tagNil {
		if _, ok := a.ToNumber(); ok {
			a, ra = b, rb
		}
		th.typeError("perform arithmetic on", a, ra)
	}
	return th.callMeta(h, a, b)
}

// length is the operator #. In Lua 5.1 tables have no __len.
func (th *thread) length(v Value, reg int) Value {
	switch {
	case v.bits == tagTable:
		return Int((*Table)(v.ref).Len())
	case v.IsString():
		return Int(len(v.str()))
	}
	h := th.vm.metaOf(v, eventLen)
	if h.bits == tagNil {
		th.typeError("get length of", v, reg)
	}
	return th.callMeta(h, v, Nil)
}

// equal is ==.
func (th *thread) equal(a, b Value) bool {
	if a.bits == b.bits && a.IsString() {
		th.vm.charge(int64(a.bits&lenMask) >> 5)
	}
	if RawEqual(a, b) {
		return true
	}
	if a.bits != b.bits || a.bits != tagTable && a.bits != tagUser {
		return false
	}
	h := th.commonMeta(a, b, eventEq)
	return h.bits != tagNil && th.callMeta(h, a, b).Truth()
}

// commonMeta returns the handler that both operands have, or Nil.
func (th *thread) commonMeta(a, b Value, e event) Value {
	h := th.vm.metaOf(a, e)
	if h.bits == tagNil || !RawEqual(h, th.vm.metaOf(b, e)) {
		return Nil
	}
	return h
}

// less is <.
func (th *thread) less(a, b Value) bool {
	if a.bits < tagString && b.bits < tagString {
		return a.num() < b.num()
	}
	if a.IsString() && b.IsString() {
		th.vm.charge(int64(min(a.bits, b.bits)&lenMask) >> 5)
		return a.str() < b.str()
	}
	if h := th.commonMeta(a, b, eventLt); h.bits != tagNil && a.Type() == b.Type() {
		return th.callMeta(h, a, b).Truth()
	}
	th.orderError(a, b)
	return false
}

// lessEqual is <=; without __le it is not (b < a).
func (th *thread) lessEqual(a, b Value) bool {
	if a.bits < tagString && b.bits < tagString {
		return a.num() <= b.num()
	}
	if a.IsString() && b.IsString() {
		th.vm.charge(int64(min(a.bits, b.bits)&lenMask) >> 5)
		return a.str() <= b.str()
	}
	if a.Type() == b.Type() {
		if h := th.commonMeta(a, b, eventLe); h.bits != tagNil {
			return th.callMeta(h, a, b).Truth()
		}
		if h := th.commonMeta(b, a, eventLt); h.bits != tagNil {
			return !th.callMeta(h, b, a).Truth()
		}
	}
	th.orderError(a, b)
	return false
}

// stringBytes is what a string of n bytes is charged: what the allocator of Go
// takes for it, which wastes a sixteenth on the average.
func stringBytes(n int) int64 { return int64(n+n>>4+15) &^ 15 }

// concat joins the values at stack slots first to last, from the right.
func (th *thread) concat(first, last int) Value {
	acc := th.stack[last]
	for j := last - 1; j >= first; {
		l := th.stack[j]
		if l.bits >= tagTable || acc.bits >= tagTable {
			h := th.vm.metaOf(l, eventConcat)
			if h.bits == tagNil {
				h = th.vm.metaOf(acc, eventConcat)
			}
			if h.bits == tagNil {
				th.concatError(l, acc, j, last)
			}
			acc = th.callMeta(h, l, acc)
			j--
			continue
		}
		from := j
		for from > first && th.stack[from-1].bits < tagTable {
			from--
		}
		acc = th.join(th.stack[from:j+1], acc)
		j = from - 1
	}
	return acc
}

// join makes one string of strings and numbers.
func (th *thread) join(parts []Value, end Value) Value {
	const numberLen = 24
	var n, texts int
	for _, v := range parts {
		if v.bits < tagString {
			texts++
		} else {
			n += int(v.bits & lenMask)
		}
	}
	if end.bits < tagString {
		texts++
	} else {
		n += int(end.bits & lenMask)
		if end.bits&lenMask == 0 && len(parts) == 1 && parts[0].bits >= tagString {
			return parts[0]
		}
	}
	th.vm.charge(int64(n) >> 6)
	if texts == 0 {
		th.vm.alloc(stringBytes(n))
		b := make([]byte, 0, n)
		for _, v := range parts {
			b = append(b, v.str()...)
		}
		return stringOf(append(b, end.str()...))
	}
	th.vm.alloc(stringBytes(n + texts*numberLen/2))
	b := th.vm.takeBuffer()
	for _, v := range parts {
		b = appendText(b, v)
	}
	b = appendText(b, end)
	th.vm.buffer = b
	return stringOf(append([]byte(nil), b...))
}

func appendText(b []byte, v Value) []byte {
	if v.bits < tagString {
		return appendNumber(b, v.num())
	}
	return append(b, v.str()...)
}
