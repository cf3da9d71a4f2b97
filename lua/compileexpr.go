package lua

import "github.com/heka-project/heka/lua/syntax"

// exprNext evaluates e into the next free register.
func (f *function) exprNext(e syntax.Expr) int {
	reg := f.alloc(1)
	f.exprTo(e, reg)
	return reg
}

// exprReg evaluates e into any register: that of a local costs nothing.
func (f *function) exprReg(e syntax.Expr) int {
	switch e := e.(type) {
	case *syntax.Name:
		if kind, reg := f.variable(e.Name); kind == varLocal {
			return reg
		}
	case *syntax.Paren:
		return f.exprReg(e.Inner)
	}
	return f.exprNext(e)
}

// operand is exprReg for an operand of what goes to dst, and uses dst itself
// where it can: a long chain of operators needs one register.
func (f *function) operand(e syntax.Expr, dst int) int {
	if dst != f.free-1 || !f.isTemp(dst) || f.isLocal(e) {
		return f.exprReg(e)
	}
	f.exprTo(e, dst)
	return dst
}

// exprTo evaluates e into register dst, which other code may still read while e
// is evaluated when it belongs to a local.
func (f *function) exprTo(e syntax.Expr, dst int) {
	free := f.free
	switch e := e.(type) {
	case *syntax.Nil:
		f.emit(opNil, dst, 0, 0, 0)
	case *syntax.Bool:
		f.emit(opBool, dst, truth(e.Value), 0, 0)
	case *syntax.Num, *syntax.Str:
		k, _ := f.literal(e)
		f.emit(opLoadK, dst, 0, 0, int32(k))
	case *syntax.Dots:
		f.line = e.Line
		f.emit(opVararg, dst, 2, 0, 0)
	case *syntax.Function:
		f.closureTo(e, dst)
	case *syntax.Name:
		f.nameTo(e, dst)
	case *syntax.Index:
		f.indexTo(e, dst)
	case *syntax.Call:
		base := dst
		if dst != f.free-1 || !f.isTemp(dst) {
			base = f.alloc(1)
		}
		f.call(e, base, 1)
		if base != dst {
			f.emit(opMove, dst, base, 0, 0)
		}
	case *syntax.Paren:
		f.exprTo(e.Inner, dst)
	case *syntax.Unary:
		f.unaryTo(e, dst)
	case *syntax.Binary:
		f.binaryTo(e, dst)
	case *syntax.Table:
		reg := dst
		if !f.isTemp(dst) || dst != f.free-1 {
			reg = f.alloc(1)
		}
		f.table(e, reg)
		if reg != dst {
			f.emit(opMove, dst, reg, 0, 0)
		}
	}
	f.free = free
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *function) closureTo(e *syntax.Function, dst int) {
	p := f.compiler.function(f, e)
	f.p.protos = append(f.p.protos, p)
	f.line = e.Last
	f.emit(opClosure, dst, 0, 0, int32(len(f.p.protos)-1))
}

func (f *function) nameTo(e *syntax.Name, dst int) {
	f.line = e.Line
	switch kind, i := f.variable(e.Name); kind {
	case varLocal:
		if i != dst {
			f.emit(opMove, dst, i, 0, 0)
		}
	case varUpvalue:
		f.emit(opGetUp, dst, i, 0, 0)
	default:
		if k := f.str(e.Name); k < 256 {
			f.emit(opGetGlobal, dst, 0, k, f.hash(k))
		} else {
			f.emit(opGetGlobalW, dst, 0, 0, int32(k))
		}
	}
}

func (f *function) indexTo(e *syntax.Index, dst int) {
	obj := f.operand(e.Object, dst)
	kind, key := f.key(e.Key)
	f.line = e.Line
	switch kind {
	case storeField:
		f.emit(opGetField, dst, obj, key, f.hash(key))
	case storeInt:
		f.emit(opGetInt, dst, obj, 0, int32(key))
	default:
		f.emit(opGetIndex, dst, obj, key, 0)
	}
}

// call compiles a call with its function in register base, the last one taken.
// Results begin there: want of them, or all when want is -1.
func (f *function) call(c *syntax.Call, base, want int) {
	if c.Method == "" {
		f.exprTo(c.Fn, base)
	} else {
		obj := f.operand(c.Fn, base)
		f.line = c.Line
		f.free = base + 1
		f.alloc(1)
		if k := f.str(c.Method); k < 256 {
			f.emit(opSelf, base, obj, k, f.hash(k))
		} else {
			f.emit(opMove, base+1, obj, 0, 0)
			key := f.exprNext(&syntax.Str{Value: c.Method})
			f.emit(opGetIndex, base, base+1, key, 0)
			f.free = base + 2
		}
	}
	n := f.free - base
	for i, e := range c.Args {
		if i == len(c.Args)-1 && f.multi(e, -1) {
			n = 0
			break
		}
		f.exprNext(e)
		n++
	}
	f.line = c.Line
	f.emit(opCall, base, n, want+1, 0)
	f.free = base + 1
	if want > 1 {
		f.free = base
		f.alloc(want)
	}
}

// table compiles a constructor into reg, the last register taken.
func (f *function) table(e *syntax.Table, reg int) {
	f.line = e.Line
	narr, nrec := 0, 0
	for i, it := range e.Items {
		if it.Key != nil {
			nrec++
		} else if i < len(e.Items)-1 || !isMulti(it.Value) {
			narr++
		}
	}
	size := int32(min(sizeHint(narr), 1<<16-1)) | int32(min(sizeHint(nrec), 1<<15-1))<<16
	f.emit(opNewTable, reg, 0, 0, size)
	stored, pending := 0, 0
	for i, it := range e.Items {
		if it.Key != nil {
			free := f.free
			t := target{obj: reg}
			t.kind, t.key = f.key(it.Key)
			if k, ok := f.literal(it.Value); ok && t.kind == storeField && k < 256 {
				f.emit(opSetFieldK, reg, k, t.key, f.hash(t.key))
			} else {
				value := f.exprReg(it.Value)
				f.line = it.Line
				f.store(t, value)
			}
			f.free = free
			continue
		}
		if i == len(e.Items)-1 && f.multi(it.Value, -1) {
			f.emit(opSetList, reg, 0, 0, int32(stored))
			pending = 0
			break
		}
		f.exprNext(it.Value)
		if pending++; pending == flushItems {
			f.emit(opSetList, reg, pending, 0, int32(stored))
			stored, pending = stored+pending, 0
			f.free = reg + 1
		}
	}
	if pending > 0 {
		f.emit(opSetList, reg, pending, 0, int32(stored))
	}
	f.free = reg + 1
}

// isMulti reports whether e can give several values.
func isMulti(e syntax.Expr) bool {
	switch e.(type) {
	case *syntax.Call, *syntax.Dots:
		return true
	}
	return false
}

// sizeHint rounds a size up as the C compiler does, which keeps four bits of it:
// the size of an array part decides what # finds in a table with holes.
func sizeHint(n int) int {
	e := 0
	for n >= 16 {
		n = (n + 1) >> 1
		e++
	}
	return n << e
}
