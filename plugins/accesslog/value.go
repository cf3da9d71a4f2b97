package accesslog

import (
	"bytes"
	"strings"

	"github.com/heka-project/heka/message"
)

// value reads a variable that tells its own end at b[i:], keeps it, and returns
// the offset past it, or -1.
func (d *Decoder) value(p *part, b []byte, i int, out *message.Builder) int {
	switch p.kind {
	case kHex:
		return d.integer(p, b, i, out)
	case kDecimal:
		x, n := decimal(b, i)
		if n < 0 {
			return dash(b, i)
		}
		if p.name != "" {
			out.PutDouble(&p.head, x)
		}
		return n
	case kMark, kQuery:
		return d.query(p, b, i, out)
	case kAddrs, kInts, kZeros, kDecimals:
		return d.list(p, b, i, out)
	case kFracMS, kFracUS:
		return d.fraction(p, b, i, out)
	}
	return d.time(p, b, i, out)
}

// dash passes over the dash of a missing value.
func dash(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		return i + 1
	}
	return -1
}

func (d *Decoder) integer(p *part, b []byte, i int, out *message.Builder) int {
	var v int64
	var n int
	if p.kind == kHex {
		v, n = hexNumber(b, i)
	} else {
		v, n = number(b, i)
	}
	if n < 0 {
		if n = dash(b, i); n < 0 || p.kind != kSize {
			return n
		}
	} else if p.kind == kStatus && n-i != 3 {
		return -1
	}
	if p.name != "" {
		out.PutInt(&p.head, v)
	}
	return n
}

// number reads up to 18 digits at b[i:].
func number(b []byte, i int) (v int64, n int) {
	for n = i; n < len(b) && b[n]-'0' <= 9; n++ {
		v = v*10 + int64(b[n]-'0')
	}
	if n == i || n-i > 18 {
		return 0, -1
	}
	return v, n
}

// hexNumber reads up to 15 hexadecimal digits at b[i:].
func hexNumber(b []byte, i int) (v int64, n int) {
	if i+1 < len(b) && b[i] == '0' && b[i+1]|0x20 == 'x' {
		i += 2
	}
	for n = i; n < len(b) && hex(b[n]) >= 0; n++ {
		v = v<<4 | int64(hex(b[n]))
	}
	if n == i || n-i > 15 {
		return 0, -1
	}
	return v, n
}

var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// decimal reads digits[.digits] at b[i:], up to 15 digits, which a double holds
// exactly before the one division.
func decimal(b []byte, i int) (x float64, n int) {
	whole, n := number(b, i)
	if n < 0 {
		return 0, -1
	}
	if n+1 >= len(b) || b[n] != '.' || b[n+1]-'0' > 9 {
		return float64(whole), n
	}
	digits, j := n-i, n+1
	v, k := whole, 0
	for ; j < len(b) && b[j]-'0' <= 9; j++ {
		if digits+k < 15 {
			v = v*10 + int64(b[j]-'0')
			k++
		}
	}
	return float64(v) / pow10[k], j
}

// fraction reads the three or six digits of a part of a second.
func (d *Decoder) fraction(p *part, b []byte, i int, out *message.Builder) int {
	v, n := number(b, i)
	want, unit := 3, 1e3
	if p.kind == kFracUS {
		want, unit = 6, 1e6
	}
	if n-i != want {
		return -1
	}
	if p.name != "" {
		out.PutDouble(&p.head, float64(v)/unit)
	}
	return n
}

// query reads `?`, or `?` and what follows up to the fixed text behind it.
func (d *Decoder) query(p *part, b []byte, i int, out *message.Builder) int {
	end := i
	if i < len(b) && b[i] == '?' {
		end++
		if p.kind == kQuery {
			if end, _ = p.text(b, i); end < 0 {
				return -1
			}
		}
	}
	if p.name != "" {
		out.PutText(&p.head, message.Borrow(b[i:end]))
	}
	return end
}

// list reads values with ", " or " : " between them.
func (d *Decoder) list(p *part, b []byte, i int, out *message.Builder) int {
	d.texts, d.ints, d.floats = d.texts[:0], d.ints[:0], d.floats[:0]
	if n := dash(b, i); n > 0 && !more(b, n) && (p.kind == kInts || d.cfg.DashIsAbsent) {
		return n
	}
	for {
		n := d.item(p, b, i)
		if n < 0 {
			return -1
		}
		if i = n; !more(b, i) {
			break
		}
		i += 2
		if b[i-2] == ' ' {
			i++
		}
	}
	if p.name == "" {
		return i
	}
	switch p.kind {
	case kAddrs:
		out.Strings(p.name, d.texts, p.repr)
	case kDecimals:
		out.Doubles(p.name, d.floats, p.repr)
	default:
		out.Ints(p.name, d.ints, p.repr)
	}
	return i
}

// more reports whether a separator stands at b[i:].
func more(b []byte, i int) bool {
	return bytes.HasPrefix(b[i:], []byte(", ")) || bytes.HasPrefix(b[i:], []byte(" : "))
}

// item reads one value of a list.
func (d *Decoder) item(p *part, b []byte, i int) int {
	if p.kind == kAddrs {
		n, stop := i, byte(' ')
		if p.tail != "" && !isName(p.tail[0]) && strings.IndexByte(":./-", p.tail[0]) < 0 {
			stop = p.tail[0] // no address has it
		}
		for n < len(b) && b[n] > ' ' && b[n] != ',' && b[n] != '"' && b[n] != stop && b[n] != p.before {
			n++
		}
		if n == i {
			return -1
		}
		d.texts = append(d.texts, message.Borrow(b[i:n]))
		return n
	}
	if p.kind == kDecimals {
		x, n := decimal(b, i)
		if n < 0 {
			n = dash(b, i)
		}
		d.floats = append(d.floats, x)
		return n
	}
	v, n := number(b, i)
	if n < 0 {
		n = dash(b, i)
	}
	d.ints = append(d.ints, v)
	return n
}

// time reads the variables that become the message's time.
func (d *Decoder) time(p *part, b []byte, i int, out *message.Builder) int {
	var ns int64
	n := 0
	switch p.kind {
	case kISO:
		ns, n = d.iso.Parse(b[i:])
	case kLayout, kDate:
		ns, n = p.layout.Parse(b[i:])
		if n == 0 && p.kind == kDate {
			return dash(b, i)
		}
	default:
		return d.epoch(p, b, i, out)
	}
	if n == 0 {
		return -1
	}
	if p.kind == kDate {
		if p.name != "" {
			out.PutInt(&p.head, ns)
		}
	} else {
		out.Timestamp = ns
	}
	return i + n
}

// epoch reads a count of seconds, with a fraction or not, of ms or of µs.
func (d *Decoder) epoch(p *part, b []byte, i int, out *message.Builder) int {
	v, n := number(b, i)
	unit := int64(1e9)
	switch p.kind {
	case kEpochMS:
		unit = 1e6
	case kEpochUS:
		unit = 1e3
	}
	if n < 0 || v > 9_000_000_000*(1e9/unit) {
		return -1
	}
	ns := v * unit
	if p.kind == kEpoch && n+1 < len(b) && b[n] == '.' && b[n+1]-'0' <= 9 {
		n++
		for scale := int64(1e8); n < len(b) && b[n]-'0' <= 9; n++ {
			ns += int64(b[n]-'0') * scale
			scale /= 10
		}
	}
	out.Timestamp = ns
	return n
}
