package lua

// Pushed returns how many results the function has pushed so far.
func (c *Call) Pushed() int { return c.top - c.base - c.n }

// Results returns the results pushed after the first from of them. They may be
// changed in place; the slice is good until the next push or call.
func (c *Call) Results(from int) []Value { return c.stack[c.base+c.n+from : c.top] }

// Cut takes back all results but the first n. A library that builds values out of
// others keeps those on the stack meanwhile, where memory counts see them.
func (c *Call) Cut(n int) { c.top = c.base + c.n + n }
