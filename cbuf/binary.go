package cbuf

import (
	"encoding/binary"
	"errors"
	"math"
)

// The binary form, exact to the bit. Integers are varints; numbers 8 bytes of
// IEEE 754, lowest first.
//
//	"cbf" 1 │ flags: 1 deltas, 2 delta form chosen │ rows │ columns │ seconds_per_row │ newest row
//	│ for each column: name, unit (length bytes), aggregation (1 byte) │ cells as they lie
//	│ number of changed rows │ for each: time, cells
const magic = "cbf\x01"

var errBinary = errors.New("not the binary form of a circular buffer")

// AppendBinary appends the whole state. It never fails.
func (b *Buffer) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, magic...)
	var flags byte
	if b.deltas {
		flags |= 1
	}
	if b.format == Delta {
		flags |= 2
	}
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(b.rows))
	dst = binary.AppendUvarint(dst, uint64(b.cols))
	dst = binary.AppendUvarint(dst, uint64(b.width))
	dst = binary.AppendVarint(dst, b.newest)
	for _, h := range b.headers {
		dst = append(dst, byte(len(h.Name)))
		dst = append(dst, h.Name...)
		dst = append(dst, byte(len(h.Unit)))
		dst = append(dst, h.Unit...)
		dst = append(dst, byte(h.Aggregation))
	}
	dst = appendCells(dst, b.cells)
	dst = binary.AppendUvarint(dst, uint64(len(b.pend.times)))
	for s, t := range b.pend.times {
		dst = binary.AppendVarint(dst, t)
		dst = appendCells(dst, b.pend.cells[s*b.cols:(s+1)*b.cols])
	}
	return dst, nil
}

// ParseBinary makes the Buffer that AppendBinary has written. What it allocates is
// no more than a small multiple of data.
func ParseBinary(data []byte) (*Buffer, error) {
	if len(data) < len(magic)+1 || string(data[:len(magic)]) != magic {
		return nil, errBinary
	}
	d := decoder{b: data[len(magic)+1:]}
	flags := data[len(magic)]
	rows, cols, width, newest := d.uvarint(), d.uvarint(), d.uvarint(), d.varint()
	if d.bad || flags > 3 || rows > MaxCells || cols > MaxColumns || rows*cols > uint64(len(d.b)/8) || width > math.MaxInt32 {
		return nil, errBinary
	}
	b, err := New(int(rows), int(cols), int64(width), flags&1 != 0)
	if err != nil || newest < -maxSeconds || newest > maxSeconds || newest%b.width != 0 {
		return nil, errBinary
	}
	b.newest, b.format = newest, Format(flags>>1)
	for c := range b.headers {
		h := Header{Name: d.text(), Unit: d.text(), Aggregation: Aggregation(d.byte())}
		if d.bad || h.Aggregation > None {
			return nil, errBinary
		}
		b.SetHeader(c, h)
	}
	d.cells(b.cells)
	n := d.uvarint()
	if d.bad || n > uint64(len(d.b)/8) || n > 0 && !b.deltas {
		return nil, errBinary
	}
	row := make([]float64, cols)
	for range n {
		t := d.varint()
		d.cells(row)
		if d.bad || t < -maxSeconds || t > maxSeconds || t%b.width != 0 || b.pend.slot(t) >= 0 {
			return nil, errBinary
		}
		slot, err := b.pend.touch(t, b.cols)
		if err != nil {
			return nil, err
		}
		copy(b.pend.cells[slot*b.cols:], row)
	}
	if d.bad || len(d.b) > 0 {
		return nil, errBinary
	}
	return b, nil
}

func appendCells(dst []byte, cells []float64) []byte {
	for _, v := range cells {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

// decoder reads the parts; bad says that one was missing.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	return d.took(v, n)
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	return int64(d.took(uint64(v), n))
}

func (d *decoder) took(v uint64, n int) uint64 {
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) byte() byte { return d.bytes(1)[0] }

func (d *decoder) text() string { return string(d.bytes(int(d.byte()))) }

// bytes returns the next n bytes, or n zeros when there are fewer.
func (d *decoder) bytes(n int) []byte {
	if n > len(d.b) {
		d.bad, d.b = true, nil
		return make([]byte, n)
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) cells(cells []float64) {
	if d.bad || len(d.b) < 8*len(cells) {
		d.bad = true
		return
	}
	for i := range cells {
		cells[i] = math.Float64frombits(binary.LittleEndian.Uint64(d.b[8*i:]))
	}
	d.b = d.b[8*len(cells):]
}
