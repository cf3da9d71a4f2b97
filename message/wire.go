package message

import (
	"encoding/binary"
	"math/bits"
)

// Wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// uvarint reads a varint at b[i:] and returns it with the offset just past it,
// or -1 when the bytes end early or the varint is longer than ten bytes.
func uvarint(b []byte, i int) (uint64, int) {
	var x uint64
	for s := uint(0); i < len(b) && s < 70; s += 7 {
		c := b[i]
		i++
		if c < 0x80 {
			return x | uint64(c)<<s, i
		}
		x |= uint64(c&0x7f) << s
	}
	return 0, -1
}

// timeVarint reads a varint like uvarint. Fast path: nine bytes, the length of
// every time stamp of this century, with one load and three folds.
func timeVarint(b []byte, i int) (uint64, int) {
	if i+10 > len(b) {
		return uvarint(b, i)
	}
	w := binary.LittleEndian.Uint64(b[i:])
	if w&0x8080808080808080 != 0x8080808080808080 || b[i+8] >= 0x80 {
		return uvarint(b, i)
	}
	w &= 0x7f7f7f7f7f7f7f7f
	w = w&0x007f007f007f007f | w&0x7f007f007f007f00>>1
	w = w&0x00003fff00003fff | w&0x3fff00003fff0000>>2
	w = w&0x000000000fffffff | w&0x0fffffff00000000>>4
	return w | uint64(b[i+8])<<56, i + 9
}

// skip returns the offset past the protobuf field whose tag starts at b[i], or
// -1 when it is damaged. Groups are refused: the format never had them.
func skip(b []byte, i int) int {
	t, i := uvarint(b, i)
	if i < 0 || t>>3 == 0 {
		return -1
	}
	switch t & 7 {
	case wireVarint:
		_, i = uvarint(b, i)
		return i
	case wireFixed64:
		i += 8
	case wireBytes:
		_, i = span(b, i)
		return i
	case wireFixed32:
		i += 4
	default:
		return -1
	}
	if i > len(b) {
		return -1
	}
	return i
}

// span reads the length at b[i:] and returns the span that follows and the
// offset past it, or -1 when it does not fit.
func span(b []byte, i int) (Span, int) {
	l, j := uvarint(b, i)
	if j < 0 || l > uint64(len(b)-j) {
		return Span{}, -1
	}
	return Span{uint32(j), uint32(l)}, j + int(l)
}

// varintLen is the number of bytes that x takes as a varint.
func varintLen(x uint64) int { return (bits.Len64(x|1) + 6) / 7 }

func appendBytes(dst []byte, tag byte, v string) []byte {
	dst = append(dst, tag)
	if n := len(v); n < 0x80 {
		dst = append(dst, byte(n))
	} else {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return append(dst, v...)
}

func appendVarint(dst []byte, tag byte, v uint64) []byte {
	return binary.AppendUvarint(append(dst, tag), v)
}

// putVarint writes x at p[i:] and returns the offset past it.
func putVarint(p []byte, i int, x uint64) int {
	for x >= 0x80 {
		p[i] = byte(x) | 0x80
		x >>= 7
		i++
	}
	p[i] = byte(x)
	return i + 1
}

// timeLen is varintLen, quick for the time stamps of this century.
func timeLen(x uint64) int {
	if y := x >> 56; y-1 < 0x7f {
		return 9
	}
	return varintLen(x)
}

// putTime is putVarint. Fast path: nine bytes with one store, as in timeVarint.
func putTime(p []byte, i int, x uint64) int {
	y := x >> 56
	if y-1 >= 0x7f {
		return putVarint(p, i, x)
	}
	w := x & (1<<56 - 1)
	w = w&0x000000000fffffff | w&0x00fffffff0000000<<4
	w = w&0x00003fff00003fff | w&0x0fffc0000fffc000<<2
	w = w&0x007f007f007f007f | w&0x3f803f803f803f80<<1
	binary.LittleEndian.PutUint64(p[i:], w|0x8080808080808080)
	p[i+8] = byte(y)
	return i + 9
}
