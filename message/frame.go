package message

import (
	"bytes"
	"encoding/binary"
)

// Bytes and sizes of the stream framing:
//
//	0x1E | H | header (H bytes) | 0x1F | message (header.message_length bytes)
const (
	RecordSeparator = 0x1E
	UnitSeparator   = 0x1F
	MaxHeaderSize   = 255
	FramingOverhead = 3
)

// Frame is one framed message found by NextFrame. It borrows the stream's bytes.
type Frame struct {
	Skipped int // bytes passed over before the frame, to find one
	Begin   int // offset of the record separator
	Start   int // offset of the message
	End     int // offset past the message

	Signed     bool   // the header names a signer or carries a digest
	Signer     []byte // hmac_signer
	KeyVersion uint32 // hmac_key_version
	Hash       Hash   // hmac_hash_function
	MAC        []byte // hmac; nil when the header carries none
}

// Plain reports whether the frame has the shortest header there is, that with the
// message's length alone.
func (f *Frame) Plain() bool { return f.Start-f.Begin == headerSize(f.End-f.Start) }

// NextFrame finds the first frame at or after b[i:] whose message is at most max
// bytes. False means that more bytes are needed; Skipped then says how many
// bytes from i on can never begin a frame and may be thrown away. A header that
// is damaged, or that announces a longer message, is passed over at once, so a
// wrong length never makes the stream wait.
func NextFrame(b []byte, i, max int, f *Frame) bool {
	if s, e := plainFrame(b, i); e > 0 && e-s <= max {
		*f = Frame{Begin: i, Start: s, End: e}
		return true
	}
	return nextFrame(b, i, max, f)
}

// plainFrame splits an unsigned frame at b[i:], whose header is exactly one
// varint. An end of 0 means that nextFrame must look. Fast path.
func plainFrame(b []byte, i int) (start, end int) {
	if len(b)-i < 6 {
		return 0, 0
	}
	p := b[i:]
	if p[0] != RecordSeparator || p[2] != 1<<3 {
		return 0, 0
	}
	l, n := int(p[3]), 1
	if l >= 0x80 {
		c := int(p[4])
		l, n = l&0x7f|c<<7, 2
		if c >= 0x80 {
			if len(p) < 10 {
				return 0, 0
			}
			c = int(p[5])
			l, n = l&0x3fff|c<<14, 3
			if c >= 0x80 {
				return 0, 0
			}
		}
	}
	h := 3 + n
	if int(p[1]) != n+1 || p[h] != UnitSeparator || l > len(p)-h-1 {
		return 0, 0
	}
	return i + h + 1, i + h + 1 + l
}

// Slow path: signed headers, damage, frames that are not all there.
func nextFrame(b []byte, i, max int, f *Frame) bool {
	from := i
	for {
		k := bytes.IndexByte(b[i:], RecordSeparator)
		if k < 0 {
			*f = Frame{Skipped: len(b) - from}
			return false
		}
		i += k
		*f = Frame{Skipped: i - from, Begin: i}
		if len(b)-i < 2 {
			return false
		}
		h := i + 2 + int(b[i+1])
		if h >= len(b) {
			return false
		}
		if b[h] == UnitSeparator {
			if n, ok := f.header(b[i+2 : h]); ok && n <= uint64(max) {
				f.Start = h + 1
				f.End = f.Start + int(n)
				return f.End <= len(b)
			}
		}
		i++
	}
}

// header reads the protobuf header and returns the message's length.
func (f *Frame) header(b []byte) (length uint64, ok bool) {
	for i := 0; i < len(b); {
		var x uint64
		var s Span
		tag := b[i]
		j := i
		switch tag {
		case 1 << 3, 3 << 3, 5 << 3:
			x, j = uvarint(b, i+1)
		case 4<<3 | wireBytes, 6<<3 | wireBytes:
			s, j = span(b, i+1)
		default:
			if n := tag >> 3; tag < 0x80 && (n == 1 || n >= 3 && n <= 6) {
				return 0, false
			}
			j = skip(b, i)
		}
		if j < 0 {
			return 0, false
		}
		switch tag {
		case 1 << 3:
			length, ok = x, x <= 1<<31-1
		case 3 << 3:
			f.Hash = Hash(min(x, 255))
		case 5 << 3:
			f.KeyVersion = uint32(x)
		case 4<<3 | wireBytes:
			f.Signed, f.Signer = true, b[s.Off:j]
		case 6<<3 | wireBytes:
			f.Signed, f.MAC = true, b[s.Off:j]
		}
		i = j
	}
	return length, ok
}

// headerSize is the size of an unsigned frame's framing for a message of n bytes.
func headerSize(n int) int { return FramingOverhead + 1 + varintLen(uint64(n)) }

// AppendHeader appends the framing that stands in front of an unsigned message
// of n bytes.
func AppendHeader(dst []byte, n int) []byte {
	dst = append(dst, RecordSeparator, byte(1+varintLen(uint64(n))), 1<<3)
	dst = binary.AppendUvarint(dst, uint64(n))
	return append(dst, UnitSeparator)
}

// AppendFrame appends msg as one unsigned frame.
func AppendFrame(dst, msg []byte) []byte {
	return append(AppendHeader(dst, len(msg)), msg...)
}

// Unframe returns the message within the whole frame b.
func Unframe(b []byte) []byte { return b[FramingOverhead+int(b[1]):] }
