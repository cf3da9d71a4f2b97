package pipeline

import (
	"sync"
	"sync/atomic"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// routeSpec is the part of a route that a reload may change. Immutable.
type routeSpec struct {
	sec     *config.Section
	text    string // of the section and all that it uses
	matcher *match.Matcher
	signer  string
	counter plugin.Counter // nil: batches are queued
	keeps   bool           // what its plugin has seen is kept: batches say where their messages were
}

// route is the way to one filter or output: its queues and its account. It
// outlives the plugin instance that works on it.
type route struct {
	eng  *Engine
	name string
	kind plugin.Kind
	in   *queue // what readers send; for outputs all
	inj  *queue // what filters inject; filters only

	cur atomic.Pointer[routeSpec]

	received, delivered Tally
	held                atomic.Int64 // messages in the queues or in the plugin's hands
	drops               Drops
	injected, retries   atomic.Uint64
	dropBase            journal.Drops // what the journal had dropped for it before this run
	newcomer            bool          // the journal did not know it before

	mu     sync.Mutex     // compaction, any reader
	tight  *message.Chunk // guarded by mu
	tightW int            // guarded by mu: bytes of tight in use

	pace *pace // of a loaded filter, nil for others; fixed before the route is used

	shadow *shadow // what it injects goes here and nowhere else; nil for most, fixed before the route is used

	stateful atomic.Bool // its plugin keeps state

	do chan func(w *worker) // runs in the worker's goroutine
}

// newRoute makes a route, one of n. Routes that spill share half of the memory,
// so that however many fall behind at once there is some left for the rest.
func newRoute(e *Engine, sec *config.Section, n int) *route {
	limit := int(sec.Route.QueueSize)
	if limit <= 0 {
		limit = 16 << 20
	}
	if e.journal != nil && sec.Route.Overflow != config.Block && sec.Route.Overflow != config.Drop {
		limit = min(limit, max(1<<20, e.pool.Budget()/2/n))
	}
	r := &route{eng: e, name: sec.Name, kind: sec.Info.Kind, in: newQueue(limit), do: make(chan func(*worker))}
	r.in.spills = r.spills
	if r.kind == plugin.KindFilter {
		r.inj = newQueue(limit)
	}
	return r
}

func (r *route) spec() *routeSpec { return r.cur.Load() }

// keeps reports whether what the plugin has seen is kept: because it has a state, or
// because all that it is given comes from the journal and is to be sent on once.
func (r *route) keeps(sec *config.Section, plug any) bool {
	if stateful(plug) != nil {
		return true
	}
	_, counts := plug.(plugin.Counter)
	return r.kind == plugin.KindOutput && r.eng.journal != nil && sec.Route.UseBuffering && !counts
}

// accept takes over one reference of b, of which the route takes bit k: c. With a
// cursor the batch is to be appended to the journal for it, where room is
// reserved; the reference stays the caller's then. With a queue, that is over its
// limit now and the policy is to wait. Called from any reader; never blocks.
func (r *route) accept(b *message.Batch, k int, c count, durable bool) (*queue, *journal.Cursor) {
	s := r.spec()
	if s.signer != "" && s.signer != b.Signer {
		b.Release()
		return nil, nil
	}
	n, bytes := c.n, c.bytes
	r.received.add(n, bytes)
	q := r.in
	if b.Depth > 0 && r.inj != nil {
		q = r.inj
	} else if c := r.reserve(durable); c != nil {
		r.held.Add(int64(n))
		return nil, c
	}
	if q.over() && (s.sec.Route.Overflow == config.Drop || r.pace != nil && q == r.inj) {
		r.drops.Add("queue full", n)
		b.Release()
		return nil, nil
	}
	it := item{b: b, bit: k, n: n, size: bytes, charge: max(b.Size(), 512)}
	if held, _ := q.size(); held > 0 && bytes*8 < b.Held() && bytes < message.LargeChunk/4 {
		if small := r.compact(b, k, bytes); small != nil {
			b.Release()
			it = item{b: small, bit: 0, n: n, size: bytes, charge: max(bytes, 512)}
		}
	}
	r.held.Add(int64(n))
	over, ok := q.put(it)
	if !ok {
		r.held.Add(-int64(n))
		r.drops.Add("plugin removed", n)
		it.b.Release()
		return nil, nil
	}
	switch {
	case !over || s.sec.Route.Overflow == config.Drop:
		return nil, nil
	case r.pace != nil: // nobody waits for a loaded filter
		if q != r.inj {
			q.overdue()
		}
		return nil, nil
	case b.Depth > 0 && q != r.inj && r.spills():
		q.overdue() // filters do not wait where there is a journal
		return nil, nil
	}
	return q, nil
}

// countOnly gives the figures to a plugin that wants no more; false when it wants
// the messages. Its panic costs only the figures.
func (r *route) countOnly(signer string, c count) bool {
	s := r.spec()
	if s.counter == nil {
		return false
	}
	if s.signer != "" && s.signer != signer {
		return true
	}
	r.received.add(c.n, c.bytes)
	defer func() {
		if recover() != nil {
			r.drops.Add("counting panicked", c.n)
		}
	}()
	s.counter.Count(c.n, c.bytes)
	r.delivered.add(c.n, c.bytes)
	return true
}

// owed is countOnly for figures that were summed over many batches with one signer.
// Where the plugin that counted has been replaced meanwhile, they count as dropped.
func (r *route) owed(signer string, c count) {
	if !r.countOnly(signer, c) {
		r.received.add(c.n, c.bytes)
		r.drops.Add("plugin removed", c.n)
	}
}

// compact copies the route's selection of b into the route's own chunk, so that
// a sparse route that lags does not keep whole chunks alive. nil when there is no
// memory for it.
func (r *route) compact(b *message.Batch, k, bytes int) *message.Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tight == nil || len(r.tight.Buf)-r.tightW < bytes {
		if r.tight != nil {
			r.tight.Release()
		}
		r.tightW = 0
		if r.tight = r.eng.tightPool.TryGet(message.LargeChunk); r.tight == nil {
			return nil
		}
	}
	c := b.Compact(k, r.tight, r.tightW)
	r.tightW = c.End()
	if t, ok := b.Src.(*tracker); ok {
		t.keep(b.Seq)
		c.Src, c.Seq = t, b.Seq
	}
	return c
}

// close refuses what still comes; it is dropped with a count.
func (r *route) close() {
	r.in.close()
	if r.inj != nil {
		r.inj.close()
	}
}

// loosen gives the compaction chunk back.
func (r *route) loosen() {
	r.mu.Lock()
	if r.tight != nil {
		r.tight.Release()
		r.tight = nil
	}
	r.mu.Unlock()
}

// inMemory reports whether messages are in the route's queues or, taken from
// them, in the plugin's hands.
func (r *route) inMemory() bool {
	_, bytes := r.queued()
	return bytes > 0
}

// queued is what waits in the route's queues or is in the plugin's hands.
func (r *route) queued() (batches, bytes int) {
	batches, bytes = r.in.size()
	if r.inj != nil {
		n, b := r.inj.size()
		batches, bytes = batches+n, bytes+b
	}
	return batches, bytes
}
