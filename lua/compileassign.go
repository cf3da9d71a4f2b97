package lua

import "github.com/heka-project/heka/lua/syntax"

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
