package pipeline

import (
	"sync/atomic"
	"time"
)

// sampleEvery is how many calls there are for one that is timed; a power of two.
const sampleEvery = 1 << 10

// sampled says whether the nth call, counted from 1, is timed: the first is.
func sampled(n uint32) bool { return n&(sampleEvery-1) == 1 }

// timing adds up calls that were timed. Any goroutine may use it.
type timing struct{ n, ns atomic.Int64 }

// since counts one call that began then.
func (t *timing) since(began time.Time) {
	t.n.Add(1)
	t.ns.Add(int64(time.Since(began)))
}

// average returns what a call took on average, in ns, 0 before the first.
func (t *timing) average() int64 { return t.ns.Load() / max(1, t.n.Load()) }
