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
