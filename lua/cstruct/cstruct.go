// Package cstruct is Roberto Ierusalimschy's library struct 0.2 for the Lua of
// package lua: numbers and strings to the bytes of a C structure and back.
//
//	< > =   little, big, native (little) order      b B  char         f  float
//	!n      align to at most n, 8 when not given    h H  short, 2     d  double
//	x       one byte of padding                     l L  long, 8      s  text and a zero
//	blank   nothing                                 i I  int, n or 4  cn n bytes
//	                                                T    size_t, 8    c0 all, or as many as
//	                                                                  the number before says
package cstruct

import (
	"math"
	"strings"

	"github.com/heka-project/heka/lua"
)

// Open gives the module struct to require in vm.
func Open(vm *lua.VM) { vm.Preload("struct", true, open) }

func open(c *lua.Call) int {
	t := c.NewTable(0, 4)
	c.VM().Register(t,
		lua.Entry{Name: "pack", Fn: pack},
		lua.Entry{Name: "unpack", Fn: unpack},
		lua.Entry{Name: "size", Fn: size},
	)
	c.Push(t.Value())
	return 1
}

const (
	maxAlign = 8
	maxInt   = 32 // bytes of an integer
)

// format reads a format, option by option.
type format struct {
	c     *lua.Call
	text  string
	i     int
	big   bool
	align int
}

func newFormat(c *lua.Call) format {
	f := format{c: c, text: c.String(1), align: 1}
	// A format ends at its first zero byte, as in C.
	if i := strings.IndexByte(f.text, 0); i >= 0 {
		f.text = f.text[:i]
	}
	return f
}

// option is one option that stands for data.
type option struct {
	kind byte
	size int // bytes, 0 where they vary
}

// next returns the next option and the padding before it at offset total; kind is 0
// at the end.
func (f *format) next(total int) (o option, pad int) {
	for f.i < len(f.text) {
		f.c.Charge(1)
		k := f.text[f.i]
		f.i++
		if o, ok := f.option(k); ok {
			return o, f.padding(o, total)
		}
		f.control(k)
	}
	return option{}, 0
}

func (f *format) option(k byte) (option, bool) {
	switch k {
	case 'b', 'B', 'x':
		return option{k, 1}, true
	case 'h', 'H':
		return option{k, 2}, true
	case 'l', 'L', 'T', 'd':
		return option{k, 8}, true
	case 'f':
		return option{k, 4}, true
	case 's':
		return option{k, 0}, true
	case 'c':
		return option{k, f.number(1)}, true
	case 'i', 'I':
		n := f.number(4)
		if n > maxInt {
			f.c.Errorf("integral size %d is larger than limit of %d", n, maxInt)
		}
		return option{k, n}, true
	}
	return option{}, false
}

func (f *format) control(k byte) {
	switch k {
	case ' ':
	case '>':
		f.big = true
	case '<', '=':
		f.big = false
	case '!':
		n := f.number(maxAlign)
		if n <= 0 || n&(n-1) != 0 {
			f.c.Errorf("alignment %d is not a power of 2", n)
		}
		f.align = n
	default:
		f.c.ArgError(1, "invalid format option '"+string([]byte{k})+"'")
	}
}

// number reads the digits that may follow an option.
func (f *format) number(def int) int {
	if f.i >= len(f.text) || f.text[f.i]-'0' > 9 {
		return def
	}
	n := 0
	for f.i < len(f.text) && f.text[f.i]-'0' <= 9 {
		if n = n*10 + int(f.text[f.i]-'0'); n > math.MaxInt32 {
			f.c.Errorf("integral size overflow")
		}
		f.i++
	}
	return n
}

// padding returns the bytes that align o at offset total.
func (f *format) padding(o option, total int) int {
	if o.size == 0 || o.kind == 'c' {
		return 0
	}
	n := min(o.size, f.align)
	if n <= 1 {
		return 0
	}
	return (n - total&(n-1)) & (n - 1)
}

func size(c *lua.Call) int {
	f := newFormat(c)
	total := 0
	for {
		o, pad := f.next(total)
		switch {
		case o.kind == 0:
			c.PushInt(total)
			return 1
		case o.kind == 's':
			c.ArgError(1, "option 's' has no fixed size")
		case o.kind == 'c' && o.size == 0:
			c.ArgError(1, "option 'c0' has no fixed size")
		}
		total += pad + o.size
	}
}
