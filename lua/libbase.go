package lua

import "math"

var baseEntries = []entry{
	{name: "assert", fn: baseAssert, in: inAll},
	{name: "collectgarbage", fn: baseCollect, in: inFull | inIO},
	{name: "dofile", fn: baseDofile, in: inFull},
	{name: "error", fn: baseError, in: inAll},
	{name: "gcinfo", fn: baseGcinfo, in: inFull},
	{name: "getfenv", fn: baseGetfenv, in: inAll},
	{name: "getmetatable", fn: baseGetmetatable, in: inAll},
	{name: "ipairs", fn: baseIpairs, in: inAll},
	{name: "load", fn: baseLoad, in: inFull},
	{name: "loadfile", fn: baseLoadfile, in: inFull},
	{name: "loadstring", fn: baseLoadstring, in: inFull},
	{name: "module", fn: baseModule, in: inAll},
	{name: "newproxy", fn: baseNewproxy, in: inFull | inIO},
	{name: "next", fn: baseNext, in: inAll},
	{name: "pairs", fn: basePairs, in: inAll},
	{name: "pcall", fn: basePcall, in: inAll},
	{name: "print", fn: basePrint, in: inFull},
	{name: "rawequal", fn: baseRawequal, in: inAll},
	{name: "rawget", fn: baseRawget, in: inAll},
	{name: "rawset", fn: baseRawset, in: inAll},
	{name: "require", fn: baseRequire, in: inAll},
	{name: "select", fn: baseSelect, in: inAll},
	{name: "setfenv", fn: baseSetfenv, in: inAll},
	{name: "setmetatable", fn: baseSetmetatable, in: inAll},
	{name: "tonumber", fn: baseTonumber, in: inAll},
	{name: "tostring", fn: baseTostring, in: inAll},
	{name: "type", fn: baseType, in: inAll},
	{name: "unpack", fn: baseUnpack, in: inAll},
	{name: "xpcall", fn: baseXpcall, in: inAll},
}

func openBase(vm *VM, t *Table) {
	t.SetString("_G", tableValue(t))
	t.SetString("_VERSION", String("Lua 5.1"))
	vm.nextFn = t.GetString("next").goFunc()
	vm.toNumFn = t.GetString("tonumber").goFunc()
	vm.ipairsFn = vm.NewFunction("ipairs", ipairsStep).goFunc()
}

func baseAssert(c *Call) int {
	c.Any(1)
	if !c.Bool(1) {
		c.Errorf("%s", c.OptString(2, "assertion failed!"))
	}
	return c.n // the arguments are on top
}

func baseError(c *Call) int {
	level := c.optInt32(2, 1)
	v := c.Arg(1)
	if s, ok := v.ToString(); ok && level > 0 {
		v = c.vm.copyString((*thread)(c).where(level) + s)
	}
	c.Raise(v)
	return 0
}

func baseType(c *Call) int {
	t := c.Any(1).Type()
	c.Push(typeValues[t])
	return 1
}

// typeValues are the names of types, always the same strings.
var typeValues = func() (t [len(typeNames)]Value) {
	for i, s := range typeNames {
		t[i] = String(s)
	}
	return t
}()

func baseTostring(c *Call) int {
	v := c.Any(1)
	c.Push(c.Text(v))
	return 1
}

func baseTonumber(c *Call) int {
	base := c.optInt32(2, 10)
	if base == 10 {
		if f, ok := c.vm.toNumber(c.Any(1)); ok {
			c.Push(Number(f))
			return 1
		}
		c.PushNil()
		return 1
	}
	s := c.String(1)
	if base < 2 || base > 36 {
		c.ArgError(2, "base out of range")
	}
	c.Work(len(s))
	if f, ok := parseUnsigned(s, base); ok {
		c.PushNumber(f)
	} else {
		c.PushNil()
	}
	return 1
}

// parseUnsigned converts as C's strtoul does, blanks around the digits allowed: a
// minus wraps around, and what is too large becomes the largest.
func parseUnsigned(s string, base int) (float64, bool) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	neg := false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	if base == 16 && i+2 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' && isHex(s[i+2]) {
		i += 2
	}
	start := i
	var n uint64
	over := false
	for ; i < len(s); i++ {
		d := digit(s[i])
		if d >= base {
			break
		}
		if n > (math.MaxUint64-uint64(d))/uint64(base) {
			over = true
		}
		n = n*uint64(base) + uint64(d)
	}
	if i == start {
		return 0, false
	}
	if over {
		n = math.MaxUint64
	} else if neg {
		n = -n
	}
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return float64(n), i == len(s) || s[i] == 0
}

// digit is the value of a digit or letter, or a large number.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return 99
}

func baseSelect(c *Call) int {
	if v := c.Arg(1); v.IsString() && v.str() != "" && v.str()[0] == '#' {
		c.PushInt(c.n - 1)
		return 1
	}
	n := c.int32(1)
	if n < 0 {
		n += c.n
	} else if n > c.n {
		n = c.n
	}
	if n < 1 {
		c.ArgError(1, "index out of range")
	}
	return c.n - n
}

func baseUnpack(c *Call) int {
	t := c.Table(1)
	i, j := c.optInt32(2, 1), 0
	if c.Arg(3).IsNil() {
		j = t.Len()
	} else {
		j = c.int32(3)
	}
	if i > j {
		return 0
	}
	n := j - i + 1
	if n <= 0 || n > maxGoValues-c.n {
		c.Errorf("too many results to unpack")
	}
	c.Charge(int64(n) / 8)
	th := (*thread)(c)
	th.ensure(th.top, n)
	for at := i; at <= j; at++ {
		th.stack[th.top] = t.GetInt(at)
		th.top++
	}
	return n
}

func baseRawequal(c *Call) int {
	c.Any(1)
	c.Any(2)
	if v := c.Arg(1); v.IsString() {
		c.Work(len(v.str()) >> 1)
	}
	c.PushBool(RawEqual(c.Arg(1), c.Arg(2)))
	return 1
}

func baseRawget(c *Call) int {
	t := c.Table(1)
	c.Push(t.Get(c.Any(2)))
	return 1
}

func baseRawset(c *Call) int {
	t := c.Table(1)
	c.Any(2)
	c.Any(3)
	t.Set(c.Arg(2), c.Arg(3))
	c.Push(c.Arg(1))
	return 1
}

func baseGetmetatable(c *Call) int {
	m := c.vm.metatable(c.Any(1))
	switch {
	case m == nil:
		c.PushNil()
	case m.event(eventMetatable).bits != tagNil:
		c.Push(m.event(eventMetatable))
	default:
		c.Push(tableValue(m))
	}
	return 1
}

func baseSetmetatable(c *Call) int {
	t := c.Table(1)
	m := c.Arg(2)
	if m.bits != tagTable && (m.bits != tagNil || c.n < 2) {
		c.ArgError(2, "nil or table expected")
	}
	if t.meta != nil && t.meta.event(eventMetatable).bits != tagNil {
		c.Errorf("cannot change a protected metatable")
	}
	t.SetMeta(m.Table())
	c.Push(c.Arg(1))
	return 1
}

func baseNext(c *Call) int {
	t := c.Table(1)
	k, v, ok := t.Next(c.Arg(2))
	if !ok {
		(*thread)(c).errorf("invalid key to 'next'")
	}
	if c.Push(k); k.bits == tagNil {
		return 1
	}
	c.Push(v)
	return 2
}

func basePairs(c *Call) int {
	c.Table(1)
	c.Push(goValue(c.vm.nextFn))
	c.Push(c.Arg(1))
	c.PushNil()
	return 3
}

func baseIpairs(c *Call) int {
	c.Table(1)
	c.Push(goValue(c.vm.ipairsFn))
	c.Push(c.Arg(1))
	c.PushInt(0)
	return 3
}

// ipairsStep is the iterator of ipairs.
func ipairsStep(c *Call) int {
	i := c.Int(2) + 1
	t := c.Table(1)
	v := t.GetInt(i)
	if v.bits == tagNil {
		return 0
	}
	c.PushInt(i)
	c.Push(v)
	return 2
}

func basePcall(c *Call) int {
	c.Any(1)
	return (*thread)(c).protected(c.base, c.n-1, Nil)
}

func baseXpcall(c *Call) int {
	c.Any(2)
	h := c.Arg(2)
	c.top = c.base + 1
	return (*thread)(c).protected(c.base, 0, h)
}

// protected calls the function at slot for pcall or xpcall. The results come to
// lie after the slot of pcall itself, which takes the true before them.
func (th *thread) protected(slot, nargs int, handler Value) int {
	if err := th.protect(slot, nargs, -1, handler); err != nil {
		if err.fatal() {
			panic(err)
		}
		th.stack[slot-1] = False
		th.stack[slot] = err.Value
		th.top = slot + 1
		return 2
	}
	th.stack[slot-1] = True
	return th.top - slot + 1
}

func basePrint(c *Call) int {
	w := c.vm.opts.Stdout
	tostring := c.Global("tostring")
	var line []byte
	for i := 1; i <= c.n; i++ {
		v := c.Arg(i)
		if f, ok := v.bits < tagString, tostring.bits == tagGo; ok && f {
			line = appendNumber(line, v.num())
		} else {
			s, ok := c.Invoke1(tostring, v).ToString()
			if !ok {
				c.Errorf("'tostring' must return a string to 'print'")
			}
			c.Work(len(s))
			c.Alloc(len(s))
			line = append(line, cString(s)...) // C's print stops at a zero byte
		}
		if i < c.n {
			line = append(line, '\t')
		}
	}
	if w != nil {
		w.Write(append(line, '\n'))
	}
	return 0
}
