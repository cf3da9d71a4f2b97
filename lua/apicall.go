package lua

// Invoke calls fn from a Go function and returns its nres results, or all of
// them when nres is -1; they lie in the VM until it is used again. Errors pass
// through the Go function: it does not return.
func (c *Call) Invoke(fn Value, nres int, args ...Value) []Value {
	th := (*thread)(c)
	slot := th.top
	th.ensure(slot, len(args)+1)
	th.stack[slot] = fn
	copy(th.stack[slot+1:], args)
	th.top = slot + 1 + len(args)
	th.call(slot, len(args), nres)
	res := th.stack[slot:th.top]
	th.top = slot
	return res
}

// Invoke1 calls fn and returns its first result.
func (c *Call) Invoke1(fn Value, args ...Value) Value { return c.Invoke(fn, 1, args...)[0] }

// Try calls as Invoke does, but returns what fn raised. Limits and interrupts are
// not returned: they stop the Go function as well.
func (c *Call) Try(fn Value, nres int, args ...Value) ([]Value, *Error) {
	th := (*thread)(c)
	slot := th.top
	th.ensure(slot, len(args)+1)
	th.stack[slot] = fn
	copy(th.stack[slot+1:], args)
	th.top = slot + 1 + len(args)
	if err := th.protect(slot, len(args), nres, Nil); err != nil {
		if err.fatal() {
			panic(err)
		}
		return nil, err
	}
	res := th.stack[slot:th.top]
	th.top = slot
	return res, nil
}

// NewTable makes a table with room for narr array items and nrec other keys.
func (c *Call) NewTable(narr, nrec int) *Table { return c.vm.newTable(narr, nrec) }

// Index returns v[k], metamethods included.
func (c *Call) Index(v, k Value) Value { return (*thread)(c).index(v, k) }

// SetIndex does v[k] = x, metamethods included.
func (c *Call) SetIndex(v, k, x Value) { (*thread)(c).setIndex(v, k, x) }

// Equal reports whether a == b, metamethods included.
func (c *Call) Equal(a, b Value) bool { return (*thread)(c).equal(a, b) }

// Less reports whether a < b, metamethods included.
func (c *Call) Less(a, b Value) bool { return (*thread)(c).less(a, b) }

// Text returns v as tostring does, __tostring included.
func (c *Call) Text(v Value) Value {
	if v.IsString() {
		return v
	}
	if h := c.vm.metaOf(v, eventToString); h.bits != tagNil {
		return c.Invoke1(h, v)
	}
	s := v.text()
	c.vm.alloc(stringBytes(len(s)))
	return String(s)
}

// SetGlobal sets a global of the running coroutine.
func (c *Call) SetGlobal(name string, v Value) { c.globals.SetString(name, v) }

// Global returns a global of the running coroutine.
func (c *Call) Global(name string) Value { return c.globals.GetString(name) }

// Upvalue returns the place of value i, from 0, of a function made by NewClosure.
func (c *Call) Upvalue(i int) *Value { return &c.stack[c.base-1].goFunc().up[i] }
