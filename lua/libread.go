package lua

import (
	"bufio"
	"errors"
	"io"
	"syscall"

	"github.com/heka-project/heka/lua/syntax"
)

func ioRead(c *Call) int   { return c.read(c.standardFile("io.input"), 1) }
func fileRead(c *Call) int { return c.read(c.file(1), 2) }

// read reads what the formats from argument from on ask for, up to the first that
// fails.
func (c *Call) read(f *luaFile, from int) int {
	if f.r == nil {
		return c.fileResult(syscall.EBADF, "")
	}
	if f.w != nil {
		f.w.Flush()
	}
	if c.n < from {
		c.Push(c.readLine(f))
		return 1
	}
	n := 0
	for i := from; i <= c.n; i++ {
		v := c.readFormat(f, i)
		c.Push(v)
		n++
		if v.IsNil() {
			break
		}
	}
	return n
}

func (c *Call) readFormat(f *luaFile, i int) Value {
	if v := c.Arg(i); v.IsNumber() {
		return c.readBytes(f, c.Int(i))
	}
	format := c.String(i)
	if len(format) < 2 || format[0] != '*' {
		c.ArgError(i, "invalid option")
	}
	switch format[1] {
	case 'n':
		return c.readNumber(f)
	case 'l':
		return c.readLine(f)
	case 'a':
		return c.readAll(f)
	}
	c.ArgError(i, "invalid format")
	return Nil
}

// readLine reads a line without its end, or nil at the end of the file. Long
// lines are charged piece by piece.
func (c *Call) readLine(f *luaFile) Value {
	if f.r == nil {
		return Nil
	}
	var b []byte
	for {
		part, err := f.r.ReadSlice('\n')
		c.vm.charge(int64(len(part)) >> 6)
		if b != nil || err != nil {
			c.Alloc(len(part))
			b = append(b, part...)
			part = b
		}
		if err == nil {
			return c.vm.copyString(string(part[:len(part)-1]))
		}
		if len(part) == 0 {
			return Nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return c.vm.copyString(string(part))
		}
	}
}

func (c *Call) readAll(f *luaFile) Value {
	var b []byte
	for {
		if len(b) == cap(b) {
			size := max(2*cap(b), 1024)
			c.Alloc(size)
			b = append(make([]byte, 0, size), b...)
		}
		n, err := f.r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		c.vm.charge(int64(n)>>6 + 1)
		if err != nil {
			return c.vm.copyString(string(b))
		}
	}
}

func (c *Call) readBytes(f *luaFile, n int) Value {
	if n <= 0 {
		if _, err := f.r.Peek(1); err != nil {
			return Nil
		}
		return String("")
	}
	var b []byte
	for len(b) < n {
		size := min(n-len(b), max(len(b), 4096))
		c.AllocString(size)
		c.vm.charge(int64(size) >> 6)
		part := make([]byte, size)
		got, err := io.ReadFull(f.r, part)
		b = append(b, part[:got]...)
		if err != nil {
			break
		}
	}
	if len(b) == 0 {
		return Nil
	}
	return stringOf(b)
}

// readNumber reads the longest text that could begin a number, as scanf does, and
// gives nil when it is none.
func (c *Call) readNumber(f *luaFile) Value {
	var text []byte
	peek := func() byte {
		c.vm.charge(1)
		b, err := f.r.Peek(1)
		if err != nil || len(text) > 200 {
			return 0
		}
		return b[0]
	}
	take := func() {
		b, _ := f.r.ReadByte()
		text = append(text, b)
	}
	for isSpace(peek()) {
		f.r.Discard(1)
	}
	if ch := peek(); ch == '-' || ch == '+' {
		take()
	}
	isDigit, exponent := func(b byte) bool { return b-'0' <= 9 }, byte('e')
	if peek() == '0' {
		if take(); peek()|0x20 == 'x' {
			take()
			isDigit, exponent = isHex, 'p'
		}
	}
	for isDigit(peek()) {
		take()
	}
	if peek() == '.' {
		for take(); isDigit(peek()); {
			take()
		}
	}
	if peek()|0x20 == exponent && len(text) > 0 {
		if take(); peek() == '-' || peek() == '+' {
			take()
		}
		for ch := peek(); ch-'0' <= 9; ch = peek() {
			take()
		}
	}
	if n, ok := syntax.Number(string(text)); ok {
		return Number(n)
	}
	return Nil
}
