package stats

import (
	"errors"
	"fmt"
	"math"
)

// HyperLogLog counts different keys: 2^14 registers of 6 bits, laid out and
// estimated as Redis does (the dense form of its first version).
//
//	"HYLL" │ 0 dense │ 3 unused │ cached count, 8 bytes │ 16384 registers, 12288 bytes
//
// The highest bit of the cached count says that there is none.
type HyperLogLog struct {
	data [hllBytes]byte
}

const (
	hllRegisters = 1 << 14
	hllHead      = 16
	hllBytes     = hllHead + hllRegisters*6/8
	hllSeed      = 0xadc83b19
	hllMagic     = "HYLL"

	// HyperLogLogSize is the bytes that one takes.
	HyperLogLogSize = hllBytes
)

// NewHyperLogLog makes an empty one.
func NewHyperLogLog() *HyperLogLog {
	h := &HyperLogLog{}
	copy(h.data[:], hllMagic)
	h.stale()
	return h
}

func (h *HyperLogLog) stale() { h.data[hllHead-1] |= 0x80 }

// register returns a register: 6 bits from bit 6i on, lowest first.
func (h *HyperLogLog) register(i int) byte {
	at, shift := hllHead+i*6/8, uint(i*6&7)
	v := uint16(h.data[at])
	if at+1 < hllBytes {
		v |= uint16(h.data[at+1]) << 8
	}
	return byte(v>>shift) & 63
}

func (h *HyperLogLog) setRegister(i int, r byte) {
	at, shift := hllHead+i*6/8, uint(i*6&7)
	mask, v := uint16(63)<<shift, uint16(r)<<shift
	h.data[at] = h.data[at]&^byte(mask) | byte(v)
	if mask > 0xff {
		h.data[at+1] = h.data[at+1]&^byte(mask>>8) | byte(v>>8)
	}
}

// Add adds a key and reports whether the estimate may have changed.
func (h *HyperLogLog) Add(key string) bool {
	hash := murmur64a(key, hllSeed)
	i := int(hash & (hllRegisters - 1))
	zeros := byte(1)
	for bit := uint64(hllRegisters); bit != 1<<63 && hash&bit == 0; bit <<= 1 {
		zeros++
	}
	if zeros <= h.register(i) {
		return false
	}
	h.setRegister(i, zeros)
	h.stale()
	return true
}

// Count returns the estimate of how many different keys were added.
func (h *HyperLogLog) Count() uint64 {
	if h.data[hllHead-1]&0x80 == 0 {
		return le64(h.data[:], 8)
	}
	n := estimate(h)
	for i := range 8 {
		h.data[8+i] = byte(n >> (8 * i))
	}
	return n
}

// CountUnion returns the estimate for the union, changing none of them.
func CountUnion(hs ...*HyperLogLog) uint64 {
	u := NewHyperLogLog()
	for _, h := range hs {
		u.Merge(h)
	}
	return u.Count()
}

func estimate(h *HyperLogLog) uint64 {
	const m = float64(hllRegisters)
	sum, empty := 0.0, 0
	for i := range hllRegisters {
		r := h.register(i)
		if r == 0 {
			empty++
		}
		sum += math.Ldexp(1, -int(r))
	}
	alpha := 0.7213 / (1 + 1.079/m)
	e := alpha * m * m / sum
	switch {
	case e < m*2.5 && empty != 0:
		e = m * math.Log(m/float64(empty)) // linear counting
	case e < 72000:
		// The bias measured by the author of Redis for this number of registers.
		bias := 5.9119e-18*(e*e*e*e) - 1.4253e-12*(e*e*e) + 1.2940e-7*(e*e) - 5.2921e-3*e + 83.3216
		e -= e * (bias / 100)
	}
	return uint64(e)
}

// Merge adds all keys of other.
func (h *HyperLogLog) Merge(other *HyperLogLog) {
	for i := range hllRegisters {
		if r := other.register(i); r > h.register(i) {
			h.setRegister(i, r)
		}
	}
	h.stale()
}

// Clear makes it empty.
func (h *HyperLogLog) Clear() {
	clear(h.data[hllHead:])
	h.stale()
}

// AppendBinary appends the bytes, which Redis understands as well. It never fails.
func (h *HyperLogLog) AppendBinary(dst []byte) ([]byte, error) { return append(dst, h.data[:]...), nil }

// SetBits takes the bytes of another one.
func (h *HyperLogLog) SetBits(data string) error {
	switch {
	case len(data) != hllBytes:
		return fmt.Errorf("bytes found: %d, expected %d", len(data), hllBytes)
	case data[:len(hllMagic)] != hllMagic:
		return errors.New("HYLL header not found")
	case data[len(hllMagic)] != 0:
		return errors.New("invalid encoding")
	}
	copy(h.data[:], data)
	h.stale() // the count is computed, not believed
	return nil
}

// ParseHyperLogLog makes one of what AppendBinary has written.
func ParseHyperLogLog(data []byte) (*HyperLogLog, error) {
	h := NewHyperLogLog()
	if err := h.SetBits(string(data)); err != nil {
		return nil, errBinary("a HyperLogLog")
	}
	return h, nil
}
