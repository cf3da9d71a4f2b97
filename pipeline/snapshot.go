package pipeline

import (
	"slices"
	"sync"

	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
)

// snapshot is the router at one moment: which routes there are and what they
// take. Immutable; bit k of the matcher set is routes[k].
type snapshot struct {
	epoch    uint64
	set      *match.Set
	routes   []*route
	counting []uint64  // bit k: routes[k] only counts
	counters bool      // some do
	alone    bool      // one route at most has a queue: no other could be held up by it
	keeps    bool      // some route's plugin keeps state: batches say where their messages were
	constant bool      // every message goes the same way: what a builder made need not be parsed
	memos    sync.Pool // of *memo: what readers have learned, shared in turns
}

// queued counts the routes that do more than count.
func queued(routes []*route) (n int) {
	for _, r := range routes {
		if r.spec().counter == nil {
			n++
		}
	}
	return n
}

// memo is what matching has learned from earlier messages, and the rows that the
// batch at hand has used. One maker at a time holds it.
type memo struct {
	ctx   *match.Context
	epoch uint64    // of ctx, that seen speaks of
	stamp uint32    // marks the entries of seen that belong to the batch at hand
	seen  []seenRow // by row id
	ids   []uint32  // row ids of the batch's dictionary
}

type seenRow struct {
	stamp uint32
	gen   uint32 // marks entries that belong to the same dues
	index uint16 // in the batch's dictionary
	due   uint16 // in the rows of the dues
}

// borrow returns a memo for one batch; it goes back to memos.
func (s *snapshot) borrow() *memo {
	m, _ := s.memos.Get().(*memo)
	if m == nil {
		m = &memo{ctx: s.set.NewContext()}
	}
	m.ctx.Begin()
	m.ids = m.ids[:0]
	if m.stamp++; m.stamp == 0 || m.epoch != m.ctx.Epoch() {
		clear(m.seen)
		m.stamp, m.epoch = 1, m.ctx.Epoch()
	}
	return m
}

// row matches the viewed message and returns its row in b's dictionary.
func (m *memo) row(v *message.View, b *message.Batch) uint16 {
	id := int(m.ctx.Match(v))
	if id >= len(m.seen) {
		m.seen = append(m.seen, make([]seenRow, id+64-len(m.seen))...)
	}
	if s := &m.seen[id]; s.stamp == m.stamp {
		return s.index
	}
	index := b.AddRow(m.ctx.Row(match.RowID(id)))
	s := &m.seen[id]
	s.stamp, s.index = m.stamp, index
	m.ids = append(m.ids, uint32(id))
	return index
}

func newSnapshot(epoch uint64, routes []*route) *snapshot {
	ms := make([]*match.Matcher, len(routes))
	for i, r := range routes {
		ms[i] = r.spec().matcher
	}
	set := match.NewSet(ms)
	keeps := slices.ContainsFunc(routes, func(r *route) bool { return r.spec().keeps })
	s := &snapshot{epoch: epoch, set: set, routes: routes, constant: set.Constant(), keeps: keeps, alone: queued(routes) <= 1}
	s.counting = make([]uint64, (len(routes)+63)/64)
	for k, r := range routes {
		if r.spec().counter != nil {
			s.counting[k>>6] |= 1 << (k & 63)
			s.counters = true
		}
	}
	return s
}

// index returns the bit of a route, -1 when it is not in the snapshot.
func (s *snapshot) index(r *route) int {
	for i, x := range s.routes {
		if x == r {
			return i
		}
	}
	return -1
}
