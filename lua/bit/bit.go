// Package bit is the bit library of BitOp 1.0 for the Lua of package lua: operations
// on 32 bits. A number stands for its value modulo 2^32, rounded to even where it
// has a fraction; results are between -2^31 and 2^31-1.
package bit

import (
	"math"
	"math/bits"

	"github.com/heka-project/heka/lua"
)

// Open gives the module bit to require in vm.
func Open(vm *lua.VM) { vm.Preload("bit", true, open) }

func open(c *lua.Call) int {
	t := c.NewTable(0, 16)
	c.VM().Register(t,
		lua.Entry{Name: "tobit", Fn: unary(func(x uint32) uint32 { return x })},
		lua.Entry{Name: "bnot", Fn: unary(func(x uint32) uint32 { return ^x })},
		lua.Entry{Name: "bswap", Fn: unary(bits.ReverseBytes32)},
		lua.Entry{Name: "band", Fn: fold(func(x, y uint32) uint32 { return x & y })},
		lua.Entry{Name: "bor", Fn: fold(func(x, y uint32) uint32 { return x | y })},
		lua.Entry{Name: "bxor", Fn: fold(func(x, y uint32) uint32 { return x ^ y })},
		lua.Entry{Name: "lshift", Fn: shift(func(x, n uint32) uint32 { return x << n })},
		lua.Entry{Name: "rshift", Fn: shift(func(x, n uint32) uint32 { return x >> n })},
		lua.Entry{Name: "arshift", Fn: shift(func(x, n uint32) uint32 { return uint32(int32(x) >> n) })},
		lua.Entry{Name: "rol", Fn: shift(func(x, n uint32) uint32 { return bits.RotateLeft32(x, int(n)) })},
		lua.Entry{Name: "ror", Fn: shift(func(x, n uint32) uint32 { return bits.RotateLeft32(x, -int(n)) })},
		lua.Entry{Name: "tohex", Fn: tohex},
	)
	c.Push(t.Value())
	return 1
}

// magic is 2^52 + 2^51: a double that has it added keeps its integer in the lowest
// bits.
const magic = 0x1.8p52

// arg returns argument i as 32 bits.
func arg(c *lua.Call, i int) uint32 { return uint32(math.Float64bits(c.Number(i) + magic)) }

func result(c *lua.Call, x uint32) int {
	c.PushInt(int(int32(x)))
	return 1
}

func unary(f func(x uint32) uint32) lua.Func {
	return func(c *lua.Call) int { return result(c, f(arg(c, 1))) }
}

func fold(f func(x, y uint32) uint32) lua.Func {
	return func(c *lua.Call) int {
		x := arg(c, 1)
		c.Work(c.Len())
		for i := 2; i <= c.Len(); i++ {
			x = f(x, arg(c, i))
		}
		return result(c, x)
	}
}

// shift makes the function of a shift; of the count five bits matter.
func shift(f func(x, n uint32) uint32) lua.Func {
	return func(c *lua.Call) int {
		x := arg(c, 1)
		return result(c, f(x, arg(c, 2)&31))
	}
}

// tohex gives the last n digits, 8 unless said otherwise; upper case when n is
// negative.
func tohex(c *lua.Call) int {
	x, n := arg(c, 1), int32(8)
	if c.Len() > 1 {
		n = int32(arg(c, 2))
	}
	digits := "0123456789abcdef"
	if n < 0 {
		n, digits = -n, "0123456789ABCDEF"
	}
	if n > 8 || n < 0 {
		n = 8
	}
	var b [8]byte
	for i := n - 1; i >= 0; i-- {
		b[i] = digits[x&15]
		x >>= 4
	}
	c.PushBytes(b[:n])
	return 1
}
