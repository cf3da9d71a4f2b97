package stamp

import "encoding/binary"

// RFC3339 parses stamps like 2026-11-25T13:00:00.123+01:00. The zero value is
// ready.
type RFC3339 struct {
	head  uint64 // "2026-11-" as read last
	day   uint16 // and "25"
	begin int64  // seconds from the epoch to that day; valid when head is not 0
}

// Parse reads a stamp at the head of b. T and Z may be lower case and T a blank,
// as the RFC allows; the zone is required.
func (p *RFC3339) Parse(b []byte) (ns int64, n int) {
	if len(b) < 20 {
		return 0, 0
	}
	if h, d := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:]); h != p.head || d != p.day || h == 0 {
		begin, ok := date(b)
		if !ok {
			return 0, 0
		}
		p.head, p.day, p.begin = h, d, begin
	}
	secs := clock(b, 11)
	if secs < 0 || b[10] != 'T' && b[10] != 't' && b[10] != ' ' {
		return 0, 0
	}
	n = 19
	if b[n] == '.' || b[n] == ',' {
		var end int
		if ns, end = fraction(b, n+1); end == n+1 || end == len(b) {
			return 0, 0
		}
		n = end
	}
	t := p.begin + int64(secs)
	switch b[n] {
	case 'Z', 'z':
		n++
	case '+', '-':
		if len(b) < n+6 || b[n+3] != ':' {
			return 0, 0
		}
		off, ok := offset(b, n, n+4)
		if !ok {
			return 0, 0
		}
		t -= off
		n += 6
	default:
		return 0, 0
	}
	return t*1e9 + ns, n
}

// date reads yyyy-mm-dd at the head of b as seconds from the epoch.
func date(b []byte) (begin int64, ok bool) {
	c, y, m, d := digits2(b, 0), digits2(b, 2), digits2(b, 5), digits2(b, 8)
	if c|y < 0 || b[4] != '-' || b[7] != '-' || !valid(c*100+y, m, d) {
		return 0, false
	}
	return Days(c*100+y, m, d) * 86400, true
}

// offset reads a zone's offset in seconds: the sign and hours stand at i, the
// minutes at j.
func offset(b []byte, i, j int) (int64, bool) {
	h, m := digits2(b, i+1), digits2(b, j)
	if h|m < 0 || h > 23 || m > 59 {
		return 0, false
	}
	switch off := int64(h*3600 + m*60); b[i] {
	case '+':
		return off, true
	case '-':
		return -off, true
	}
	return 0, false
}
