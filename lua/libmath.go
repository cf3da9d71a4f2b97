package lua

import (
	"math"

	"github.com/heka-project/heka/lua/syntax"
)

var mathEntries = []entry{
	{name: "abs", fn: mathAbs, in: inAll},
	{name: "acos", fn: math1(acos), in: inAll},
	{name: "asin", fn: math1(asin), in: inAll},
	{name: "atan", fn: math1(math.Atan), in: inAll},
	{name: "atan2", fn: mathAtan2, in: inAll},
	{name: "ceil", fn: mathCeil, in: inAll},
	{name: "cos", fn: math1(math.Cos), in: inAll},
	{name: "cosh", fn: math1(math.Cosh), in: inAll},
	{name: "deg", fn: mathDeg, in: inAll},
	{name: "erf", fn: math1(math.Erf), in: inSandbox | inIO},
	{name: "erfc", fn: math1(math.Erfc), in: inSandbox | inIO},
	{name: "exp", fn: math1(math.Exp), in: inAll},
	{name: "floor", fn: mathFloor, in: inAll},
	{name: "fmod", fn: mathFmod, in: inAll},
	{name: "frexp", fn: mathFrexp, in: inAll},
	{name: "ldexp", fn: mathLdexp, in: inAll},
	{name: "log", fn: math1(math.Log), in: inAll},
	{name: "log10", fn: math1(math.Log10), in: inAll},
	{name: "max", fn: mathMax, in: inAll},
	{name: "min", fn: mathMin, in: inAll},
	{name: "modf", fn: mathModf, in: inAll},
	{name: "pow", fn: mathPow, in: inAll},
	{name: "rad", fn: mathRad, in: inAll},
	{name: "random", fn: mathRandom, in: inAll},
	{name: "randomseed", fn: mathRandomseed, in: inAll},
	{name: "sin", fn: math1(math.Sin), in: inAll},
	{name: "sinh", fn: math1(math.Sinh), in: inAll},
	{name: "sqrt", fn: mathSqrt, in: inAll},
	{name: "tan", fn: math1(math.Tan), in: inAll},
	{name: "tanh", fn: math1(math.Tanh), in: inAll},
}

func openMath(vm *VM, t *Table) {
	t.SetString("pi", Number(math.Pi))
	t.SetString("huge", Number(math.Inf(1)))
	t.SetString("mod", t.GetString("fmod"))
	vm.random.seed(1)
}

// math1 makes a Lua function of a function of one number.
func math1(f func(float64) float64) Func {
	return func(c *Call) int {
		x := c.Number(1)
		r := f(x)
		switch {
		case x != x:
			r = x
		case r != r && math.Float64bits(r) != nanBits:
			r = canonical(r)
		}
		c.Push(number(r))
		return 1
	}
}

// acos and asin give, for what is no sine, the NaN of C: one without a sign. That
// of the other functions has one.
func acos(x float64) float64 { return outside(x, math.Acos) }
func asin(x float64) float64 { return outside(x, math.Asin) }

func outside(x float64, f func(float64) float64) float64 {
	if x < -1 || x > 1 {
		return math.Float64frombits(nanBits)
	}
	return f(x)
}

func mathAbs(c *Call) int {
	c.Push(number(math.Abs(c.Number(1))))
	return 1
}

func mathFloor(c *Call) int {
	c.Push(number(math.Floor(c.Number(1))))
	return 1
}

func mathCeil(c *Call) int {
	c.Push(number(math.Ceil(c.Number(1))))
	return 1
}

func mathSqrt(c *Call) int {
	c.Push(number(math.Sqrt(c.Number(1))))
	return 1
}

func mathAtan2(c *Call) int {
	c.PushNumber(math.Atan2(c.Number(1), c.Number(2)))
	return 1
}

func mathDeg(c *Call) int {
	c.Push(number(c.Number(1) / (math.Pi / 180)))
	return 1
}

func mathRad(c *Call) int {
	c.Push(number(c.Number(1) * (math.Pi / 180)))
	return 1
}

func mathPow(c *Call) int {
	c.Push(number(syntax.Power(c.Number(1), c.Number(2))))
	return 1
}

func mathFmod(c *Call) int {
	x, y := c.Number(1), c.Number(2)
	c.Push(number(canonical(math.Mod(x, y))))
	return 1
}

func mathModf(c *Call) int {
	x := c.Number(1)
	whole := math.Trunc(x)
	part := x - whole
	switch {
	case math.IsInf(x, 0):
		part = math.Copysign(0, x)
	case x != x:
		whole, part = x, x
	default:
		part = math.Copysign(part, x)
	}
	c.Push(number(whole))
	c.Push(number(part))
	return 2
}

func mathFrexp(c *Call) int {
	f, e := math.Frexp(c.Number(1))
	c.PushNumber(f)
	c.PushInt(e)
	return 2
}

func mathLdexp(c *Call) int {
	c.PushNumber(math.Ldexp(c.Number(1), c.int32(2)))
	return 1
}

func mathMax(c *Call) int {
	best := c.Number(1)
	for i := 2; i <= c.n; i++ {
		if x := c.Number(i); x > best {
			best = x
		}
	}
	c.Push(number(best))
	return 1
}

func mathMin(c *Call) int {
	best := c.Number(1)
	for i := 2; i <= c.n; i++ {
		if x := c.Number(i); x < best {
			best = x
		}
	}
	c.Push(number(best))
	return 1
}

func mathRandom(c *Call) int {
	r := c.vm.random.float()
	switch c.n {
	case 0:
		c.Push(number(r))
		return 1
	case 1:
		hi := c.int32(1)
		if hi < 1 {
			c.ArgError(1, "interval is empty")
		}
		c.Push(number(math.Floor(r*float64(hi)) + 1))
		return 1
	case 2:
		lo, hi := c.int32(1), c.int32(2)
		if lo > hi {
			c.ArgError(2, "interval is empty")
		}
		c.Push(number(math.Floor(r*float64(hi-lo+1)) + float64(lo)))
		return 1
	}
	c.Errorf("wrong number of arguments")
	return 0
}

func mathRandomseed(c *Call) int {
	c.vm.random.seed(uint64(int64(c.Int(1))))
	return 0
}

// rng is the generator of math.random: splitmix64, one for each VM.
type rng uint64

func (r *rng) seed(n uint64) { *r = rng(n) }

// float returns a number of [0, 1).
func (r *rng) float() float64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) / (1 << 53)
}
