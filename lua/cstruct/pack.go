package cstruct

import (
	"math"
	"slices"

	"github.com/heka-project/heka/lua"
)

// packer builds the bytes; its buffer is charged before it grows.
type packer struct {
	c *lua.Call
	b []byte
}

func (p *packer) room(n int) {
	c := p.c
	if need := len(p.b) + n; need > cap(p.b) {
		size := max(2*cap(p.b), need, 64)
		c.Alloc(size)
		p.b = append(make([]byte, 0, size), p.b...)
	}
}

func (p *packer) zeros(n int) {
	p.room(n)
	p.b = append(p.b, make([]byte, n)...)
}

// integer adds the lowest n bytes of x; those beyond 8 are zero.
func (p *packer) integer(x uint64, n int, big bool) {
	p.room(n)
	from := len(p.b)
	for range n {
		p.b = append(p.b, byte(x))
		x >>= 8
	}
	if big {
		slices.Reverse(p.b[from:])
	}
}

// text adds a string, n bytes of it or all when n is 0.
func (p *packer) text(arg, n int) {
	s := p.c.String(arg)
	if n == 0 {
		n = len(s)
	}
	if len(s) < n {
		p.c.ArgError(arg, "string too short")
	}
	p.c.Work(n)
	p.room(n)
	p.b = append(p.b, s[:n]...)
}

// toInteger converts as C does: numbers from 0 on to unsigned, others to signed.
func toInteger(f float64) uint64 {
	switch {
	case f != f:
		return 1 << 63
	case f < 0:
		if f < -0x1p63 {
			return 1 << 63
		}
		return uint64(int64(f))
	case f >= 0x1p64:
		return 0
	}
	return uint64(f)
}

func pack(c *lua.Call) int {
	f := newFormat(c)
	p := packer{c: c}
	arg := 2
	for {
		o, pad := f.next(len(p.b))
		if o.kind == 0 {
			break
		}
		p.zeros(pad)
		switch o.kind {
		case 'x':
			p.zeros(1)
			continue
		case 'f':
			p.integer(uint64(math.Float32bits(float32(c.Number(arg)))), 4, f.big)
		case 'd':
			p.integer(math.Float64bits(c.Number(arg)), 8, f.big)
		case 'c':
			p.text(arg, o.size)
		case 's':
			p.text(arg, 0)
			p.zeros(1)
		default:
			p.integer(toInteger(c.Number(arg)), o.size, f.big)
		}
		arg++
	}
	c.PushBytes(p.b)
	return 1
}
