package lua

import "strings"

// This file finds the names that messages give to values: not kept at run time
// but read off the code, by looking for the instruction that last wrote a
// register.

// nameOf returns what register reg holds at instruction at of p: a kind, as
// "global" or "field", and a name; or "" when nothing can be said.
func (p *Proto) nameOf(at int, reg int) (kind, name string) {
	if name := p.localName(at, reg); name != "" {
		return "local", name
	}
	set := p.setter(at, reg)
	if set < 0 {
		return "", ""
	}
	switch i := p.code[set]; i.op() {
	case opGetGlobal:
		return "global", p.consts[i.c()].str()
	case opGetGlobalW:
		return "global", p.consts[i.d()].str()
	case opMove:
		if i.b() < i.a() {
			return p.nameOf(set, int(i.b()))
		}
	case opGetField:
		return "field", p.consts[i.c()].str()
	case opGetIndex, opGetInt:
		return "field", "?"
	case opGetUp:
		if d := int(i.b()); d < len(p.upvals) {
			return "upvalue", p.upvals[d].name
		}
	case opSelf:
		return "method", p.consts[i.c()].str()
	}
	return "", ""
}

// localName returns the name of the local variable in reg, or "".
func (p *Proto) localName(at, reg int) string {
	for j := range p.locals {
		if v := &p.locals[j]; int(v.reg) == reg && int(v.from) <= at && at < int(v.to) {
			return v.name
		}
	}
	return ""
}

// setter returns the last instruction before at that wrote reg, or -1. Jumps
// forwards are taken: what they skip did not lead here.
func (p *Proto) setter(at, reg int) int {
	last := -1
	for pc := 0; pc < at; pc++ {
		i := p.code[pc]
		if i.writes(reg) {
			last = pc
		}
		if i.jumps() {
			if dest := pc + 1 + int(i.d()); pc < dest && dest <= at {
				pc = dest - 1
			}
		}
	}
	for pc := 0; pc < last; pc++ { // a jump past it brings a value from elsewhere
		if i := p.code[pc]; i.jumps() {
			if dest := pc + 1 + int(i.d()); dest > last && dest <= at {
				return -1
			}
		}
	}
	return last
}

// jumps reports whether D of i is a jump.
func (i instr) jumps() bool {
	switch o := i.op(); o {
	case opBool, opForPrep, opForLoop, opForIn, opForTest:
		return true
	default:
		return o >= opJump && o <= opLeKR
	}
}

// writes reports whether i writes register reg. A test counts as a write: what
// "a or b" gives has no name.
func (i instr) writes(reg int) bool {
	a := int(i.a())
	switch o := i.op(); o {
	case opSetUp, opSetGlobal, opSetGlobalW, opSetField, opSetFieldK, opSetIndex, opSetInt,
		opJump, opReturn, opReturn0, opReturn1, opSetList, opClose, opForPrep, opForIn:
		return false
	case opNil:
		return a <= reg && reg <= a+int(i.b())
	case opSelf:
		return reg == a || reg == a+1
	case opCall, opTailCall, opVararg:
		return reg >= a
	case opForCall, opForTest:
		return reg >= a+2
	case opForLoop:
		return reg == a || reg == a+3
	default:
		return reg == a && (o < opEq || o > opLeKR)
	}
}

// chunkName is the chunk as messages show it: "=name" and "@file" lose their
// mark, source text becomes [string "its first line..."]. Its length is bounded
// as that of Debian's Lua is.
func chunkName(chunk string) string {
	const (
		size     = 80
		fileRoom = size - len(" '...' ") - 1
		textRoom = size - len(` [string "..."] `) - 1
	)
	switch {
	case strings.HasPrefix(chunk, "="):
		return chunk[1:min(len(chunk), size)]
	case strings.HasPrefix(chunk, "@"):
		name := chunk[1:]
		if len(name) <= fileRoom {
			return name
		}
		return "..." + name[len(name)-fileRoom:]
	}
	line := chunk
	if i := strings.IndexAny(line, "\r\n\x00"); i >= 0 {
		line = line[:i]
	}
	line = line[:min(len(line), textRoom)]
	if len(line) < len(chunk) {
		line += "..."
	}
	return `[string "` + line + `"]`
}
