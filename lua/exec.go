package lua

import "math"

// registers is the window of the running function: an index of one byte needs no
// bounds check.
type registers = *[slack]Value

// exec runs the frame on top until a frame marked frameEntry returns, and then
// reports false; or until coroutine.yield leaves the thread, and reports true.
//
// What is in the loop makes no calls (the small functions in it are inlined): one
// call anywhere would have the Go compiler spill every variable of the loop at
// each instruction, which costs a factor of two. Whatever does not take the short
// way leaves by a label below the loop, which saves pc and fuel, does the whole
// instruction in a method, and enters the loop anew.
func (th *thread) exec() (yielded bool) {
	vm := th.vm
frames:
	for {
		cl := th.stack[th.frames[th.fi].ret].closure()
		code, k := codeOf(cl.proto.code), constsOf(cl.proto.consts)
	again:
		for {
			fr := &th.frames[th.fi]
			r := registers(th.stack[fr.base:])
			pc := int(fr.pc)
			fuel := vm.fuel
			slot, nargs, nres := 0, 0, 0
			var i instr
			for {
				i = code.at(pc)
				pc++
				if fuel--; fuel < 0 {
					goto refuel
				}
				switch i.op() {
				case opMove:
					r[i.a()] = r[i.b()]
				case opLoadK:
					r[i.a()] = *k.long(i.d())
				case opNil:
					for a, n := i.a(), int(i.b()); n >= 0; n-- {
						r[a] = Value{bits: tagNil}
						a++
					}
				case opBool:
					r[i.a()].bits = tagFalse - uint64(i.b())<<48
					pc += int(i.d())
				case opGetUp:
					r[i.a()] = *cl.up[i.b()].v
				case opSetUp:
					*cl.up[i.b()].v = r[i.a()]

				case opGetGlobal:
					n := cl.env.probe(k.at(i.c()), i.d())
					if n == nil || n.val.bits == tagNil {
						goto slow
					}
					r[i.a()] = n.val
				case opSetGlobal:
					n := cl.env.probe(k.at(i.c()), i.d())
					if n == nil || n.val.bits == tagNil {
						goto slow
					}
					n.val = r[i.a()]
				case opGetField:
					o := &r[i.b()]
					if o.bits != tagTable {
						goto slow
					}
					n := (*Table)(o.ref).probe(k.at(i.c()), i.d())
					if n == nil || n.val.bits == tagNil {
						goto slow
					}
					r[i.a()] = n.val
				case opSetField:
					o := &r[i.a()]
					if o.bits != tagTable {
						goto slow
					}
					n := (*Table)(o.ref).probe(k.at(i.c()), i.d())
					if n == nil || n.val.bits == tagNil {
						goto slow
					}
					n.val = r[i.b()]
				case opSetFieldK:
					o := &r[i.a()]
					if o.bits != tagTable {
						goto slow
					}
					n := (*Table)(o.ref).probe(k.at(i.c()), i.d())
					if n == nil || n.val.bits == tagNil {
						goto slow
					}
					n.val = *k.at(i.b())
				case opGetIndex:
					o, key := &r[i.b()], &r[i.c()]
					if o.bits != tagTable {
						goto slow
					}
					if key.bits >= tagString {
						if key.bits >= tagString|32 {
							goto slow
						}
						n := (*Table)(o.ref).probe(key, int32(hashString(key.str())))
						if n == nil || n.val.bits == tagNil {
							goto slow
						}
						r[i.a()] = n.val
						continue
					}
					v := (*Table)(o.ref).item(key.num())
					if v == nil || v.bits == tagNil {
						goto slow
					}
					r[i.a()] = *v
				case opGetInt:
					o := &r[i.b()]
					if o.bits != tagTable {
						goto slow
					}
					t, j := (*Table)(o.ref), uint(i.d())-1
					if j >= uint(len(t.arr)) || t.arr[j].bits == tagNil {
						goto slow
					}
					r[i.a()] = t.arr[j]
				case opSetIndex:
					o, key := &r[i.a()], &r[i.c()]
					if o.bits != tagTable || key.bits >= tagString {
						goto slow
					}
					t := (*Table)(o.ref)
					v := t.item(key.num())
					if v == nil || t.meta != nil && v.bits == tagNil {
						goto slow
					}
					*v = r[i.b()]
				case opSetInt:
					o := &r[i.a()]
					if o.bits != tagTable {
						goto slow
					}
					t, j := (*Table)(o.ref), uint(i.d())-1
					if j >= uint(len(t.arr)) || t.meta != nil && t.arr[j].bits == tagNil {
						goto slow
					}
					t.arr[j] = r[i.b()]
				case opSelf:
					o := &r[i.b()]
					if o.bits != tagTable {
						goto slow
					}
					n := (*Table)(o.ref).probe(k.at(i.c()), i.d())
					if n == nil || n.val.bits == tagNil {
						goto slow
					}
					r[i.a()+1] = *o
					r[i.a()] = n.val

				case opAdd:
					b, c := &r[i.b()], &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() + c.num())
				case opSub:
					b, c := &r[i.b()], &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() - c.num())
				case opMul:
					b, c := &r[i.b()], &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() * c.num())
				case opDiv:
					b, c := &r[i.b()], &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() / c.num())
				case opAddRK:
					b, c := &r[i.b()], k.at(i.c())
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() + c.num())
				case opSubRK:
					b, c := &r[i.b()], k.at(i.c())
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() - c.num())
				case opMulRK:
					b, c := &r[i.b()], k.at(i.c())
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() * c.num())
				case opDivRK:
					b, c := &r[i.b()], k.at(i.c())
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() / c.num())
				case opAddKR:
					b, c := k.at(i.b()), &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() + c.num())
				case opSubKR:
					b, c := k.at(i.b()), &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() - c.num())
				case opMulKR:
					b, c := k.at(i.b()), &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() * c.num())
				case opDivKR:
					b, c := k.at(i.b()), &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() / c.num())
				case opMod:
					// a - floor(a/b)*b, as C Lua has it, without a call to Floor.
					b, c := &r[i.b()], &r[i.c()]
					if !numbers(b, c) {
						goto slow
					}
					d := b.num() / c.num()
					if !(d < 1<<52 && d > -1<<52) || b.bits == 1<<63 {
						goto slow
					}
					q := float64(int64(d))
					if q > d {
						q--
					}
					r[i.a()].bits = math.Float64bits(b.num() - q*c.num())
				case opModRK:
					// a - floor(a/b)*b, as C Lua has it, without a call to Floor.
					b, c := &r[i.b()], k.at(i.c())
					if !numbers(b, c) {
						goto slow
					}
					d := b.num() / c.num()
					if !(d < 1<<52 && d > -1<<52) || b.bits == 1<<63 {
						goto slow
					}
					q := float64(int64(d))
					if q > d {
						q--
					}
					r[i.a()].bits = math.Float64bits(b.num() - q*c.num())
				case opPowRK:
					b, c := &r[i.b()], k.at(i.c())
					if !numbers(b, c) || c.num() != 2 {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(b.num() * b.num())
				case opUnm:
					b := &r[i.b()]
					if b.bits >= tagString {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(-b.num())
				case opNot:
					if r[i.b()].bits < tagFalse {
						r[i.a()].bits = tagFalse
					} else {
						r[i.a()].bits = tagTrue
					}
				case opLen:
					b := &r[i.b()]
					if b.bits>>48 != tagString>>48 {
						goto slow
					}
					r[i.a()].bits = math.Float64bits(float64(b.bits & lenMask))

				case opJump:
					pc += int(i.d())
				case opIf:
					if r[i.a()].bits < tagFalse {
						pc += int(i.d())
					}
				case opIfNot:
					if r[i.a()].bits >= tagFalse {
						pc += int(i.d())
					}
				case opIfSet:
					if b := &r[i.b()]; b.bits < tagFalse {
						r[i.a()] = *b
						pc += int(i.d())
					}
				case opIfNotSet:
					if b := &r[i.b()]; b.bits >= tagFalse {
						r[i.a()] = *b
						pc += int(i.d())
					}
				case opEq:
					a, b := &r[i.a()], &r[i.b()]
					if numbers(a, b) {
						if (a.num() == b.num()) == (i.c() != 0) {
							pc += int(i.d())
						}
					} else if a.bits != b.bits {
						if i.c() == 0 {
							pc += int(i.d())
						}
					} else {
						if a.bits < tagTrue && a.ref != b.ref {
							if a.bits > tagString && a.bits < tagTable && firstByte(a) != firstByte(b) {
								if i.c() == 0 {
									pc += int(i.d())
								}
								continue
							}
							goto slow
						}
						if i.c() != 0 {
							pc += int(i.d())
						}
					}
				case opEqRK:
					a, b := &r[i.a()], k.at(i.b())
					if numbers(a, b) {
						if (a.num() == b.num()) == (i.c() != 0) {
							pc += int(i.d())
						}
					} else if a.bits != b.bits {
						if i.c() == 0 {
							pc += int(i.d())
						}
					} else {
						if a.bits < tagTrue && a.ref != b.ref {
							if a.bits > tagString && a.bits < tagTable && firstByte(a) != firstByte(b) {
								if i.c() == 0 {
									pc += int(i.d())
								}
								continue
							}
							goto slow
						}
						if i.c() != 0 {
							pc += int(i.d())
						}
					}
				case opLt:
					a, b := &r[i.a()], &r[i.b()]
					if !numbers(a, b) {
						goto slow
					}
					if (a.num() < b.num()) == (i.c() != 0) {
						pc += int(i.d())
					}
				case opLtRK:
					a, b := &r[i.a()], k.at(i.b())
					if !numbers(a, b) {
						goto slow
					}
					if (a.num() < b.num()) == (i.c() != 0) {
						pc += int(i.d())
					}
				case opLtKR:
					a, b := k.at(i.a()), &r[i.b()]
					if !numbers(a, b) {
						goto slow
					}
					if (a.num() < b.num()) == (i.c() != 0) {
						pc += int(i.d())
					}
				case opLe:
					a, b := &r[i.a()], &r[i.b()]
					if !numbers(a, b) {
						goto slow
					}
					if (a.num() <= b.num()) == (i.c() != 0) {
						pc += int(i.d())
					}
				case opLeRK:
					a, b := &r[i.a()], k.at(i.b())
					if !numbers(a, b) {
						goto slow
					}
					if (a.num() <= b.num()) == (i.c() != 0) {
						pc += int(i.d())
					}
				case opLeKR:
					a, b := k.at(i.a()), &r[i.b()]
					if !numbers(a, b) {
						goto slow
					}
					if (a.num() <= b.num()) == (i.c() != 0) {
						pc += int(i.d())
					}

				case opCall:
					f := &r[i.a()]
					if f.bits != tagLua || i.b() == 0 {
						goto call
					}
					callee := f.closure()
					p := callee.proto
					fr := &th.frames[th.fi]
					base := int(fr.base) + int(i.a()) + 1
					if p.vararg || th.fi+1 >= len(th.frames) || base+int(p.maxStack)+slack > len(th.stack) {
						goto call
					}
					fr.pc = int32(pc)
					vm.fuel = fuel
					th.fi++
					th.frames[th.fi] = frame{ret: int32(base - 1), base: int32(base), nres: int32(i.c()) - 1}
					for n := i.b() - 1; n < p.nparams; n++ {
						r[i.a()+1+n] = Value{bits: tagNil}
					}
					cl, code, k = callee, codeOf(p.code), constsOf(p.consts)
					continue again
				case opReturn0, opReturn1:
					fr := &th.frames[th.fi]
					if th.open != nil && th.open.at >= fr.base || fr.nres > 1 {
						goto ret
					}
					if fr.nres != 0 {
						v := &th.stack[fr.ret]
						if i.op() == opReturn1 {
							*v = r[i.a()]
							th.top = int(fr.ret) + 1 // where nres is -1
						} else {
							v.bits = tagNil
							th.top = int(fr.ret)
						}
					}
					vm.fuel = fuel
					th.fi--
					if fr.flags != 0 {
						return false
					}
					continue frames
				case opReturn:
					goto ret
				case opTailCall:
					goto tail
				case opForPrep:
					x, limit, step := &r[i.a()], &r[i.a()+1], &r[i.a()+2]
					if !numbers(x, limit) || step.bits >= tagString {
						goto slow
					}
					x.bits = math.Float64bits(x.num() - step.num())
					pc += int(i.d())
				case opForLoop:
					x, step := &r[i.a()], r[i.a()+2].num()
					f, limit := x.num()+step, r[i.a()+1].num()
					if step > 0 && f <= limit || step <= 0 && limit <= f {
						x.bits = math.Float64bits(f)
						r[i.a()+3].bits = math.Float64bits(f)
						pc += int(i.d())
					}
				case opForIn:
					r[i.a()+3].bits = 0
					if r[i.a()+2].bits != tagNil {
						r[i.a()+3].bits = noPosition
					}
					pc += int(i.d())
				case opForCall:
					goto forCall
				case opForTest:
					if v := &r[i.a()+4]; v.bits != tagNil {
						r[i.a()+2] = *v
						pc += int(i.d())
					}
				default:
					goto slow
				}
			}

		refuel:
			th.frames[th.fi].pc = int32(pc - 1) // the instruction has not been done
			vm.fuel = fuel
			vm.refuel()
			vm.fuel++ // it is charged when it is
			if len(vm.dying) > 0 && !code.at(pc-1).takesOpenList() {
				vm.finalizeDying()
			}
			continue again

		slow:
			th.frames[th.fi].pc = int32(pc)
			vm.fuel = fuel
			th.slow() // not of i: it would have to be saved at each instruction
			continue again

		ret:
			th.frames[th.fi].pc = int32(pc)
			vm.fuel = fuel
			if th.leave() {
				return false
			}
			continue frames

		forCall:
			th.frames[th.fi].pc = int32(pc)
			vm.fuel = fuel
			i = code.at(pc - 1)
			if th.forNext(i) {
				continue again
			}
			slot, nargs, nres = int(th.frames[th.fi].base)+int(i.a())+4, 2, int(i.c())
			goto enter

		tail:
			i = code.at(pc - 1)
			slot = int(th.frames[th.fi].base) + int(i.a())
			if th.stack[slot].bits == tagLua {
				vm.fuel = fuel
				th.tailCall(slot, int(i.b())-1)
				continue frames
			}

		call:
			i = code.at(pc - 1) // of a tail call C is 0: all results, for the opReturn that follows
			slot = int(th.frames[th.fi].base) + int(i.a())
			nargs, nres = int(i.b())-1, int(i.c())-1
			if nargs < 0 {
				nargs = th.top - slot - 1
			}
			th.frames[th.fi].pc = int32(pc)
			vm.fuel = fuel
		enter:
			for {
				switch f := th.stack[slot]; f.bits {
				case tagLua:
					th.enter(slot, nargs, nres, 0)
					continue frames
				case tagGo:
					if f.goFunc().yield {
						th.beginYield(slot, nargs, nres)
						return true
					}
					th.callGo(slot, nargs, nres)
					continue again
				}
				nargs = th.callable(slot, nargs)
			}
		}
	}
}
