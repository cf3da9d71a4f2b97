package wasm

import (
	"encoding/binary"
	"errors"
)

var errCut = errors.New("module is damaged: it ends too early, or has a number that is too long")

// reader reads a module's bytes. After a fault everything reads as zero and err is
// set.
type reader struct {
	b   []byte
	at  int
	err error
}

func (r *reader) more() bool { return r.err == nil && r.at < len(r.b) }

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) byte() byte {
	if r.err != nil || r.at >= len(r.b) {
		r.fail(errCut)
		return 0
	}
	c := r.b[r.at]
	r.at++
	return c
}

func (r *reader) bytes(n uint32) []byte {
	if r.err != nil || uint64(n) > uint64(len(r.b)-r.at) {
		r.fail(errCut)
		return nil
	}
	b := r.b[r.at : r.at+int(n)]
	r.at += int(n)
	return b
}

func (r *reader) name() string { return string(r.bytes(r.u32())) }

// u32 reads an unsigned LEB128 number.
func (r *reader) u32() uint32 {
	var x uint64
	for shift := 0; ; shift += 7 {
		c := r.byte()
		x |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
		if shift >= 28 {
			r.fail(errCut)
			return 0
		}
	}
	if x > 1<<32-1 {
		r.fail(errCut)
		return 0
	}
	return uint32(x)
}

// skipLeb passes a LEB128 number of at most max bytes.
func (r *reader) skipLeb(max int) {
	for range max {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail(errCut)
}

// skipVector passes a list of LEB128 numbers.
func (r *reader) skipVector() {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		r.u32()
	}
}

func appendU32(b []byte, x uint32) []byte { return binary.AppendUvarint(b, uint64(x)) }

// appendSigned appends a signed LEB128 number.
func appendSigned(b []byte, x int64) []byte {
	for {
		c := byte(x & 0x7f)
		x >>= 7
		if x == 0 && c&0x40 == 0 || x == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendSection(b []byte, id byte, body []byte) []byte {
	b = append(b, id)
	b = appendU32(b, uint32(len(body)))
	return append(b, body...)
}
