package stamp

import "encoding/binary"

// CLF parses the stamps of access logs, 25/Nov/2026:13:00:00 +0100. The zero
// value is ready.
type CLF struct {
	a, b, c uint64 // the first 24 bytes read last
	d       uint16 // and the last two
	ns      int64  // what they said; valid when a is not 0
}

const clfLen = len("25/Nov/2026:13:00:00 +0100")

// Parse reads a stamp at the head of b.
func (p *CLF) Parse(b []byte) (ns int64, n int) {
	if len(b) < clfLen {
		return 0, 0
	}
	w, x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
	z := binary.LittleEndian.Uint16(b[24:])
	if w == p.a && x == p.b && y == p.c && z == p.d && w != 0 {
		return p.ns, clfLen
	}
	cc, yy := digits2(b, 7), digits2(b, 9)
	year, mon, day := cc*100+yy, month(b, 3), digits2(b, 0)
	secs := clock(b, 12)
	off, ok := offset(b, 21, 24)
	if cc|yy|secs < 0 || !ok || !valid(year, mon, day) ||
		b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' {
		return 0, 0
	}
	ns = (Days(year, mon, day)*86400 + int64(secs) - off) * 1e9
	p.a, p.b, p.c, p.d, p.ns = w, x, y, z, ns
	return ns, clfLen
}
