package lua

import "strings"

var stringEntries = []entry{
	{name: "byte", fn: strByte, in: inAll},
	{name: "char", fn: strChar, in: inAll},
	{name: "dump", fn: strDump, in: inFull},
	{name: "find", fn: strFind, in: inAll},
	{name: "format", fn: strFormat, in: inAll},
	{name: "gfind", fn: strGmatch, in: inAll},
	{name: "gmatch", fn: strGmatch, in: inAll},
	{name: "gsub", fn: strGsub, in: inAll},
	{name: "len", fn: strLen, in: inAll},
	{name: "lower", fn: strLower, in: inAll},
	{name: "match", fn: strMatch, in: inAll},
	{name: "rep", fn: strRep, in: inAll},
	{name: "reverse", fn: strReverse, in: inAll},
	{name: "sub", fn: strSub, in: inAll},
	{name: "upper", fn: strUpper, in: inAll},
}

// openString makes the table the methods of strings: each VM has a metatable for
// them of its own.
func openString(vm *VM, t *Table) {
	m := vm.newTable(0, 1)
	m.SetString("__index", tableValue(t))
	vm.metas[TypeString] = m
}

// methodsOfString gives strings their methods where the script has not required
// string yet: the table is the one that require will return.
func (vm *VM) methodsOfString() {
	t := vm.newTable(0, len(stringEntries))
	vm.addEntries(t, stringEntries)
	vm.strings = t
	openString(vm, t)
}

func strLen(c *Call) int {
	c.PushInt(len(c.String(1)))
	return 1
}

func strSub(c *Call) int {
	s := c.String(1)
	i, j := relative(c.Int(2), len(s)), relative(c.OptInt(3, -1), len(s))
	i, j = max(i, 1), min(j, len(s))
	switch {
	case i > j:
		c.Push(String(""))
	case i == 1 && j == len(s):
		c.Push(String(s))
	default:
		c.vm.charge(int64(j-i) >> 6)
		c.PushCopy(s[i-1 : j])
	}
	return 1
}

func strByte(c *Call) int {
	s := c.String(1)
	i := relative(c.OptInt(2, 1), len(s))
	j := relative(c.OptInt(3, i), len(s))
	i, j = max(i, 1), min(j, len(s))
	n := j - i + 1
	if n <= 0 {
		return 0
	}
	if n > maxGoValues-c.n {
		c.Errorf("string slice too long")
	}
	for ; i <= j; i++ {
		c.Push(Int(int(s[i-1])))
	}
	return n
}

func strChar(c *Call) int {
	if c.n == 1 {
		if n := c.int32(1); uint(n) < 256 {
			c.Push(String(oneByte[n : n+1]))
			return 1
		}
	}
	c.AllocString(c.n)
	b := make([]byte, c.n)
	for i := range b {
		n := c.int32(i + 1)
		if uint(n) > 255 {
			c.ArgError(i+1, "invalid value")
		}
		b[i] = byte(n)
	}
	c.Push(stringOf(b))
	return 1
}

func strDump(c *Call) int {
	c.Func(1)
	c.Errorf("unable to dump given function")
	return 0
}

func strRep(c *Call) int {
	s, n := c.String(1), c.int32(2)
	if n <= 0 || s == "" {
		c.Push(String(""))
		return 1
	}
	size := int64(n) * int64(len(s))
	c.vm.alloc(size + size>>4) // what never fits is out of memory, not out of instructions
	c.vm.charge(size >> 6)
	if size > maxString {
		c.Raise(String("not enough memory"))
	}
	c.Push(String(strings.Repeat(s, n)))
	return 1
}

// maxString is the longest string that is made, whatever the limits.
const maxString = 1<<31 - 1

func strReverse(c *Call) int {
	s := c.String(1)
	c.Work(len(s))
	c.AllocString(len(s))
	b := make([]byte, len(s))
	for i := range b {
		b[i] = s[len(s)-1-i]
	}
	c.Push(stringOf(b))
	return 1
}

func strLower(c *Call) int { return c.mapBytes('A', 'Z') }
func strUpper(c *Call) int { return c.mapBytes('a', 'z') }

// mapBytes changes the case of the letters lo to hi, and of no other byte.
func (c *Call) mapBytes(lo, hi byte) int {
	s := c.String(1)
	c.vm.charge(int64(len(s)) >> 6)
	i := 0
	for i < len(s) && (s[i] < lo || s[i] > hi) {
		i++
	}
	if i == len(s) {
		c.Push(String(s))
		return 1
	}
	c.AllocString(len(s))
	b := make([]byte, len(s))
	copy(b, s[:i])
	for ; i < len(s); i++ {
		x := s[i]
		if x >= lo && x <= hi {
			x ^= 0x20
		}
		b[i] = x
	}
	c.Push(stringOf(b))
	return 1
}
