package lpeg

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unsafe"
)

const ones = 0x0101010101010101

// run is the loop. Nothing local lives across a call: slow paths save the registers,
// call a method, and read them back.
func (m *machine) run() int {
	var (
		code              []inst
		sub               string
		stack             []entry
		caps              []capRec
		pc, s, sp, nc, fl int
	)
reload:
	if m.sp < 0 {
		return -1
	}
	code, sub, stack, caps = m.prog.code, m.sub, m.stack, m.caps
	pc, s, sp, nc, fl = m.pc, m.s, m.sp, m.nc, m.fuel
	for {
		if fl <= 0 {
			m.pc, m.s, m.sp, m.nc, m.fuel = pc, s, sp, nc, fl
			m.pay()
			goto reload
		}
		fl--
		in := &code[pc]
		pc++
		switch in.op {
		case iEnd:
			m.nc, m.fuel = nc, fl
			return s
		case iAny:
			if int(in.n) > len(sub)-s {
				goto fail
			}
			s += int(in.n)
		case iChar:
			if s >= len(sub) || sub[s] != in.c {
				goto fail
			}
			s++
		case iSet:
			if s >= len(sub) || in.set[sub[s]]&in.c == 0 {
				goto fail
			}
			s++
		case iTestAny:
			if s >= len(sub) {
				pc = int(in.to)
			}
		case iTestChar:
			if s >= len(sub) || sub[s] != in.c {
				pc = int(in.to)
			}
		case iTestSet:
			if s >= len(sub) || in.set[sub[s]]&in.c == 0 {
				pc = int(in.to)
			}
		case iSwitch:
			sw := &m.prog.switches[in.n]
			k := uint8(0)
			if s < len(sub) {
				k = sw.index[sub[s]]
			}
			pc = int(sw.to[k])
		case iSpan:
			begin, set, bit := s, in.set, in.c
			for s < len(sub) && set[sub[s]]&bit != 0 {
				s++
			}
			fl -= (s - begin) >> 4
		case iSpanBut:
			begin, c, d := s, in.c, byte(in.n)
			cs, ds := uint64(c)*ones, uint64(d)*ones
			for len(sub)-s >= 8 {
				w := binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(sub), len(sub))[s:])
				x, y := w^cs, w^ds
				if hit := ((x-ones)&^x | (y-ones)&^y) & (ones << 7); hit != 0 { // a byte of x or y is 0
					s += bits.TrailingZeros64(hit) >> 3
					break
				}
				s += 8
			}
			for s < len(sub) && sub[s] != c && sub[s] != d {
				s++
			}
			fl -= (s - begin) >> 4
		case iString, iTryString:
			text := m.prog.texts[in.n]
			if len(text) > len(sub)-s {
				if in.op == iString {
					goto fail
				}
				pc = int(in.to)
				continue
			}
			k := 0
			for k < len(text) && text[k] == sub[s+k] {
				k++
			}
			fl -= k >> 4
			if k < len(text) {
				if in.op == iString {
					goto fail
				}
				pc = int(in.to)
				continue
			}
			s += k
		case iFind:
			m.pc, m.s, m.sp, m.nc, m.fuel = pc, s, sp, nc, fl
			m.find(m.prog.texts[in.n])
			goto reload
		case iBehind:
			if s < int(in.n) {
				goto fail
			}
			s -= int(in.n)
		case iJump:
			pc = int(in.to)
		case iChoice:
			if sp == len(stack) {
				goto deeper
			}
			stack[sp] = entry{int32(s), in.to, int32(nc)}
			sp++
		case iCall:
			if sp == len(stack) {
				goto deeper
			}
			stack[sp] = entry{-1, int32(pc), 0}
			sp++
			pc = int(in.to)
		case iRet:
			sp--
			pc = int(stack[sp].pc)
		case iCommit:
			sp--
			pc = int(in.to)
		case iPartial:
			e := &stack[sp-1]
			e.pos, e.caps = int32(s), int32(nc)
			pc = int(in.to)
		case iBack:
			sp--
			s = int(stack[sp].pos)
			pc = int(in.to)
			if m.ndyn > 0 {
				m.pc, m.s, m.sp, m.nc, m.fuel = pc, s, sp, nc, fl
				m.forget(int(stack[sp].caps))
				goto reload
			}
			nc = int(stack[sp].caps)
		case iFailTwice:
			sp--
			goto fail
		case iFail:
			goto fail
		case iFull:
			if nc == len(caps) {
				goto moreCaps
			}
			caps[nc] = capRec{int32(s) - in.len, in.n, in.len + 1}
			nc++
		case iOpen:
			if nc == len(caps) {
				goto moreCaps
			}
			caps[nc] = capRec{int32(s), in.n, 0}
			nc++
		case iClose:
			if last := &caps[nc-1]; last.idx >= 0 && last.len == 0 {
				last.len = int32(s) - last.pos + 1
				continue
			}
			if nc == len(caps) {
				goto moreCaps
			}
			caps[nc] = capRec{int32(s), closing, 0}
			nc++
		case iCloseRuntime:
			m.pc, m.s, m.sp, m.nc, m.fuel = pc, s, sp, nc, fl
			if !m.judge(in.n) {
				m.back()
			}
			goto reload
		}
		continue
	fail:
		if m.ndyn > 0 {
			m.pc, m.s, m.sp, m.nc, m.fuel = pc, s, sp, nc, fl
			m.back()
			goto reload
		}
		for sp--; sp >= 0; sp-- {
			if e := &stack[sp]; e.pos >= 0 {
				s, pc, nc = int(e.pos), int(e.pc), int(e.caps)
				break
			}
		}
		if sp < 0 {
			m.fuel = fl
			return -1
		}
		continue
	deeper:
		m.pc, m.s, m.sp, m.nc, m.fuel = pc-1, s, sp, nc, fl
		m.growStack()
		goto reload
	moreCaps:
		m.pc, m.s, m.sp, m.nc, m.fuel = pc-1, s, sp, nc, fl
		m.growCaps()
		goto reload
	}
}

// find goes to the next place of text, or to the end of the subject.
func (m *machine) find(text string) {
	i := strings.Index(m.sub[m.s:], text)
	if i < 0 {
		i = len(m.sub) - m.s
	}
	m.s += i
	m.fuel -= i >> 5
}
