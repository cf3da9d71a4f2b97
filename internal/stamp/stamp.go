// Package stamp reads and writes the time stamps of log lines, without
// allocating and with a small cache for what repeats from line to line. Compile makes
// the parser of a name or layout that a user wrote:
//
//	RFC3339  2026-11-25T13:00:00.123456+01:00   the date is cached
//	CLF      25/Nov/2026:13:00:00 +0100         the whole stamp is cached
//	BSD      Nov 25 13:00:00                    the minute is cached, the year inferred
//	Layout   a strftime format or a layout of   the minute is cached
//	         package time, compiled
//	Guess    what most programs write, untold   the minute is cached
//	Epoch    1395139200.123                     a number of some unit since 1970
//	Writer   writes RFC 3339                    the second is cached
//
// All times are nanoseconds since the Unix epoch, which hold the years 1678 to
// 2261; stamps outside are refused. A parser takes the stamp at the head of a
// slice and tells how many bytes it took, 0 meaning that there is none. A leap
// second (:60) is read as the second after. One goroutine uses a parser.
package stamp

import "time"

// Years that nanoseconds in an int64 hold whole.
const (
	minYear = 1678
	maxYear = 2261
)

var monthLen = [13]int8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// valid reports whether that day exists and can be held.
func valid(y, m, d int) bool {
	if y < minYear || y > maxYear || m < 1 || m > 12 || d < 1 {
		return false
	}
	return d <= int(monthLen[m]) || m == 2 && d == 29 && leap(y)
}

// Days returns the days from the Unix epoch to a date of the Gregorian calendar.
// Years are counted from March, so that the leap day is a year's last.
func Days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

// Civil is the inverse of Days.
func Civil(days int64) (y, m, d int) {
	z := days + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := int(z - era*146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	if m = mp + 3; m > 12 {
		m -= 12
	}
	y = yoe + int(era)*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

// digits2 reads two digits at b[i:], -1 when they are not digits.
func digits2(b []byte, i int) int {
	x, y := b[i]-'0', b[i+1]-'0'
	if x > 9 || y > 9 {
		return -1
	}
	return int(x)*10 + int(y)
}

// clock reads hh:mm:ss at b[i:], of which there are eight bytes, as seconds of
// the day, or -1.
func clock(b []byte, i int) int {
	h, m, s := digits2(b, i), digits2(b, i+3), digits2(b, i+6)
	if h|m|s < 0 || h > 23 || m > 59 || s > 60 || b[i+2] != ':' || b[i+5] != ':' {
		return -1
	}
	return h*3600 + m*60 + s
}

var pow10 = [10]int64{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1}

// fraction reads the digits at b[i:] as a fraction of a second; digits past the
// ninth are dropped. n is the offset past them.
func fraction(b []byte, i int) (ns int64, n int) {
	k := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if k < 9 {
			ns = ns*10 + int64(b[i]-'0')
			k++
		}
	}
	return ns * pow10[k], i
}

// month reads the three letters of an English month at b[i:], 0 for none.
func month(b []byte, i int) int {
	switch uint32(b[i])<<16 | uint32(b[i+1])<<8 | uint32(b[i+2]) {
	case 'J'<<16 | 'a'<<8 | 'n':
		return 1
	case 'F'<<16 | 'e'<<8 | 'b':
		return 2
	case 'M'<<16 | 'a'<<8 | 'r':
		return 3
	case 'A'<<16 | 'p'<<8 | 'r':
		return 4
	case 'M'<<16 | 'a'<<8 | 'y':
		return 5
	case 'J'<<16 | 'u'<<8 | 'n':
		return 6
	case 'J'<<16 | 'u'<<8 | 'l':
		return 7
	case 'A'<<16 | 'u'<<8 | 'g':
		return 8
	case 'S'<<16 | 'e'<<8 | 'p':
		return 9
	case 'O'<<16 | 'c'<<8 | 't':
		return 10
	case 'N'<<16 | 'o'<<8 | 'v':
		return 11
	case 'D'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}

// wall turns a wall-clock time of a zone into seconds since the epoch. A time
// that a change of the clocks skips or repeats is read as package time does.
func wall(loc *time.Location, y, m, d, secs int) int64 {
	if loc == nil || loc == time.UTC {
		return Days(y, m, d)*86400 + int64(secs)
	}
	return time.Date(y, time.Month(m), d, 0, 0, secs, 0, loc).Unix()
}
