package stamp

import "time"

// dayFirst reads dd/Mon/yyyy:hh:mm:ss and its like: the separator may be a slash,
// a hyphen or a blank, the year two digits, or missing where the time follows.
func (g *Guess) dayFirst(b []byte, d int, sep byte) (int64, int) {
	day := int(b[0] - '0')
	if d == 2 {
		day = digits2(b, 0)
	}
	mon, i := monthAt(b, d+1)
	if mon == 0 || i >= len(b) || b[i] != sep {
		return 0, 0
	}
	i++
	year, n := yearAt(b, i)
	if n == 0 { // 25 Nov 13:00:00
		secs, end := timeOfDay(b, i)
		if end == 0 {
			return 0, 0
		}
		return g.yearless(b, end, mon, day, secs)
	}
	i += n
	if i >= len(b) || b[i] != ' ' && b[i] != ':' && b[i] != 'T' {
		return 0, 0
	}
	secs, end := timeOfDay(b, i+1)
	if end == 0 {
		return 0, 0
	}
	return g.when(b, end, year, mon, day, secs)
}

// yearless completes a stamp that has a date without a year.
func (g *Guess) yearless(b []byte, n, mon, day, secs int) (ns int64, end int) {
	if g.Now == nil {
		return 0, 0
	}
	t, ok := latest(g.Loc, g.Now(), mon, day, secs)
	if !ok {
		return 0, 0
	}
	if n+1 < len(b) && (b[n] == '.' || b[n] == ',') && b[n+1]-'0' <= 9 {
		ns, n = fraction(b, n+1)
	}
	return t*1e9 + ns, n
}

// letters reads what begins with the name of a day or month.
func (g *Guess) letters(b []byte) (int64, int) {
	p := parts{b: b}
	if len(b) > 14 && b[3] == ' ' && month(b, 0) != 0 { // Nov 25 13:00:00, the most common
		if g.bsd.Now == nil && g.Now != nil {
			g.bsd = BSD{Loc: g.Loc, Now: g.Now}
		}
		if g.bsd.Now != nil {
			if ns, n := g.bsd.Parse(b); n > 0 && !mayGoOn(b, n) {
				return ns, n
			}
		}
	}
	if mon, i := monthAt(b, 0); mon != 0 {
		return g.monthFirst(b, i, mon)
	}
	if p.name(weekdays[:], false); p.i < 0 {
		return 0, 0
	}
	i := p.i
	if i < len(b) && b[i] == ',' {
		i++
	}
	if i+1 >= len(b) || b[i] != ' ' {
		return 0, 0
	}
	i++
	if mon, k := monthAt(b, i); mon != 0 {
		return g.monthFirst(b, k, mon)
	}
	d := i
	for d < len(b) && d-i < 2 && b[d]-'0' <= 9 {
		d++
	}
	if d == i || d >= len(b) || b[d] != ' ' && b[d] != '-' {
		return 0, 0
	}
	ns, n := g.dayFirst(b[i:], d-i, b[d])
	if n == 0 {
		return 0, 0
	}
	return ns, i + n
}

// mayGoOn reports that a zone or year may stand at b[i:].
func mayGoOn(b []byte, i int) bool {
	return i+1 < len(b) && b[i] == ' ' && (b[i+1] <= '9' || b[i+1]-'A' <= 'Z'-'A')
}

// monthFirst reads what follows the name of a month: day, year and time; or day,
// time and year with a zone before or behind the year.
func (g *Guess) monthFirst(b []byte, i, mon int) (int64, int) {
	for i < len(b) && (b[i] == ' ' || b[i] == '.') {
		i++
	}
	day, k := 0, i
	for k < len(b) && k-i < 2 && b[k]-'0' <= 9 {
		day = day*10 + int(b[k]-'0')
		k++
	}
	if k == i || k >= len(b) || b[k] != ' ' && b[k] != ',' {
		return 0, 0
	}
	i = k
	if b[i] == ',' {
		i++
	}
	if i >= len(b) || b[i] != ' ' {
		return 0, 0
	}
	i++
	if year, n := yearAt(b, i); n == 4 { // Nov 25, 2026 1:00:00 PM
		i += n
		if i < len(b) && b[i] == ',' {
			i++
		}
		if i >= len(b) || b[i] != ' ' {
			return 0, 0
		}
		secs, end := timeOfDay(b, i+1)
		if end == 0 {
			return 0, 0
		}
		return g.when(b, end, year, mon, day, secs)
	}
	secs, end := timeOfDay(b, i)
	if end == 0 {
		return 0, 0
	}
	var ns int64
	n := end
	if n+1 < len(b) && (b[n] == '.' || b[n] == ',') && b[n+1]-'0' <= 9 {
		ns, n = fraction(b, n+1)
	}
	off, after, zoned := g.zone(b, n)
	if zoned { // Nov 25 13:00:00 CET 2026
		n = after
	}
	if n < len(b) && b[n] == ' ' {
		if year, w := yearAt(b, n+1); w == 4 {
			n += 1 + w
			if !valid(year, mon, day) {
				return 0, 0
			}
			if !zoned {
				if o, e, ok := g.zone(b, n); ok {
					off, n, zoned = o, e, true
				}
			}
			if zoned {
				return (Days(year, mon, day)*86400+int64(secs)-off)*1e9 + ns, n
			}
			return g.cache.at(g.Loc, year, mon, day, secs)*1e9 + ns, n
		}
	}
	if zoned && g.Now != nil {
		t, ok := latest(nil, g.Now().Add(time.Duration(off)*time.Second), mon, day, secs)
		if !ok {
			return 0, 0
		}
		return (t-off)*1e9 + ns, n
	}
	return g.yearless(b, end, mon, day, secs)
}

// monthAt reads the name of a month at b[i:], whole or cut to three letters; end
// is the offset past it.
func monthAt(b []byte, i int) (mon, end int) {
	p := parts{b: b, i: i}
	mon = p.name(months[:], false) + 1
	if p.i < 0 || p.i < len(b) && isLetter(b[p.i]) {
		return 0, 0
	}
	return mon, p.i
}

// yearAt reads a year of four digits, or of two, at b[i:]; n is 0 when there is
// none.
func yearAt(b []byte, i int) (year, n int) {
	for i+n < len(b) && b[i+n]-'0' <= 9 {
		year = year*10 + int(b[i+n]-'0')
		if n++; n > 4 {
			return 0, 0
		}
	}
	switch {
	case n == 2 && i+n < len(b) && b[i+n] == ':':
		return 0, 0 // an hour
	case n == 2 && year < 69:
		return 2000 + year, n
	case n == 2:
		return 1900 + year, n
	case n == 4:
		return year, n
	}
	return 0, 0
}
