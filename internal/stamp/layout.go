package stamp

import (
	"fmt"
	"strings"
	"time"
)

// Layout parses stamps of one layout, compiled by NewLayout (strftime) or
// NewGoLayout (package time). Its fields may be set until the first Parse.
type Layout struct {
	Loc *time.Location   // zone of stamps that tell none, nil for UTC
	Now func() time.Time // for what the stamp lacks

	Plain bool // seconds take no fraction: what follows the stamp begins with a point

	ops   []op
	pivot bool // two-digit years 69 to 99 are of the 20th century
	comma bool // a fraction of a second may begin with a comma
	abbr  abbreviations

	key   uint64 // date, hour and minute read last
	begin int64  // seconds from the epoch to that minute; valid when key is not 0
}

// op reads one piece of a stamp: what a specifier of strftime of that letter
// reads or, besides, opText, opSpace, opFrac or opMaybeFrac.
type op struct {
	kind byte
	text string
}

const (
	opText      = 0   // these bytes
	opSpace     = ' ' // any white space, also none
	opFrac      = '.' // a point or comma and digits
	opMaybeFrac = '?' // the same or nothing
)

const specifiers = "aAbBCdeDFfgGhHIjklLmMnNprRsStTuUVwWyYzZcxX%"

// whole are the specifiers that stand for several.
var whole = map[byte]string{
	'D': "%m/%d/%y", 'x': "%m/%d/%y", 'F': "%Y-%m-%d", 'r': "%I:%M:%S %p", 'R': "%H:%M",
	'T': "%H:%M:%S", 'X': "%H:%M:%S", 'c': "%a %b %e %H:%M:%S %Y",
}

// NewLayout compiles a strftime format. It knows the specifiers
//
//	a A b B C d D e F g G h H I j k l m M n p r R s S t T u U V w W y Y z Z c x X %
//
// and, as extensions, f, L and N for a fraction of a second. Seconds take a
// fraction when one follows, unless the format has a point there. White space
// stands for any run of it. %y is in the current century. What the format lacks
// of the date is inferred: see NewGoLayout.
func NewLayout(format string) (*Layout, error) {
	l := &Layout{}
	if err := l.strftime(format); err != nil {
		return nil, err
	}
	for i := 1; i < len(l.ops); i++ {
		o := l.ops[i]
		l.Plain = l.Plain || l.ops[i-1].kind|0x20 == 's' && o.kind == opText && o.text[0] == '.'
	}
	return l, nil
}

func (l *Layout) strftime(format string) error {
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case isSpace(c):
			l.add(opSpace, "")
			continue
		case c != '%':
			l.add(opText, format[i:i+1])
			continue
		}
		if i++; i == len(format) {
			return fmt.Errorf("time format %q ends in a single %%; write %%%% for a percent sign", format)
		}
		c = format[i]
		switch more := whole[c]; {
		case strings.IndexByte(specifiers, c) < 0:
			return fmt.Errorf("time format %q: %%%c is not known; the specifiers are %s", format, c, specifiers)
		case more != "":
			if err := l.strftime(more); err != nil {
				return err
			}
		case c == '%':
			l.add(opText, "%")
		case c == 'n' || c == 't':
			l.add(opSpace, "")
		default:
			l.add(c, "")
		}
	}
	return nil
}

// add appends an op; texts that touch become one.
func (l *Layout) add(kind byte, text string) {
	if n := len(l.ops) - 1; n >= 0 && kind == l.ops[n].kind && (kind == opText || kind == opSpace) {
		l.ops[n].text += text
		return
	}
	l.ops = append(l.ops, op{kind, text})
}

// Parse reads a stamp at the head of b.
func (l *Layout) Parse(b []byte) (ns int64, n int) {
	p := parts{b: b, plain: l.Plain, comma: l.comma, century: -1, year2: -1, year: -1, mon: -1, day: -1, yday: -1, pm: -1}
	for k := range l.ops {
		switch o := &l.ops[k]; o.kind {
		case opText:
			if len(b)-p.i < len(o.text) || string(b[p.i:p.i+len(o.text)]) != o.text {
				return 0, 0
			}
			p.i += len(o.text)
		case opSpace:
			p.spaces()
		case 'Z':
			p.zoneName(&l.abbr, l.Loc)
		default:
			p.spec(o.kind)
		}
		if p.i < 0 {
			return 0, 0
		}
	}
	if p.i == 0 {
		return 0, 0
	}
	ns, ok := p.time(l)
	if !ok {
		return 0, 0
	}
	return ns, p.i
}

// time puts the parts together.
func (p *parts) time(l *Layout) (int64, bool) {
	if p.hasEpoch {
		return p.epoch*1e9 + p.ns, true
	}
	if p.pm >= 0 && p.hour <= 12 {
		p.hour = p.hour%12 + 12*p.pm
	}
	key := p.key()
	if key == l.key && !p.hasOffset && key != 0 {
		return (l.begin+int64(p.sec))*1e9 + p.ns, true
	}
	if !p.hasOffset && p.year < 0 && p.century < 0 && p.year2 < 0 && p.mon < 0 && p.day < 0 && p.yday < 0 {
		begin := today(l.Loc, l.now(), p.hour*3600+p.min*60) // not kept: days pass
		return (begin+int64(p.sec))*1e9 + p.ns, true
	}
	begin, ok := p.minute(l)
	if !ok {
		return 0, false
	}
	if p.hasOffset {
		return (begin-p.offset+int64(p.sec))*1e9 + p.ns, true
	}
	l.key, l.begin = key, begin
	return (begin+int64(p.sec))*1e9 + p.ns, true
}

// minute finds the second at which the minute begins; in UTC when the stamp has
// an offset.
func (p *parts) minute(l *Layout) (int64, bool) {
	loc, secs := l.Loc, p.hour*3600+p.min*60
	if p.hasOffset {
		loc = nil
	}
	switch {
	case p.year >= 0:
	case p.century >= 0:
		p.year = p.century*100 + max(p.year2, 0)
	case p.year2 >= 0 && l.pivot:
		if p.year = 1900 + p.year2; p.year2 < 69 {
			p.year += 100
		}
	case p.year2 >= 0:
		p.year = in(l.now(), l.Loc).Year()/100*100 + p.year2
	case p.mon < 0 && p.day < 0 && p.yday < 0:
		t := today(nil, l.now().Add(time.Duration(p.offset)*time.Second), secs)
		return t, true
	default:
		if p.mon < 0 && p.yday > 0 { // a day of the year: 366 is not believed without one
			p.yday = min(p.yday, 365)
			_, p.mon, p.day = Civil(Days(1970, 1, 1) + int64(p.yday-1))
			p.yday = -1
		}
		return latest(loc, l.now(), max(p.mon, 1), max(p.day, 1), secs)
	}
	if p.yday > 0 && p.mon < 0 && p.day < 0 {
		if p.year < minYear || p.year > maxYear || p.yday > 365 && !leap(p.year) {
			return 0, false
		}
		p.year, p.mon, p.day = Civil(Days(p.year, 1, 1) + int64(p.yday-1))
	}
	p.mon, p.day = max(p.mon, 1), max(p.day, 1)
	if !valid(p.year, p.mon, p.day) {
		return 0, false
	}
	return wall(loc, p.year, p.mon, p.day, secs), true
}

func (l *Layout) now() time.Time {
	if l.Now == nil {
		return time.Unix(0, 0).UTC()
	}
	return l.Now()
}
