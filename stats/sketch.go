package stats

import (
	"encoding/binary"
	"errors"
	"math"
)

// Sketch answers quantiles of values within a relative error: the answer to the
// 99th percentile is at most so many percent away from a value of that rank
// (DDSketch: buckets that grow by a factor). It takes a fixed number of buckets;
// when those do not reach from the smallest to the largest value, the ones nearest
// to zero are joined and only they lose accuracy.
type Sketch struct {
	accuracy float64
	logGamma float64 // of the factor from bucket to bucket
	up, down buckets // of values above and below zero
	zero     float64
	Moments  Moments // of all values
}

// buckets holds counts of the indexes from first on.
type buckets struct {
	first  int
	counts []float64
	total  float64
}

const (
	maxBins     = 2048
	minAbsolute = 1e-300 // nearer to zero is zero
	minAccuracy = 1e-4
)

// NewSketch makes an empty one with a relative error such as 0.01.
func NewSketch(accuracy float64) (*Sketch, error) {
	if !(accuracy >= minAccuracy && accuracy <= 0.5) {
		return nil, errors.New("accuracy must be between 0.0001 and 0.5")
	}
	return &Sketch{accuracy: accuracy, logGamma: math.Log1p(2 * accuracy / (1 - accuracy))}, nil
}

// Accuracy returns the relative error.
func (s *Sketch) Accuracy() float64 { return s.accuracy }

// Add adds a value with a weight and reports whether it counts: NaN, infinities
// and weights that are not above zero do not.
func (s *Sketch) Add(v, weight float64) bool {
	if v != v || math.IsInf(v, 0) || !(weight > 0) || math.IsInf(weight, 0) {
		return false
	}
	switch {
	case v > minAbsolute:
		s.up.add(s.index(v), weight)
	case v < -minAbsolute:
		s.down.add(s.index(-v), weight)
	default:
		s.zero += weight
	}
	one := Moments{n: weight, mean: v, low: v, high: v}
	s.Moments.Merge(&one)
	return true
}

// index returns the bucket of v: values in (γ^(i−1), γ^i].
func (s *Sketch) index(v float64) int { return int(math.Ceil(math.Log(v) / s.logGamma)) }

// value returns the value that stands for a bucket: in its middle as the error is
// measured.
func (s *Sketch) value(i int) float64 {
	return math.Exp(float64(i)*s.logGamma) * (1 - s.accuracy)
}

func (b *buckets) add(i int, weight float64) {
	b.total += weight
	if len(b.counts) == 0 {
		b.first = i
	}
	last := b.first + len(b.counts) - 1
	switch {
	case i < b.first:
		// Below what can be held: joined with the lowest bucket that can.
		first := max(i, last-maxBins+1)
		if n := b.first - first; n > 0 {
			b.counts = append(make([]float64, n, n+len(b.counts)), b.counts...)
			b.first = first
		}
		i = first
	case i > last:
		if first := i - maxBins + 1; first > b.first {
			b.join(first)
		}
		b.counts = append(b.counts, make([]float64, i-b.first-len(b.counts)+1)...)
	}
	b.counts[i-b.first] += weight
}

// join moves all that is below first into it.
func (b *buckets) join(first int) {
	n := min(first-b.first, len(b.counts))
	var low float64
	for _, c := range b.counts[:n] {
		low += c
	}
	b.counts = append(b.counts[:0], b.counts[n:]...)
	if b.first = first; low > 0 {
		if len(b.counts) == 0 {
			b.counts = append(b.counts, 0)
		}
		b.counts[0] += low
	}
}

// Quantile returns the value of rank q, from 0 the smallest to 1 the largest, and
// NaN when there is none.
func (s *Sketch) Quantile(q float64) float64 {
	n := s.Count()
	switch {
	case n == 0 || !(q >= 0 && q <= 1):
		return math.NaN()
	case q == 0:
		return s.Moments.low
	case q == 1:
		return s.Moments.high
	}
	v, rank := s.Moments.high, q*(n-1)
	switch seen := rank - s.down.total; {
	case seen < 0: // from the most negative on
		for i := len(s.down.counts) - 1; i >= 0; i-- {
			if rank -= s.down.counts[i]; rank < 0 {
				v = -s.value(s.down.first + i)
				break
			}
		}
	case seen < s.zero:
		v = 0
	default:
		rank = seen - s.zero
		for i, c := range s.up.counts {
			if rank -= c; rank < 0 {
				v = s.value(s.up.first + i)
				break
			}
		}
	}
	return min(max(v, s.Moments.low), s.Moments.high)
}

// Count returns the weight of all values.
func (s *Sketch) Count() float64 { return s.up.total + s.down.total + s.zero }

// Merge adds all values of other, which must have the same accuracy.
func (s *Sketch) Merge(other *Sketch) error {
	if s.accuracy != other.accuracy {
		return errors.New("sketches of different accuracy cannot be merged")
	}
	s.up.merge(&other.up)
	s.down.merge(&other.down)
	s.zero += other.zero
	m := other.Moments
	s.Moments.Merge(&m)
	return nil
}

func (b *buckets) merge(other *buckets) {
	counts := append([]float64(nil), other.counts...) // other may be b
	first := other.first
	for i, c := range counts {
		if c > 0 {
			b.add(first+i, c)
		}
	}
}

// Clear makes it empty.
func (s *Sketch) Clear() { *s = Sketch{accuracy: s.accuracy, logGamma: s.logGamma} }

// SketchSize bounds the bytes that a Sketch takes.
const SketchSize = 256 + 2*2*maxBins*8

// Size returns the bytes that it takes now.
func (s *Sketch) Size() int { return 256 + 8*(cap(s.up.counts)+cap(s.down.counts)) }

// Grows bounds the bytes by which Add of v makes it larger.
func (s *Sketch) Grows(v float64) int {
	b := &s.up
	if v < 0 {
		b = &s.down
	}
	if v = math.Abs(v); !(v > minAbsolute) || math.IsInf(v, 0) {
		return 0
	}
	i := s.index(v) - b.first
	if i >= 0 && i < len(b.counts) || len(b.counts) == maxBins {
		return 0
	}
	return 8 * min(2*maxBins, 2*(len(b.counts)+max(i, -i))+8)
}

const sketchMagic = "skt\x01"

// AppendBinary appends the whole state. It never fails.
//
//	"skt" 1 │ accuracy │ zeros │ moments: n, mean, m2, low, high │ up │ down
//
// with buckets as: first │ number │ counts, 8 bytes each.
func (s *Sketch) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, sketchMagic...)
	m := &s.Moments
	for _, v := range []float64{s.accuracy, s.zero, m.n, m.mean, m.m2, m.low, m.high} {
		dst = appendFloat(dst, v)
	}
	for _, b := range []*buckets{&s.up, &s.down} {
		dst = binary.AppendVarint(dst, int64(b.first))
		dst = binary.AppendUvarint(dst, uint64(len(b.counts)))
		for _, c := range b.counts {
			dst = appendFloat(dst, c)
		}
	}
	return dst, nil
}

// ParseSketch makes one of what AppendBinary has written.
func ParseSketch(data []byte) (*Sketch, error) {
	d := newDecoder(data, sketchMagic)
	s, err := NewSketch(d.float())
	if err != nil {
		return nil, errBinary("a sketch")
	}
	s.zero = d.float()
	m := &s.Moments
	for _, p := range []*float64{&m.n, &m.mean, &m.m2, &m.low, &m.high} {
		*p = d.float()
	}
	for _, b := range []*buckets{&s.up, &s.down} {
		first, n := binary.Varint(d.b)
		d.bytes(n)
		if d.bad || n <= 0 || first < -1<<24 || first > 1<<24 {
			return nil, errBinary("a sketch")
		}
		b.first = int(first)
		b.counts = make([]float64, d.count(min(maxBins, len(d.b)/8)))
		for i := range b.counts {
			c := d.float()
			if !(c >= 0) || math.IsInf(c, 0) {
				return nil, errBinary("a sketch")
			}
			b.counts[i] = c
			b.total += c
		}
	}
	if !d.end() || !(s.zero >= 0) || !(m.n >= 0) || m.low != m.low || m.high != m.high {
		return nil, errBinary("a sketch")
	}
	return s, nil
}
