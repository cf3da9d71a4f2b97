package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Cuckoo is a cuckoo filter: a set like Bloom whose keys can be deleted. A key is
// kept as 16 bits in one of two buckets of four; two keys with the same 16 bits in
// the same buckets are taken for one.
type Cuckoo struct {
	buckets []bucket // a power of two of them
	added   int
	kicks   uint64 // state of the choice of whom to move
}

type bucket [4]uint16 // 0 is free

// ErrFull is for a key that finds no place. The filter is as it was before.
var ErrFull = errors.New("the cuckoo filter is full")

const (
	cuckooHeader = 96
	maxBuckets   = 1 << 26
	maxKicks     = 512
)

func cuckooBuckets(items int) int {
	n := (items + 3) / 4
	return 1 << bits.Len(uint(n-1))
}

// CuckooSize returns the bytes that a filter for so many items takes.
func CuckooSize(items int) int {
	if items > 4*maxBuckets {
		return math.MaxInt
	}
	return cuckooBuckets(max(items, 1))*8 + cuckooHeader
}

// NewCuckoo makes an empty filter for up to items keys; a little less than its
// capacity, the next power of two, can in fact be held.
func NewCuckoo(items int) (*Cuckoo, error) {
	if items <= 4 {
		return nil, errors.New("items must be > 4")
	}
	if CuckooSize(items) == math.MaxInt {
		return nil, fmt.Errorf("a filter of %d items takes more than %d bytes", items, maxBuckets*8)
	}
	return &Cuckoo{buckets: make([]bucket, cuckooBuckets(items)), kicks: p64a}, nil
}

// spot returns the two buckets of a key and its 16 bits.
func (c *Cuckoo) spot(key string) (i, j int, fp uint16) {
	h := xxh64(key, 1)
	if fp = uint16(h >> 48); fp == 0 {
		fp = 1
	}
	i = int(h % uint64(len(c.buckets)))
	return i, c.other(i, fp), fp
}

func (c *Cuckoo) other(i int, fp uint16) int {
	h := xxh64([]byte{byte(fp), byte(fp >> 8)}, 1)
	return i ^ int(h>>(64-bits.Len(uint(len(c.buckets)-1))))
}

func (c *Cuckoo) put(i int, old, v uint16) bool {
	for k, e := range c.buckets[i] {
		if e == old {
			c.buckets[i][k] = v
			return true
		}
	}
	return false
}

func (c *Cuckoo) has(i int, fp uint16) bool {
	b := &c.buckets[i]
	return b[0] == fp || b[1] == fp || b[2] == fp || b[3] == fp
}

// Add adds a key and reports whether it is new.
func (c *Cuckoo) Add(key string) (bool, error) {
	i, j, fp := c.spot(key)
	if c.has(i, fp) || c.has(j, fp) {
		return false, nil
	}
	if !c.put(i, 0, fp) && !c.put(j, 0, fp) && !c.kick(i, j, fp) {
		return false, ErrFull
	}
	c.added++
	return true, nil
}

// kick makes room by moving entries to their other buckets. Without success it
// takes every move back.
func (c *Cuckoo) kick(i, j int, fp uint16) bool {
	var path [maxKicks]int32 // bucket*4 + place of each move
	if c.random()&1 == 0 {
		i = j
	}
	for n := range path {
		k := int(c.random() & 3)
		path[n] = int32(i*4 + k)
		fp, c.buckets[i][k] = c.buckets[i][k], fp
		i = c.other(i, fp)
		if c.put(i, 0, fp) {
			return true
		}
	}
	for n := len(path) - 1; n >= 0; n-- {
		i, k := path[n]/4, path[n]%4
		fp, c.buckets[i][k] = c.buckets[i][k], fp
	}
	return false
}

func (c *Cuckoo) random() uint64 {
	c.kicks ^= c.kicks << 13
	c.kicks ^= c.kicks >> 7
	c.kicks ^= c.kicks << 17
	return c.kicks >> 32
}

// Query reports whether the key may be there; false is certain, but for keys
// deleted that were never added.
func (c *Cuckoo) Query(key string) bool {
	i, j, fp := c.spot(key)
	return c.has(i, fp) || c.has(j, fp)
}

// Delete removes a key and reports whether it was there. Deleting what was never
// added may remove another key.
func (c *Cuckoo) Delete(key string) bool {
	i, j, fp := c.spot(key)
	if !c.put(i, fp, 0) && !c.put(j, fp, 0) {
		return false
	}
	c.added--
	return true
}

// Count returns how many keys are there.
func (c *Cuckoo) Count() int { return c.added }

// Clear makes the filter empty.
func (c *Cuckoo) Clear() {
	clear(c.buckets)
	c.added = 0
}

// Size returns the bytes that the filter takes.
func (c *Cuckoo) Size() int { return len(c.buckets)*8 + cuckooHeader }

// SetBits takes the buckets of a filter of the same shape: 8 bytes each, 16-bit
// entries with the low byte first. The count is that of the entries.
func (c *Cuckoo) SetBits(data string) error {
	if len(data) != 8*len(c.buckets) {
		return fmt.Errorf("bytes found: %d, expected %d", len(data), 8*len(c.buckets))
	}
	c.added = 0
	for i := range c.buckets {
		for k := range 4 {
			e := uint16(data[i*8+k*2]) | uint16(data[i*8+k*2+1])<<8
			c.buckets[i][k] = e
			if e != 0 {
				c.added++
			}
		}
	}
	return nil
}

const cuckooMagic = "cko\x01"

// AppendBinary appends the whole state. It never fails.
//
//	"cko" 1 │ number of buckets │ buckets, 8 bytes each
func (c *Cuckoo) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, cuckooMagic...)
	dst = binary.AppendUvarint(dst, uint64(len(c.buckets)))
	for _, b := range c.buckets {
		for _, e := range b {
			dst = binary.LittleEndian.AppendUint16(dst, e)
		}
	}
	return dst, nil
}

// ParseCuckoo makes the filter that AppendBinary has written.
func ParseCuckoo(data []byte) (*Cuckoo, error) {
	d := newDecoder(data, cuckooMagic)
	n := d.count(maxBuckets)
	if d.bad || n < 2 || n&(n-1) != 0 || len(d.b) != 8*n {
		return nil, errBinary("a cuckoo filter")
	}
	c := &Cuckoo{buckets: make([]bucket, n), kicks: p64a}
	if err := c.SetBits(string(d.b)); err != nil {
		return nil, err
	}
	return c, nil
}
