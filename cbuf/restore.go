package cbuf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Restore fills the Buffer from the text that the original keeps for it: the time
// of the newest row, its number, every cell row by row as they lie in memory, and
// in a Buffer with deltas the changes not told yet, each row led by its time.
//
//	"2 2 1 1 1 2 1 2 4 1 4 2 1 0 1"
//
// An error leaves the Buffer as it was.
func (b *Buffer) Restore(text string) error {
	s := scanner{text}
	t, ok1 := s.integer()
	row, ok2 := s.integer()
	if !ok1 || !ok2 {
		return fmt.Errorf("too few values: 0, expected %d", len(b.cells))
	}
	if row < 0 || row >= int64(b.rows) || t < -maxSeconds || t > maxSeconds {
		return fmt.Errorf("invalid time/row: %d %d", t, row)
	}
	cells := make([]float64, len(b.cells))
	for i := range cells {
		v, ok := s.number()
		if !ok {
			return fmt.Errorf("too few values: %d, expected %d", i, len(cells))
		}
		cells[i] = v
	}
	var pend pending
	if b.deltas {
		var err error
		if pend, err = s.changes(b); err != nil {
			return err
		}
	}
	if s.rest = strings.TrimLeft(s.rest, spaces); s.rest != "" {
		return fmt.Errorf("too many values, more than: %d", len(cells))
	}
	b.newest, b.pend = b.floor(t), pend
	// The row number of the text is where the newest row lies. It lies elsewhere
	// here when the time and the number do not belong together.
	shift := b.place(b.newest) - int(row)
	if shift < 0 {
		shift += b.rows
	}
	n := copy(b.cells[shift*b.cols:], cells)
	copy(b.cells, cells[n:])
	return nil
}

var errDelta = errors.New("invalid delta")

const spaces = " \t\r\n\v\f"

// scanner reads numbers between white space.
type scanner struct{ rest string }

func (s *scanner) word() string {
	s.rest = strings.TrimLeft(s.rest, spaces)
	n := strings.IndexAny(s.rest, spaces)
	if n < 0 {
		n = len(s.rest)
	}
	return s.rest[:n]
}

func (s *scanner) integer() (int64, bool) {
	w := s.word()
	v, err := strconv.ParseInt(w, 10, 64)
	if err == nil {
		s.rest = s.rest[len(w):]
	}
	return v, err == nil
}

// number reads the next number; what is none stays where it is.
func (s *scanner) number() (float64, bool) {
	w := s.word()
	v, ok := parseNumber(w)
	if ok {
		s.rest = s.rest[len(w):]
	}
	return v, ok
}

func parseNumber(w string) (float64, bool) {
	if w == "" || strings.IndexByte(w, '_') >= 0 {
		return 0, false
	}
	switch w {
	case "nan", "-nan": // as C libraries print it
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(w, 64)
	if v != v {
		v = math.NaN()
	}
	return v, err == nil || math.IsInf(v, 0)
}

// changes reads what follows the cells.
func (s *scanner) changes(b *Buffer) (p pending, err error) {
	for {
		t, ok := s.number()
		if !ok {
			return p, nil
		}
		if !(t >= -maxSeconds && t <= maxSeconds) {
			return p, errDelta
		}
		if _, err := p.touch(b.floor(int64(t)), b.cols); err != nil {
			return p, err
		}
		for c := range b.cols {
			v, ok := s.number()
			if !ok {
				return p, errDelta
			}
			if v != v {
				continue // the text of a cell without a change
			}
			if err := p.add(b.floor(int64(t)), c, b.cols, v); err != nil {
				return p, err
			}
		}
	}
}
