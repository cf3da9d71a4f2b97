package stamp

import "time"

func in(t time.Time, loc *time.Location) time.Time {
	if loc == nil {
		return t.UTC()
	}
	return t.In(loc)
}

// latest finds the second at which a minute without a year begins: in the latest
// year that puts it at most a day into the future. A December line read in
// January is of last year; on New Year's Eve a line of January is of the next.
func latest(loc *time.Location, now time.Time, mon, day, secs int) (int64, bool) {
	limit := now.Add(24 * time.Hour)
	y := in(limit, loc).Year()
	// 29 February may lie up to eight years back (1896 to 1904).
	for back := 0; back <= 8; back++ {
		if !valid(y-back, mon, day) {
			continue
		}
		if t := wall(loc, y-back, mon, day, secs); t <= limit.Unix() {
			return t, true
		}
	}
	return 0, false
}

// today finds the second at which a minute without a date begins: that of today,
// but yesterday's when today's is more than 12 hours ahead, and tomorrow's when
// today's is more than 23 hours past.
func today(loc *time.Location, now time.Time, secs int) int64 {
	y, m, d := in(now, loc).Date()
	t := wall(loc, y, int(m), d, secs)
	switch ahead := t - now.Unix(); {
	case ahead > 12*3600:
		y, m, d := Civil(Days(y, int(m), d) - 1)
		return wall(loc, y, m, d, secs)
	case ahead < -23*3600:
		y, m, d := Civil(Days(y, int(m), d) + 1)
		return wall(loc, y, m, d, secs)
	}
	return t
}

// minutes remembers the wall-clock minute of a zone that was looked up last.
type minutes struct {
	key   uint64
	begin int64
}

// at returns the seconds from the epoch to a minute of a day of which valid is
// true.
func (c *minutes) at(loc *time.Location, y, mon, day, secs int) int64 {
	if loc == nil || loc == time.UTC {
		return Days(y, mon, day)*86400 + int64(secs)
	}
	sec := secs % 60
	key := uint64(y)<<32 | uint64(mon)<<24 | uint64(day)<<16 | uint64(secs/60)
	if key != c.key {
		c.key, c.begin = key, wall(loc, y, mon, day, secs-sec)
	}
	return c.begin + int64(sec)
}
