package lua

// Pushed returns how many results the function has pushed so far.
func (c *Call) Pushed() int { return c.top - c.base - c.n }

// Results returns the results pushed after the first from of them. They may be
// changed in place; the slice is good until the next push or call.
func (c *Call) Results(from int) []Value { return c.stack[c.base+c.n+from : c.top] }

// Cut takes back all results but the first n. A library that builds values out of
// others keeps those on the stack meanwhile, where memory counts see them.
func (c *Call) Cut(n int) { c.top = c.base + c.n + n }

// CopyString charges and returns a string of its own with the bytes of s.
func (c *Call) CopyString(s string) Value { return c.vm.copyString(s) }

// At returns the first key and value at position at of a traversal or later, and
// the position after them; the key is Nil at the end. Positions begin at 0; they
// are good while no key is added. A long way over empty places is charged.
func (t *Table) At(at int) (key, val Value, next int) {
	key, val, next = t.nextAt(at)
	passed := next - at
	if next == 0 {
		passed = len(t.arr) + len(t.nodes) - at
	}
	if passed > 16 {
		t.vm.chargeIfRunning(int64(passed) / 8)
	}
	return key, val, next
}

// Slots is the number of places of t for items and keys, the empty ones among them: as
// many as a traversal passes.
func (t *Table) Slots() int { return len(t.arr) + len(t.nodes) }

// AppendNumber appends the text of a number as Lua prints it, C's %.14g.
func AppendNumber(b []byte, f float64) []byte { return appendNumber(b, f) }
