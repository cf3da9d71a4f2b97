package cbuf

import (
	"math"
	"slices"
)

// pending holds the changes that no delta has told yet. A row gets a slot when it
// is first touched; slots lie in the order of those touches.
type pending struct {
	slots map[int64]int // by the time of the row
	times []int64       // by slot
	cells []float64     // [slot*cols+col]; untouched where nothing changed
	last  int           // the slot that was used last
}

// untouched is a NaN that no computation gives: a cell without a change. A change
// may itself be NaN.
var untouched = math.Float64frombits(0x7ff8_4845_4b41_0001)

func isUntouched(v float64) bool { return math.Float64bits(v) == math.Float64bits(untouched) }

const slotBytes = 40 // of the map and of times, a slot

// grows returns the bytes that a change at row t takes beyond those taken.
func (p *pending) grows(t int64, cols int) int {
	if p.slot(t) >= 0 {
		return 0
	}
	if len(p.cells)+cols <= cap(p.cells) {
		return slotBytes
	}
	return slotBytes + max(2*cap(p.cells), 4*cols)*8
}

func (p *pending) size() int { return len(p.times)*slotBytes + cap(p.cells)*8 }

func (p *pending) slot(t int64) int {
	if p.last < len(p.times) && p.times[p.last] == t {
		return p.last
	}
	if s, ok := p.slots[t]; ok {
		return s
	}
	return -1
}

// touch returns the slot of row t, a new one when it has none.
func (p *pending) touch(t int64, cols int) (int, error) {
	s := p.slot(t)
	if s < 0 {
		if len(p.cells)+cols > MaxPending {
			return 0, ErrPending
		}
		if p.slots == nil {
			p.slots = make(map[int64]int)
		}
		s = len(p.times)
		p.slots[t] = s
		p.times = append(p.times, t)
		for range cols {
			p.cells = append(p.cells, untouched)
		}
	}
	p.last = s
	return s, nil
}

// add adds v to the change of a cell.
func (p *pending) add(t int64, col, cols int, v float64) error {
	s, err := p.touch(t, cols)
	if err != nil {
		return err
	}
	cell := &p.cells[s*cols+col]
	if !isUntouched(*cell) {
		v += *cell
	}
	if v != v {
		v = math.NaN() // whatever NaN it was: untouched is one as well
	}
	*cell = v
	return nil
}

// order returns the slots by time.
func (p *pending) order() []int {
	order := make([]int, len(p.times))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if p.times[a] < p.times[b] {
			return -1
		}
		return 1
	})
	return order
}

// clear forgets the changes. What they took is given back when it is much.
func (p *pending) clear() {
	if cap(p.cells) > 1<<12 {
		*p = pending{}
		return
	}
	clear(p.slots)
	p.times, p.cells, p.last = p.times[:0], p.cells[:0], 0
}

// Pending returns the number of rows that the next delta has.
func (b *Buffer) Pending() int { return len(b.pend.times) }

// Grows returns the bytes by which a change at time t may make the Buffer larger.
func (b *Buffer) Grows(t int64) int {
	if !b.deltas {
		return 0
	}
	return b.pend.grows(b.floor(t), b.cols)
}
