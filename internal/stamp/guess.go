package stamp

import "time"

// Guess parses the stamps that most programs write, without being told which:
//
//	2026-11-25T13:00:00,123+01:00   ISO 8601, RFC 3339, log4j, MySQL, PostgreSQL: T or blank, any
//	20261125T130000Z                fraction, zone as Z, +01, +0100, +01:00 or a known name, or none
//	20261125 13:00:00, 20261125-13:00:00, 20261125130000
//	2026/11/25 13:00:00             Go, nginx; also 2026.11.25
//	25.11.2026 13:00:00
//	25/Nov/2026:13:00:00 +0100      CLF; also with - or a blank between: Tomcat, bind, Redis, RFC 822
//	Wed, 25 Nov 2026 13:00:00 GMT   RFC 1123, RFC 850; Wed Nov 25 13:00:00 CET 2026 and the like
//	Nov 25 13:00:00                 syslog; Nov 25, 2026 1:00:00 PM
//	261125 13:00:00                 MySQL, old
//	13:00:00.123                    a time of today
//	@400000006921a1d01b2e0280       TAI64N
//	1795611600.123                  seconds, milli-, micro- or nanoseconds since 1970: 10, 13, 16, 19 digits
//
// Days and months that are both numbers (11/25/2026) are not guessed at. What a
// stamp lacks is inferred as NewGoLayout says.
type Guess struct {
	Loc *time.Location   // zone of stamps that tell none, nil for UTC
	Now func() time.Time // for what the stamp lacks

	cache minutes
	full  RFC3339
	bsd   BSD
	abbr  abbreviations
}

// Parse reads a stamp at the head of b.
func (g *Guess) Parse(b []byte) (ns int64, n int) {
	if len(b) < 5 {
		return 0, 0
	}
	if c := b[0]; c-'0' <= 9 {
		return g.digits(b)
	} else if isLetter(c) {
		return g.letters(b)
	} else if c == '-' {
		return g.epoch(b)
	} else if c == '@' {
		return tai64n(b)
	}
	return 0, 0
}

// tai64n reads @ and 24 hexadecimal digits: seconds from 2^62 on and nanoseconds,
// as multilog and svlogd write them, ten seconds ahead of UTC.
func tai64n(b []byte) (ns int64, n int) {
	if len(b) < 25 {
		return 0, 0
	}
	var v [2]uint64
	for i, c := range b[1:25] {
		d := c - '0'
		if d > 9 {
			if d = c - 'a'; d > 5 {
				return 0, 0
			}
			d += 10
		}
		v[i/16] = v[i/16]<<4 | uint64(d)
	}
	sec := int64(v[0]) - 1<<62 - 10
	if v[0]>>62 != 1 || sec > 9e9 || v[1] >= 1e9 {
		return 0, 0
	}
	return sec*1e9 + int64(v[1]), 25
}

// digits tells apart what begins with a digit by how many there are.
func (g *Guess) digits(b []byte) (ns int64, n int) {
	d := 1
	for d < len(b) && b[d]-'0' <= 9 {
		d++
	}
	if d == len(b) {
		if d == 14 {
			return g.compact(b)
		}
		return g.epoch(b)
	}
	switch c := b[d]; {
	case d == 4 && (c == '-' || c == '/' || c == '.'):
		return g.iso(b, c)
	case d <= 2 && c == ':':
		return g.clockOnly(b)
	case d <= 2 && (c == '/' || c == '-' || c == ' '):
		return g.dayFirst(b, d, c)
	case d == 2 && c == '.':
		return g.dotted(b)
	case d == 6 && c == ' ':
		return g.mysql(b)
	case d == 8 && (c == ' ' || c == '-'):
		if secs, end := timeOfDay(b, 9); end > 0 && b[9] != ' ' {
			return g.when(b, end, digits2(b, 0)*100+digits2(b, 2), digits2(b, 4), digits2(b, 6), secs)
		}
		return 0, 0
	case d == 8 && (c == 'T' || c == 't') || d == 14:
		return g.compact(b)
	}
	return g.epoch(b)
}

func (g *Guess) epoch(b []byte) (int64, int) {
	d := 0
	if b[0] == '-' {
		d++
	}
	start := d
	for d < len(b) && b[d]-'0' <= 9 {
		d++
	}
	switch d - start {
	case 10, 13, 16, 19:
		return EpochGuess(b)
	}
	return 0, 0
}

// when makes the stamp's time of its parts. n is the offset past its seconds.
func (g *Guess) when(b []byte, n, year, mon, day, secs int) (int64, int) {
	if !valid(year, mon, day) {
		return 0, 0
	}
	var ns int64
	if n+1 < len(b) && (b[n] == '.' || b[n] == ',') && b[n+1]-'0' <= 9 {
		ns, n = fraction(b, n+1)
	}
	if off, end, ok := g.zone(b, n); ok {
		return (Days(year, mon, day)*86400+int64(secs)-off)*1e9 + ns, end
	}
	return g.cache.at(g.Loc, year, mon, day, secs)*1e9 + ns, n
}

// zone reads a zone at b[i:], behind a blank or not. A name must be known and the
// word end there; behind a blank an offset has four digits.
func (g *Guess) zone(b []byte, i int) (off int64, end int, ok bool) {
	blank := i < len(b) && b[i] == ' '
	if blank {
		i++
	}
	if i >= len(b) {
		return 0, 0, false
	}
	n := i
	switch c := b[i]; {
	case c == '+' || c == '-':
		off, w := offsetAt(b, i)
		return off, i + w, w > 0 && (w > 3 || !blank) && (i+w == len(b) || b[i+w]-'0' > 9)
	case c == 'z' && !blank:
		n++
	case c-'A' > 'Z'-'A':
		return 0, 0, false
	default:
		for n < len(b) && n-i < 6 && isLetter(b[n]) {
			n++
		}
	}
	if n < len(b) && (isLetter(b[n]) || b[n] > ' ' && b[n] <= '9' && b[n] != ',' && b[n] != ')' && b[n] != '"' || b[n] == '_') {
		return 0, 0, false
	}
	if b[i] == 'z' {
		return 0, n, true
	}
	off, ok = g.abbr.find(b[i:n], g.Loc)
	return off, n, ok
}

// timeOfDay reads h:mm[:ss] at b[i:] with AM or PM behind it; end is 0 when there
// is none. The fraction is left to when.
func timeOfDay(b []byte, i int) (secs, end int) {
	if i < len(b) && b[i] == ' ' {
		i++
	}
	h, k := 0, i
	for k < len(b) && k-i < 2 && b[k]-'0' <= 9 {
		h = h*10 + int(b[k]-'0')
		k++
	}
	if k == i || k+3 > len(b) || b[k] != ':' || h > 23 {
		return 0, 0
	}
	m, s := digits2(b, k+1), 0
	k += 3
	if k+3 <= len(b) && b[k] == ':' {
		s = digits2(b, k+1)
		k += 3
	}
	if m < 0 || m > 59 || s < 0 || s > 60 {
		return 0, 0
	}
	half := k
	if k < len(b) && b[k] == ' ' {
		half++
	}
	if h <= 12 && half+1 < len(b) && hasWord(b, half+1, "m") && (half+2 == len(b) || !isLetter(b[half+2])) {
		switch b[half] | 0x20 {
		case 'a':
			h, k = h%12, half+2
		case 'p':
			h, k = h%12+12, half+2
		}
	}
	return h*3600 + m*60 + s, k
}

// iso reads yyyy-mm-dd or yyyy/mm/dd with a time behind it or alone.
func (g *Guess) iso(b []byte, sep byte) (int64, int) {
	if len(b) < 10 || b[7] != sep {
		return 0, 0
	}
	if ns, n := g.full.Parse(b); n > 0 {
		return ns, n
	}
	c, y, m, d := digits2(b, 0), digits2(b, 2), digits2(b, 5), digits2(b, 8)
	if c|y|m|d < 0 {
		return 0, 0
	}
	year := c*100 + y
	if len(b) >= 19 && (b[10] == 'T' || b[10] == ' ' || b[10] == 't' || b[10] == '_') {
		if secs := clock(b, 11); secs >= 0 {
			return g.when(b, 19, year, m, d, secs)
		}
	}
	if len(b) > 10 && (b[10] == 'T' || b[10] == ' ' || b[10] == 't') {
		if secs, end := timeOfDay(b, 11); end > 0 {
			return g.when(b, end, year, m, d, secs)
		}
	}
	if !valid(year, m, d) || len(b) > 10 && (b[10]-'0' <= 9 || isLetter(b[10])) {
		return 0, 0
	}
	return g.cache.at(g.Loc, year, m, d, 0) * 1e9, 10
}

// compact reads yyyymmddThhmmss or yyyymmddhhmmss.
func (g *Guess) compact(b []byte) (int64, int) {
	c, y, mon, d := digits2(b, 0), digits2(b, 2), digits2(b, 4), digits2(b, 6)
	i := 8
	if b[i]|0x20 == 't' {
		i++
	}
	if len(b) < i+4 {
		return 0, 0
	}
	h, m, s := digits2(b, i), digits2(b, i+2), 0
	i += 4
	if len(b) >= i+2 && b[i]-'0' <= 9 {
		s = digits2(b, i)
		i += 2
	}
	if h|m|s < 0 || h > 23 || m > 59 || s > 60 {
		return 0, 0
	}
	return g.when(b, i, c*100+y, mon, d, h*3600+m*60+s)
}

// mysql reads yymmdd hh:mm:ss.
func (g *Guess) mysql(b []byte) (int64, int) {
	secs, end := timeOfDay(b, 7)
	if end == 0 {
		if secs, end = timeOfDay(b, 6); end == 0 { // hours below 10 are padded with a blank
			return 0, 0
		}
	}
	return g.when(b, end, 2000+digits2(b, 0), digits2(b, 2), digits2(b, 4), secs)
}

// dotted reads dd.mm.yyyy hh:mm:ss.
func (g *Guess) dotted(b []byte) (int64, int) {
	if len(b) < 16 || b[5] != '.' || b[10] != ' ' && b[10] != ',' {
		return 0, 0
	}
	d, m, c, y := digits2(b, 0), digits2(b, 3), digits2(b, 6), digits2(b, 8)
	i := 11
	if b[10] == ',' && b[i] == ' ' {
		i++
	}
	secs, end := timeOfDay(b, i)
	if d|m|c|y < 0 || end == 0 {
		return 0, 0
	}
	return g.when(b, end, c*100+y, m, d, secs)
}

func (g *Guess) clockOnly(b []byte) (int64, int) {
	secs, n := timeOfDay(b, 0)
	if n == 0 || g.Now == nil {
		return 0, 0
	}
	var ns int64
	if n+1 < len(b) && (b[n] == '.' || b[n] == ',') && b[n+1]-'0' <= 9 {
		ns, n = fraction(b, n+1)
	}
	return today(g.Loc, g.Now(), secs)*1e9 + ns, n
}
