package stamp

import "strconv"

// Writer appends stamps of RFC 3339 in UTC. The zero value is ready.
type Writer struct {
	sec  int64 // second written last
	text [19]byte
}

// Append appends ns as 2026-11-25T13:00:00.123456789Z. The fraction has no
// trailing zeros and is left out when it is zero.
func (w *Writer) Append(dst []byte, ns int64) []byte {
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 {
		sec--
		frac += 1e9
	}
	if sec != w.sec || w.text[0] == 0 {
		w.fill(sec)
	}
	dst = append(dst, w.text[:]...)
	if frac != 0 {
		dst = appendFraction(dst, frac)
	}
	return append(dst, 'Z')
}

func (w *Writer) fill(sec int64) {
	w.sec = sec
	days, s := sec/86400, int(sec%86400)
	if s < 0 {
		days--
		s += 86400
	}
	y, m, d := Civil(days)
	t := &w.text
	put2(t, 0, y/100)
	put2(t, 2, y%100)
	t[4] = '-'
	put2(t, 5, m)
	t[7] = '-'
	put2(t, 8, d)
	t[10] = 'T'
	put2(t, 11, s/3600)
	t[13] = ':'
	put2(t, 14, s/60%60)
	t[16] = ':'
	put2(t, 17, s%60)
}

func put2(t *[19]byte, i, v int) {
	t[i], t[i+1] = byte('0'+v/10), byte('0'+v%10)
}

// appendFraction appends a point and the nine digits of frac (1 to 999,999,999)
// without trailing zeros.
func appendFraction(dst []byte, frac int64) []byte {
	b := [10]byte{'.'}
	x := uint32(frac)
	hi, mid, lo := x/1_000_000, x/1_000%1_000, x%1_000
	put3(&b, 1, hi)
	put3(&b, 4, mid)
	put3(&b, 7, lo)
	n := len(b)
	for b[n-1] == '0' {
		n--
	}
	return append(dst, b[:n]...)
}

func put3(b *[10]byte, i int, v uint32) {
	b[i], b[i+1], b[i+2] = byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10)
}

// AppendSeconds appends ns as seconds since the epoch with the fraction it needs.
func AppendSeconds(dst []byte, ns int64) []byte {
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 {
		if sec == 0 {
			dst = append(dst, '-')
		}
		frac = -frac
	}
	dst = strconv.AppendInt(dst, sec, 10)
	if frac != 0 {
		dst = appendFraction(dst, frac)
	}
	return dst
}
