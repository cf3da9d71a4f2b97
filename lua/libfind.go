package lua

import "strings"

func strFind(c *Call) int  { return c.find(true) }
func strMatch(c *Call) int { return c.find(false) }

// find is string.find, and string.match.
func (c *Call) find(positions bool) int {
	s, pat := c.String(1), c.String(2)
	init := max(relative(c.OptInt(3, 1), len(s))-1, 0)
	init = min(init, len(s))
	var p *pattern
	plain := positions && c.Bool(4)
	if !plain {
		p = c.vm.pattern(pat, true)
		plain = positions && p.plain
	}
	if plain {
		c.Work((len(s) - init) >> 1)
		i := strings.Index(s[init:], pat)
		if i < 0 {
			c.PushNil()
			return 1
		}
		c.PushInt(init + i + 1)
		c.PushInt(init + i + len(pat))
		return 2
	}
	m := c.newMatcher(s)
	start, end := m.find(p, init)
	n := 0
	switch {
	case end < 0:
		c.PushNil()
		n = 1
	case positions:
		c.PushInt(start + 1)
		c.PushInt(end)
		n = 2 + m.push(-1, end)
	default:
		n = m.push(start, end)
	}
	m.release()
	return n
}

// relative makes a position that counts from the end one that counts from the
// start.
func relative(pos, n int) int {
	if pos < 0 {
		pos += n + 1
	}
	return max(pos, 0)
}

func strGmatch(c *Call) int {
	s, pat := c.String(1), c.String(2)
	c.Push(c.vm.NewClosure("gmatch", gmatchStep, String(s), String(pat), Int(0)))
	return 1
}

// gmatchStep is the iterator of gmatch: subject, pattern, offset to go on at.
func gmatchStep(c *Call) int {
	s, at := c.Upvalue(0).str(), c.Upvalue(2)
	p := c.vm.pattern(c.Upvalue(1).str(), false)
	m := c.newMatcher(s)
	start, end := m.find(p, int(at.num()))
	n := 0
	if end >= 0 {
		next := end
		if end == start {
			next++
		}
		*at = Int(next)
		n = m.push(start, end)
	}
	m.release()
	return n
}

func strGsub(c *Call) int {
	s, pat, repl := c.String(1), c.String(2), c.Arg(3)
	switch repl.Type() {
	case TypeNumber:
		repl = c.vm.copyString(c.String(3))
	case TypeString, TypeTable, TypeFunction:
	default:
		c.ArgError(3, "string/function/table expected")
	}
	limit := c.optInt32(4, len(s)+1)
	p := c.vm.pattern(pat, true)
	g := gsub{matcher: c.newMatcher(s), repl: repl}
	n, at, kept := 0, 0, 0 // kept: end of what has been copied
	for n < limit {
		start, end := g.find(p, at)
		if end < 0 {
			break
		}
		n++
		g.add(s[kept:start])
		g.replace(start, end)
		kept, at = end, end
		if end == start {
			if at++; end >= len(s) {
				break
			}
		}
		if p.anchored {
			break
		}
	}
	if n == 0 {
		c.Push(c.Arg(1))
		if !c.Arg(1).IsString() {
			c.stack[c.top-1] = String(s)
		}
	} else {
		g.add(s[kept:])
		c.Push(g.done())
	}
	g.release()
	c.PushInt(n)
	return 2
}

// gsub builds the result of string.gsub. Its buffer is charged as it grows.
type gsub struct {
	*matcher
	repl Value
	buf  []byte
}

func (g *gsub) add(s string) {
	if len(s) > cap(g.buf)-len(g.buf) {
		size := max(2*cap(g.buf), len(g.buf)+len(s), len(g.src)+16)
		g.c.vm.charge(int64(size) >> 6)
		g.c.vm.alloc(stringBytes(size))
		buf := make([]byte, len(g.buf), size)
		copy(buf, g.buf)
		g.buf = buf
	}
	g.buf = append(g.buf, s...)
}

func (g *gsub) done() Value {
	if cap(g.buf)-len(g.buf) > len(g.buf)/4+16 {
		return g.c.vm.copyString(string(g.buf))
	}
	return stringOf(g.buf)
}

// replace adds what replaces the match at start.
func (g *gsub) replace(start, end int) {
	c := g.c
	var v Value
	switch g.repl.bits {
	case tagTable:
		v = (*thread)(c).index(g.repl, g.capture(0, start, end))
	case tagLua, tagGo:
		th := (*thread)(c)
		slot := th.top
		c.Push(g.repl)
		n := g.push(start, end)
		th.call(slot, n, 1)
		v = th.stack[slot]
		th.top = slot
	default:
		g.template(g.repl.str(), start, end)
		return
	}
	switch {
	case !v.Truth():
		g.add(g.src[start:end])
	case v.IsString():
		g.add(v.str())
	case v.IsNumber():
		var buf [32]byte
		g.add(string(appendNumber(buf[:0], v.num())))
	default:
		c.Errorf("invalid replacement value (a %s)", v.Type())
	}
}

// template adds a replacement string, with %1 and the like replaced.
func (g *gsub) template(s string, start, end int) {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			g.add(s)
			return
		}
		g.add(s[:i])
		if i++; i == len(s) {
			g.add("\x00") // what C finds behind a string
			return
		}
		switch d := s[i]; {
		case d == '0':
			g.add(g.src[start:end])
		case d >= '1' && d <= '9':
			g.addCapture(int(d-'1'), start, end)
		default:
			g.add(s[i : i+1])
		}
		s = s[i+1:]
	}
}

// addCapture adds a capture without making a value of it.
func (g *gsub) addCapture(l, start, end int) {
	if l < g.level && g.caps[l].len >= 0 {
		g.add(g.src[g.caps[l].start : g.caps[l].start+g.caps[l].len])
		return
	}
	s, _ := g.capture(l, start, end).ToString()
	g.add(s)
}
