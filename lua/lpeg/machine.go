package lpeg

import (
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
	m.stack = m.stack[:min(cap(m.stack), m.most())]
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

// most is how long the stack may get: a limit below what it has at first in the C
// library means nothing there either.
func (m *machine) most() int { return max(m.limit, defaultStack) }

func (m *machine) growStack() {
	n := len(m.stack)
	if n >= m.most() {
		m.c.Errorf("backtrack stack overflow (current limit is %d)", m.limit)
	}
	size := min(2*n, m.most())
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
