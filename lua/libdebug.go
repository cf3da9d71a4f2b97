package lua

import "strings"

// The debug library of the full profile. It has no hooks: what they are for, the
// limits do.
var debugEntries = []entry{
	{name: "getfenv", fn: debugGetfenv, in: inFull},
	{name: "getinfo", fn: debugGetinfo, in: inFull},
	{name: "getlocal", fn: debugGetlocal, in: inFull},
	{name: "getmetatable", fn: debugGetmetatable, in: inFull},
	{name: "getregistry", fn: debugGetregistry, in: inFull},
	{name: "getupvalue", fn: debugGetupvalue, in: inFull},
	{name: "setfenv", fn: debugSetfenv, in: inFull},
	{name: "setlocal", fn: debugSetlocal, in: inFull},
	{name: "setmetatable", fn: debugSetmetatable, in: inFull},
	{name: "setupvalue", fn: debugSetupvalue, in: inFull},
	{name: "traceback", fn: debugTraceback, in: inFull},
}

func debugTraceback(c *Call) int {
	th, first := (*thread)(c), 1
	level, message := 1, 1
	if v := c.Arg(1); v.bits == tagThread {
		th, first, message = v.thread(), 2, 2
		level = 0
	}
	if v := c.Arg(message); c.n >= message {
		if _, ok := v.ToString(); !ok {
			c.Push(v) // no text to add to
			return 1
		}
	}
	level = c.optInt32(first+1, level)
	text := c.OptString(message, "")
	c.Charge(int64(th.fi)/4 + 64)
	for fi := th.fi; fi > max(th.fi-24, 0); fi-- {
		th.chargeNames(fi)
	}
	for fi := 1; fi <= min(th.fi, 24); fi++ {
		th.chargeNames(fi)
	}
	s := th.traceback("", level)
	if !c.Arg(message).IsNil() {
		s = text + "\n" + s
	}
	c.PushString(s)
	return 1
}

func debugGetmetatable(c *Call) int {
	if m := c.vm.metatable(c.Any(1)); m != nil {
		c.Push(tableValue(m))
	} else {
		c.PushNil()
	}
	return 1
}

func debugSetmetatable(c *Call) int {
	m := c.Arg(2)
	if m.bits != tagNil && m.bits != tagTable {
		c.ArgError(2, "nil or table expected")
	}
	switch v := c.Arg(1); v.bits {
	case tagTable:
		v.Table().SetMeta(m.Table())
	case tagUser:
		v.Userdata().SetMeta(c.vm, m.Table())
	default:
		c.vm.metas[v.Type()] = m.Table()
	}
	c.Push(True)
	return 1
}

func debugGetregistry(c *Call) int {
	c.Push(tableValue(c.vm.registry))
	return 1
}

func debugGetfenv(c *Call) int {
	switch v := c.Any(1); v.bits {
	case tagLua:
		c.Push(tableValue(v.closure().env))
	case tagGo:
		c.Push(tableValue(c.vm.globals))
	case tagThread:
		c.Push(tableValue(v.thread().globals))
	case tagUser:
		if env := v.Userdata().Env; env != nil {
			c.Push(tableValue(env))
		} else {
			c.Push(tableValue(c.vm.globals))
		}
	default:
		c.PushNil()
	}
	return 1
}

func debugSetfenv(c *Call) int {
	env := c.Table(2)
	switch v := c.Arg(1); v.bits {
	case tagLua:
		v.closure().env = env
	case tagThread:
		v.thread().globals = env
	case tagUser:
		v.Userdata().Env = env
	default:
		c.Errorf("'setfenv' cannot change environment of given object")
	}
	c.Push(c.Arg(1))
	return 1
}

// upvalueOf returns the upvalue that arguments 1 and 2 name.
func (c *Call) upvalueOf() (string, *Value) {
	fn, i := c.Func(1), c.int32(2)
	if fn.bits != tagLua {
		return "", nil
	}
	cl := fn.closure()
	if i < 1 || i > len(cl.up) {
		return "", nil
	}
	return cl.proto.upvals[i-1].name, cl.up[i-1].v
}

func debugGetupvalue(c *Call) int {
	name, v := c.upvalueOf()
	if v == nil {
		return 0
	}
	c.Push(String(name))
	c.Push(*v)
	return 2
}

func debugSetupvalue(c *Call) int {
	x := c.Any(3)
	name, v := c.upvalueOf()
	if v == nil {
		return 0
	}
	*v = x
	c.Push(String(name))
	return 1
}

// localOf returns the local variable that the arguments from the first on name: a
// level and a number, after a coroutine if one is given. It also returns the index
// of the argument after them.
func (c *Call) localOf() (name string, v *Value, next int) {
	th, arg := (*thread)(c), 1
	if v := c.Arg(1); v.bits == tagThread {
		th, arg = v.thread(), 2
	}
	fi, tail, ok := th.level(c.int32(arg))
	if !ok {
		c.ArgError(arg, "level out of range")
	}
	p, at, isLua := th.lua(fi)
	n := c.int32(arg + 1)
	if tail || !isLua {
		return "", nil, arg + 2
	}
	for i := range p.locals {
		l := &p.locals[i]
		if int(l.from) > at || at >= int(l.to) {
			continue
		}
		if n--; n == 0 {
			return l.name, &th.stack[int(th.frames[fi].base)+int(l.reg)], arg + 2
		}
	}
	return "", nil, arg + 2
}

func debugGetlocal(c *Call) int {
	name, v, _ := c.localOf()
	if v == nil {
		c.PushNil()
		return 1
	}
	c.Push(String(name))
	c.Push(*v)
	return 2
}

func debugSetlocal(c *Call) int {
	name, v, next := c.localOf()
	x := c.Any(next)
	if v == nil {
		c.PushNil()
		return 1
	}
	*v = x
	c.Push(String(name))
	return 1
}

func debugGetinfo(c *Call) int {
	th, arg := (*thread)(c), 1
	if v := c.Arg(1); v.bits == tagThread {
		th, arg = v.thread(), 2
	}
	what := c.OptString(arg+1, "flnSu")
	if strings.Trim(what, "flnSuL") != "" {
		c.ArgError(arg+1, "invalid option")
	}
	t := c.NewTable(0, 8)
	if fn := c.Arg(arg); fn.IsFunction() {
		c.functionInfo(t, fn, what)
		c.Push(t.Value())
		return 1
	}
	if _, ok := c.Arg(arg).ToNumber(); !ok {
		c.ArgError(arg, "function or level expected")
	}
	fi, tail, ok := th.level(c.int32(arg))
	if !ok {
		c.PushNil()
		return 1
	}
	if tail {
		t.SetString("what", String("tail"))
		t.SetString("short_src", String("(tail call)"))
		t.SetString("source", String("=(tail call)"))
		t.SetString("currentline", Int(-1))
		t.SetString("linedefined", Int(-1))
		t.SetString("lastlinedefined", Int(-1))
		t.SetString("namewhat", String(""))
		c.Push(t.Value())
		return 1
	}
	c.functionInfo(t, th.stack[th.frames[fi].ret], what)
	if strings.Contains(what, "l") {
		t.SetString("currentline", Int(th.line(fi)))
	}
	if strings.Contains(what, "n") {
		th.chargeNames(fi)
		name, kind := th.calledAs(fi)
		t.SetString("namewhat", String(kind))
		if kind != "" {
			t.SetString("name", String(name))
		}
	}
	c.Push(t.Value())
	return 1
}

// functionInfo fills in what is known of a function that need not run.
func (c *Call) functionInfo(t *Table, fn Value, what string) {
	source, short, kind, first, last, nups := "=[C]", "[C]", "C", -1, -1, 0
	var p *Proto
	if fn.bits == tagLua {
		p = fn.closure().proto
		source, short, kind = p.chunk, chunkName(p.chunk), "Lua"
		first, last, nups = int(p.first), int(p.last), len(p.upvals)
		if first == 0 {
			kind = "main"
		}
	}
	for _, w := range what {
		switch w {
		case 'S':
			t.SetString("source", String(source))
			t.SetString("short_src", String(short))
			t.SetString("what", String(kind))
			t.SetString("linedefined", Int(first))
			t.SetString("lastlinedefined", Int(last))
		case 'l':
			t.SetString("currentline", Int(-1))
		case 'u':
			t.SetString("nups", Int(nups))
		case 'n':
			t.SetString("namewhat", String(""))
		case 'f':
			t.SetString("func", fn)
		case 'L':
			if p != nil {
				lines := c.NewTable(0, len(p.lines))
				for _, n := range p.lines {
					lines.SetInt(int(n), True)
				}
				t.SetString("activelines", lines.Value())
			}
		}
	}
}
