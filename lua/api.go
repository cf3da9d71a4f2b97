package lua

import (
	"fmt"
	"math"
	"unsafe"
)

// Call is one call of a Go function: what it was given and what it gives back.
// It is valid until the function returns, for the goroutine that was called.
//
// Arguments count from 1, as in messages. The checking methods (Int, String,
// CheckTable …) raise "bad argument #1 to 'name' (number expected, got nil)" and
// then do not return. Results are pushed in order, and their number returned:
//
//	func upper(c *lua.Call) int {
//		s := c.String(1)
//		c.Work(len(s))                        // instructions, before the work
//		c.PushString(strings.ToUpper(s))      // memory, with the result
//		return 1
//	}
//
// Work and memory are charged before they are spent: a script that meets its
// limit is stopped inside the charge, and no script can catch that.
type Call thread

// VM returns the VM of the call.
func (c *Call) VM() *VM { return c.vm }

// Len returns the number of arguments.
func (c *Call) Len() int { return c.n }

// Arg returns argument i, or Nil when there is none.
func (c *Call) Arg(i int) Value {
	if uint(i-1) < uint(c.n) {
		return c.stack[c.base+i-1]
	}
	return Nil
}

// SetArg replaces argument i, which must be given.
func (c *Call) SetArg(i int, v Value) { c.stack[c.base : c.base+c.n][i-1] = v }

// Any returns argument i, which must be given but may be nil.
func (c *Call) Any(i int) Value {
	if i > c.n {
		c.ArgError(i, "value expected")
	}
	return c.Arg(i)
}

// Number returns argument i as a number; numeric strings are converted.
func (c *Call) Number(i int) float64 {
	v := c.Arg(i)
	if v.bits < tagString {
		return v.num()
	}
	f, ok := c.vm.toNumber(v)
	if !ok {
		c.TypeError(i, "number")
	}
	return f
}

// Int returns argument i as an integer: a number cut towards zero, and kept
// within the range of int.
func (c *Call) Int(i int) int { return toInt(c.Number(i)) }

// int32 returns argument i as C Lua does where it wants an int: the lowest 32 bits
// of the integer.
func (c *Call) int32(i int) int { return int(int32(c.Int(i))) }

func (c *Call) optInt32(i, def int) int {
	if c.Arg(i).bits == tagNil {
		return def
	}
	return c.int32(i)
}

// toInt cuts f towards zero. NaN and what is out of range give the smallest
// integer, as a C conversion does on amd64.
func toInt(f float64) int {
	if f >= -0x1p63 && f < 0x1p63 {
		return int(f)
	}
	return math.MinInt64
}

// String returns argument i as a string; numbers are converted.
func (c *Call) String(i int) string {
	v := c.Arg(i)
	if v.bits>>48 == tagString>>48 {
		return v.str()
	}
	if v.bits >= tagString {
		c.TypeError(i, "string")
	}
	return formatNumber(v.num())
}

// Table returns argument i, which must be a table.
func (c *Call) Table(i int) *Table {
	t := c.Arg(i).Table()
	if t == nil {
		c.TypeError(i, "table")
	}
	return t
}

// Func returns argument i, which must be a function.
func (c *Call) Func(i int) Value {
	v := c.Arg(i)
	if !v.IsFunction() {
		c.TypeError(i, "function")
	}
	return v
}

// Bool reports whether argument i counts as true; an absent one does not.
func (c *Call) Bool(i int) bool { return c.Arg(i).Truth() }

// OptNumber is Number, or def when argument i is nil or absent.
func (c *Call) OptNumber(i int, def float64) float64 {
	if c.Arg(i).bits == tagNil {
		return def
	}
	return c.Number(i)
}

// OptInt is Int, or def when argument i is nil or absent.
func (c *Call) OptInt(i, def int) int {
	if c.Arg(i).bits == tagNil {
		return def
	}
	return c.Int(i)
}

// OptString is String, or def when argument i is nil or absent.
func (c *Call) OptString(i int, def string) string {
	if c.Arg(i).bits == tagNil {
		return def
	}
	return c.String(i)
}

// Choice returns the index in names of the string at argument i; def stands for
// an absent one unless it is "".
func (c *Call) Choice(i int, def string, names ...string) int {
	var s string
	if def == "" {
		s = c.String(i)
	} else {
		s = c.OptString(i, def)
	}
	for j, name := range names {
		if name == s {
			return j
		}
	}
	c.ArgError(i, "invalid option '"+s+"'")
	return 0
}

// Work charges for looking at n bytes or doing n small steps: one instruction
// for 16 of them, and one at least.
func (c *Call) Work(n int) { c.vm.charge(int64(n)>>4 + 1) }

// Charge charges n instructions.
func (c *Call) Charge(n int64) {
	if n > 0 {
		c.vm.charge(n)
	}
}

// Check stops the call when an Interrupt asks for it. It is for functions that wait:
// they look every now and then.
func (c *Call) Check() {
	if reason := c.vm.stop.Load(); reason != nil {
		(*thread)(c).raiseFatal(KindInterrupted, (*reason).Error(), *reason)
	}
}

// Alloc charges n bytes of memory; fewer than none are more than any limit. Nothing gives them back: what is no longer
// reachable is found when the limit is near.
func (c *Call) Alloc(n int) { c.vm.alloc(min(int64(uint(n)), 1<<60)) }

// AllocString charges a string of n bytes, about to be made and then pushed with
// Push(String(s)).
func (c *Call) AllocString(n int) { c.Alloc(int(stringBytes(n))) }

// Push adds a result.
func (c *Call) Push(v Value) {
	if c.top >= len(c.stack) {
		(*thread)(c).ensure(c.top, 1)
	}
	c.stack[c.top] = v
	c.top++
}

// PushNumber adds a number as a result.
func (c *Call) PushNumber(f float64) { c.Push(Number(f)) }

// PushInt adds an integer as a result.
func (c *Call) PushInt(i int) { c.Push(Int(i)) }

// PushBool adds a boolean as a result.
func (c *Call) PushBool(b bool) { c.Push(Bool(b)) }

// PushNil adds nil as a result.
func (c *Call) PushNil() { c.Push(Nil) }

// PushString charges s and adds it as a result. The bytes are shared: when s is a
// part of a longer string that need not stay alive, use PushCopy.
func (c *Call) PushString(s string) {
	c.vm.alloc(stringBytes(len(s)))
	c.Push(String(s))
}

// PushCopy adds a string of its own with the bytes of s, which may be borrowed.
func (c *Call) PushCopy(s string) { c.Push(c.vm.copyString(s)) }

// PushBytes adds a string of its own with the bytes b, which may be borrowed.
func (c *Call) PushBytes(b []byte) {
	c.Push(c.vm.copyString(unsafe.String(unsafe.SliceData(b), len(b))))
}

// oneByte holds all bytes in order: every string of one byte is a part of it.
var oneByte = func() string {
	var b [256]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

// copyString makes a string of its own of s. Substrings are always copied: a
// short one that kept a long one alive would escape the account.
func (vm *VM) copyString(s string) Value {
	if len(s) <= 1 {
		if s == "" {
			return String("")
		}
		return String(oneByte[s[0] : int(s[0])+1])
	}
	vm.alloc(stringBytes(len(s)))
	b := make([]byte, len(s))
	copy(b, s)
	return String(unsafe.String(unsafe.SliceData(b), len(b)))
}

// Errorf raises a message with the position of the Lua function that called.
func (c *Call) Errorf(format string, args ...any) {
	th := (*thread)(c)
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	message = th.where(1) + message
	c.vm.alloc(stringBytes(len(message)))
	th.raise(String(message))
}

// Raise raises v as it is.
func (c *Call) Raise(v Value) { (*thread)(c).raise(v) }

// TypeError raises the error of argument i not being of the type wanted.
func (c *Call) TypeError(i int, want string) {
	got := "no value"
	if i <= c.n {
		got = c.Arg(i).Type().String()
	}
	c.ArgError(i, want+" expected, got "+got)
}

// ArgError raises the error of a bad argument i.
func (c *Call) ArgError(i int, message string) {
	th := (*thread)(c)
	th.chargeNames(th.fi)
	name, kind := th.calledAs(th.fi)
	if kind == "method" {
		if i--; i == 0 {
			c.Errorf("calling '%s' on bad self (%s)", name, message)
		}
	}
	if kind == "" {
		name = "?"
	}
	c.Errorf("bad argument #%d to '%s' (%s)", i, name, message)
}
