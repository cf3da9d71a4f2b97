package stats

import (
	"encoding/binary"
	"fmt"
	"math"
)

// In all binary forms integers are varints, numbers 8 bytes of IEEE 754 with the
// lowest first.

func errBinary(what string) error { return fmt.Errorf("not the binary form of %s", what) }

func appendFloat(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

// decoder reads the parts of a binary form; bad says that one was missing or out
// of range.
type decoder struct {
	b   []byte
	bad bool
}

func newDecoder(data []byte, magic string) *decoder {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return &decoder{bad: true}
	}
	return &decoder{b: data[len(magic):]}
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number that is at most limit.
func (d *decoder) count(limit int) int {
	v := d.uvarint()
	if v > uint64(limit) {
		d.bad = true
		return 0
	}
	return int(v)
}

func (d *decoder) float() float64 {
	p := d.bytes(8)
	if p == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(p))
}

// bytes reads n bytes, or nil when there are fewer.
func (d *decoder) bytes(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

// end reports whether all was read, and well.
func (d *decoder) end() bool { return !d.bad && len(d.b) == 0 }
