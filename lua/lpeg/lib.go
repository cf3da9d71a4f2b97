package lpeg

import (
	"math"

	"github.com/heka-project/heka/lua"
)

// Version is the version of LPeg that the package follows.
const Version = "1.0.2"

const metaName = "lpeg-pattern"

// Open gives the modules lpeg and re to require in vm.
func Open(vm *lua.VM) {
	vm.Preload("lpeg", true, open)
	vm.Preload("re", true, openRe)
}

// library is what the functions of one VM share.
type library struct {
	st    *state
	meta  *lua.Table // of patterns
	table *lua.Table // the module
	empty *node      // matches nothing: inside captures that take no pattern
	keep  *lua.Userdata
}

// Data of the userdata that keeps the library in the metatable's account.
func (l *library) LuaSize() int { return l.st.LuaSize() }
func (l *library) LuaTrace(visit func(v lua.Value)) {
	visit(l.table.Value())
	visit(l.meta.Value())
	visit(l.empty.self)
}

// libraryOf returns the library of a VM, made on first use.
func libraryOf(c *lua.Call) *library {
	vm := c.VM()
	anchor, fresh := vm.Metatable("lpeg.library")
	if !fresh {
		l, _ := lua.Data[*library](anchor.GetInt(1))
		if l != nil {
			return l
		}
	}
	meta, _ := vm.Metatable(metaName)
	l := &library{st: &state{limit: defaultStack}, meta: meta, table: c.NewTable(0, 32)}
	l.keep = vm.NewUserdata(l, nil)
	anchor.SetInt(1, l.keep.Value())
	vm.Register(meta,
		lua.Entry{Name: "__mul", Fn: l.mul},
		lua.Entry{Name: "__add", Fn: l.add},
		lua.Entry{Name: "__sub", Fn: l.sub},
		lua.Entry{Name: "__div", Fn: l.div},
		lua.Entry{Name: "__pow", Fn: l.pow},
		lua.Entry{Name: "__unm", Fn: l.unm},
		lua.Entry{Name: "__len", Fn: l.and},
	)
	meta.SetString("__index", l.table.Value())
	l.empty = trueNode()
	l.value(c, l.empty)
	vm.Register(l.table,
		lua.Entry{Name: "match", Fn: l.match},
		lua.Entry{Name: "type", Fn: l.typeOf},
		lua.Entry{Name: "version", Fn: version},
		lua.Entry{Name: "setmaxstack", Fn: l.setMaxStack},
		lua.Entry{Name: "locale", Fn: l.locale},
		lua.Entry{Name: "P", Fn: l.p},
		lua.Entry{Name: "S", Fn: l.s},
		lua.Entry{Name: "R", Fn: l.r},
		lua.Entry{Name: "V", Fn: l.v},
		lua.Entry{Name: "B", Fn: l.b},
		lua.Entry{Name: "C", Fn: l.plain(capSimple)},
		lua.Entry{Name: "Ct", Fn: l.plain(capTable)},
		lua.Entry{Name: "Cs", Fn: l.plain(capSubst)},
		lua.Entry{Name: "Cp", Fn: l.cp},
		lua.Entry{Name: "Cc", Fn: l.cc},
		lua.Entry{Name: "Cb", Fn: l.cb},
		lua.Entry{Name: "Cg", Fn: l.cg},
		lua.Entry{Name: "Cf", Fn: l.cf},
		lua.Entry{Name: "Carg", Fn: l.carg},
		lua.Entry{Name: "Cmt", Fn: l.cmt},
	)
	return l
}

func open(c *lua.Call) int {
	c.Push(libraryOf(c).table.Value())
	return 1
}

// pattern returns argument i as a pattern; strings, numbers, booleans, tables and
// functions are converted.
func (l *library) pattern(c *lua.Call, i int) *node {
	p := l.toNode(c, c.Arg(i))
	if p == nil {
		c.TypeError(i, metaName)
	}
	return p
}

// toNode converts a value to a pattern; nil when it stands for none.
func (l *library) toNode(c *lua.Call, v lua.Value) *node {
	if p, ok := lua.Data[*node](v); ok {
		return p
	}
	c.Alloc(nodeBytes)
	switch v.Type() {
	case lua.TypeString:
		return stringNode(v.Str())
	case lua.TypeNumber:
		n := int(max(min(v.Num(), maxSubject+1), -maxSubject-1))
		if n < 0 {
			c.Alloc(nodeBytes)
			return combine(opNot, anyNode(-n), nil)
		}
		return anyNode(n)
	case lua.TypeBool:
		if v.Truth() {
			return trueNode()
		}
		return leaf(opFail)
	case lua.TypeTable:
		return newGrammar(c, v.Table())
	case lua.TypeFunction:
		c.Alloc(nodeBytes)
		return runtimeNode(trueNode(), v)
	}
	return nil
}

// push makes p a result.
func (l *library) push(c *lua.Call, p *node) int {
	c.Push(l.value(c, p))
	return 1
}

// value returns p as a userdata.
func (l *library) value(c *lua.Call, p *node) lua.Value {
	if p.size > maxSize || p.chain > 60000 {
		c.Errorf("pattern too big")
	}
	if p.values > maxLua {
		c.Errorf("too many Lua values in pattern")
	}
	if p.depth > maxDepth {
		c.Errorf("pattern nested too deeply")
	}
	if p.self.IsNil() {
		c.Charge(16) // what a node and its userdata cost to make
		c.Alloc(nodeBytes)
		p.self = c.VM().NewUserdata(p, l.meta).Value()
	}
	return p.self
}

func (l *library) match(c *lua.Call) int {
	prog := l.pattern(c, 1).compiled(c)
	return l.run(c, prog, c.String(2), c.OptInt(3, 1))
}

// run matches a program and pushes the results.
func (l *library) run(c *lua.Call, prog *program, sub string, init int) int {
	if len(sub) > maxSubject {
		c.ArgError(2, "subject is too long")
	}
	m := l.st.take(c)
	defer l.st.release()
	end := m.match(prog, sub, start(init, len(sub)))
	if end < 0 {
		c.PushNil()
		return 1
	}
	return m.values(end)
}

// start turns the position that a script gave into an offset.
func start(init, n int) int {
	if init > 0 {
		return min(init-1, n)
	}
	if -init <= n && init != math.MinInt {
		return n + init
	}
	return 0
}

func (l *library) typeOf(c *lua.Call) int {
	if _, ok := lua.Data[*node](c.Arg(1)); ok {
		c.Push(c.VM().Intern("pattern"))
	} else {
		c.PushNil()
	}
	return 1
}

func version(c *lua.Call) int {
	c.PushString(Version)
	return 1
}

func (l *library) setMaxStack(c *lua.Call) int {
	n := c.Int(1)
	if n <= 0 {
		c.ArgError(1, "out of range")
	}
	l.st.limit = min(n, math.MaxInt32)
	return 0
}

func (l *library) p(c *lua.Call) int {
	c.Any(1)
	return l.push(c, l.pattern(c, 1))
}

func (l *library) s(c *lua.Call) int {
	s := c.String(1)
	c.Work(len(s))
	return l.push(c, setNode(setOf(s)))
}

func (l *library) r(c *lua.Call) int {
	var s charset
	for i := 1; i <= c.Len(); i++ {
		r := c.String(i)
		if len(r) != 2 {
			c.ArgError(i, "range must have two characters")
		}
		s = s.or(setRange(r[0], r[1]))
	}
	return l.push(c, setNode(s))
}

func (l *library) v(c *lua.Call) int {
	return l.push(c, openNode(c.Arg(1)))
}

func (l *library) b(c *lua.Call) int {
	p := l.pattern(c, 1)
	switch n := p.length(); {
	case n < 0:
		c.ArgError(1, "pattern may not have fixed length")
	case p.hasCap:
		c.ArgError(1, "pattern have captures")
	case n > maxBehind:
		c.ArgError(1, "pattern too long to look behind")
	}
	return l.push(c, combine(opBehind, p, nil))
}

// classes are the character classes of the C locale.
var classes = []struct {
	name string
	set  charset
}{
	{"alnum", setRange('0', '9').or(setRange('A', 'Z')).or(setRange('a', 'z'))},
	{"alpha", setRange('A', 'Z').or(setRange('a', 'z'))},
	{"cntrl", setRange(0, 31).or(setRange(127, 127))},
	{"digit", setRange('0', '9')},
	{"graph", setRange(33, 126)},
	{"lower", setRange('a', 'z')},
	{"print", setRange(32, 126)},
	{"punct", setRange(33, 47).or(setRange(58, 64)).or(setRange(91, 96)).or(setRange(123, 126))},
	{"space", setRange(9, 13).or(setRange(32, 32))},
	{"upper", setRange('A', 'Z')},
	{"xdigit", setRange('0', '9').or(setRange('A', 'F')).or(setRange('a', 'f'))},
}

func (l *library) locale(c *lua.Call) int {
	var t *lua.Table
	if c.Arg(1).IsNil() {
		t = c.NewTable(0, 12)
	} else {
		t = c.Table(1)
	}
	for _, class := range classes {
		t.Set(c.VM().Intern(class.name), l.value(c, setNode(class.set)))
	}
	c.Push(t.Value())
	return 1
}
