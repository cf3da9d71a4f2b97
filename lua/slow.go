package lua

// slow does one instruction of the running frame by the long way. Results are
// written to the stack as it is afterwards: a metamethod may have moved it.
func (th *thread) slow() {
	fr := &th.frames[th.fi]
	base := int(fr.base)
	cl := th.stack[fr.ret].closure()
	i := cl.proto.code[fr.pc-1]
	k := cl.proto.consts
	if o := i.op(); o == opSelf || o == opGetField { // the most frequent
		th.slowField(i, base, k[i.c()])
		return
	}
	r := th.stack[base : base+slack]
	a := base + int(i.a())
	switch i.op() {
	case opGetGlobal:
		th.stack[a] = th.indexString(tableValue(cl.env), k[i.c()], uint32(i.d()), -1)
	case opGetGlobalW:
		th.stack[a] = th.index(tableValue(cl.env), k[i.d()])
	case opSetGlobal:
		th.setIndexString(tableValue(cl.env), k[i.c()], uint32(i.d()), r[i.a()], -1)
	case opSetGlobalW:
		th.setIndex(tableValue(cl.env), k[i.d()], r[i.a()])
	case opSetField:
		th.setIndexString(r[i.a()], k[i.c()], uint32(i.d()), r[i.b()], int(i.a()))
	case opSetFieldK:
		th.setIndexString(r[i.a()], k[i.c()], uint32(i.d()), k[i.b()], int(i.a()))
	case opGetIndex:
		th.stack[a] = th.indexReg(r[i.b()], r[i.c()], int(i.b()))
	case opGetInt:
		th.stack[a] = th.indexReg(r[i.b()], Int(int(i.d())), int(i.b()))
	case opSetIndex:
		if o, key := r[i.a()], r[i.c()]; o.bits == tagTable && key.bits>>48 == tagString>>48 {
			n := (*Table)(o.ref).probe(&key, int32(hashString(key.str())))
			if n != nil && n.val.bits != tagNil {
				n.val = r[i.b()]
				return
			}
		}
		th.setIndexReg(r[i.a()], r[i.c()], r[i.b()], int(i.a()))
	case opSetInt:
		th.setIndexReg(r[i.a()], Int(int(i.d())), r[i.b()], int(i.a()))
	case opNewTable:
		th.stack[a] = tableValue(th.vm.newTable(int(i.d()&0xFFFF), int(i.d()>>16)&0xFFFF))
	case opUnm:
		b := r[i.b()]
		if f, ok := th.vm.toNumber(b); ok {
			th.stack[a] = number(-f)
			return
		}
		th.stack[a] = th.arithMeta(eventUnm, b, b, int(i.b()), int(i.b()))
	case opLen:
		th.stack[a] = th.length(r[i.b()], int(i.b()))
	case opConcat:
		th.stack[a] = th.concat(base+int(i.b()), base+int(i.c()))
	case opEq, opEqRK, opLt, opLtRK, opLtKR, opLe, opLeRK, opLeKR:
		th.slowCompare(i, r, k)
	case opForPrep:
		th.forPrep(i, r)
	case opSetList:
		th.setList(i, r, a)
	case opClose:
		th.close(a)
	case opClosure:
		th.stack[a] = th.newClosure(cl, cl.proto.protos[i.d()], base)
	case opVararg:
		th.vararg(i)
	case opArg:
		th.stack[a] = th.argTable()
	default:
		th.slowArith(i, r, k)
	}
}

// slowField reads a field or a method. Where a metatable has a table as __index,
// as classes and the methods of strings do, two steps find it.
func (th *thread) slowField(i instr, base int, key Value) {
	r := th.stack[base : base+slack]
	o := r[i.b()]
	if i.op() == opSelf {
		r[i.a()+1] = o
	}
	var m *Table
	switch {
	case o.bits == tagTable:
		t := (*Table)(o.ref)
		if n := t.findString(key, uint32(i.d())); n != nil && n.val.bits != tagNil {
			r[i.a()] = n.val
			return
		}
		if m = t.meta; m == nil {
			r[i.a()] = Nil
			return
		}
	case o.bits>>48 == tagString>>48:
		m = th.vm.metas[TypeString]
	}
	if m != nil {
		e := &eventKeys[eventIndex]
		if n := m.probe(&e.v, int32(e.hash)); n != nil && n.val.bits == tagTable {
			if n := (*Table)(n.val.ref).findString(key, uint32(i.d())); n != nil && n.val.bits != tagNil {
				r[i.a()] = n.val
				return
			}
		}
	}
	th.stack[base+int(i.a())] = th.indexString(o, key, uint32(i.d()), int(i.b()))
}

func (th *thread) slowCompare(i instr, r, k []Value) {
	x := r[i.a()]
	var y Value
	switch i.op() {
	case opLtKR, opLeKR:
		x, y = k[i.a()], r[i.b()]
	case opEqRK, opLtRK, opLeRK:
		y = k[i.b()]
	default:
		y = r[i.b()]
	}
	var is bool
	switch i.op() {
	case opEq, opEqRK:
		is = th.equal(x, y)
	case opLt, opLtRK, opLtKR:
		is = th.less(x, y)
	default:
		is = th.lessEqual(x, y)
	}
	if is == (i.c() != 0) {
		th.frames[th.fi].pc += i.d()
	}
}

func (th *thread) slowArith(i instr, r, k []Value) {
	at := int(th.frames[th.fi].base) + int(i.a())
	switch o := i.op(); {
	case o <= opPow:
		th.stack[at] = th.arith(eventAdd+event(o-opAdd), r[i.b()], r[i.c()], int(i.b()), int(i.c()))
	case o <= opPowRK:
		th.stack[at] = th.arith(eventAdd+event(o-opAddRK), r[i.b()], k[i.c()], int(i.b()), -1)
	default:
		th.stack[at] = th.arith(eventAdd+event(o-opAddKR), k[i.b()], r[i.c()], -1, int(i.c()))
	}
}

// forPrep converts what a numeric for is given, and complains in order.
func (th *thread) forPrep(i instr, r []Value) {
	for j, what := range [...]string{"initial value", "limit", "step"} {
		f, ok := th.vm.toNumber(r[int(i.a())+j])
		if !ok {
			th.errorf("'for' %s must be a number", what)
		}
		r[int(i.a())+j] = Number(f)
	}
	x, step := &r[i.a()], r[i.a()+2]
	*x = number(x.num() - step.num())
	th.frames[th.fi].pc += i.d()
}

func (th *thread) setList(i instr, r []Value, a int) {
	n := int(i.b())
	if n == 0 {
		n = th.top - a - 1
	}
	t := r[i.a()].Table()
	first := int(i.d())
	th.vm.charge(int64(n) / 4)
	if last := first + n; last > len(t.arr) {
		nodes := len(t.nodes)
		if &t.nodes[0] == &noNodes[0] {
			nodes = 0
		}
		t.resize(last, nodes)
	}
	copy(t.arr[first:], th.stack[a+1:a+1+n])
}

// newClosure makes a closure of p inside the running function.
func (th *thread) newClosure(outer *closure, p *Proto, base int) Value {
	th.vm.alloc(closureBytes(len(p.upvals)))
	cl := allocClosure(len(p.upvals))
	cl.proto, cl.env, cl.id = p, outer.env, th.vm.newID()
	for j, d := range p.upvals {
		if d.parent {
			cl.up[j] = outer.up[d.index]
		} else {
			cl.up[j] = th.capture(base + int(d.index))
		}
	}
	return closureValue(cl)
}

// allocClosure makes room for a closure, in one piece when it has few upvalues.
func allocClosure(n int) *closure {
	switch n {
	case 0:
		return new(closure)
	case 1:
		c := new(struct {
			closure
			up [1]*upvalue
		})
		c.closure.up = c.up[:]
		return &c.closure
	case 2:
		c := new(struct {
			closure
			up [2]*upvalue
		})
		c.closure.up = c.up[:]
		return &c.closure
	}
	return &closure{up: make([]*upvalue, n)}
}

// vararg copies variable arguments into registers.
func (th *thread) vararg(i instr) {
	fr := &th.frames[th.fi]
	p := th.stack[fr.ret].closure().proto
	have := max(0, int(fr.base-fr.ret)-1-int(p.nparams))
	from := int(fr.ret) + 1 + int(p.nparams)
	to, want := int(fr.base)+int(i.a()), int(i.b())-1
	if want < 0 {
		want = have
		th.vm.charge(int64(want) / 8)
		th.ensure(to, want)
		th.top = to + want
	}
	for j := range want {
		if j < have {
			th.stack[to+j] = th.stack[from+j]
		} else {
			th.stack[to+j] = Nil
		}
	}
}

// argTable makes the table "arg" of a function that takes "..." and does not
// name it.
func (th *thread) argTable() Value {
	fr := &th.frames[th.fi]
	p := th.stack[fr.ret].closure().proto
	have := max(0, int(fr.base-fr.ret)-1-int(p.nparams))
	t := th.vm.newTable(have, 1)
	copy(t.arr, th.stack[int(fr.ret)+1+int(p.nparams):][:have])
	t.SetString("n", Int(have))
	return tableValue(t)
}

// leave ends the running frame with the values its return instruction names. It
// reports whether exec has to return too.
func (th *thread) leave() bool {
	fr := th.frames[th.fi]
	i := th.stack[fr.ret].closure().proto.code[fr.pc-1]
	from, n := int(fr.base)+int(i.a()), 0
	switch i.op() {
	case opReturn1:
		n = 1
	case opReturn:
		if n = int(i.b()) - 1; n < 0 {
			n = th.top - from
		}
	}
	if th.open != nil {
		th.close(int(fr.base))
	}
	th.fi--
	th.results(int(fr.ret), from, n, int(fr.nres))
	return fr.flags&frameEntry != 0
}

// tailCall replaces the running frame by a call of the Lua function at slot.
func (th *thread) tailCall(slot, nargs int) {
	if nargs < 0 {
		nargs = th.top - slot - 1
	}
	fr := th.frames[th.fi]
	if th.open != nil {
		th.close(int(fr.base))
	}
	copy(th.stack[fr.ret:], th.stack[slot:slot+nargs+1])
	th.fi--
	th.top = int(fr.ret) + nargs + 1
	th.enter(int(fr.ret), nargs, int(fr.nres), fr.flags)
	th.frames[th.fi].tails = fr.tails + 1
}
