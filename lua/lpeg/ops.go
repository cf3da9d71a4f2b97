package lpeg

import (
	"math"

	"github.com/heka-project/heka/lua"
)

func (l *library) mul(c *lua.Call) int { return l.push(c, seq(l.pattern(c, 1), l.pattern(c, 2))) }
func (l *library) add(c *lua.Call) int { return l.push(c, choice(l.pattern(c, 1), l.pattern(c, 2))) }
func (l *library) sub(c *lua.Call) int { return l.push(c, except(l.pattern(c, 1), l.pattern(c, 2))) }
func (l *library) unm(c *lua.Call) int { return l.push(c, combine(opNot, l.pattern(c, 1), nil)) }
func (l *library) and(c *lua.Call) int { return l.push(c, combine(opAnd, l.pattern(c, 1), nil)) }

func (l *library) pow(c *lua.Call) int {
	p := l.pattern(c, 1)
	return l.push(c, power(c, p, c.Int(2)))
}

// power is p^n: n times or more, or -n times at most.
func power(c *lua.Call, p *node, n int) *node {
	if n > maxSize || n < -maxSize {
		c.Errorf("pattern too big")
	}
	if n < 0 {
		return repeat(p, 0, -n)
	}
	if p.nullable() {
		c.Errorf("loop body may accept empty string")
	}
	return repeat(p, n, -1)
}

func (l *library) div(c *lua.Call) int {
	p := l.pattern(c, 1)
	return l.push(c, divide(c, p, c.Arg(2)))
}

// divide is p / v.
func divide(c *lua.Call, p *node, v lua.Value) *node {
	switch v.Type() {
	case lua.TypeFunction:
		if c.VM().IsToNumber(v) {
			return capture(capToNumber, p, v)
		}
		return capture(capFunction, p, v)
	case lua.TypeTable:
		return capture(capQuery, p, v)
	case lua.TypeString:
		return capture(capString, p, v)
	case lua.TypeNumber:
		n := v.Num()
		if !(n > -1 && n <= math.MaxInt16) {
			c.ArgError(1, "invalid number")
		}
		q := capture(capNum, p, lua.Nil)
		q.n = int32(n)
		return q
	}
	c.ArgError(2, "invalid replacement value")
	return nil
}

// plain returns the function of a capture without a value.
func (l *library) plain(kind capKind) lua.Func {
	return func(c *lua.Call) int { return l.push(c, capture(kind, l.pattern(c, 1), lua.Nil)) }
}

func (l *library) cp(c *lua.Call) int { return l.push(c, capture(capPosition, l.empty, lua.Nil)) }

func (l *library) cc(c *lua.Call) int {
	n := c.Len()
	if n == 0 {
		return l.push(c, trueNode())
	}
	p := capture(capConst, l.empty, c.Arg(1))
	if n == 1 {
		return l.push(c, p)
	}
	c.Alloc(3 * n * nodeBytes)
	for i := 2; i <= n; i++ {
		p = seq(p, capture(capConst, l.empty, c.Arg(i)))
	}
	return l.push(c, capture(capGroup, p, lua.Nil))
}

func (l *library) cb(c *lua.Call) int {
	return l.push(c, capture(capBackref, l.empty, c.Any(1)))
}

func (l *library) cg(c *lua.Call) int {
	return l.push(c, capture(capGroup, l.pattern(c, 1), c.Arg(2)))
}

func (l *library) cf(c *lua.Call) int {
	f := c.Func(2)
	return l.push(c, capture(capFold, l.pattern(c, 1), f))
}

func (l *library) carg(c *lua.Call) int {
	n := c.Int(1)
	if n <= 0 || n > math.MaxInt16 {
		c.ArgError(1, "invalid argument index")
	}
	p := capture(capArg, l.empty, lua.Nil)
	p.n = int32(n)
	return l.push(c, p)
}

func (l *library) cmt(c *lua.Call) int {
	f := c.Func(2)
	return l.push(c, runtimeNode(l.pattern(c, 1), f))
}

func runtimeNode(p *node, f lua.Value) *node {
	q := combine(opRuntime, p, nil)
	q.val, q.hasCap = f, true
	q.values++
	return q
}
