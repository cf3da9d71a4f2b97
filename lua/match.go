package lua

import (
	"strings"
	"unsafe"
)

const (
	maxCaptures = 32
	maxMatch    = 200 // nested attempts, as C Lua's C stack

	capOpen = -1 // length of a capture that is not closed yet
	capPos  = -2 // of a position capture
)

// matcher is one search: the subject, the pattern, and the captures so far. Each
// attempt at an item and each byte of a repetition is a step; steps are charged
// on the way, so that no pattern runs long without being stopped.
type matcher struct {
	c     *Call
	src   string
	items []item
	level int // captures begun
	depth int
	steps int
	caps  [maxCaptures]struct{ start, len int }
}

const stepsPerCharge = 4096

// newMatcher returns a matcher for src: the spare one of the VM where no search is
// under way. The captures of the last search in it are not cleared.
func (c *Call) newMatcher(src string) *matcher {
	m := c.vm.spare
	if m == nil {
		c.vm.alloc(int64(unsafe.Sizeof(matcher{})))
		m = new(matcher)
	}
	c.vm.spare = nil
	m.c, m.src, m.level, m.depth = c, src, 0, 0
	return m
}

// release charges what is left and gives the matcher back.
func (m *matcher) release() {
	m.tick()
	m.src = ""
	m.c.vm.spare = m
}

// tick charges the steps made so far.
func (m *matcher) tick() {
	m.c.vm.charge(int64(m.steps) >> 3)
	m.steps = 0
}

// find returns the first match at or after from: its start and end, or -1.
func (m *matcher) find(p *pattern, from int) (start, end int) {
	m.items = p.items
	if p.anchored {
		m.level = 0
		return from, m.match(from, 0)
	}
	if p.prefix != "" {
		return m.findPrefix(p, from)
	}
	var first *item
	if len(p.items) > 0 && (p.items[0].rep == 0 || p.items[0].rep == '+') {
		first = &p.items[0]
	}
	for ; from <= len(m.src); from++ {
		if first != nil { // pass what cannot begin a match
			at := from
			switch first.op {
			case itemByte:
				i := strings.IndexByte(m.src[from:], first.c)
				if i < 0 {
					m.steps += (len(m.src) - from) >> 4
					return from, -1
				}
				from += i
			case itemSet:
				for from < len(m.src) && !first.set.has(m.src[from]) {
					from++
				}
				if from == len(m.src) {
					m.steps += (from - at) >> 2
					return from, -1
				}
			}
			m.steps += (from - at) >> 2
		}
		m.level = 0
		if end = m.match(from, 0); end >= 0 {
			return from, end
		}
	}
	return from, -1
}

// findPrefix is find for a pattern that begins with a text.
func (m *matcher) findPrefix(p *pattern, from int) (start, end int) {
	for {
		i := strings.Index(m.src[from:], p.prefix)
		if i < 0 {
			m.steps += (len(m.src) - from) >> 1
			return from, -1
		}
		from += i
		if m.steps += i>>1 + len(p.prefix); m.steps >= stepsPerCharge {
			m.tick()
		}
		m.level = 0
		if end = m.match(from+len(p.prefix), len(p.prefix)); end >= 0 {
			return from, end
		}
		from++
	}
}

// single reports whether it matches the byte at s.
func (m *matcher) single(it *item, s int) bool {
	if s >= len(m.src) {
		return false
	}
	switch it.op {
	case itemByte:
		return m.src[s] == it.c
	case itemAny:
		return true
	}
	return it.set.has(m.src[s])
}

// match matches the items from p on at s and returns the end of the match, or -1.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxMatch {
		m.c.Errorf("pattern too complex")
	}
	e := m.run(s, p)
	m.depth--
	return e
}

func (m *matcher) run(s, p int) int {
	for p < len(m.items) {
		if m.steps++; m.steps >= stepsPerCharge {
			m.tick()
		}
		it := &m.items[p]
		switch it.op {
		case itemByte, itemAny, itemSet:
			switch it.rep {
			case 0:
				if !m.single(it, s) {
					return -1
				}
				s++
			case '?':
				if m.single(it, s) {
					if e := m.match(s+1, p+1); e >= 0 {
						return e
					}
				}
			case '-':
				return m.shortest(it, s, p+1)
			default:
				return m.longest(it, s, p+1)
			}
		case itemOpen, itemPos:
			return m.open(it, s, p+1)
		case itemClose:
			return m.close(s, p+1)
		case itemEnd:
			if s != len(m.src) {
				return -1
			}
		case itemBalance:
			if s = m.balance(it, s); s < 0 {
				return -1
			}
		case itemFrontier:
			var before, after byte
			if s > 0 {
				before = m.src[s-1]
			}
			if s < len(m.src) {
				after = m.src[s]
			}
			if it.set.has(before) || !it.set.has(after) {
				return -1
			}
		case itemBack:
			if s = m.back(it, s); s < 0 {
				return -1
			}
		case itemError:
			m.c.Errorf("%s", it.err)
		}
		p++
	}
	return s
}

// longest matches as many of it as there are, then fewer and fewer.
func (m *matcher) longest(it *item, s, p int) int {
	src := m.src
	i := s
	switch it.op {
	case itemByte:
		for i < len(src) && src[i] == it.c {
			i++
		}
	case itemAny:
		i = len(src)
	default:
		for i < len(src) && it.set.has(src[i]) {
			i++
		}
	}
	m.steps += (i - s) >> 2
	least := s
	if it.rep == '+' {
		least++
	}
	if p == len(m.items) {
		if i < least {
			return -1
		}
		return i
	}
	next := &m.items[p]
	for ; i >= least; i-- {
		if next.op == itemByte && next.rep == 0 {
			if i == len(src) || src[i] != next.c {
				if m.steps++; m.steps >= stepsPerCharge {
					m.tick()
				}
				continue
			}
		}
		if e := m.match(i, p); e >= 0 {
			return e
		}
	}
	return -1
}

// shortest matches as few of it as the rest allows.
func (m *matcher) shortest(it *item, s, p int) int {
	for {
		if e := m.match(s, p); e >= 0 {
			return e
		}
		if !m.single(it, s) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(it *item, s, p int) int {
	if m.level >= maxCaptures {
		m.c.Errorf("too many captures")
	}
	c := &m.caps[m.level]
	c.start, c.len = s, capOpen
	if it.op == itemPos {
		c.len = capPos
	}
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) close(s, p int) int {
	l := m.level - 1
	for l >= 0 && m.caps[l].len != capOpen {
		l--
	}
	if l < 0 {
		m.c.Errorf("invalid pattern capture")
	}
	m.caps[l].len = s - m.caps[l].start
	e := m.match(s, p)
	if e < 0 {
		m.caps[l].len = capOpen
	}
	return e
}

// balance matches %bxy at s and returns its end, or -1.
func (m *matcher) balance(it *item, s int) int {
	if s >= len(m.src) || m.src[s] != it.c {
		return -1
	}
	open := 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case it.d:
			if open--; open == 0 {
				m.steps += (i - s) >> 2
				return i + 1
			}
		case it.c:
			open++
		}
	}
	m.steps += (len(m.src) - s) >> 2
	return -1
}

// back matches what a capture has matched.
func (m *matcher) back(it *item, s int) int {
	l := int(it.c) - '1'
	if l < 0 || l >= m.level || m.caps[l].len == capOpen {
		m.c.Errorf("invalid capture index")
	}
	c := m.caps[l]
	if c.len == capPos {
		return -1 // a position is no text
	}
	n := c.len
	m.steps += n >> 4
	if !strings.HasPrefix(m.src[s:], m.src[c.start:c.start+n]) {
		return -1
	}
	return s + n
}

// capture returns capture l, or the whole match when the pattern has none.
func (m *matcher) capture(l, start, end int) Value {
	if l >= m.level {
		if l > 0 {
			m.c.Errorf("invalid capture index")
		}
		return m.c.vm.copyString(m.src[start:end])
	}
	switch c := m.caps[l]; c.len {
	case capOpen:
		m.c.Errorf("unfinished capture")
	case capPos:
		return Int(c.start + 1)
	default:
		return m.c.vm.copyString(m.src[c.start : c.start+c.len])
	}
	return Nil
}

// push adds all captures, or the whole match if there are none, as results.
func (m *matcher) push(start, end int) int {
	n := m.level
	if n == 0 && start >= 0 {
		n = 1
	}
	for l := range n {
		m.c.Push(m.capture(l, start, end))
	}
	return n
}
