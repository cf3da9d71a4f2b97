package lpeg

import "github.com/heka-project/heka/lua"

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
