package pipeline

import (
	"context"

	"github.com/heka-project/heka/message"
)

// maker matches messages, gathers them in batches and hands those to the routes.
// Readers and injecting filters each have one; one goroutine uses it.
type maker struct {
	eng    *Engine
	origin string // name of the plugin that makes the messages
	depth  int    // of what is made
	from   *route // the injecting filter, nil for readers

	snap *snapshot
	memo *memo // borrowed from snap while b is under construction
	view message.View

	b      *message.Batch // under construction, nil between two
	signer string         // of b
	takers []int
	words  []uint64
	full   []*queue // queues that the last batches put over their limit
}

// begin starts a batch in c at offset lo, with the router of this moment.
func (m *maker) begin(c *message.Chunk, lo int) {
	if s := m.eng.snap.Load(); s != m.snap {
		m.snap = s
		m.words = make([]uint64, s.words)
	}
	m.memo = m.snap.borrow()
	m.b = message.NewBatch(c, lo)
	m.b.Signer = m.signer
}

// parse reads the message for match. False: it is damaged or lacks what the
// format requires. Called after begin.
func (m *maker) parse(msg []byte) bool {
	return m.view.Parse(msg, m.snap.set.Want()) && m.view.Complete()
}

// match returns the row of the parsed message within b.
func (m *maker) match() uint16 { return m.memo.row(&m.view, m.b) }

// publish seals the batch and hands it to every route that takes some of it. t,
// when not nil, hears of pos once all have dealt with it.
func (m *maker) publish(t *tracker, pos uint64) {
	b := m.b
	if b == nil {
		return
	}
	m.b = nil
	m.snap.memos.Put(m.memo)
	m.memo = nil
	if b.Len() == 0 {
		b.Release()
		return
	}
	b.Origin, b.Depth, b.Epoch = m.origin, m.depth, m.snap.epoch
	if t != nil {
		b.Src, b.Seq = t, t.begin(pos)
	}
	m.takers = b.Takers(m.takers[:0], m.words)
	b.Keep(len(m.takers))
	for _, k := range m.takers {
		if q := m.snap.routes[k].accept(b, k); q != nil {
			m.full = append(m.full, q)
		}
	}
	if len(m.takers) == 0 {
		m.eng.unrouted.add(b.Len(), b.Size())
	}
	b.Release()
}

// room waits until the queues that this maker put over their limit have room
// again. Called when the maker holds nothing.
func (m *maker) room(ctx context.Context) error {
	for len(m.full) > 0 {
		q := m.full[len(m.full)-1]
		m.full = m.full[:len(m.full)-1]
		if err := q.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
