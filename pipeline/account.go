package pipeline

import (
	"sort"
	"sync"
	"sync/atomic"
)

// Tally counts messages and their bytes.
type Tally struct {
	N, Bytes atomic.Uint64
}

func (t *Tally) add(n, bytes int) {
	t.N.Add(uint64(n))
	t.Bytes.Add(uint64(bytes))
}

// Drops counts what was given up, by reason. The reasons are few and fixed in
// the code; the lock is taken once a batch or for a rare event.
type Drops struct {
	mu sync.Mutex
	m  map[string]uint64
}

// Add counts n messages or records given up for a reason.
func (d *Drops) Add(reason string, n int) {
	if n == 0 {
		return
	}
	d.mu.Lock()
	if d.m == nil {
		d.m = map[string]uint64{}
	}
	d.m[reason] += uint64(n)
	d.mu.Unlock()
}

// Drop is one reason with its count.
type Drop struct {
	Reason string
	N      uint64
}

// List returns the counts by reason, in the reasons' order.
func (d *Drops) List() []Drop {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Drop, 0, len(d.m))
	for r, n := range d.m {
		list = append(list, Drop{r, n})
	}
	sort.Slice(list, func(a, b int) bool { return list[a].Reason < list[b].Reason })
	return list
}

// Total is the sum over all reasons.
func (d *Drops) Total() (n uint64) {
	for _, x := range d.List() {
		n += x.N
	}
	return n
}
