package stamp

import (
	"fmt"
	"time"
)

// Layout parses stamps of a strftime format. It knows the specifiers
//
//	a A b B C d e D F g G h H I j k l m M n p r R s S t T u U V w W y Y z Z c x X %
//
// and, as extensions, f and N for a fraction of a second. Seconds take a
// fraction when one follows, unless the format has a point there. %y is in the current century. A date or a year that the
// format lacks is that of today.
type Layout struct {
	Loc *time.Location   // zone of stamps that tell none, nil for UTC
	Now func() time.Time // for what the stamp lacks

	Plain bool // seconds take no fraction: what follows the stamp begins with a point

	format string
}

const specifiers = "aAbBCdeDFfgGhHIjklmMnNprRsStTuUVwWyYzZcxX%"

// NewLayout compiles a format.
func NewLayout(format string) (*Layout, error) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		if i == len(format) {
			return nil, fmt.Errorf("time format %q ends in a single %%; write %%%% for a percent sign", format)
		}
		if !contains(specifiers, format[i]) {
			return nil, fmt.Errorf("time format %q: %%%c is not known; the specifiers are %s", format, format[i], specifiers)
		}
	}
	l := &Layout{format: format}
	for i := 0; i+1 < len(format); i++ {
		if format[i] == '%' {
			i++
			l.Plain = l.Plain || contains("SsTXrc", format[i]) && i+1 < len(format) && format[i+1] == '.'
		}
	}
	return l, nil
}

func contains(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// parts is what a stamp says; -1 for what it does not.
type parts struct {
	b                          []byte
	i                          int // offset of what is read next, -1 after a mismatch
	century, year2             int
	year, mon, day, yday       int
	hour, min, sec             int
	pm                         int
	ns                         int64
	epoch                      int64
	hasEpoch, hasOffset, plain bool
	offset                     int64
}

// Parse reads a stamp at the head of b.
func (l *Layout) Parse(b []byte) (ns int64, n int) {
	p := parts{b: b, plain: l.Plain, century: -1, year2: -1, year: -1, mon: -1, day: -1, yday: -1, pm: -1}
	p.walk(l.format)
	if p.i <= 0 {
		return 0, 0
	}
	ns, ok := p.time(l)
	if !ok {
		return 0, 0
	}
	return ns, p.i
}

// walk reads b by a format; formats of formats go one level deep.
func (p *parts) walk(format string) {
	for k := 0; k < len(format) && p.i >= 0; k++ {
		c := format[k]
		switch {
		case c == '%':
			k++
			p.spec(format[k])
		case isSpace(c):
			p.spaces()
		default:
			p.lit(c)
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func (p *parts) spaces() {
	for p.i < len(p.b) && isSpace(p.b[p.i]) {
		p.i++
	}
}

func (p *parts) lit(c byte) {
	if p.i >= len(p.b) || p.b[p.i] != c {
		p.i = -1
		return
	}
	p.i++
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
	case 'D', 'x':
		p.walk("%m/%d/%y")
	case 'F':
		p.walk("%Y-%m-%d")
	case 'f', 'N':
		p.frac()
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
	case 'n', 't':
		p.spaces()
	case 'p':
		p.pm = p.name(halves[:], false)
	case 'r':
		p.walk("%I:%M:%S %p")
	case 'R':
		p.walk("%H:%M")
	case 's':
		p.seconds()
	case 'S':
		p.sec = p.num(2, 0, 60)
		if !p.plain && p.i > 0 && p.i+1 < len(p.b) && p.b[p.i] == '.' && p.b[p.i+1]-'0' <= 9 {
			p.i++
			p.frac()
		}
	case 'T', 'X':
		p.walk("%H:%M:%S")
	case 'c':
		p.walk("%a %b %e %H:%M:%S %Y")
	case 'u':
		p.num(1, 1, 7)
	case 'w':
		p.num(1, 0, 6)
	case 'U', 'V', 'W':
		p.num(2, 0, 53)
	case 'z':
		p.zone()
	case 'Z':
		p.zoneName()
	case '%':
		p.lit('%')
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
	for k, w := range list {
		if p.word(w) {
			p.i += len(w)
			return k
		}
	}
	for k, w := range list {
		if !full && len(w) > 3 && p.word(w[:3]) {
			p.i += 3
			return k
		}
	}
	p.i = -1
	return -1
}

func (p *parts) word(w string) bool {
	if len(p.b)-p.i < len(w) {
		return false
	}
	for k := range len(w) {
		if p.b[p.i+k]|0x20 != w[k] {
			return false
		}
	}
	return true
}

// zone reads Z, +hh, +hhmm or +hh:mm.
func (p *parts) zone() {
	b, i := p.b, p.i
	if i < len(b) && b[i] == 'Z' {
		p.hasOffset, p.i = true, i+1
		return
	}
	if i+3 > len(b) {
		p.i = -1
		return
	}
	h := digits2(b, i+1)
	n, m := i+3, 0
	if n < len(b) && b[n] == ':' {
		n++
	}
	if n+2 <= len(b) && digits2(b, n) >= 0 {
		m = digits2(b, n)
		n += 2
	} else {
		n = i + 3
	}
	if h < 0 || h > 23 || m > 59 || b[i] != '+' && b[i] != '-' {
		p.i = -1
		return
	}
	p.offset, p.hasOffset, p.i = int64(h*3600+m*60), true, n
	if b[i] == '-' {
		p.offset = -p.offset
	}
}

// zoneName reads up to five letters; those that are not of North America count
// as UTC.
func (p *parts) zoneName() {
	start := p.i
	for p.i < len(p.b) && p.i-start < 5 && p.b[p.i]|0x20 >= 'a' && p.b[p.i]|0x20 <= 'z' {
		p.i++
	}
	if p.i == start {
		p.i = -1
		return
	}
	hours := 0
	switch string(p.b[start:p.i]) {
	case "EDT":
		hours = -4
	case "EST", "CDT":
		hours = -5
	case "CST", "MDT":
		hours = -6
	case "MST", "PDT":
		hours = -7
	case "PST":
		hours = -8
	}
	p.offset, p.hasOffset = int64(hours)*3600, true
}

// time puts the parts together.
func (p *parts) time(l *Layout) (int64, bool) {
	if p.hasEpoch {
		return p.epoch*1e9 + p.ns, true
	}
	if p.pm >= 0 && p.hour <= 12 {
		p.hour = p.hour%12 + 12*p.pm
	}
	p.fill(l)
	if p.yday > 0 && p.mon < 0 && p.day < 0 {
		if p.yday > 365 && !leap(p.year) {
			return 0, false
		}
		p.year, p.mon, p.day = Civil(Days(p.year, 1, 1) + int64(p.yday-1))
	}
	if p.mon < 0 {
		p.mon = 1
	}
	if p.day < 0 {
		p.day = 1
	}
	if !valid(p.year, p.mon, p.day) {
		return 0, false
	}
	secs := p.hour*3600 + p.min*60 + p.sec
	if p.hasOffset {
		return (Days(p.year, p.mon, p.day)*86400+int64(secs)-p.offset)*1e9 + p.ns, true
	}
	return wall(l.Loc, p.year, p.mon, p.day, secs)*1e9 + p.ns, true
}

// fill completes the year, and the date when nothing is said of it.
func (p *parts) fill(l *Layout) {
	if p.year >= 0 {
		return
	}
	switch {
	case p.century >= 0:
		p.year = p.century*100 + max(p.year2, 0)
		return
	}
	now := time.Unix(0, 0).UTC()
	if l.Now != nil {
		now = l.Now()
	}
	if l.Loc != nil {
		now = now.In(l.Loc)
	}
	p.year = now.Year()
	if p.year2 >= 0 {
		p.year = p.year/100*100 + p.year2
	} else if p.mon < 0 && p.day < 0 && p.yday < 0 {
		p.mon, p.day = int(now.Month()), now.Day()
	}
}
