package lua

import "github.com/heka-project/heka/lua/syntax"

var arithOps = [...]op{syntax.Add: opAdd, syntax.Sub: opSub, syntax.Mul: opMul, syntax.Div: opDiv, syntax.Mod: opMod, syntax.Pow: opPow}

func (f *function) unaryTo(e *syntax.Unary, dst int) {
	reg := f.operand(e.X, dst)
	f.line = e.Line
	switch e.Op {
	case syntax.Neg:
		f.emit(opUnm, dst, reg, 0, 0)
	case syntax.Not:
		f.emit(opNot, dst, reg, 0, 0)
	default:
		f.emit(opLen, dst, reg, 0, 0)
	}
}

func (f *function) binaryTo(e *syntax.Binary, dst int) {
	switch e.Op {
	case syntax.And, syntax.Or:
		done := f.valueJump(e.X, dst, e.Op == syntax.Or)
		f.exprTo(e.Y, dst)
		f.patchHere(done)
	case syntax.Concat:
		f.concatTo(e, dst)
	case syntax.Add, syntax.Sub, syntax.Mul, syntax.Div, syntax.Mod, syntax.Pow:
		f.arithTo(e, dst)
	default:
		yes := f.condJump(e, true)
		f.emit(opBool, dst, 0, 0, 1)
		f.patchHere(yes)
		f.emit(opBool, dst, 1, 0, 0)
	}
}

// arithTo compiles an operation. Constants are entered after what is computed has
// been, as in C Lua: 0 and -0 are one constant there, the one that comes first.
func (f *function) arithTo(e *syntax.Binary, dst int) {
	o := arithOps[e.Op]
	if _, ok := e.Y.(*syntax.Num); ok {
		reg := f.operand(e.X, dst)
		if k, _ := f.literal(e.Y); k < 256 {
			f.line = e.Line
			f.emit(o+opAddRK-opAdd, dst, reg, k, 0)
			return
		}
		b := f.exprReg(e.Y)
		f.line = e.Line
		f.emit(o, dst, reg, b, 0)
		return
	}
	if _, ok := e.X.(*syntax.Num); ok {
		reg := f.operand(e.Y, dst)
		if k, _ := f.literal(e.X); k < 256 {
			f.line = e.Line
			f.emit(o+opAddKR-opAdd, dst, k, reg, 0)
			return
		}
		a := f.exprReg(e.X)
		f.line = e.Line
		f.emit(o, dst, a, reg, 0)
		return
	}
	a := f.operand(e.X, dst)
	b := f.exprReg(e.Y)
	f.line = e.Line
	f.emit(o, dst, a, b, 0)
}

// concatTo evaluates a chain of .. into neighbouring registers and joins them.
func (f *function) concatTo(e *syntax.Binary, dst int) {
	first := f.exprNext(e.X)
	line := e.Line
	rest := e.Y
	for {
		b, ok := rest.(*syntax.Binary)
		if !ok || b.Op != syntax.Concat {
			break
		}
		f.exprNext(b.X)
		line = b.Line
		rest = b.Y
	}
	last := f.exprNext(rest)
	f.line = line
	f.emit(opConcat, dst, first, last, 0)
}

// condJump compiles a condition: code that jumps when its truth is cond, and goes
// on otherwise. It returns the jumps.
func (f *function) condJump(e syntax.Expr, cond bool) []int {
	free := f.free
	defer func() { f.free = free }()
	switch e := e.(type) {
	case *syntax.Paren:
		return f.condJump(e.Inner, cond)
	case *syntax.Nil:
		return f.jumpIf(!cond)
	case *syntax.Bool:
		return f.jumpIf(e.Value == cond)
	case *syntax.Num, *syntax.Str:
		return f.jumpIf(cond)
	case *syntax.Unary:
		if e.Op == syntax.Not {
			return f.condJump(e.X, !cond)
		}
	case *syntax.Binary:
		switch e.Op {
		case syntax.And, syntax.Or:
			if (e.Op == syntax.Or) == cond {
				return append(f.condJump(e.X, cond), f.condJump(e.Y, cond)...)
			}
			skip := f.condJump(e.X, !cond)
			jumps := f.condJump(e.Y, cond)
			f.patchHere(skip)
			return jumps
		case syntax.Eq, syntax.Ne, syntax.Lt, syntax.Le, syntax.Gt, syntax.Ge:
			return []int{f.compare(e, cond)}
		}
	}
	reg := f.exprReg(e)
	if cond {
		return []int{f.emit(opIf, reg, 0, 0, 0)}
	}
	return []int{f.emit(opIfNot, reg, 0, 0, 0)}
}

func (f *function) jumpIf(always bool) []int {
	if !always {
		return nil
	}
	return []int{f.emit(opJump, 0, 0, 0, 0)}
}

// compare compiles a comparison that jumps when its result is cond.
func (f *function) compare(e *syntax.Binary, cond bool) int {
	x, y := e.X, e.Y
	okX, okY := isLiteral(x), isLiteral(y)
	if okX && okY {
		okX = false
	}
	a, b := 0, 0
	if !okX {
		a = f.exprReg(x)
	}
	if !okY {
		b = f.exprReg(y)
	}
	if okX {
		if a, _ = f.literal(x); a > 255 {
			a, okX = f.exprReg(x), false
		}
	}
	if okY {
		if b, _ = f.literal(y); b > 255 {
			b, okY = f.exprReg(y), false
		}
	}
	f.line = e.Line
	switch e.Op {
	case syntax.Eq, syntax.Ne:
		c := truth((e.Op == syntax.Eq) == cond)
		switch {
		case okY:
			return f.emit(opEqRK, a, b, c, 0)
		case okX:
			return f.emit(opEqRK, b, a, c, 0)
		}
		return f.emit(opEq, a, b, c, 0)
	case syntax.Gt, syntax.Ge:
		a, b, okX, okY = b, a, okY, okX
	}
	o := opLt
	if e.Op == syntax.Le || e.Op == syntax.Ge {
		o = opLe
	}
	switch {
	case okY:
		o += opLtRK - opLt
	case okX:
		o += opLtKR - opLt
	}
	return f.emit(o, a, b, truth(cond), 0)
}

// isLiteral reports whether e is a constant that an operand can be.
func isLiteral(e syntax.Expr) bool {
	switch e.(type) {
	case *syntax.Num, *syntax.Str, *syntax.Nil, *syntax.Bool:
		return true
	}
	return false
}

// valueJump compiles e so that, when its truth is cond, its value is put into dst
// and the code jumps; otherwise it goes on, dst left as it may be when it is no
// local. It returns the jumps.
func (f *function) valueJump(e syntax.Expr, dst int, cond bool) []int {
	free := f.free
	defer func() { f.free = free }()
	switch e := e.(type) {
	case *syntax.Paren:
		return f.valueJump(e.Inner, dst, cond)
	case *syntax.Nil:
		if cond {
			return nil // it never is
		}
	case *syntax.Bool:
		if cond != e.Value {
			return nil
		}
	case *syntax.Num, *syntax.Str:
		if !cond {
			return nil
		}
	case *syntax.Binary:
		switch e.Op {
		case syntax.And, syntax.Or:
			if (e.Op == syntax.Or) == cond {
				return append(f.valueJump(e.X, dst, cond), f.valueJump(e.Y, dst, cond)...)
			}
			skip := f.condJump(e.X, !cond)
			jumps := f.valueJump(e.Y, dst, cond)
			f.patchHere(skip)
			return jumps
		case syntax.Eq, syntax.Ne, syntax.Lt, syntax.Le, syntax.Gt, syntax.Ge:
			return f.boolJump(e, dst, cond)
		}
	case *syntax.Unary:
		if e.Op == syntax.Not {
			return f.boolJump(e, dst, cond)
		}
	}
	if f.isTemp(dst) && !f.isLocal(e) {
		f.exprTo(e, dst)
		if cond {
			return []int{f.emit(opIf, dst, 0, 0, 0)}
		}
		return []int{f.emit(opIfNot, dst, 0, 0, 0)}
	}
	reg := f.exprReg(e)
	if cond {
		return []int{f.emit(opIfSet, dst, reg, 0, 0)}
	}
	return []int{f.emit(opIfNotSet, dst, reg, 0, 0)}
}

func (f *function) isLocal(e syntax.Expr) bool {
	n, ok := e.(*syntax.Name)
	if !ok {
		return false
	}
	kind, _ := f.variable(n.Name)
	return kind == varLocal
}

// boolJump is valueJump for a condition: its value is cond itself.
func (f *function) boolJump(e syntax.Expr, dst int, cond bool) []int {
	skip := f.condJump(e, !cond)
	jump := f.emit(opBool, dst, truth(cond), 0, 0)
	f.patchHere(skip)
	return []int{jump}
}
