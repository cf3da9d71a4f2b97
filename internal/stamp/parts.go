package stamp

// parts is what a stamp says; -1 for what it does not.
type parts struct {
	b                    []byte
	i                    int // offset of what is read next, -1 after a mismatch
	century, year2       int
	year, mon, day, yday int
	hour, min, sec       int
	pm                   int
	ns                   int64
	epoch                int64
	offset               int64
	hasEpoch, hasOffset  bool
	plain, comma         bool
}

// key is what the parts say down to the minute.
func (p *parts) key() uint64 {
	k := uint64(p.year + 1)
	k = k<<7 | uint64(p.century+1)
	k = k<<7 | uint64(p.year2+1)
	k = k<<4 | uint64(p.mon+1)
	k = k<<6 | uint64(p.day+1)
	k = k<<9 | uint64(p.yday+1)
	k = k<<5 | uint64(p.hour)
	return k<<6 | uint64(p.min)
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isLetter(c byte) bool { return c|0x20-'a' <= 'z'-'a' }

func (p *parts) spaces() {
	for p.i < len(p.b) && isSpace(p.b[p.i]) {
		p.i++
	}
}

func (p *parts) spec(c byte) {
	switch c {
	case 'a', 'A':
		p.name(weekdays[:], c == 'A')
	case 'b', 'h', 'B':
		p.mon = p.name(months[:], c == 'B') + 1
	case 'C':
		p.century = p.num(2, 0, 99)
	case 'd', 'e':
		p.day = p.num(2, 1, 31)
	case 'f', 'L', 'N':
		p.frac()
	case opFrac:
		if p.i < len(p.b) && (p.b[p.i] == '.' || p.b[p.i] == ',') {
			p.i++
			p.frac()
		} else {
			p.i = -1
		}
	case opMaybeFrac:
		p.maybeFrac(true)
	case 'g', 'y':
		p.year2 = p.num(2, 0, 99)
	case 'G', 'Y':
		p.year = p.num(4, 0, 9999)
	case 'H', 'k':
		p.hour = p.num(2, 0, 23)
	case 'I', 'l':
		p.hour = p.num(2, 1, 12)
	case 'j':
		p.yday = p.num(3, 1, 366)
	case 'm':
		p.mon = p.num(2, 1, 12)
	case 'M':
		p.min = p.num(2, 0, 59)
	case 'p':
		p.pm = p.name(halves[:], false)
	case 's':
		p.seconds()
	case 'S':
		if p.sec = p.num(2, 0, 60); !p.plain && p.i > 0 {
			p.maybeFrac(p.comma)
		}
	case 'u':
		p.num(1, 1, 7)
	case 'w':
		p.num(1, 0, 6)
	case 'U', 'V', 'W':
		p.num(2, 0, 53)
	case 'z':
		p.zone()
	}
}

// num reads a number of up to width digits, padded with blanks or not.
func (p *parts) num(width, min, max int) int {
	for width > 1 && p.i < len(p.b) && p.b[p.i] == ' ' {
		p.i++
		width--
	}
	v, start := 0, p.i
	for p.i < len(p.b) && p.i-start < width && p.b[p.i]-'0' <= 9 {
		v = v*10 + int(p.b[p.i]-'0')
		p.i++
	}
	if p.i == start || v < min || v > max {
		p.i = -1
		return -1
	}
	return v
}

func (p *parts) frac() {
	var end int
	if p.ns, end = fraction(p.b, p.i); end == p.i {
		end = -1
	}
	p.i = end
}

// maybeFrac reads a fraction when one follows.
func (p *parts) maybeFrac(comma bool) {
	if i := p.i; i+1 < len(p.b) && (p.b[i] == '.' || comma && p.b[i] == ',') && p.b[i+1]-'0' <= 9 {
		p.i++
		p.frac()
	}
}

func (p *parts) seconds() {
	start, v := p.i, int64(0)
	for p.i < len(p.b) && p.i-start < 11 && p.b[p.i]-'0' <= 9 {
		v = v*10 + int64(p.b[p.i]-'0')
		p.i++
	}
	if p.i == start || v > 9_000_000_000 {
		p.i = -1
		return
	}
	p.epoch, p.hasEpoch = v, true
	if !p.plain {
		p.maybeFrac(false)
	}
}

var (
	weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	months   = [...]string{"january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december"}
	halves = [...]string{"am", "pm"}
)

// name reads a word of the list, in any case, and gives its index. Words may be
// cut to three letters unless full.
func (p *parts) name(list []string, full bool) int {
	if p.i >= len(p.b) {
		p.i = -1
		return -1
	}
	c := p.b[p.i] | 0x20
	for k, w := range list {
		if w[0] != c {
			continue
		}
		if p.word(w) {
			p.i += len(w)
			return k
		}
		if !full && len(w) > 3 && p.word(w[:3]) {
			p.i += 3
			return k
		}
	}
	p.i = -1
	return -1
}

func (p *parts) word(w string) bool { return hasWord(p.b, p.i, w) }

// hasWord reports whether the lower-case word w stands at b[i:], in any case.
func hasWord(b []byte, i int, w string) bool {
	if len(b)-i < len(w) {
		return false
	}
	for k := range len(w) {
		if b[i+k]|0x20 != w[k] {
			return false
		}
	}
	return true
}

// zone reads Z, +hh, +hhmm or +hh:mm.
func (p *parts) zone() {
	off, n := offsetAt(p.b, p.i)
	if n == 0 {
		p.i = -1
		return
	}
	p.offset, p.hasOffset = off, true
	p.i += n
}

// offsetAt reads Z, +hh, +hhmm or +hh:mm at b[i:]; n is 0 when there is none.
func offsetAt(b []byte, i int) (off int64, n int) {
	if i < len(b) && (b[i] == 'Z' || b[i] == 'z') {
		return 0, 1
	}
	if i+3 > len(b) || b[i] != '+' && b[i] != '-' {
		return 0, 0
	}
	h, m, end := digits2(b, i+1), 0, i+3
	k := end
	if k < len(b) && b[k] == ':' {
		k++
	}
	if k+2 <= len(b) {
		if v := digits2(b, k); v >= 0 {
			m, end = v, k+2
		}
	}
	if h < 0 || h > 23 || m > 59 {
		return 0, 0
	}
	off = int64(h*3600 + m*60)
	if b[i] == '-' {
		off = -off
	}
	return off, end - i
}
