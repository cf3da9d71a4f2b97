package lpeg

import "github.com/heka-project/heka/lua"

// primary reads one operand, or returns nil and reads nothing.
func (x *reParser) primary() *node {
	i := x.i
	p := x.operand()
	if p == nil {
		x.i = i
	}
	return p
}

func (x *reParser) operand() *node {
	if s, ok := x.literal(); ok {
		return x.build(func() *node { x.c.AllocString(len(s)); return stringNode(s) })
	}
	switch {
	case x.take("("):
		return x.closed(x.exp(), ")")
	case x.at("["):
		return x.class()
	case x.at("%"):
		return x.predefined()
	case x.take("{:"):
		name := lua.Nil
		i := x.i
		if s := x.name(); s != "" && x.take(":") {
			if x.dry == nil {
				name = x.l.str(x.c, s)
			}
		} else {
			x.i = i
		}
		return x.wrapped(capGroup, ":}", name)
	case x.take("="):
		if s := x.name(); s != "" {
			return x.build(func() *node {
				b := capture(capBackref, x.l.empty, x.l.str(x.c, s))
				x.l.value(x.c, b)
				return runtimeNode(b, x.c.VM().NewFunction("equal", sameAsGroup))
			})
		}
	case x.take("{}"):
		return x.build(func() *node { return capture(capPosition, x.l.empty, lua.Nil) })
	case x.take("{~"):
		return x.wrapped(capSubst, "~}", lua.Nil)
	case x.take("{|"):
		return x.wrapped(capTable, "|}", lua.Nil)
	case x.take("{"):
		return x.wrapped(capSimple, "}", lua.Nil)
	case x.take("."):
		return x.build(func() *node { return anyNode(1) })
	case x.take("<"):
		if s := x.name(); s != "" && x.take(">") {
			return x.call(s)
		}
	default:
		if x.definition() != "" {
			return nil
		}
		if s := x.name(); s != "" {
			return x.call(s)
		}
	}
	return nil
}

func (x *reParser) closed(p *node, end string) *node {
	if !x.take(end) {
		return nil
	}
	return p
}

// wrapped reads what stands between brackets. Where the end of brackets of two
// characters is missing, the first one may stand for itself.
func (x *reParser) wrapped(kind capKind, end string, val lua.Value) *node {
	i := x.i
	p := x.exp()
	if x.closed(p, end) == nil {
		if len(end) == 2 {
			for x.text[i-1] != end[0] || x.text[i-2] != '{' {
				i--
			}
			x.i = i - 1
			return x.wrapped(capSimple, "}", lua.Nil)
		}
		return nil
	}
	return x.build(func() *node { return capture(kind, p, val) })
}

func (x *reParser) call(name string) *node {
	return x.build(func() *node {
		if !x.in {
			x.fail("rule '" + name + "' used outside a grammar")
		}
		return openNode(x.l.str(x.c, name))
	})
}

// predefined reads %name, or returns nil.
func (x *reParser) predefined() *node {
	x.i++
	name := x.name()
	if name == "" {
		return nil
	}
	return x.build(func() *node { return x.meaning(name) })
}

// meaning returns the pattern that %name stands for.
func (x *reParser) meaning(name string) *node {
	if x.defs.Truth() {
		if v := x.c.Index(x.defs, lua.String(name)); v.Truth() {
			p := x.l.toNode(x.c, v)
			if p == nil {
				x.fail("bad argument #1 to 'P' (" + metaName + " expected, got " + v.Type().String() + ")")
			}
			return p
		}
	}
	s, ok := predefined(name)
	if !ok {
		x.fail("name '" + name + "' undefined")
	}
	return setNode(s)
}

// predefined returns the class that %name stands for without definitions.
func predefined(name string) (charset, bool) {
	const short, long = "acdglpsuwx", "ACDGLPSUWX"
	of := [...]string{"alpha", "cntrl", "digit", "graph", "lower", "punct", "space", "upper", "alnum", "xdigit"}
	if name == "nl" {
		return setOf("\n"), true
	}
	negate := false
	if len(name) == 1 {
		for i := range short {
			if name[0] == short[i] || name[0] == long[i] {
				negate = name[0] == long[i]
				name = of[i]
				break
			}
		}
	}
	for _, c := range classes {
		if c.name == name {
			if negate {
				return c.set.not(), true
			}
			return c.set, true
		}
	}
	return charset{}, false
}

// class reads [ … ].
func (x *reParser) class() *node {
	x.i++
	negate := x.take("^")
	p := x.item()
	for p != nil && !x.at("]") {
		a, b := p, x.item()
		if b == nil {
			return nil
		}
		p = x.build(func() *node { return choice(a, b) })
	}
	if p == nil || !x.take("]") {
		return nil
	}
	if negate {
		return x.build(func() *node { return except(anyNode(1), p) })
	}
	return p
}

// item reads one member of a class: %name, a range or a byte.
func (x *reParser) item() *node {
	if x.i >= len(x.text) {
		return nil
	}
	if x.at("%") {
		i := x.i
		if p := x.predefined(); p != nil {
			return p
		}
		x.i = i
	}
	c := x.text[x.i]
	if x.i+2 < len(x.text) && x.text[x.i+1] == '-' && x.text[x.i+2] != ']' {
		x.i += 3
		last := x.text[x.i-1]
		return x.build(func() *node { return setNode(setRange(c, last)) })
	}
	x.i++
	return x.build(func() *node { return setNode(setRange(c, c)) })
}

// sameAsGroup is the function of =name: the subject goes on with the same text.
func sameAsGroup(c *lua.Call) int {
	s, at, group := c.String(1), c.Int(2), c.Arg(3)
	if !group.IsString() {
		c.PushNil()
		return 1
	}
	g := group.Str()
	c.Work(len(g))
	if end := at - 1 + len(g); end <= len(s) && s[at-1:end] == g {
		c.PushInt(end + 1)
	} else {
		c.PushNil()
	}
	return 1
}
