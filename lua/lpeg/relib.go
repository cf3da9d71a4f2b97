package lpeg

import "github.com/heka-project/heka/lua"

// openRe makes the module re. Patterns compiled from strings are kept in tables that
// are emptied when they have many.
func openRe(c *lua.Call) int {
	l := libraryOf(c)
	t := c.NewTable(0, 8)
	vm := c.VM()
	add := func(name string, f lua.Func) {
		memo := c.NewTable(0, 0).Value()
		t.SetString(name, vm.NewClosure(name, f, memo, lua.Int(0)))
	}
	add("compile", l.reCompile)
	add("match", l.reMatch)
	add("find", l.reFind)
	add("gsub", l.reGsub)
	t.SetString("updatelocale", vm.NewFunction("updatelocale", func(*lua.Call) int { return 0 }))
	c.Push(t.Value())
	return 1
}

// source returns argument i, a pattern or its source, compiled.
func (l *library) source(c *lua.Call, i int, defs lua.Value) *node {
	if p, ok := lua.Data[*node](c.Arg(i)); ok {
		return p
	}
	return compileRe(c, l, c.String(i), defs)
}

func (l *library) reCompile(c *lua.Call) int {
	return l.push(c, l.source(c, 1, c.Arg(2)))
}

const memoSize = 200

// memo returns what the table of the running function holds at key, or makes it.
func (l *library) memo(c *lua.Call, key lua.Value, build func() *node) *node {
	t, count := c.Upvalue(0).Table(), c.Upvalue(1)
	if key.IsNil() {
		return build()
	}
	if p, ok := lua.Data[*node](t.Get(key)); ok {
		return p
	}
	p := build()
	v := l.value(c, p)
	if count.Num() >= memoSize {
		*c.Upvalue(0), *c.Upvalue(1) = c.NewTable(0, 0).Value(), lua.Int(0)
		t, count = c.Upvalue(0).Table(), c.Upvalue(1)
	}
	*count = lua.Number(count.Num() + 1)
	t.Set(key, v)
	return p
}

func (l *library) reMatch(c *lua.Call) int {
	p := l.memo(c, c.Arg(2), func() *node { return l.source(c, 2, lua.Nil) })
	return l.run(c, p.compiled(c), c.String(1), c.OptInt(3, 1))
}

// reFind looks for the first match: { {} p {} / . <itself> } without p's captures.
func (l *library) reFind(c *lua.Call) int {
	p := l.memo(c, c.Arg(2), func() *node {
		p := divide(c, l.source(c, 2, lua.Nil), lua.Int(0))
		at := func() *node { return capture(capPosition, l.empty, lua.Nil) }
		c.Alloc(12 * nodeBytes)
		t := c.NewTable(1, 0)
		t.SetInt(1, l.value(c, choice(seq(at(), seq(p, at())), seq(anyNode(1), openNode(lua.Int(1))))))
		return newGrammar(c, t)
	})
	n := l.run(c, p.compiled(c), c.String(1), c.OptInt(3, 1))
	if res := c.Results(c.Pushed() - n); n == 2 {
		res[1] = lua.Number(res[1].Num() - 1)
	}
	return n
}

func (l *library) reGsub(c *lua.Call) int {
	rep := c.Arg(3)
	build := func() *node {
		p := divide(c, l.source(c, 2, lua.Nil), rep)
		c.Alloc(6 * nodeBytes)
		return capture(capSubst, power(c, choice(p, anyNode(1)), 0), lua.Nil)
	}
	key := lua.Nil
	if c.Arg(2).IsString() && rep.IsString() {
		c.Work(len(c.Arg(2).Str()) + len(rep.Str()))
		key = l.str(c, c.Arg(2).Str()+"\x00"+rep.Str())
	}
	p := l.memo(c, key, build)
	l.value(c, p)
	return l.run(c, p.compiled(c), c.String(1), 1)
}
