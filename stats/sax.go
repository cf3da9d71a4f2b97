package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Symbolic aggregate approximation (Lin, Keogh et al.): a series is brought to mean
// 0 and deviation 1, cut into frames, and each frame becomes the letter of the
// equally likely part of the normal distribution in which its mean lies, A the
// lowest. '#' is a frame without values.

// Limits of words.
const (
	MaxSeries      = 4096
	MaxFrames      = 2048
	MaxCardinality = 16
)

// Word is a series as letters.
type Word struct {
	n       int // values of the series; 0 when unknown
	letters int // cardinality
	symbols string
}

// checkSAX says what is wrong with n values in w frames of c letters.
func checkSAX(n, w, c int) error {
	switch {
	case n <= 1 || n > MaxSeries:
		return errors.New("n is out of range")
	case w <= 1 || w > MaxFrames:
		return errors.New("w is out of range")
	case n%w != 0:
		return errors.New("n must be evenly divisible by w")
	case c <= 1 || c > MaxCardinality:
		return errors.New("cardinality is out of range")
	}
	return nil
}

// NewWord makes the word of a series, in w frames of c letters.
func NewWord(series []float64, w, c int) (Word, error) {
	if err := checkSAX(len(series), w, c); err != nil {
		return Word{}, err
	}
	return makeWord(series, w, c), nil
}

// ParseWord makes a word of its letters.
func ParseWord(s string, c int) (Word, error) {
	if c <= 1 || c > MaxCardinality {
		return Word{}, errors.New("cardinality is out of range")
	}
	if s == "" || len(s) > MaxFrames {
		return Word{}, errors.New("w is out of range")
	}
	for _, l := range []byte(s) {
		if l != '#' && (l < 'A' || l >= 'A'+byte(c)) {
			return Word{}, fmt.Errorf("symbol %q is not of %d letters", l, c)
		}
	}
	return Word{letters: c, symbols: s}, nil
}

func makeWord(series []float64, w, c int) Word {
	var m Moments
	for _, v := range series {
		if !math.IsInf(v, 0) {
			m.Add(v)
		}
	}
	sd := m.StdDev()
	var out strings.Builder
	size := len(series) / w
	for f := range w {
		sum, n := 0.0, 0
		for _, v := range series[f*size : (f+1)*size] {
			if v != v {
				continue
			}
			if n++; math.IsInf(v, 0) {
				sum += v
			} else if sd > 1e-8 { // a level series is all zeros
				sum += (v - m.Mean()) / sd
			}
		}
		out.WriteByte(symbol(sum/float64(n), c))
	}
	return Word{n: len(series), letters: c, symbols: out.String()}
}

func symbol(v float64, c int) byte {
	if v != v {
		return '#'
	}
	i := 0
	for i < c-1 && v >= breakpoint(i+1, c) {
		i++
	}
	return 'A' + byte(i)
}

// breakpoint returns where letter i of c begins.
func breakpoint(i, c int) float64 {
	if 2*i == c {
		return 0
	}
	return math.Sqrt2 * math.Erfinv(2*float64(i)/float64(c)-1)
}

// String returns the letters.
func (w Word) String() string { return w.symbols }

// Equal reports whether the words have the same letters of the same alphabet.
func (w Word) Equal(o Word) bool { return w.letters == o.letters && w.symbols == o.symbols }

// Size returns the bytes that it takes.
func (w Word) Size() int { return 48 + len(w.symbols) }

// MinDist returns a lower bound of the Euclidean distance of the series, and its
// parts: of the frames where a is above b, and where it is below. A frame without
// values is as far away as it can be. It answers false for words that differ in
// length or alphabet.
func MinDist(a, b Word) (dist, above, below float64, ok bool) {
	if a.letters != b.letters || len(a.symbols) != len(b.symbols) {
		return 0, 0, 0, false
	}
	w := float64(len(a.symbols))
	n := max(float64(a.n), float64(b.n), w)
	for i := range a.symbols {
		x, y := a.symbols[i], b.symbols[i]
		if x == '#' && y == '#' {
			continue
		}
		if x == '#' {
			x = farthest(y, a.letters)
		} else if y == '#' {
			y = farthest(x, a.letters)
		}
		if d := letterDist(x, y, a.letters); x > y {
			above += d * d
		} else {
			below += d * d
		}
	}
	scale := n / w
	return math.Sqrt(scale * (above + below)), math.Sqrt(scale * above), math.Sqrt(scale * below), true
}

// farthest returns the letter at the end farther from l; the low end when both are.
func farthest(l byte, c int) byte {
	if i := int(l - 'A'); c-1-i > i {
		return 'A' + byte(c-1)
	}
	return 'A'
}

// letterDist is the gap between two letters, to three decimals as published tables
// have it; neighbours touch.
func letterDist(x, y byte, c int) float64 {
	if x < y {
		x, y = y, x
	}
	if x-y <= 1 {
		return 0
	}
	return math.Round(1000*(breakpoint(int(x-'A'), c)-breakpoint(int(y-'A')+1, c))) / 1000
}

// Window is a sliding series of the last n values, with its word.
type Window struct {
	w, c   int
	values []float64 // a ring; NaN where nothing is yet
	next   int       // where the oldest value lies
	word   Word
	fresh  bool // word is that of values
}

// NewWindow makes an empty window of n values, w frames and c letters.
func NewWindow(n, w, c int) (*Window, error) {
	if err := checkSAX(n, w, c); err != nil {
		return nil, err
	}
	win := &Window{w: w, c: c, values: make([]float64, n)}
	win.Clear()
	return win, nil
}

// Add appends a value; the oldest leaves.
func (w *Window) Add(v float64) {
	w.values[w.next] = v
	if w.next++; w.next == len(w.values) {
		w.next = 0
	}
	w.fresh = false
}

// Word returns the word of the values now.
func (w *Window) Word() Word {
	if !w.fresh {
		series := append(append(make([]float64, 0, len(w.values)), w.values[w.next:]...), w.values[:w.next]...)
		w.word, w.fresh = makeWord(series, w.w, w.c), true
	}
	return w.word
}

// Len returns the number of values of the window.
func (w *Window) Len() int { return len(w.values) }

// Clear takes all values out.
func (w *Window) Clear() {
	for i := range w.values {
		w.values[i] = math.NaN()
	}
	w.next, w.fresh = 0, false
}

// Size returns the bytes that it takes.
func (w *Window) Size() int { return 128 + 8*len(w.values) + w.w }

const (
	windowMagic = "win\x01"
	wordMagic   = "wrd\x01"
)

// AppendBinary appends the whole state. It never fails.
//
//	"win" 1 │ n │ w │ c │ values, the oldest first, 8 bytes each
func (w *Window) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, windowMagic...)
	dst = binary.AppendUvarint(dst, uint64(len(w.values)))
	dst = binary.AppendUvarint(dst, uint64(w.w))
	dst = binary.AppendUvarint(dst, uint64(w.c))
	for i := range w.values {
		dst = appendFloat(dst, w.values[(w.next+i)%len(w.values)])
	}
	return dst, nil
}

// ParseWindow makes one of what AppendBinary has written.
func ParseWindow(data []byte) (*Window, error) {
	d := newDecoder(data, windowMagic)
	n, frames, c := d.count(MaxSeries), d.count(MaxFrames), d.count(MaxCardinality)
	w, err := NewWindow(n, max(frames, 1), c)
	if d.bad || err != nil {
		return nil, errBinary("a window")
	}
	for range n {
		w.Add(d.float())
	}
	if !d.end() {
		return nil, errBinary("a window")
	}
	return w, nil
}

// AppendBinary appends the word. It never fails.
//
//	"wrd" 1 │ n │ cardinality │ letters
func (w Word) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, wordMagic...)
	dst = binary.AppendUvarint(dst, uint64(w.n))
	dst = binary.AppendUvarint(dst, uint64(w.letters))
	return append(dst, w.symbols...), nil
}

// ParseWordBinary makes one of what AppendBinary has written.
func ParseWordBinary(data []byte) (Word, error) {
	d := newDecoder(data, wordMagic)
	n, c := d.count(MaxSeries), d.count(MaxCardinality)
	w, err := ParseWord(string(d.b), c)
	if d.bad || err != nil || n%len(w.symbols) != 0 {
		return Word{}, errBinary("a word")
	}
	w.n = n
	return w, nil
}
