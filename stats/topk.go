package stats

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// TopK finds heavy hitters by space saving: it watches a fixed number of keys; a
// new key takes the place of the lightest and inherits its weight as an error that
// is told. Every key that has more than total/capacity is among those watched.
type TopK struct {
	capacity int
	total    float64
	heap     []hitter       // the lightest first
	at       map[string]int // places in heap
	keys     int            // bytes of all keys
}

// Hitter is a key with its weight: between Weight − Error and Weight.
type Hitter struct {
	Key    string
	Weight float64
	Error  float64
}

type hitter = Hitter

const (
	maxHitters  = 1 << 20
	hitterBytes = 32 + 48 // in the heap and in the map
)

// NewTopK makes an empty one that watches up to capacity keys.
func NewTopK(capacity int) (*TopK, error) {
	if capacity < 1 || capacity > maxHitters {
		return nil, fmt.Errorf("capacity must be between 1 and %d", maxHitters)
	}
	return &TopK{capacity: capacity, at: make(map[string]int)}, nil
}

// Add adds weight to a key, which it keeps. Weights are positive.
func (t *TopK) Add(key string, weight float64) error {
	if !(weight > 0) {
		return errors.New("weight must be > 0")
	}
	t.total += weight
	i, ok := t.at[key]
	switch {
	case ok:
		t.heap[i].Weight += weight
		t.sink(i)
	case len(t.heap) < t.capacity:
		t.push(hitter{Key: key, Weight: weight})
	default:
		least := &t.heap[0]
		delete(t.at, least.Key)
		t.keys += len(key) - len(least.Key)
		*least = hitter{Key: key, Weight: least.Weight + weight, Error: least.Weight}
		t.at[key] = 0
		t.sink(0)
	}
	return nil
}

func (t *TopK) push(h hitter) {
	i := len(t.heap)
	t.heap = append(t.heap, h)
	t.at[h.Key] = i
	t.keys += len(h.Key)
	for i > 0 {
		up := (i - 1) / 2
		if t.heap[up].Weight <= t.heap[i].Weight {
			return
		}
		t.swap(i, up)
		i = up
	}
}

func (t *TopK) sink(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(t.heap); c++ {
			if t.heap[c].Weight < t.heap[least].Weight {
				least = c
			}
		}
		if least == i {
			return
		}
		t.swap(i, least)
		i = least
	}
}

func (t *TopK) swap(i, j int) {
	t.heap[i], t.heap[j] = t.heap[j], t.heap[i]
	t.at[t.heap[i].Key], t.at[t.heap[j].Key] = i, j
}

// Top returns the n heaviest keys, the heaviest first; keys of one weight in
// alphabetical order.
func (t *TopK) Top(n int) []Hitter {
	all := slices.Clone(t.heap)
	slices.SortFunc(all, func(a, b Hitter) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Key, b.Key))
	})
	return all[:max(min(n, len(all)), 0)]
}

// Get returns a key's entry, and false when it is not watched.
func (t *TopK) Get(key string) (Hitter, bool) {
	i, ok := t.at[key]
	if !ok {
		return Hitter{}, false
	}
	return t.heap[i], true
}

// Len returns the number of keys watched.
func (t *TopK) Len() int { return len(t.heap) }

// Capacity returns the number of keys that can be watched.
func (t *TopK) Capacity() int { return t.capacity }

// Total returns the weight of all keys.
func (t *TopK) Total() float64 { return t.total }

// Grows returns the bytes by which Add of this key may make it larger.
func (t *TopK) Grows(key string) int {
	if _, ok := t.at[key]; ok {
		return 0
	}
	if len(t.heap) == t.capacity {
		return max(len(key)-len(t.heap[0].Key), 0)
	}
	return len(key) + 2*hitterBytes
}

// Size returns the bytes that it takes.
func (t *TopK) Size() int { return 96 + len(t.heap)*2*hitterBytes + t.keys }

// Clear forgets all keys.
func (t *TopK) Clear() {
	t.heap, t.total, t.keys = nil, 0, 0
	t.at = make(map[string]int)
}

// Merge adds what other has watched. A key that one of them does not know may have
// had as much there as its lightest, which becomes part of its error.
func (t *TopK) Merge(other *TopK) {
	mine, theirs := t.floor(), other.floor()
	sum := make(map[string]hitter, len(t.heap)+len(other.heap))
	for _, h := range t.heap {
		o, ok := other.Get(h.Key)
		if !ok {
			o = hitter{Weight: theirs, Error: theirs}
		}
		sum[h.Key] = hitter{h.Key, h.Weight + o.Weight, h.Error + o.Error}
	}
	for _, h := range other.heap {
		if _, ok := t.at[h.Key]; !ok {
			sum[h.Key] = hitter{h.Key, h.Weight + mine, h.Error + mine}
		}
	}
	all := make([]hitter, 0, len(sum))
	for _, h := range sum {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Hitter) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Key, b.Key))
	})
	total := t.total + other.total
	t.Clear()
	t.total = total
	for _, h := range all[:min(len(all), t.capacity)] {
		t.push(h)
	}
}

// floor is the most that an unknown key may have.
func (t *TopK) floor() float64 {
	if len(t.heap) < t.capacity {
		return 0
	}
	return t.heap[0].Weight
}

const topMagic = "top\x01"

// AppendBinary appends the whole state. It never fails.
//
//	"top" 1 │ capacity │ total, 8 bytes │ number of keys │ for each: length, key, weight, error
func (t *TopK) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, topMagic...)
	dst = binary.AppendUvarint(dst, uint64(t.capacity))
	dst = appendFloat(dst, t.total)
	dst = binary.AppendUvarint(dst, uint64(len(t.heap)))
	for _, h := range t.heap {
		dst = binary.AppendUvarint(dst, uint64(len(h.Key)))
		dst = append(dst, h.Key...)
		dst = appendFloat(dst, h.Weight)
		dst = appendFloat(dst, h.Error)
	}
	return dst, nil
}

// ParseTopK makes one of what AppendBinary has written.
func ParseTopK(data []byte) (*TopK, error) {
	d := newDecoder(data, topMagic)
	capacity, total := d.count(maxHitters), d.float()
	n := d.count(capacity)
	t, err := NewTopK(capacity)
	if d.bad || err != nil || n*17 > len(d.b) {
		return nil, errBinary("heavy hitters")
	}
	t.total = total
	for range n {
		h := hitter{Key: string(d.bytes(d.count(len(d.b)))), Weight: d.float(), Error: d.float()}
		if _, twice := t.at[h.Key]; d.bad || twice || !(h.Weight > 0) || !(h.Error >= 0) {
			return nil, errBinary("heavy hitters")
		}
		t.push(h)
	}
	if !d.end() || !(t.total >= 0) {
		return nil, errBinary("heavy hitters")
	}
	return t, nil
}
