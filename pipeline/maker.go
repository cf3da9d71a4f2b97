package pipeline

import (
	"context"
	"math/bits"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// maker matches messages, gathers them in batches and hands those to the routes.
// Readers and injecting filters each have one; one goroutine uses it.
type maker struct {
	eng     *Engine
	origin  string // name of the plugin that makes the messages
	depth   int    // of what is made
	from    *route // the injecting filter, nil for readers
	again   bool   // the source can be asked again for what is not acknowledged
	durable bool   // everything goes to the journal first
	life    string // of the source's positions, "" for none
	since   uint64 // where in the source the last batch ended
	only    string // the one route that gets what is made, whatever it matches; "" for all that match

	snap *snapshot
	memo *memo // borrowed from snap while b is under construction
	view message.View

	b      *message.Batch  // under construction, nil between two
	signer string          // of b
	takers []int           // routes that take some of b
	counts []count         // by route: what it takes of b; zero between two batches
	calls  uint32          // of match
	due    *dues           // what the routes that only count are owed; nil: they are told at once
	full   []*queue        // queues that the last batches put over their limit
	spill  []journal.Taker // scratch: takers of b in the journal

	fed, untaken int // messages published, and those of them that no route took
}

// count is how much of a batch a route takes.
type count struct{ n, bytes int }

// begin starts a batch in c at offset lo, with the router of this moment.
func (m *maker) begin(c *message.Chunk, lo int) {
	if s := m.eng.snap.Load(); s != m.snap {
		m.snap = s
		m.counts = make([]count, len(s.routes))
		if m.due != nil {
			m.due.settle()
		}
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
func (m *maker) match() uint16 {
	if m.only != "" {
		return m.onlyRow()
	}
	if m.snap.constant && len(m.b.Rows()) > 0 {
		return 0
	}
	if m.calls++; sampled(m.calls) {
		began := time.Now()
		row := m.memo.row(&m.view, m.b)
		m.eng.matching.since(began)
		return row
	}
	return m.memo.row(&m.view, m.b)
}

// onlyRow is the row that the named route alone takes; nobody does when it is not
// there. Outputs come before filters of the same name.
func (m *maker) onlyRow() uint16 {
	if len(m.b.Rows()) > 0 {
		return 0
	}
	bits := make([]uint64, (len(m.snap.routes)+63)/64)
	best := -1
	for k, r := range m.snap.routes {
		if r.name == m.only && (best < 0 || r.kind == plugin.KindOutput) {
			best = k
		}
	}
	if best >= 0 {
		bits[best>>6] = 1 << (best & 63)
	}
	return m.b.AddRow(bits)
}

// publish seals the batch and hands it to every route that takes some of it. t,
// when not nil, hears of pos once all have dealt with it.
func (m *maker) publish(t *tracker, pos uint64) {
	b := m.b
	if b == nil {
		return
	}
	m.b = nil
	memo := m.memo
	m.memo = nil
	if b.Len() == 0 {
		m.snap.memos.Put(memo)
		b.Release()
		return
	}
	b.Origin, b.Depth, b.Epoch, b.Life = m.origin, m.depth, m.snap.epoch, m.life
	if b.Placed() {
		b.Since, b.Till = m.since, b.PlaceOf(b.Len()-1)
		m.since = b.Till
	}
	if t != nil {
		b.Src, b.Seq = t, t.begin(pos)
	}
	free := m.tally(b, m.owe(memo, b))
	m.snap.memos.Put(memo)
	m.fed += b.Len()
	m.countOnly(b)
	b.Keep(len(m.takers))
	for _, k := range m.takers {
		c := m.counts[k]
		m.counts[k] = count{}
		q, cursor := m.snap.routes[k].accept(b, k, c, m.durable)
		if q != nil {
			m.full = append(m.full, q)
		}
		if cursor != nil {
			m.spill = append(m.spill, journal.Taker{Cursor: cursor, Route: k, Reserved: true})
		}
	}
	if len(m.spill) > 0 {
		m.eng.append(b, m.spill)
		m.spill = m.spill[:0]
	}
	if free.n > 0 {
		m.eng.unrouted.add(free.n, free.bytes)
		m.untaken += free.n
	}
	b.Release()
}

// countOnly deals with the routes that want no more than the figures; they need no
// reference to b.
func (m *maker) countOnly(b *message.Batch) {
	rest := m.takers[:0]
	for _, k := range m.takers {
		if m.snap.routes[k].countOnly(b.Signer, m.counts[k]) {
			m.counts[k] = count{}
		} else {
			rest = append(rest, k)
		}
	}
	m.takers = rest
}

// owe leaves the figures of routes that only count for later where there is more to
// come, and reports whether it did.
func (m *maker) owe(memo *memo, b *message.Batch) bool {
	if m.due == nil || !m.snap.counters || len(memo.ids) != len(b.Rows()) {
		return false
	}
	if m.due.add(m.snap, memo, b) || b.Len() < dueBatch {
		m.due.settle()
	}
	return true
}

// tally adds up what each route takes, with one step for each row and route that
// takes it, however many routes and rows there are; with owed, those that only
// count are left out. It returns what no route takes.
func (m *maker) tally(b *message.Batch, owed bool) (free count) {
	m.takers = m.takers[:0]
	rows := b.Rows()
	for i := range rows {
		r := &rows[i]
		all := uint64(0)
		for w, word := range r.Bits {
			all |= word
			if owed {
				word &^= m.snap.counting[w]
			}
			for ; word != 0; word &= word - 1 {
				k := w<<6 + bits.TrailingZeros64(word)
				c := &m.counts[k]
				if c.n == 0 {
					m.takers = append(m.takers, k)
				}
				c.n += int(r.N)
				c.bytes += int(r.Bytes)
			}
		}
		if all == 0 {
			free.n += int(r.N)
			free.bytes += int(r.Bytes)
		}
	}
	return free
}

// spillAfter is how long a plugin that has fallen behind may deal with nothing
// until its messages go to the journal. A reader waits for one that only is a
// little slower than its input; one that is dead or slow does not stop the others.
const spillAfter = 200 * time.Millisecond

// mustWait reports whether room would wait.
func (m *maker) mustWait() bool {
	for _, q := range m.full {
		if q.over() {
			return true
		}
	}
	return false
}

// room waits until the queues that this maker put over their limit have room
// again, or may spill. Called when the maker holds nothing.
func (m *maker) room(ctx context.Context) error {
	for len(m.full) > 0 {
		q := m.full[len(m.full)-1]
		m.full = m.full[:len(m.full)-1]
		grace := time.Duration(0)
		if q.spills != nil && q.spills() && !(m.again && m.snap.alone) {
			grace = spillAfter
		}
		if err := q.wait(ctx, grace); err != nil {
			return err
		}
	}
	return nil
}
