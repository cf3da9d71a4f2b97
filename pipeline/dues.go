package pipeline

import (
	"math/bits"
	"sync"

	"github.com/heka-project/heka/message"
)

const (
	dueBatch   = 64      // messages of a batch below which its figures are told at once
	dueBatches = 256     // batches after which figures are told, however few rows they have
	dueRows    = 1 << 14 // rows after which they are
	dueKeep    = 1 << 10 // rows that a stream keeps room for while it rests
)

// dues are figures that a busy stream owes to the routes that only count. Summed by
// row over many batches they cost a step for each row of a batch, however many
// routes take it; the routes are told when the stream pauses, when enough has come
// together, and before anybody looks at them.
//
//	batch ─ rows ─▶ sum of each row ─ settle ─▶ sum of each route ─▶ Count
//
// The stream adds; any goroutine settles.
type dues struct {
	eng   *Engine
	owing bool // the engine knows it; belongs to the stream's goroutine

	mu      sync.Mutex
	gen     uint32    // marks the entries of a memo that speak of rows; guarded by mu, as are all below
	snap    *snapshot // whose routes the rows speak of
	signer  string    // of all messages
	rows    []dueRow
	batches int
	counts  []count // scratch: by route
}

// dueRow is one distinct row with what is owed to its routes.
type dueRow struct {
	bits []uint64
	sum  count
}

// add takes the figures of a batch's rows, whose ids in the memo are given. It
// reports whether it is time to settle.
func (d *dues) add(snap *snapshot, m *memo, b *message.Batch) (full bool) {
	d.mu.Lock()
	if d.snap != nil && (d.snap != snap || d.signer != b.Signer) {
		d.tell()
	}
	if d.snap == nil {
		d.snap, d.signer, d.gen = snap, b.Signer, d.eng.dueGen.Add(1)
	}
	rows := b.Rows()
	for i, id := range m.ids {
		r := &rows[i]
		s := &m.seen[id]
		if s.gen != d.gen {
			s.gen, s.due = d.gen, uint16(len(d.rows))
			d.rows = append(d.rows, dueRow{bits: r.Bits})
		}
		c := &d.rows[s.due].sum
		c.n += int(r.N)
		c.bytes += int(r.Bytes)
	}
	d.batches++
	full = len(d.rows) >= dueRows || d.batches >= dueBatches
	d.mu.Unlock()
	if !d.owing {
		d.owing = true
		d.eng.dueMu.Lock()
		d.eng.due[d] = struct{}{}
		d.eng.dueMu.Unlock()
	}
	return full
}

// settle tells the routes what they are owed.
func (d *dues) settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.snap != nil {
		d.tell()
	}
}

// tell is settle with mu held, where something is owed.
func (d *dues) tell() {
	s := d.snap
	if len(d.counts) < len(s.routes) {
		d.counts = make([]count, len(s.routes))
	}
	for i := range d.rows {
		r := &d.rows[i]
		for w, word := range r.bits {
			for word &= s.counting[w]; word != 0; word &= word - 1 {
				c := &d.counts[w<<6+bits.TrailingZeros64(word)]
				c.n += r.sum.n
				c.bytes += r.sum.bytes
			}
		}
	}
	for k, c := range d.counts {
		if c.n > 0 {
			s.routes[k].owed(d.signer, c)
			d.counts[k] = count{}
		}
	}
	clear(d.rows)
	d.snap, d.rows, d.batches = nil, d.rows[:0], 0
}

// end settles and lets the engine forget d. The stream calls it before it rests.
func (d *dues) end() {
	d.settle()
	if d.mu.Lock(); cap(d.rows) > dueKeep {
		d.rows = nil
	}
	d.mu.Unlock()
	d.eng.dueMu.Lock()
	delete(d.eng.due, d)
	d.eng.dueMu.Unlock()
	d.owing = false
}

// settleDues tells all routes that only count what they are owed, so that their
// figures are exact.
func (e *Engine) settleDues() {
	e.dueMu.Lock()
	list := make([]*dues, 0, len(e.due))
	for d := range e.due {
		list = append(list, d)
	}
	e.dueMu.Unlock()
	for _, d := range list {
		d.settle()
	}
}
