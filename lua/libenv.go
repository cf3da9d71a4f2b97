package lua

func baseGetfenv(c *Call) int {
	v := c.envTarget(true)
	switch v.bits {
	case tagLua:
		c.Push(tableValue(v.closure().env))
	default:
		c.Push(tableValue(c.globals))
	}
	return 1
}

func baseSetfenv(c *Call) int {
	env := c.Arg(2).Table()
	if env == nil {
		c.TypeError(2, "table")
	}
	v := c.envTarget(false)
	if f, ok := c.Arg(1).ToNumber(); ok && f == 0 {
		c.globals = env
		return 0
	}
	if v.bits != tagLua {
		c.Errorf("'setfenv' cannot change environment of given object")
	}
	v.closure().env = env
	c.Push(v)
	return 1
}

// envTarget is the function that getfenv or setfenv is about: its argument, or
// the one at a level of the stack.
func (c *Call) envTarget(optional bool) Value {
	if v := c.Arg(1); v.IsFunction() {
		return v
	}
	level := 1
	if !optional || !c.Arg(1).IsNil() {
		level = c.int32(1)
	}
	if level < 0 {
		c.ArgError(1, "level must be non-negative")
	}
	th := (*thread)(c)
	fi, tail, ok := th.level(level)
	switch {
	case tail:
		c.Errorf("no function environment for tail call at level %d", level)
	case !ok:
		c.ArgError(1, "invalid level")
	}
	return th.stack[th.frames[fi].ret]
}
