package lpeg

import (
	"strings"
	"unsafe"

	"github.com/heka-project/heka/lua"
)

// entry is a saved place: where to go on when a match fails, or where a call
// returns to, with pos -1.
type entry struct {
	pos  int32
	pc   int32
	caps int32
}

// capRec is a capture as the machine leaves it: one record when it has no others
// inside and its end was known, an opening and a closing one otherwise.
type capRec struct {
	pos int32 // where it begins, or where a closing record ends it
	idx int32 // of the program's captures, closing or dynamic
	len int32 // bytes of a complete one plus 1, 0 of an opening one; index of a dynamic value
}

const (
	closing = -1 // idx of the end of a capture
	dynamic = -2 // idx of a value that a match-time function returned
)

const (
	maxSubject   = 1<<30 - 1
	budgetSlice  = 1024
	keepBytes    = 64 << 10 // buffers above this are not kept between matches
	defaultStack = 400
)

// machine runs programs. Its registers live here while a method is called and in
// local variables of run otherwise.
type machine struct {
	c    *lua.Call
	prog *program
	sub  string
	pc   int
	s    int // position
	sp   int // entries in use
	nc   int // capture records in use
	fuel int // steps paid for and not yet made

	stack []entry
	caps  []capRec
	buf   []byte     // text being built by captures
	dyn   *lua.Table // values of match-time functions, nil until there is one
	ndyn  int
	limit int // entries that stack may have
	i     int // next capture record to evaluate
	level int // captures being evaluated, one inside the other
	depth int // texts being built, one inside the other
}

// state is what a VM keeps between matches: one machine for each match in
// progress, as match-time functions may match in turn.
type state struct {
	machines []*machine
	depth    int
	limit    int
}

// LuaSize tells memory counts what the machines hold.
func (st *state) LuaSize() int {
	n := 0
	for _, m := range st.machines {
		n += m.bytes()
	}
	return n
}

const (
	machineBytes = int(unsafe.Sizeof(machine{}))
	entryBytes   = int(unsafe.Sizeof(entry{}))
	capRecBytes  = int(unsafe.Sizeof(capRec{}))
)

func (m *machine) bytes() int {
	return machineBytes + cap(m.stack)*entryBytes + cap(m.caps)*capRecBytes + cap(m.buf)
}

// take gives out a machine, to be returned by release.
func (st *state) take(c *lua.Call) *machine {
	if st.depth == len(st.machines) {
		c.Alloc(machineBytes + 32*entryBytes + 32*capRecBytes)
		st.machines = append(st.machines, &machine{stack: make([]entry, 32), caps: make([]capRec, 32)})
	}
	m := st.machines[st.depth]
	st.depth++
	m.c, m.limit = c, st.limit
	m.sp, m.nc, m.ndyn, m.level, m.depth, m.fuel, m.dyn = 0, 0, 0, 0, 0, budgetSlice, nil
	m.buf = m.buf[:0]
	return m
}

func (st *state) release() {
	st.depth--
	m := st.machines[st.depth]
	m.c, m.prog, m.sub, m.dyn = nil, nil, "", nil
	if m.bytes() > keepBytes || st.depth >= 4 {
		st.machines = st.machines[:st.depth]
	}
}

// match runs prog on sub from position s; it returns the end of the match or -1.
func (m *machine) match(prog *program, sub string, s int) int {
	m.prog, m.sub, m.s, m.pc = prog, sub, s, 0
	end := m.run()
	m.c.Charge(int64(budgetSlice - m.fuel))
	m.fuel = budgetSlice
	return end
}

// pay charges the steps made.
func (m *machine) pay() {
	m.c.Charge(int64(budgetSlice - m.fuel))
	m.fuel = budgetSlice
}

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

func (m *machine) growStack() {
	n := len(m.stack)
	if n >= m.limit {
		m.c.Errorf("backtrack stack overflow (current limit is %d)", m.limit)
	}
	size := min(2*n, m.limit)
	m.c.Alloc(size * entryBytes)
	stack := make([]entry, size)
	copy(stack, m.stack)
	m.stack = stack
}

func (m *machine) growCaps() {
	size := 2 * len(m.caps)
	m.c.Alloc(size * capRecBytes)
	caps := make([]capRec, size)
	copy(caps, m.caps)
	m.caps = caps
}

// back goes to the last saved place; sp is -1 when there is none.
func (m *machine) back() {
	for m.sp--; m.sp >= 0; m.sp-- {
		if e := &m.stack[m.sp]; e.pos >= 0 {
			m.s, m.pc = int(e.pos), int(e.pc)
			m.forget(int(e.caps))
			return
		}
	}
}

// forget drops the captures from nc on, and their dynamic values.
func (m *machine) forget(nc int) {
	for i := nc; i < m.nc && m.ndyn > 0; i++ {
		if r := &m.caps[i]; r.idx == dynamic {
			m.dropValues(int(r.len) - 1)
			break
		}
	}
	m.fuel -= (m.nc - nc) >> 4
	m.nc = nc
}

func (m *machine) dropValues(n int) {
	for ; m.ndyn > n; m.ndyn-- {
		m.dyn.SetInt(m.ndyn, lua.Nil)
	}
}

// judge ends a match-time capture: its function is called with the subject, the
// position and what was captured. It reports whether the match goes on.
func (m *machine) judge(n int32) bool {
	c := m.c
	m.pay()
	if m.dyn == nil {
		m.dyn = c.NewTable(0, 0)
		c.Push(m.dyn.Value()) // where memory counts see it
	}
	if m.nc == len(m.caps) {
		m.growCaps()
	}
	m.caps[m.nc] = capRec{int32(m.s), closing, 0}
	open := m.openOf(m.nc)
	mark := c.Pushed()
	c.Push(lua.String(m.sub))
	c.PushInt(m.s + 1)
	m.i = open
	m.inner()
	res := c.Invoke(m.prog.caps[n].val, -1, c.Results(mark)...)
	c.Cut(mark)
	for i := open; i < m.nc; i++ {
		if r := &m.caps[i]; r.idx == dynamic {
			m.dropValues(int(r.len) - 1)
			break
		}
	}
	m.nc = open
	if len(res) == 0 || !res[0].Truth() {
		return false
	}
	if res[0].Type() != lua.TypeBool {
		f, _ := res[0].ToNumber()
		to := f - 1
		if !(to >= float64(m.s) && to <= float64(len(m.sub))) {
			c.Errorf("invalid position returned by match-time capture")
		}
		m.s = int(to)
	}
	m.keep(res[1:])
	return true
}

// keep makes the values that a match-time function returned captures of the match,
// in the group that the machine opened.
func (m *machine) keep(values []lua.Value) {
	if len(values) == 0 {
		return
	}
	m.c.Charge(int64(len(values)))
	for m.nc+len(values)+2 > len(m.caps) {
		m.growCaps()
	}
	m.caps[m.nc].len = 0
	m.nc++
	for _, v := range values {
		m.ndyn++
		m.dyn.SetInt(m.ndyn, v)
		m.caps[m.nc] = capRec{int32(m.s), dynamic, int32(m.ndyn)}
		m.nc++
	}
	m.caps[m.nc] = capRec{int32(m.s), closing, 0}
	m.nc++
}

// openOf returns the opening record that the closing one at i ends.
func (m *machine) openOf(i int) int {
	for n := 1; n > 0; {
		i--
		m.fuel--
		switch r := &m.caps[i]; {
		case r.idx == closing:
			n++
		case r.idx >= 0 && r.len == 0:
			n--
		}
	}
	return i
}
