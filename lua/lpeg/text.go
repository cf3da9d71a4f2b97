package lpeg

// Texts of substitution and string captures are built in one buffer, each at its
// end; those inside others add to them directly.

// built pushes the text of a substitution or string capture.
func (m *machine) built(info *capInfo) int {
	from := len(m.buf)
	m.build(info)
	m.c.PushBytes(m.buf[from:])
	m.buf = m.buf[:from]
	return 1
}

// enter counts texts inside texts.
func (m *machine) enter() {
	if m.depth++; m.depth > maxNesting {
		m.c.Errorf("subcapture nesting too deep")
	}
}

func (m *machine) build(info *capInfo) {
	m.enter()
	if info.kind == capSubst {
		m.substitute()
	} else {
		m.format(info)
	}
	m.depth--
}

// add appends to the buffer.
func (m *machine) add(s string) {
	if len(s) > 64 {
		m.c.Work(len(s))
	}
	if need := len(m.buf) + len(s); need > cap(m.buf) {
		size := max(2*cap(m.buf), need, 64)
		m.c.Alloc(size)
		m.buf = append(make([]byte, 0, size), m.buf...)
	}
	m.buf = append(m.buf, s...)
}

// substitute adds what the capture at m.i matched, with the captures inside
// replaced by their values.
func (m *machine) substitute() {
	r := m.caps[m.i]
	m.i++
	at := int(r.pos)
	if r.len > 0 {
		m.add(m.sub[at : at+int(r.len)-1])
		return
	}
	for m.caps[m.i].idx != closing {
		next := int(m.caps[m.i].pos)
		m.add(m.sub[at:max(at, next)])
		if m.addOne("replacement") {
			at = m.endOf(m.i - 1)
		} else {
			at = next
		}
	}
	m.add(m.sub[at:max(at, int(m.caps[m.i].pos))])
	m.i++
}

// endOf returns where the capture ends whose last record is at i.
func (m *machine) endOf(i int) int {
	r := &m.caps[i]
	if r.idx >= 0 {
		return int(r.pos + r.len - 1)
	}
	return int(r.pos)
}

// addOne adds the first value of the capture at m.i, and reports whether there is
// one.
func (m *machine) addOne(what string) bool {
	if r := &m.caps[m.i]; r.idx >= 0 {
		info := &m.prog.caps[r.idx]
		if info.kind == capSubst || info.kind == capString {
			m.c.Charge(1)
			m.build(info)
			return true
		}
		if info.kind == capSimple && r.len > 0 {
			m.i++
			m.add(m.sub[r.pos : r.pos+r.len-1])
			return true
		}
	}
	mark := m.c.Pushed()
	if m.value() == 0 {
		return false
	}
	v := m.c.Results(mark)[0]
	s, ok := v.ToString()
	if !ok {
		m.c.Errorf("invalid %s value (a %s)", what, v.Type())
	}
	m.add(s)
	m.c.Cut(mark)
	return true
}

// part is what %0 … %9 of a string capture stand for: a part of the subject, or
// the capture at record cap.
type part struct {
	from, to int
	cap      int // -1 for a part of the subject
}

const maxParts = 10

// format adds the text of a string capture.
func (m *machine) format(info *capInfo) {
	var parts [maxParts]part
	n := m.parts(&parts, 0)
	next := m.i
	text := info.val.Str()
	if s, ok := info.val.ToString(); ok {
		text = s
	}
	for k := 0; k < len(text); k++ {
		from := k
		for k < len(text) && text[k] != '%' {
			k++
		}
		m.add(text[from:k])
		if k == len(text) {
			break
		}
		if k++; k == len(text) {
			m.add("\x00") // as the C implementation does with a % at the end
			break
		}
		if d := int(text[k]) - '0'; d < 0 || d > 9 {
			m.add(text[k : k+1])
		} else {
			m.addPart(parts[:n], d)
		}
	}
	m.i = next
}

func (m *machine) addPart(parts []part, d int) {
	if d >= len(parts) {
		m.c.Errorf("invalid capture index (%d)", d)
	}
	m.c.Charge(1)
	p := parts[d]
	if p.cap < 0 {
		m.add(m.sub[p.from:p.to])
		return
	}
	m.i = p.cap
	if !m.addOne("capture") {
		m.c.Errorf("no values in capture index %d", d)
	}
}

// parts finds the parts of the capture at m.i: itself, then those inside; simple
// captures are looked into.
func (m *machine) parts(list *[maxParts]part, n int) int {
	k := n
	n++
	r := m.caps[m.i]
	m.i++
	list[k] = part{int(r.pos), int(r.pos + r.len - 1), -1}
	if r.len > 0 {
		return n
	}
	m.enter()
	for m.caps[m.i].idx != closing {
		r := &m.caps[m.i]
		switch {
		case n >= maxParts:
			m.skip()
		case r.idx >= 0 && m.prog.caps[r.idx].kind == capSimple:
			n = m.parts(list, n)
		default:
			list[n] = part{cap: m.i}
			n++
			m.skip()
		}
	}
	m.depth--
	list[k].to = int(m.caps[m.i].pos)
	m.i++
	return n
}
