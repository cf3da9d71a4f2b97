package lpeg

import "math/bits"

// charset is a set of bytes.
type charset [4]uint64

var fullSet = charset{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

func (s *charset) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *charset) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

func (s charset) or(t charset) charset {
	return charset{s[0] | t[0], s[1] | t[1], s[2] | t[2], s[3] | t[3]}
}

func (s charset) and(t charset) charset {
	return charset{s[0] & t[0], s[1] & t[1], s[2] & t[2], s[3] & t[3]}
}

func (s charset) not() charset { return charset{^s[0], ^s[1], ^s[2], ^s[3]} }

func (s charset) empty() bool { return s == charset{} }

func (s charset) disjoint(t charset) bool { return s.and(t).empty() }

// single returns the only byte of the set.
func (s charset) single() (c byte, ok bool) {
	n := 0
	for i, w := range s {
		if w != 0 {
			n += bits.OnesCount64(w)
			c = byte(i<<6 + bits.TrailingZeros64(w))
		}
	}
	return c, n == 1
}

// pair returns the two bytes of the set, or the only one twice.
func (s charset) pair() (c, d byte, ok bool) {
	n := 0
	for i, w := range s {
		for ; w != 0 && n <= 2; w &= w - 1 {
			c, d = d, byte(i<<6+bits.TrailingZeros64(w))
			if n++; n == 1 {
				c = d
			}
		}
	}
	return c, d, n == 1 || n == 2
}

func setOf(text string) (s charset) {
	for i := range len(text) {
		s.add(text[i])
	}
	return s
}

func setRange(from, to byte) (s charset) {
	for c := int(from); c <= int(to); c++ {
		s.add(byte(c))
	}
	return s
}

// setTable tests the members of up to eight sets, one bit each, with one load.
type setTable [256]uint8
