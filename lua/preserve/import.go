package preserve

import (
	"fmt"
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/syntax"
)

// Import reads a preservation file of the original: Lua text of a few fixed
// forms, which are recognised and done; anything else is refused.
//
//	if _PRESERVATION_VERSION and _PRESERVATION_VERSION ~= 1 then return end
//	_G["count"] = 5                       numbers, 0/0, 1/0, -1/0, strings, booleans
//	_G["t"] = {}
//	_G["t"][1] = "a"
//	_G["u"] = _G["t"]                     shared parts and cycles
//	if _G["cb"] == nil then _G["cb"] = circular_buffer.new(1440, 3, 60) end
//	_G["cb"]:set_header(1, "Requests", "count", "sum")
//	_G["cb"]:fromstring("…")
//
// On an error what stands before it has been set, as in the original.
func Import(vm *lua.VM, text string, opts Options) error {
	fn, err := syntax.Parse(text)
	if err != nil {
		return fmt.Errorf("%w: line %w", ErrCorrupt, err)
	}
	m := &importer{vm: vm, opts: opts}
	for _, st := range fn.Body.Stmts {
		if err := m.statement(st); err != nil {
			return err
		}
		if opts.MaxMemory > 0 && vm.Memory() > opts.MaxMemory {
			return ErrTooLarge
		}
	}
	return nil
}

type importer struct {
	vm   *lua.VM
	opts Options
}

func (m *importer) refuse(line int, what string) error {
	return fmt.Errorf("%w: line %d: %s is no part of a preservation file", ErrCorrupt, line, what)
}

func (m *importer) statement(st syntax.Stmt) error {
	switch st := st.(type) {
	case *syntax.Assign:
		return m.assign(st)
	case *syntax.If:
		return m.ifStmt(st)
	case *syntax.CallStmt:
		return m.call(st.Call)
	}
	return m.refuse(0, fmt.Sprintf("a statement of type %T", st))
}

func (m *importer) assign(st *syntax.Assign) error {
	if len(st.Targets) != 1 || len(st.Exprs) != 1 {
		return m.refuse(st.Line, "an assignment of several values")
	}
	v, err := m.value(st.Exprs[0], st.Line)
	if err != nil {
		return err
	}
	return m.set(st.Targets[0], v, st.Line)
}

// set assigns v to a path.
func (m *importer) set(target syntax.Expr, v lua.Value, line int) error {
	ix, ok := target.(*syntax.Index)
	if !ok {
		if n, ok := target.(*syntax.Name); ok && n.Name != "_G" {
			m.vm.Globals().Set(m.vm.Intern(n.Name), v)
			return nil
		}
		return m.refuse(line, "this target")
	}
	obj, err := m.path(ix.Object, line)
	if err != nil {
		return err
	}
	t := obj.Table()
	if t == nil || t.Meta() != nil {
		return m.refuse(line, "an assignment to a field of a "+obj.Type().String())
	}
	k, err := m.value(ix.Key, line)
	if err != nil {
		return err
	}
	if k.IsNil() || k.IsNumber() && k.Num() != k.Num() {
		return m.refuse(line, "a key that is nil or NaN")
	}
	t.Set(k, v)
	return nil
}

// path returns the value at _G["a"][1]…, read without metamethods. The path is
// walked, not recursed into: a file may nest as deeply as it likes.
func (m *importer) path(e syntax.Expr, line int) (lua.Value, error) {
	var keys []syntax.Expr
	for {
		ix, ok := e.(*syntax.Index)
		if !ok {
			break
		}
		keys = append(keys, ix.Key)
		e = ix.Object
	}
	n, ok := e.(*syntax.Name)
	if !ok {
		return lua.Nil, m.refuse(line, "this expression")
	}
	v := m.vm.Globals().Value()
	if n.Name != "_G" {
		v = m.vm.Global(n.Name)
	}
	for i := len(keys) - 1; i >= 0; i-- {
		k, err := m.value(keys[i], line)
		if err != nil {
			return lua.Nil, err
		}
		t := v.Table()
		if t == nil {
			return lua.Nil, m.refuse(line, "a field of a "+v.Type().String())
		}
		v = t.Get(k)
	}
	return v, nil
}

// value evaluates what may stand on the right: a constant, an empty table, one of
// the divisions that stand for NaN and the infinities, or a path.
func (m *importer) value(e syntax.Expr, line int) (lua.Value, error) {
	switch e := e.(type) {
	case *syntax.Nil:
		return lua.Nil, nil
	case *syntax.Bool:
		return lua.Bool(e.Value), nil
	case *syntax.Num:
		return lua.Number(e.Value), nil
	case *syntax.Str:
		return m.vm.Intern(e.Value), nil
	case *syntax.Table:
		if len(e.Items) == 0 {
			return m.vm.NewTable(0, 0).Value(), nil
		}
	case *syntax.Binary:
		x, okX := e.X.(*syntax.Num)
		y, okY := e.Y.(*syntax.Num)
		if okX && okY && e.Op == syntax.Div && y.Value == 0 {
			switch {
			case x.Value == 0:
				return lua.Number(math.NaN()), nil
			case x.Value > 0:
				return lua.Number(math.Inf(1)), nil
			}
			return lua.Number(math.Inf(-1)), nil
		}
	case *syntax.Name:
		switch e.Name { // as old C libraries print them
		case "nan":
			return lua.Number(math.NaN()), nil
		case "inf":
			return lua.Number(math.Inf(1)), nil
		}
		return m.path(e, line)
	case *syntax.Unary:
		if n, ok := e.X.(*syntax.Name); ok && e.Op == syntax.Neg && (n.Name == "inf" || n.Name == "nan") {
			return lua.Number(math.Inf(-1)), nil
		}
	case *syntax.Index:
		return m.path(e, line)
	}
	return lua.Nil, m.refuse(line, "this value")
}

// ifStmt does the two conditional forms: the guard of the version, and the making
// of an object that is not there yet.
func (m *importer) ifStmt(st *syntax.If) error {
	if len(st.Conds) != 1 || st.Else != nil || len(st.Blocks[0].Stmts) != 1 {
		return m.refuse(st.Line, "this condition")
	}
	body := st.Blocks[0].Stmts[0]
	cond, ok := st.Conds[0].(*syntax.Binary)
	if !ok {
		return m.refuse(st.Line, "this condition")
	}
	if ret, ok := body.(*syntax.Return); ok && len(ret.Exprs) == 0 {
		return m.guard(cond, st.Line)
	}
	as, ok := body.(*syntax.Assign)
	if _, isNil := cond.Y.(*syntax.Nil); !ok || !isNil || cond.Op != syntax.Eq || len(as.Targets) != 1 || len(as.Exprs) != 1 {
		return m.refuse(st.Line, "this condition")
	}
	have, err := m.path(cond.X, st.Line)
	if err != nil || !have.IsNil() {
		return err
	}
	call, ok := as.Exprs[0].(*syntax.Call)
	if !ok || call.Method != "" {
		return m.refuse(st.Line, "this assignment")
	}
	name := dotted(call.Fn)
	args, err := m.args(call)
	if err != nil {
		return err
	}
	if name == "" || m.opts.New == nil {
		return m.refuse(st.Line, "a call of this function")
	}
	v, err := m.opts.New(m.vm, name, args)
	if err != nil {
		return fmt.Errorf("%w: line %d: %s: %w", ErrCorrupt, st.Line, name, err)
	}
	return m.set(as.Targets[0], v, st.Line)
}

// guard compares versions: _PRESERVATION_VERSION and _PRESERVATION_VERSION ~= n,
// the first half being optional.
func (m *importer) guard(cond *syntax.Binary, line int) error {
	cmp := cond
	if cond.Op == syntax.And {
		n, ok := cond.X.(*syntax.Name)
		if cmp, _ = cond.Y.(*syntax.Binary); !ok || n.Name != versionName || cmp == nil {
			return m.refuse(line, "this condition")
		}
		if !m.vm.Global(versionName).Truth() {
			return nil
		}
	}
	n, ok := cmp.X.(*syntax.Name)
	want, okNum := cmp.Y.(*syntax.Num)
	if !ok || !okNum || n.Name != versionName || cmp.Op != syntax.Ne {
		return m.refuse(line, "this condition")
	}
	if version(m.vm) != want.Value {
		return ErrVersion
	}
	return nil
}

// call does obj:method(constants).
func (m *importer) call(c *syntax.Call) error {
	if c.Method == "" || m.opts.Method == nil {
		return m.refuse(c.Line, "a call of this function")
	}
	obj, err := m.path(c.Fn, c.Line)
	if err != nil {
		return err
	}
	if obj.Userdata() == nil {
		return m.refuse(c.Line, "a call of a method of a "+obj.Type().String())
	}
	args, err := m.args(c)
	if err != nil {
		return err
	}
	if err := m.opts.Method(m.vm, obj, c.Method, args); err != nil {
		return fmt.Errorf("%w: line %d: %s: %w", ErrCorrupt, c.Line, c.Method, err)
	}
	return nil
}

func (m *importer) args(c *syntax.Call) ([]lua.Value, error) {
	args := make([]lua.Value, len(c.Args))
	for i, e := range c.Args {
		switch e.(type) {
		case *syntax.Bool, *syntax.Num, *syntax.Str, *syntax.Binary, *syntax.Nil:
		default:
			return nil, m.refuse(c.Line, "this argument")
		}
		var err error
		if args[i], err = m.value(e, c.Line); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// dotted returns the text of a name such as circular_buffer.new, or "".
func dotted(e syntax.Expr) string {
	switch e := e.(type) {
	case *syntax.Name:
		return e.Name
	case *syntax.Index:
		key, ok := e.Key.(*syntax.Str)
		if base, isName := e.Object.(*syntax.Name); ok && isName {
			return base.Name + "." + key.Value
		}
		if base, isIndex := e.Object.(*syntax.Index); ok && isIndex {
			if b, isName := base.Object.(*syntax.Name); isName {
				if k, isStr := base.Key.(*syntax.Str); isStr {
					return b.Name + "." + k.Value + "." + key.Value
				}
			}
		}
	}
	return ""
}
