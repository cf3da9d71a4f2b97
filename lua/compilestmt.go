package lua

import "github.com/heka-project/heka/lua/syntax"

// block compiles the statements of a block into the current scope.
func (f *function) block(b *syntax.Block) {
	for _, s := range b.Stmts {
		f.statement(s)
		f.free = f.firstFree()
	}
}

// firstFree is the first register above the active locals.
func (f *function) firstFree() int {
	if n := len(f.active); n > 0 {
		return f.active[n-1].reg + 1
	}
	return 0
}

// inScope compiles a block in a scope of its own.
func (f *function) inScope(b *syntax.Block) {
	f.open(false)
	f.block(b)
	f.line = b.End
	f.close(true)
}

func (f *function) statement(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.Local:
		f.localStmt(s)
	case *syntax.Assign:
		f.assign(s)
	case *syntax.CallStmt:
		f.call(s.Call, f.alloc(1), 0)
	case *syntax.Do:
		f.inScope(s.Body)
	case *syntax.While:
		f.while(s)
	case *syntax.Repeat:
		f.repeat(s)
	case *syntax.If:
		f.ifStmt(s)
	case *syntax.NumFor:
		f.numFor(s)
	case *syntax.GenFor:
		f.genFor(s)
	case *syntax.LocalFunc:
		reg := f.alloc(1)
		f.declare(s.Name, reg)
		f.exprTo(s.Func, reg)
		f.p.locals[f.active[len(f.active)-1].info].from = int32(f.pc())
	case *syntax.Return:
		f.returnStmt(s)
	case *syntax.Break:
		f.breakStmt(s)
	}
}

func (f *function) localStmt(s *syntax.Local) {
	f.line = s.Line
	base := f.free
	f.exprList(s.Exprs, len(s.Names))
	f.line = s.Line
	for i, name := range s.Names {
		f.declare(name, base+i)
	}
}

// exprList evaluates expressions into the next registers, n values in all.
func (f *function) exprList(exprs []syntax.Expr, n int) {
	base := f.free
	for i, e := range exprs {
		if i == len(exprs)-1 && n > len(exprs) && f.multi(e, n-i) {
			f.free = base
			f.alloc(n)
			return
		}
		if i < n {
			f.exprNext(e)
			continue
		}
		f.exprNext(e) // evaluated for its effects
		f.free--
	}
	if have := min(len(exprs), n); have < n {
		f.emit(opNil, f.alloc(n-have), n-have-1, 0, 0)
	}
}

// multi compiles an expression of several values into the next registers, want
// of them, or all when want is -1. It reports false for other expressions.
func (f *function) multi(e syntax.Expr, want int) bool {
	switch e := e.(type) {
	case *syntax.Call:
		f.call(e, f.alloc(1), want)
	case *syntax.Dots:
		f.line = e.Line
		reg := f.alloc(max(want, 1))
		f.emit(opVararg, reg, want+1, 0, 0)
	default:
		return false
	}
	return true
}

func (f *function) while(s *syntax.While) {
	f.line = s.Line
	f.open(true)
	enter := f.emit(opJump, 0, 0, 0, 0)
	top := f.pc()
	f.inScope(s.Body)
	f.patchHere([]int{enter})
	f.line = s.Line
	f.patch(f.condJump(s.Cond, true), top)
	f.close(true)
}

func (f *function) repeat(s *syntax.Repeat) {
	f.open(true)
	top := f.pc()
	f.open(false)
	f.block(s.Body)
	f.line = s.Line
	f.free = f.firstFree()
	again := f.condJump(s.Cond, false)
	if !f.scope.captured {
		f.patch(again, top)
	} else {
		reg := f.active[f.scope.locals].reg
		f.emit(opClose, reg, 0, 0, 0)
		exit := f.emit(opJump, 0, 0, 0, 0)
		f.patchHere(again)
		f.emit(opClose, reg, 0, 0, 0)
		f.patch([]int{f.emit(opJump, 0, 0, 0, 0)}, top)
		f.patchHere([]int{exit})
	}
	f.close(false)
	f.close(true)
}

func (f *function) ifStmt(s *syntax.If) {
	f.line = s.Line
	var ends []int
	for i, cond := range s.Conds {
		f.free = f.firstFree()
		next := f.condJump(cond, false)
		f.free = f.firstFree()
		f.inScope(s.Blocks[i])
		if i < len(s.Conds)-1 || s.Else != nil {
			ends = append(ends, f.emit(opJump, 0, 0, 0, 0))
		}
		f.patchHere(next)
	}
	if s.Else != nil {
		f.inScope(s.Else)
	}
	f.patchHere(ends)
}

func (f *function) numFor(s *syntax.NumFor) {
	f.line = s.Line
	f.open(true)
	base := f.free
	f.exprNext(s.Start)
	f.exprNext(s.Limit)
	if s.Step != nil {
		f.exprNext(s.Step)
	} else {
		f.exprNext(&syntax.Num{Value: 1})
	}
	f.line = s.Line
	f.declare("(for index)", base)
	f.declare("(for limit)", base+1)
	f.declare("(for step)", base+2)
	prep := f.emit(opForPrep, base, 0, 0, 0)
	body := f.pc()
	f.open(false)
	f.declare(s.Name, f.alloc(1))
	f.block(s.Body)
	f.line = s.Body.End
	f.close(true)
	f.patchHere([]int{prep})
	f.line = s.Line
	f.patch([]int{f.emit(opForLoop, base, 0, 0, 0)}, body)
	f.close(true)
}

func (f *function) genFor(s *syntax.GenFor) {
	f.line = s.Line
	f.open(true)
	base := f.free
	f.exprList(s.Exprs, 3)
	f.line = s.Line
	f.alloc(1)
	f.declare("(for generator)", base)
	f.declare("(for state)", base+1)
	f.declare("(for control)", base+2)
	f.declare("(for position)", base+3)
	in := f.emit(opForIn, base, 0, 0, 0)
	body := f.pc()
	f.open(false)
	f.alloc(max(len(s.Names), 3)) // what the call needs
	for i, name := range s.Names {
		f.declare(name, base+4+i)
	}
	f.free = f.firstFree()
	f.block(s.Body)
	f.line = s.Body.End
	f.close(true)
	f.patchHere([]int{in})
	f.line = s.Line
	f.patch([]int{f.emit(opForCall, base, 0, len(s.Names), 0), f.emit(opForTest, base, 0, 0, 0)}, body)
	f.close(true)
}

func (f *function) returnStmt(s *syntax.Return) {
	f.line = s.Line
	switch n := len(s.Exprs); {
	case n == 0:
		f.emit(opReturn0, 0, 0, 0, 0)
		return
	case n == 1:
		if call, ok := s.Exprs[0].(*syntax.Call); ok {
			base := f.alloc(1)
			f.call(call, base, -1)
			last := &f.p.code[len(f.p.code)-1]
			*last = makeInstr(opTailCall, int(last.a()), int(last.b()), 0, 0)
			f.emit(opReturn, base, 0, 0, 0)
			return
		}
		if _, ok := s.Exprs[0].(*syntax.Dots); !ok {
			reg := f.exprReg(s.Exprs[0])
			f.line = s.Line
			f.emit(opReturn1, reg, 0, 0, 0)
			return
		}
	}
	base, n := f.free, len(s.Exprs)+1
	for i, e := range s.Exprs {
		if i == len(s.Exprs)-1 && f.multi(e, -1) {
			n = 0
			break
		}
		f.exprNext(e)
	}
	f.line = s.Line
	f.emit(opReturn, base, n, 0, 0)
}

// breakStmt jumps to the end of the loop, past the closing of what the scopes
// inside it have captured.
func (f *function) breakStmt(s *syntax.Break) {
	f.line = s.Line
	captured := -1
	sc := f.scope
	for ; !sc.loop; sc = sc.outer {
		if sc.captured {
			captured = f.active[sc.locals].reg
		}
	}
	if captured >= 0 {
		f.emit(opClose, captured, 0, 0, 0)
	}
	sc.breaks = append(sc.breaks, f.emit(opJump, 0, 0, 0, 0))
}

// target is the left side of an assignment, its parts evaluated.
type target struct {
	kind     targetKind
	obj, key int // registers; key is a constant or an integer for two kinds
}

type targetKind uint8

const (
	storeLocal targetKind = iota
	storeUpvalue
	storeGlobal // key is the constant
	storeField  // key is the constant
	storeInt    // key is the integer
	storeIndex  // key is a register
)

func (f *function) assign(s *syntax.Assign) {
	f.line = s.Line
	if len(s.Targets) == 1 && len(s.Exprs) == 1 {
		t := f.target(s.Targets[0])
		if t.kind == storeLocal {
			f.exprTo(s.Exprs[0], t.obj)
			return
		}
		if k, ok := f.literal(s.Exprs[0]); ok && t.kind == storeField && k < 256 {
			f.line = s.Line
			f.emit(opSetFieldK, t.obj, k, t.key, f.hash(t.key))
			return
		}
		reg := f.exprReg(s.Exprs[0])
		f.line = s.Line
		f.store(t, reg)
		return
	}
	targets := make([]target, len(s.Targets))
	for i, e := range s.Targets {
		targets[i] = f.target(e)
	}
	f.separate(targets)
	base := f.free
	f.exprList(s.Exprs, len(targets))
	f.line = s.Line
	for i := len(targets) - 1; i >= 0; i-- {
		f.store(targets[i], base+i)
	}
}

// separate copies locals that the statement assigns and that also hold the object
// or the key of another target.
func (f *function) separate(targets []target) {
	for _, l := range targets {
		if l.kind != storeLocal {
			continue
		}
		copied := -1
		move := func(reg *int) {
			if *reg != l.obj {
				return
			}
			if copied < 0 {
				copied = f.alloc(1)
				f.emit(opMove, copied, l.obj, 0, 0)
			}
			*reg = copied
		}
		for i := range targets {
			if t := &targets[i]; t.kind >= storeField {
				move(&t.obj)
				if t.kind == storeIndex {
					move(&t.key)
				}
			}
		}
	}
}

// target evaluates the object and the key that are assigned to.
func (f *function) target(e syntax.Expr) target {
	switch e := e.(type) {
	case *syntax.Name:
		switch kind, i := f.variable(e.Name); kind {
		case varLocal:
			return target{kind: storeLocal, obj: i}
		case varUpvalue:
			return target{kind: storeUpvalue, obj: i}
		}
		return target{kind: storeGlobal, key: f.str(e.Name)}
	case *syntax.Index:
		t := target{obj: f.exprReg(e.Object)}
		t.kind, t.key = f.key(e.Key)
		return t
	}
	panic("bug: assignment to no variable")
}

// key evaluates a key: a constant string, a small integer, or a register.
func (f *function) key(e syntax.Expr) (targetKind, int) {
	switch e := e.(type) {
	case *syntax.Str:
		if k := f.str(e.Value); k < 256 {
			return storeField, k
		}
	case *syntax.Num:
		if i := int(e.Value); float64(i) == e.Value && i >= 1 && i < 1<<30 {
			return storeInt, i
		}
	}
	return storeIndex, f.exprReg(e)
}

// hash is the hash of string constant k, as D of an instruction.
func (f *function) hash(k int) int32 { return int32(hashString(f.p.consts[k].str())) }

// store assigns register reg to a target.
func (f *function) store(t target, reg int) {
	switch t.kind {
	case storeLocal:
		if t.obj != reg {
			f.emit(opMove, t.obj, reg, 0, 0)
		}
	case storeUpvalue:
		f.emit(opSetUp, reg, t.obj, 0, 0)
	case storeGlobal:
		if t.key < 256 {
			f.emit(opSetGlobal, reg, 0, t.key, f.hash(t.key))
		} else {
			f.emit(opSetGlobalW, reg, 0, 0, int32(t.key))
		}
	case storeField:
		f.emit(opSetField, t.obj, reg, t.key, f.hash(t.key))
	case storeInt:
		f.emit(opSetInt, t.obj, reg, 0, int32(t.key))
	case storeIndex:
		f.emit(opSetIndex, t.obj, reg, t.key, 0)
	}
}
