package lua

import (
	"strconv"
	"strings"
)

// lua returns the function of frame fi and the instruction it is at; ok is false
// for a Go function.
func (th *thread) lua(fi int) (p *Proto, at int, ok bool) {
	fr := &th.frames[fi]
	if fr.flags&frameGo != 0 {
		return nil, 0, false
	}
	return th.stack[fr.ret].closure().proto, int(fr.pc) - 1, true
}

// line returns the line that frame fi is at, or -1 for a Go function.
func (th *thread) line(fi int) int {
	p, at, ok := th.lua(fi)
	if !ok {
		return -1
	}
	return int(p.lines[max(at, 0)]) // before the first instruction: entering
}

// level finds the frame level calls up from the running one. Tail calls count:
// tail reports that the level is one, of which nothing is known.
func (th *thread) level(n int) (fi int, tail, ok bool) {
	if n < 0 {
		return 0, false, false
	}
	for fi = th.fi; n > 0 && fi > 0; fi-- {
		n -= 1 + int(th.frames[fi].tails)
	}
	if n < 0 {
		return 0, true, true
	}
	return fi, false, fi > 0
}

// where is the position prefix "chunk:line: " of a level, or "" when it is not a
// Lua function.
func (th *thread) where(n int) string {
	fi, tail, ok := th.level(n)
	if !ok || tail {
		return ""
	}
	p, _, ok := th.lua(fi)
	if !ok {
		return ""
	}
	return chunkName(p.chunk) + ":" + strconv.Itoa(th.line(fi)) + ": "
}

// calledAs returns the name by which frame fi was called and its kind: "global",
// "local", "method", "field" or "upvalue"; both are "" when it has none.
func (th *thread) calledAs(fi int) (name, kind string) {
	if fi < 1 || th.frames[fi].tails > 0 {
		return "", ""
	}
	p, at, ok := th.lua(fi - 1)
	if !ok || at < 0 {
		return "", ""
	}
	switch i := p.code[at]; i.op() {
	case opCall, opTailCall:
		kind, name = p.nameOf(at, int(i.a()))
	case opForCall:
		kind, name = p.nameOf(at, int(i.a()))
	}
	return name, kind
}

// chargeNames charges the search for the name by which frame fi was called, which
// reads the code of its caller.
func (th *thread) chargeNames(fi int) {
	if fi > 0 {
		if _, at, ok := th.lua(fi - 1); ok {
			th.vm.charge(int64(at) / 8)
		}
	}
}

// typeError raises "attempt to index local 'x' (a nil value)" and the like; reg is
// the register of the value, or -1.
func (th *thread) typeError(what string, v Value, reg int) {
	kind, name := "", ""
	if p, at, ok := th.lua(th.fi); ok && reg >= 0 {
		th.vm.charge(int64(at) / 8)
		kind, name = p.nameOf(at, reg)
	}
	if kind == "" {
		th.errorf("attempt to %s a %s value", what, v.Type())
	}
	th.errorf("attempt to %s %s '%s' (a %s value)", what, kind, name, v.Type())
}

// typeErrorCall raises the error of calling what is not a function.
func (th *thread) typeErrorCall(slot int) {
	reg := -1
	if fr := &th.frames[th.fi]; fr.flags&frameGo == 0 {
		reg = slot - int(fr.base)
		if p, at, _ := th.lua(th.fi); at < 0 || reg < 0 || reg >= int(p.maxStack) {
			reg = -1
		} else if o := p.code[at].op(); o != opCall && o != opTailCall {
			reg = -1
		}
	}
	th.typeError("call", th.stack[slot], reg)
}

func (th *thread) concatError(a, b Value, ra, last int) {
	base := int(th.frames[th.fi].base)
	if a.bits < tagTable {
		a, ra = b, ra+1
		if ra != last {
			ra = base - 1
		}
	}
	th.typeError("concatenate", a, ra-base)
}

// orderError raises "attempt to compare two nil values" and the like.
func (th *thread) orderError(a, b Value) {
	x, y := a.Type().String(), b.Type().String()
	if x == y {
		th.errorf("attempt to compare two %s values", x)
	}
	th.errorf("attempt to compare %s with %s", x, y)
}

// whereRunning names the innermost Lua function and its line, for a host that
// explains why it stopped a script.
func (th *thread) whereRunning() string {
	for t := th; t != nil; t = t.parent {
		for fi := t.fi; fi > 0; fi-- {
			if p, _, ok := t.lua(fi); ok {
				at := chunkName(p.chunk) + ":" + strconv.Itoa(t.line(fi))
				if name, kind := t.calledAs(fi); kind != "" {
					return "function '" + name + "' (" + at + ")"
				}
				if p.first == 0 {
					return "main chunk (" + at + ")"
				}
				return "function <" + chunkName(p.chunk) + ":" + strconv.Itoa(int(p.first)) + "> (" + at + ")"
			}
		}
	}
	return ""
}

// traceback lists the calls in progress as debug.traceback does, from level n on.
// Of a long list it shows the levels up to the eleventh and the last ten.
func (th *thread) traceback(message string, n int) string {
	const firstPart, lastPart = 12, 10
	var b strings.Builder
	if message != "" {
		b.WriteString(message + "\n")
	}
	b.WriteString("stack traceback:")
	total := th.levels()
	if n < 0 {
		total = n // there is no such level, and none after it
	}
	for at := n; at < total; at++ {
		if at == max(n, firstPart) && at+1+lastPart < total {
			b.WriteString("\n\t...")
			at = total - lastPart
		}
		fi, tail, _ := th.level(at)
		if tail {
			b.WriteString("\n\t(tail call): ?")
			continue
		}
		b.WriteString("\n\t" + th.describe(fi))
	}
	return b.String()
}

// levels counts all levels.
func (th *thread) levels() (n int) {
	for fi := 1; fi <= th.fi; fi++ {
		n += 1 + int(th.frames[fi].tails)
	}
	return n
}

// describe is one line of a traceback.
func (th *thread) describe(fi int) string {
	name, kind := th.calledAs(fi)
	p, _, ok := th.lua(fi)
	if !ok {
		if kind != "" {
			return "[C]: in function '" + name + "'"
		}
		return "[C]: ?"
	}
	at := chunkName(p.chunk) + ":" + strconv.Itoa(th.line(fi)) + ":"
	switch {
	case kind != "":
		return at + " in function '" + name + "'"
	case p.first == 0:
		return at + " in main chunk"
	}
	return at + " in function <" + chunkName(p.chunk) + ":" + strconv.Itoa(int(p.first)) + ">"
}
