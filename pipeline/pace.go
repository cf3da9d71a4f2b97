package pipeline

import (
	"sync/atomic"
	"time"
)

// paceSpan is how many messages the average speed of a loaded filter speaks of.
const paceSpan = 1 << 14

// pace is how fast a loaded filter works. Its worker adds, anyone asks.
type pace struct {
	limit time.Duration // a message's share on average, 0 for none; fixed

	ns      atomic.Int64 // busy since the start
	average atomic.Int64 // ns a message, of the last messages

	n, sum int64 // owned by the worker: messages and ns that average is made of
}

func newPace(limit uint64) *pace { return &pace{limit: time.Duration(min(limit, 1<<62))} }

// worked adds one call that dealt with n messages.
func (p *pace) worked(began time.Time, n int) {
	d := time.Since(began).Nanoseconds()
	p.ns.Add(d)
	if n == 0 {
		return
	}
	if p.n += int64(n); p.n > paceSpan {
		p.n, p.sum = p.n/2, p.sum/2
	}
	p.sum += d
	p.average.Store(p.sum / p.n)
}

// busy is the time spent in the filter.
func (p *pace) busy() time.Duration {
	if p == nil {
		return 0
	}
	return time.Duration(p.ns.Load())
}

// tooSlow reports whether the average is over the limit.
func (p *pace) tooSlow() bool {
	return p != nil && p.limit > 0 && time.Duration(p.average.Load()) > p.limit
}

// behind reports whether the route's memory is used up or its messages go to the
// journal.
func (r *route) behind() bool {
	for _, q := range []*queue{r.in, r.inj} {
		q.mu.Lock()
		behind := q.spilled || q.bytes > q.limit
		q.mu.Unlock()
		if behind {
			return true
		}
	}
	return false
}
