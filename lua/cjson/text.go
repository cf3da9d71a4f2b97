package cjson

import (
	"math/bits"
	"unicode/utf8"

	"github.com/heka-project/heka/lua"
)

// special tells the bytes that end a run of plain text in a string.
var special = [256]bool{0: true, '"': true, '\\': true}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros has the high bit set of the lowest byte of x that is zero, if there is one.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// load reads eight bytes of s at i, which must be there.
func load(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// plainEnd returns the end of the run of plain text at i, eight bytes at a time.
func plainEnd(s string, i int) int {
	for i+8 <= len(s) {
		x := load(s, i)
		if found := zeros(x) | zeros(x^'"'*ones) | zeros(x^'\\'*ones); found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
		i += 8
	}
	for i < len(s) && !special[s[i]] {
		i++
	}
	return i
}

// text reads a string without escapes; simple is false, and nothing read, when it
// has some.
func (d *decoder) text(what string) (s string, simple bool) {
	i := plainEnd(d.s, d.i+1)
	if i < len(d.s) && d.s[i] == '"' {
		s = d.s[d.i+1 : i]
		d.i = i + 1
		return s, true
	}
	if i >= len(d.s) || d.s[i] == 0 {
		d.i = i
		d.found(what, "unexpected end of string")
	}
	return "", false
}

// escaped reads a string that may have escapes.
func (d *decoder) escaped(what string) lua.Value {
	b := d.in.buf[:0]
	d.in.buf = nil
	from := d.i + 1
	i := from
	flush := func(to, more int) {
		if need := len(b) + to - from + more; need > cap(b) {
			size := max(2*cap(b), need, 256)
			d.c.Alloc(size)
			b = append(make([]byte, 0, size), b...)
		}
		b = append(b, d.s[from:to]...)
	}
	for {
		i = plainEnd(d.s, i)
		if i >= len(d.s) || d.s[i] == 0 {
			d.i = i
			d.found(what, "unexpected end of string")
		}
		flush(i, utf8.UTFMax)
		if d.s[i] == '"' {
			break
		}
		d.i = i
		var n int
		b, n = d.escape(what, b)
		i += n
		from = i
	}
	d.i = i + 1
	v := d.c.CopyString(string(b))
	if cap(b) <= keepBytes {
		d.in.buf = b
	}
	return v
}

// escape appends what the escape at d.i stands for and returns its length.
func (d *decoder) escape(what string, b []byte) ([]byte, int) {
	c := byte(0)
	if d.i+1 < len(d.s) {
		c = d.s[d.i+1]
	}
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, n := d.unicode()
		if n == 0 {
			d.found(what, "invalid unicode escape code")
		}
		return utf8.AppendRune(b, r), n
	default:
		d.found(what, "invalid escape code")
	}
	return append(b, c), 2
}

// unicode reads \uXXXX, or a pair of them for a code point above 0xFFFF; n is 0 when
// it is not valid.
func (d *decoder) unicode() (r rune, n int) {
	r, ok := hex4(d.s, d.i+2)
	if !ok {
		return 0, 0
	}
	if r&0xF800 != 0xD800 {
		return r, 6
	}
	if r&0x400 != 0 || d.i+7 >= len(d.s) || d.s[d.i+6] != '\\' || d.s[d.i+7] != 'u' {
		return 0, 0
	}
	low, ok := hex4(d.s, d.i+8)
	if !ok || low&0xFC00 != 0xDC00 {
		return 0, 0
	}
	return r&0x3FF<<10 + low&0x3FF + 0x10000, 12
}

func hex4(s string, i int) (r rune, ok bool) {
	if i+4 > len(s) {
		return 0, false
	}
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20-'a' <= 5:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// keySlots is the number of keys kept between calls: the same ones come again and
// again, and share their bytes.
const keySlots = 256

// key reads the key of an object.
func (d *decoder) key() lua.Value {
	s, simple := d.text("object key string")
	if !simple {
		return d.escaped("object key string")
	}
	if len(s) == 0 || len(s) > 40 {
		return d.c.CopyString(s)
	}
	h := uint32(len(s))*31 ^ uint32(s[0])*7 ^ uint32(s[len(s)-1])*131 ^ uint32(s[len(s)/2])*57
	slot := &d.in.keys[h%keySlots]
	if k := *slot; k.IsString() && k.Str() == s {
		return k
	}
	k := d.c.VM().Intern(s)
	*slot = k
	return k
}
