package stamp

import "time"

// BSD parses the stamps of RFC 3164, Nov 25 13:00:00, with the variants that
// devices send: a day without padding, a year behind the day, a fraction of a
// second.
type BSD struct {
	Loc *time.Location   // zone of the stamps, nil for UTC
	Now func() time.Time // for the year that the stamp lacks

	key   uint64 // year, month, day, hour and minute read last
	begin int64  // seconds from the epoch to that minute; valid when key is not 0
}

// Parse reads a stamp at the head of b.
//
// The year of a stamp without one is the latest that puts its minute at most a day into
// the future: a December line read in January is of last year.
func (p *BSD) Parse(b []byte) (ns int64, n int) {
	if len(b) < len("Nov 5 13:00:00") || b[3] != ' ' {
		return 0, 0
	}
	mon := month(b, 0)
	if mon == 0 {
		return 0, 0
	}
	i := 4
	if b[i] == ' ' {
		i++
	}
	day := int(b[i] - '0')
	if day > 9 {
		return 0, 0
	}
	i++
	if c := b[i] - '0'; c <= 9 {
		day = day*10 + int(c)
		i++
	}
	if b[i] != ' ' {
		return 0, 0
	}
	i++
	year := 0
	if i+5 < len(b) && b[i+4] == ' ' {
		c, y := digits2(b, i), digits2(b, i+2)
		if c|y < 0 || c == 0 {
			return 0, 0
		}
		year = c*100 + y
		i += 5
	}
	if i+8 > len(b) {
		return 0, 0
	}
	secs := clock(b, i)
	if secs < 0 {
		return 0, 0
	}
	i += 8
	sec := digits2(b, i-2)
	key := uint64(year)<<32 | uint64(mon)<<24 | uint64(day)<<16 | uint64(secs-sec)/60 + 1
	if key != p.key {
		begin, ok := p.minute(year, mon, day, secs-sec)
		if !ok {
			return 0, 0
		}
		p.key, p.begin = key, begin
	}
	if i+1 < len(b) && b[i] == '.' && b[i+1]-'0' <= 9 {
		ns, i = fraction(b, i+1)
	}
	return (p.begin+int64(sec))*1e9 + ns, i
}

// minute finds the second at which a minute of the zone begins.
func (p *BSD) minute(year, mon, day, secs int) (int64, bool) {
	if year != 0 {
		return wall(p.Loc, year, mon, day, secs), valid(year, mon, day)
	}
	return latest(p.Loc, p.Now(), mon, day, secs)
}
