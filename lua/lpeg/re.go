package lpeg

import (
	"strconv"
	"strings"

	"github.com/heka-project/heka/lua"
)

// reParser reads the notation of the module re and builds nodes. Its methods stop
// at what they do not understand; the caller tells where that was.
type reParser struct {
	c    *lua.Call
	l    *library
	text string
	i    int
	defs lua.Value
	in   bool // inside a grammar: names are rules
	deep int
	dry  *node // what stands for all nodes while only the notation is checked
}

// compileRe returns the pattern that text stands for. The text is read twice: errors
// of the notation come before those of what it means.
func compileRe(c *lua.Call, l *library, text string, defs lua.Value) *node {
	c.Work(16 * len(text))
	x := &reParser{c: c, l: l, text: text, defs: defs, dry: trueNode()}
	if x.exp(); x.i < len(text) {
		x.near(x.i)
	}
	x.i, x.dry = 0, nil
	return x.exp()
}

// build returns what f makes, once the notation was checked.
func (x *reParser) build(f func() *node) *node {
	if x.dry != nil {
		return x.dry
	}
	p := f()
	x.l.value(x.c, p) // charges it
	return p
}

func (x *reParser) fail(message string) {
	x.c.AllocString(len(message))
	x.c.Raise(lua.String(message))
}

// near raises the error of something not understood at i.
func (x *reParser) near(i int) {
	rest := x.text[i:]
	if len(rest) > 20 {
		rest = rest[:21] + "..."
		if i+21 > len(x.text) {
			rest = x.text[i:]
		}
	}
	x.fail("pattern error near '" + rest + "'")
}

// space passes white space and comments.
func (x *reParser) space() {
	for x.i < len(x.text) {
		switch c := x.text[x.i]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			x.i++
		case x.at("--"):
			for x.i < len(x.text) && x.text[x.i] != '\n' {
				x.i++
			}
		default:
			return
		}
	}
}

func (x *reParser) at(s string) bool { return strings.HasPrefix(x.text[x.i:], s) }

func (x *reParser) take(s string) bool {
	if x.at(s) {
		x.i += len(s)
		return true
	}
	return false
}

// name reads a name, or returns "".
func (x *reParser) name() string {
	i := x.i
	for i < len(x.text) {
		c := x.text[i]
		if c != '_' && c|0x20-'a' > 25 && (i == x.i || c-'0' > 9) {
			break
		}
		i++
	}
	s := x.text[x.i:i]
	x.i = i
	return s
}

// definition reads a name and an arrow, or returns "" and reads nothing.
func (x *reParser) definition() string {
	i := x.i
	if s := x.name(); s != "" {
		if x.space(); x.take("<-") {
			return s
		}
	}
	x.i = i
	return ""
}

// exp reads a grammar or a choice.
func (x *reParser) exp() *node {
	if x.deep++; x.deep > 180 {
		x.fail("pattern nested too deeply")
	}
	defer func() { x.deep-- }()
	x.space()
	if name := x.definition(); name != "" {
		return x.grammar(name)
	}
	p := x.seq()
	for x.take("/") {
		x.space()
		a, b := p, x.seq()
		p = x.build(func() *node { return choice(a, b) })
	}
	return p
}

func (x *reParser) grammar(name string) *node {
	outer := x.in
	x.in = true
	t := x.c.NewTable(1, 4)
	t.SetInt(1, x.l.str(x.c, name))
	for name != "" {
		body := x.exp()
		if x.dry == nil {
			key := x.l.str(x.c, name)
			if !t.Get(key).IsNil() {
				x.fail("'" + name + "' already defined as a rule")
			}
			t.Set(key, x.l.value(x.c, body))
		}
		name = x.definition()
	}
	x.in = outer
	return x.build(func() *node { return newGrammar(x.c, t) })
}

func (l *library) str(c *lua.Call, s string) lua.Value { return c.VM().NewString(s) }

// seq reads prefixes up to something that may follow them.
func (x *reParser) seq() *node {
	p := x.build(trueNode)
	for q := x.prefix(); q != nil; q = x.prefix() {
		a, b := p, q
		p = x.build(func() *node { return seq(a, b) })
	}
	if x.i < len(x.text) && !x.at("/") && !x.at(")") && !x.at("}") && !x.at(":}") && !x.at("~}") && !x.at("|}") {
		i := x.i
		if x.definition() == "" {
			x.near(i)
		}
		x.i = i
	}
	return p
}

// prefix reads one item of a sequence, or returns nil and reads nothing.
func (x *reParser) prefix() *node {
	i := x.i
	if !x.at("&") && !x.at("!") {
		return x.suffix()
	}
	if x.deep++; x.deep > 180 {
		x.fail("pattern nested too deeply")
	}
	defer func() { x.deep-- }()
	x.i++
	x.space()
	p := x.prefix()
	if p == nil {
		x.i = i
		return nil
	}
	if x.text[i] == '&' {
		return x.build(func() *node { return combine(opAnd, p, nil) })
	}
	return x.build(func() *node { return combine(opNot, p, nil) })
}

func (x *reParser) suffix() *node {
	p := x.primary()
	if p == nil {
		return nil
	}
	for {
		x.space()
		i := x.i
		q := x.suffixOf(p)
		if q == nil {
			x.i = i
			return p
		}
		p = q
	}
}

func (x *reParser) suffixOf(p *node) *node {
	power := func(n int) *node { return x.build(func() *node { return power(x.c, p, n) }) }
	divide := func(v func() lua.Value) *node { return x.build(func() *node { return divide(x.c, p, v()) }) }
	switch {
	case x.take("+"):
		return power(1)
	case x.take("*"):
		return power(0)
	case x.take("?"):
		return power(-1)
	case x.take("^"):
		return x.times(p)
	case x.take("->"):
		x.space()
		if s, ok := x.literal(); ok {
			return divide(func() lua.Value { return x.l.str(x.c, s) })
		}
		if n := x.digits(); n != "" {
			f, _ := lua.String(n).ToNumber()
			return divide(func() lua.Value { return lua.Number(f) })
		}
		if x.take("{}") {
			return x.build(func() *node { return capture(capTable, p, lua.Nil) })
		}
		if name := x.name(); name != "" {
			return divide(func() lua.Value { return x.defined(name) })
		}
	case x.take("=>"), x.at("~>"):
		fold := x.take("~>")
		x.space()
		name := x.name()
		if name == "" {
			return nil
		}
		return x.build(func() *node { return x.apply(p, name, fold) })
	}
	return nil
}

// apply is p => name, or p ~> name.
func (x *reParser) apply(p *node, name string, fold bool) *node {
	f := x.defined(name)
	what := "Cmt"
	if fold {
		what = "Cf"
	}
	if !f.IsFunction() {
		x.fail("bad argument #2 to '" + what + "' (function expected, got " + f.Type().String() + ")")
	}
	if fold {
		return capture(capFold, p, f)
	}
	return runtimeNode(p, f)
}

// times reads what stands after ^.
func (x *reParser) times(p *node) *node {
	sign := ""
	if x.at("+") || x.at("-") {
		sign = x.text[x.i : x.i+1]
		x.i++
	}
	digits := x.digits()
	if digits == "" {
		return nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		n = maxSize + 1
	}
	return x.build(func() *node {
		switch {
		case sign == "-" && n > 0:
			return power(x.c, p, -n)
		case sign != "":
			return power(x.c, p, n)
		case n > maxSize:
			x.fail("pattern too big")
		case n == 0:
			return trueNode()
		}
		return repeat(p, n, n)
	})
}

func (x *reParser) digits() string {
	i := x.i
	for x.i < len(x.text) && x.text[x.i]-'0' <= 9 {
		x.i++
	}
	return x.text[i:x.i]
}

// defined returns the value of a name in the definitions given to compile.
func (x *reParser) defined(name string) lua.Value {
	v := lua.Nil
	if x.defs.Truth() {
		v = x.c.Index(x.defs, lua.String(name))
	}
	if !v.Truth() {
		x.fail("undefined name: " + name)
	}
	return v
}

// literal reads a quoted string.
func (x *reParser) literal() (string, bool) {
	if !x.at("'") && !x.at(`"`) {
		return "", false
	}
	n := strings.IndexByte(x.text[x.i+1:], x.text[x.i])
	if n < 0 {
		return "", false
	}
	s := x.text[x.i+1 : x.i+1+n]
	x.i += n + 2
	return s, true
}
