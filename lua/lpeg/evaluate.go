package lpeg

import "github.com/heka-project/heka/lua"

// Limits of the C library: captures inside captures, and values at a time. Texts
// that are built of others may lie deeper.
const (
	maxLevel   = 200
	maxValues  = 7991
	maxNesting = 20000
)

// capRuntime is the kind of a match-time capture; once judged it is a group.
const capRuntime capKind = 255

// values pushes what the whole match captured, or its end when that is nothing,
// and returns the number of results.
func (m *machine) values(end int) int {
	if m.nc == 0 {
		m.c.PushInt(end + 1)
		return 1
	}
	if m.nc == len(m.caps) {
		m.growCaps()
	}
	m.caps[m.nc] = capRec{int32(end), closing, 0}
	n := 0
	for m.i = 0; m.i < m.nc; {
		n += m.value()
	}
	if n == 0 {
		m.c.PushInt(end + 1)
		n = 1
	}
	return n
}

// value pushes the values of the capture at m.i, goes on to the next one, and
// returns how many they are.
func (m *machine) value() int {
	m.c.Charge(1)
	if m.level++; m.level > maxLevel+1 {
		m.c.Errorf("subcapture nesting too deep")
	}
	if m.c.Pushed() >= maxValues {
		m.c.Errorf("stack overflow (too many captures)")
	}
	n := m.valueOf(m.caps[m.i])
	m.level--
	return n
}

func (m *machine) valueOf(r capRec) int {
	if r.idx < 0 {
		m.i++
		m.c.Push(m.dyn.GetInt(int(r.len)))
		return 1
	}
	info := &m.prog.caps[r.idx]
	switch info.kind {
	case capSimple:
		if r.len > 0 {
			m.i++
			m.pushText(info, int(r.pos), int(r.pos+r.len-1))
			return 1
		}
		return m.simple()
	case capPosition:
		m.i++
		m.c.PushInt(int(r.pos) + 1)
		return 1
	case capConst:
		m.i++
		m.c.Push(info.val)
		return 1
	case capArg:
		return m.argument(info)
	case capBackref:
		return m.backref(info)
	case capGroup:
		if !info.val.IsNil() {
			m.skip()
			return 0
		}
		return m.inner()
	case capRuntime:
		return m.inner()
	case capTable:
		return m.table()
	case capFunction:
		return m.function(info)
	case capToNumber:
		return m.toNumber(r, info)
	case capQuery:
		return m.query(info)
	case capFold:
		return m.fold(info)
	case capNum:
		return m.number(info)
	}
	return m.built(info)
}

// pushText pushes a part of the subject, for a capture. One that pushes many has the
// last of them remembered, as most captures of log lines repeat.
func (m *machine) pushText(info *capInfo, from, to int) {
	n := to - from
	if n > 64 {
		m.c.Work(n)
	}
	switch {
	case info.texts != nil:
		info.texts.Push(m.c, m.sub[from:to])
		return
	case n <= 1 || n > lua.MaxText:
	case info.pushed < fewTexts:
		info.pushed++
	default:
		m.c.Alloc(lua.TextsBytes)
		info.texts = &lua.Texts{}
		m.prog.known++
	}
	m.c.PushCopy(m.sub[from:to])
}

// skip passes the capture at m.i and all inside it.
func (m *machine) skip() {
	from := m.i
	for depth := 0; ; {
		r := &m.caps[m.i]
		m.i++
		switch {
		case r.idx == closing:
			depth--
		case r.idx >= 0 && r.len == 0:
			depth++
		}
		if depth == 0 {
			if n := m.i - from; n > 16 {
				m.c.Charge(int64(n / 4))
			}
			return
		}
	}
}

// inner pushes the values inside the capture at m.i, or what it matched when there
// are none, and returns how many they are.
func (m *machine) inner() int {
	r := m.caps[m.i]
	info := &m.prog.caps[r.idx]
	m.i++
	if r.len > 0 {
		m.pushText(info, int(r.pos), int(r.pos+r.len-1))
		return 1
	}
	n := 0
	for m.caps[m.i].idx != closing {
		n += m.value()
	}
	if n == 0 {
		m.pushText(info, int(r.pos), int(m.caps[m.i].pos))
		n = 1
	}
	m.i++
	return n
}

// innerOne is inner for a place that wants one value.
func (m *machine) innerOne() {
	mark := m.c.Pushed()
	m.inner()
	m.c.Cut(mark + 1)
}

// simple pushes what the capture at m.i matched, then the values inside it.
func (m *machine) simple() int {
	r := m.caps[m.i]
	end := m.i
	m.skip()
	end, m.i = m.i, end+1
	m.pushText(&m.prog.caps[r.idx], int(r.pos), int(m.caps[end-1].pos))
	n := 1
	for m.caps[m.i].idx != closing {
		n += m.value()
	}
	m.i++
	return n
}

func (m *machine) argument(info *capInfo) int {
	m.i++
	if int(info.n)+3 > m.c.Len() {
		m.c.Errorf("reference to absent extra argument #%d", info.n)
	}
	m.c.Push(m.c.Arg(int(info.n) + 3))
	return 1
}

// backref pushes the values of the last complete group of a name before m.i.
func (m *machine) backref(info *capInfo) int {
	from := m.i
	i := from
	steps := 0
	for i > 0 {
		i--
		steps++
		r := &m.caps[i]
		if r.idx == closing {
			m.fuel = budgetSlice
			i = m.openOf(i)
			steps += budgetSlice - m.fuel
			m.fuel = budgetSlice
			r = &m.caps[i]
		} else if r.idx < 0 || r.len == 0 {
			continue
		}
		group := &m.prog.caps[r.idx]
		if group.kind == capGroup && !group.val.IsNil() && m.c.Equal(group.val, info.val) {
			m.c.Charge(int64(steps / 4))
			m.i = i
			n := m.inner()
			m.i = from + 1
			return n
		}
		if steps > budgetSlice {
			m.c.Charge(int64(steps / 4))
			steps = 0
		}
	}
	m.c.Errorf("back reference '%s' not found", nameOf(info.val))
	return 0
}

// table pushes a table of the values inside the capture at m.i: those of named
// groups under their names, all others in order. They wait on the stack, where
// memory counts see them, names before values as long as all have one; once there is
// a table it lies below them.
func (m *machine) table() int {
	const lot = 64
	c := m.c
	r := m.caps[m.i]
	m.i++
	if r.len > 0 {
		c.Push(c.NewTable(0, 0).Value())
		return 1
	}
	mark := c.Pushed()
	var t *lua.Table
	n, named := 0, false
	for m.caps[m.i].idx != closing {
		name := m.groupName()
		if t == nil && c.Pushed() > mark && (named == name.IsNil() || c.Pushed()-mark >= lot) {
			t = m.lay(mark, named)
			if !named {
				n = c.Pushed() - mark
			}
			c.Cut(mark)
			c.Push(t.Value())
		}
		switch named = !name.IsNil(); {
		case !named:
			m.value()
			if t != nil {
				n = fill(t, n, c.Results(mark+1))
				c.Cut(mark + 1)
			}
		case t != nil:
			m.innerOne()
			t.Set(name, c.Results(mark + 1)[0])
			c.Cut(mark + 1)
		default:
			c.Push(name)
			m.innerOne()
		}
	}
	m.i++
	if t == nil {
		t = m.lay(mark, named)
	}
	c.Cut(mark)
	c.Push(t.Value())
	return 1
}

// lay makes a table of the values on the stack: pairs when they are named.
func (m *machine) lay(mark int, named bool) *lua.Table {
	values := m.c.Results(mark)
	if named {
		return m.c.NewRecord(values)
	}
	t := m.c.NewTable(len(values), 0)
	fill(t, 0, values)
	return t
}

// fill appends values to a table that holds n.
func fill(t *lua.Table, n int, values []lua.Value) int {
	for _, v := range values {
		n++
		t.SetInt(n, v)
	}
	return n
}

// groupName returns the name of the group at m.i, or Nil.
func (m *machine) groupName() lua.Value {
	if r := &m.caps[m.i]; r.idx >= 0 {
		if info := &m.prog.caps[r.idx]; info.kind == capGroup {
			return info.val
		}
	}
	return lua.Nil
}

// function pushes what a function returns for the values inside.
func (m *machine) function(info *capInfo) int {
	mark := m.c.Pushed()
	m.inner()
	return m.call(info.val, mark, -1)
}

// toNumber is function for tonumber: a text without captures inside is converted
// where it lies.
func (m *machine) toNumber(r capRec, info *capInfo) int {
	if r.len <= 0 {
		return m.function(info)
	}
	m.i++
	m.c.Work(int(r.len))
	if f, ok := lua.String(m.sub[r.pos : r.pos+r.len-1]).ToNumber(); ok {
		m.c.Push(lua.Number(f))
	} else {
		m.c.PushNil()
	}
	return 1
}

// call calls fn with the results from mark on and puts what it returns there.
func (m *machine) call(fn lua.Value, mark, nres int) int {
	c := m.c
	res := c.Invoke(fn, nres, c.Results(mark)...)
	c.Cut(mark)
	for _, v := range res {
		c.Push(v)
	}
	return len(res)
}

// query pushes what a table holds for the first value inside.
func (m *machine) query(info *capInfo) int {
	mark := m.c.Pushed()
	m.innerOne()
	v := m.c.Index(info.val, m.c.Results(mark)[0])
	m.c.Cut(mark)
	if v.IsNil() {
		return 0
	}
	m.c.Push(v)
	return 1
}

// fold calls a function with the first value and those of each further capture.
func (m *machine) fold(info *capInfo) int {
	c := m.c
	r := m.caps[m.i]
	m.i++
	mark := c.Pushed()
	if r.len > 0 || m.caps[m.i].idx == closing || m.value() == 0 {
		c.Errorf("no initial value for fold capture")
	}
	c.Cut(mark + 1)
	for m.caps[m.i].idx != closing {
		m.value()
		m.call(info.val, mark, 1)
	}
	m.i++
	return 1
}

// number pushes one of the values inside.
func (m *machine) number(info *capInfo) int {
	c := m.c
	if info.n == 0 {
		m.skip()
		return 0
	}
	mark := c.Pushed()
	n := m.inner()
	if n < int(info.n) {
		c.Errorf("no capture '%d'", info.n)
	}
	v := c.Results(mark)[info.n-1]
	c.Cut(mark)
	c.Push(v)
	return 1
}
