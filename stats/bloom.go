package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Bloom is a Bloom filter: a set that answers "perhaps" or "certainly not".
type Bloom struct {
	items       int
	probability float64
	bits        uint64
	hashes      int
	added       int
	data        []byte
}

// MaxBloomBytes bounds the bits of one filter.
const MaxBloomBytes = 1 << 30

// BloomSize returns the bytes that a filter for so many items with this
// probability of a wrong "perhaps" takes.
func BloomSize(items int, probability float64) int {
	n := math.Ceil(bloomBits(items, probability)/8) + 128
	if !(n < MaxBloomBytes) {
		return math.MaxInt
	}
	return int(n)
}

func bloomBits(items int, p float64) float64 {
	return math.Ceil(float64(items) * math.Log(p) / math.Log(1/math.Pow(2, math.Ln2)))
}

// NewBloom makes an empty filter for up to items keys.
func NewBloom(items int, probability float64) (*Bloom, error) {
	switch {
	case items <= 1:
		return nil, errors.New("items must be > 1")
	case !(probability > 0 && probability < 1):
		return nil, errors.New("probability must be between 0 and 1")
	case BloomSize(items, probability) == math.MaxInt:
		return nil, fmt.Errorf("a filter of %d items takes more than %d bytes", items, MaxBloomBytes)
	}
	n := uint64(max(bloomBits(items, probability), 1))
	return &Bloom{
		items: items, probability: probability, bits: n,
		hashes: max(int(math.Round(math.Ln2*float64(n)/float64(items))), 1),
		data:   make([]byte, (n+7)/8),
	}, nil
}

// Add adds a key and reports whether it is new: a false answer may be wrong.
func (b *Bloom) Add(key string) bool {
	added := false
	for i := range b.hashes {
		bit := uint64(xxh32(key, uint32(i))) % b.bits
		if mask := byte(1) << (bit & 7); b.data[bit>>3]&mask == 0 {
			b.data[bit>>3] |= mask
			added = true
		}
	}
	if added {
		b.added++
	}
	return added
}

// Query reports whether the key may have been added; false is certain.
func (b *Bloom) Query(key string) bool {
	for i := range b.hashes {
		bit := uint64(xxh32(key, uint32(i))) % b.bits
		if b.data[bit>>3]&(1<<(bit&7)) == 0 {
			return false
		}
	}
	return true
}

// Hashes returns how often a key is hashed by Add and Query.
func (b *Bloom) Hashes() int { return b.hashes }

// Count returns how many keys were new.
func (b *Bloom) Count() int { return b.added }

// Clear makes the filter empty.
func (b *Bloom) Clear() {
	clear(b.data)
	b.added = 0
}

// Size returns the bytes that the filter takes.
func (b *Bloom) Size() int { return BloomSize(b.items, b.probability) }

// SetBits takes the bits of a filter of the same shape.
func (b *Bloom) SetBits(count int, data string) error {
	if len(data) != len(b.data) {
		return fmt.Errorf("bytes found: %d, expected %d", len(data), len(b.data))
	}
	copy(b.data, data)
	b.added = max(count, 0)
	return nil
}

const bloomMagic = "blm\x01"

// AppendBinary appends the whole state. It never fails.
//
//	"blm" 1 │ items │ probability, 8 bytes │ count │ bits
func (b *Bloom) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, bloomMagic...)
	dst = binary.AppendUvarint(dst, uint64(b.items))
	dst = appendFloat(dst, b.probability)
	dst = binary.AppendUvarint(dst, uint64(b.added))
	return append(dst, b.data...), nil
}

// ParseBloom makes the filter that AppendBinary has written.
func ParseBloom(data []byte) (*Bloom, error) {
	d := newDecoder(data, bloomMagic)
	items, p, added := d.count(math.MaxInt32), d.float(), d.count(math.MaxInt)
	if d.bad || !(p > 0 && p < 1) || items < 2 || math.Ceil(bloomBits(items, p)/8) > float64(len(d.b)+1) {
		return nil, errBinary("a Bloom filter")
	}
	b, err := NewBloom(items, p)
	if err != nil || b.SetBits(added, string(d.b)) != nil {
		return nil, errBinary("a Bloom filter")
	}
	return b, nil
}
