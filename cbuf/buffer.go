package cbuf

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Limits of a Buffer.
const (
	MaxColumns = 256
	MaxCells   = 1 << 26 // 512 MiB
	MaxPending = 1 << 24 // cells of changes that no AppendDelta has fetched

	maxSeconds = 1 << 53 // times beyond it cannot be told from one another as float64
)

// ErrPending is for a change that finds MaxPending changes not fetched.
var ErrPending = errors.New("too many changes since the last delta; format it as cbufd more often")

// Buffer is a sliding window. The zero Buffer is of no use; New makes one.
type Buffer struct {
	// fixed after New
	rows, cols int
	width      int64 // seconds of a row
	deltas     bool

	headers []Header  // by column
	cells   []float64 // [row*cols+col]; NaN where nothing was recorded
	newest  int64     // seconds of the newest row, a multiple of width
	format  Format
	pend    pending
}

// Size returns the bytes that a Buffer of this shape takes, without changes that
// wait to be fetched.
func Size(rows, cols int) int {
	hi, cells := bits.Mul64(uint64(rows), uint64(cols))
	if hi != 0 || cells > MaxCells {
		return math.MaxInt
	}
	return bufferBytes + int(cells)*8 + cols*headerBytes
}

// New makes a Buffer of empty cells whose oldest row is at time 0. With deltas it
// remembers changes for AppendDelta.
func New(rows, cols int, secondsPerRow int64, deltas bool) (*Buffer, error) {
	switch {
	case rows <= 1:
		return nil, errors.New("rows must be > 1")
	case cols <= 0 || cols > MaxColumns:
		return nil, fmt.Errorf("columns must be > 0 and <= %d", MaxColumns)
	case secondsPerRow <= 0 || secondsPerRow > math.MaxInt32:
		return nil, errors.New("seconds_per_row is out of range")
	case Size(rows, cols) == math.MaxInt:
		return nil, fmt.Errorf("%d rows of %d columns are more than %d cells", rows, cols, MaxCells)
	case secondsPerRow*int64(rows) > maxSeconds:
		return nil, errors.New("seconds_per_row is out of range")
	}
	b := &Buffer{
		rows: rows, cols: cols, width: secondsPerRow, deltas: deltas,
		headers: make([]Header, cols),
		cells:   make([]float64, rows*cols),
		newest:  secondsPerRow * int64(rows-1),
	}
	for c := range b.headers {
		b.headers[c] = Header{Name: fmt.Sprintf("Column_%d", c+1), Unit: "count"}
	}
	fill(b.cells, math.NaN())
	return b, nil
}

// Rows returns the number of rows.
func (b *Buffer) Rows() int { return b.rows }

// Columns returns the number of columns.
func (b *Buffer) Columns() int { return b.cols }

// SecondsPerRow returns the width of a row.
func (b *Buffer) SecondsPerRow() int64 { return b.width }

// Deltas reports whether changes are remembered.
func (b *Buffer) Deltas() bool { return b.deltas }

// Newest returns the time of the newest row.
func (b *Buffer) Newest() int64 { return b.newest }

// Oldest returns the time of the oldest row.
func (b *Buffer) Oldest() int64 { return b.newest - b.width*int64(b.rows-1) }

// Size returns the bytes that the Buffer takes now.
func (b *Buffer) Size() int { return Size(b.rows, b.cols) + b.pend.size() }

// Header returns the description of a column.
func (b *Buffer) Header(col int) Header { return b.headers[col] }

// SetHeader describes a column. Name and unit are cut and cleaned as CleanName and
// CleanUnit do.
func (b *Buffer) SetHeader(col int, h Header) {
	h.Name, h.Unit = CleanName(h.Name), CleanUnit(h.Unit)
	b.headers[col] = h
}

// floor returns the beginning of the row that holds time t.
func (b *Buffer) floor(t int64) int64 {
	r := t % b.width
	if r < 0 {
		r += b.width
	}
	return t - r
}

// index returns the row in which time t lies, or -1 when it is outside the window.
func (b *Buffer) index(t int64) int {
	if t < -maxSeconds || t > maxSeconds {
		return -1
	}
	if t = b.floor(t); t > b.newest || t < b.Oldest() {
		return -1
	}
	return b.place(t)
}

func (b *Buffer) place(t int64) int {
	r := int(t / b.width % int64(b.rows))
	if r < 0 {
		r += b.rows
	}
	return r
}

// Advance moves the window so that time t lies in its newest row; earlier times
// leave it where it is. It reports whether t is in the window then.
func (b *Buffer) Advance(t int64) bool { return b.advance(t) >= 0 }

func (b *Buffer) advance(t int64) int {
	if t < -maxSeconds || t > maxSeconds {
		return -1
	}
	t = b.floor(t)
	if t <= b.newest {
		return b.index(t)
	}
	skip := (t - b.newest) / b.width
	if skip >= int64(b.rows) {
		fill(b.cells, math.NaN())
	} else {
		from, n := b.place(b.newest+b.width), int(skip)
		if over := from + n - b.rows; over > 0 {
			fill(b.cells[:over*b.cols], math.NaN())
			n -= over
		}
		fill(b.cells[from*b.cols:(from+n)*b.cols], math.NaN())
	}
	b.newest = t
	return b.place(t)
}

// Skipped returns the number of cells that a change at time t clears.
func (b *Buffer) Skipped(t int64) int {
	if t <= b.newest || t > maxSeconds {
		return 0
	}
	return int(min((t-b.newest)/b.width, int64(b.rows))) * b.cols
}

func fill(cells []float64, v float64) {
	for i := range cells {
		cells[i] = v
	}
}

// Get returns a cell: NaN when nothing was recorded, false outside the window.
func (b *Buffer) Get(t int64, col int) (float64, bool) {
	row := b.index(t)
	if row < 0 {
		return 0, false
	}
	return b.cells[row*b.cols+col], true
}

// Add adds v to a cell and returns its new value; an empty cell becomes v. It
// answers false for a time before the window. An error leaves the cell as it was.
func (b *Buffer) Add(t int64, col int, v float64) (float64, bool, error) {
	row := b.advance(t)
	if row < 0 {
		return 0, false, nil
	}
	cell := &b.cells[row*b.cols+col]
	sum := *cell + v
	if *cell != *cell {
		sum = v
	}
	if b.deltas && v != 0 {
		change := v
		if b.headers[col].Aggregation != Sum {
			change = sum
		}
		if err := b.changed(t, col, change); err != nil {
			return 0, true, err
		}
	}
	*cell = sum
	return sum, true, nil
}

// Set replaces a cell and returns its value; in columns of minima and maxima only
// if v is better than what is there. It answers false for a time before the
// window. An error leaves the cell as it was.
func (b *Buffer) Set(t int64, col int, v float64) (float64, bool, error) {
	row := b.advance(t)
	if row < 0 {
		return 0, false, nil
	}
	cell := &b.cells[row*b.cols+col]
	change := v
	switch empty := *cell != *cell; b.headers[col].Aggregation {
	case Min:
		if !empty && !(v < *cell) {
			return *cell, true, nil
		}
	case Max:
		if !empty && !(v > *cell) {
			return *cell, true, nil
		}
	default:
		if !empty && !math.IsInf(*cell, 0) { // from infinity there is no way to go
			change = v - *cell
		}
	}
	if b.deltas {
		if err := b.changed(t, col, change); err != nil {
			return 0, true, err
		}
	}
	*cell = v
	return v, true, nil
}

func (b *Buffer) changed(t int64, col int, v float64) error {
	return b.pend.add(b.floor(t), col, b.cols, v)
}

// Range appends the cells of a column from one time to another, both included, to
// dst. It answers false when a time is outside the window or they are reversed.
func (b *Buffer) Range(dst []float64, col int, from, to int64) ([]float64, bool) {
	first, n, ok := b.span(from, to)
	if !ok {
		return dst, false
	}
	for i := range n {
		dst = append(dst, b.at(first, i, col))
	}
	return dst, true
}

// span returns the row of the first time and the number of rows to the second.
func (b *Buffer) span(from, to int64) (first, n int, ok bool) {
	first = b.index(from)
	if first < 0 || b.index(to) < 0 {
		return 0, 0, false
	}
	n = int((b.floor(to)-b.floor(from))/b.width) + 1
	return first, n, n > 0
}

// at returns the cell i rows after row first.
func (b *Buffer) at(first, i, col int) float64 {
	if first += i; first >= b.rows {
		first -= b.rows
	}
	return b.cells[first*b.cols+col]
}
