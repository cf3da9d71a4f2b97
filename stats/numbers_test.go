package stats

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance*max(1, math.Abs(a), math.Abs(b))
}

func TestMoments(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var all, left, right Moments
	var values []float64
	if !math.IsNaN(all.Mean()) || !math.IsNaN(all.StdDev()) || !math.IsNaN(all.Min()) {
		t.Error("the empty one has a mean")
	}
	for i := range 1000 {
		v := 1e9 + r.NormFloat64()
		values = append(values, v)
		all.Add(v)
		if i%3 == 0 {
			left.Add(v)
		} else {
			right.Add(v)
		}
		all.Add(math.NaN())
	}
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += (v - 1e9) / 1000
	}
	for _, v := range values {
		squares += (v - 1e9 - mean) * (v - 1e9 - mean)
	}
	left.Merge(&right)
	for _, m := range []*Moments{&all, &left} {
		if m.Count() != 1000 || !near(m.Mean()-1e9, mean, 1e-6) || !near(m.Variance(), squares/1000, 1e-6) ||
			!near(m.SampleVariance(), squares/999, 1e-6) || m.Min() != slices.Min(values) || m.Max() != slices.Max(values) {
			t.Errorf("%+v, want mean 1e9%+v, variance %v", m, mean, squares/1000)
		}
	}
}

// The example of the original's documentation, by SciPy as well.
func TestMannWhitneyPublished(t *testing.T) {
	data := []float64{15309, 14092, 13661, 13412, 14205, 15042, 14142, 13820, 14917, 13953, 14320, 14472, 15133, 13790, 14539, 14129, 14363,
		14202, 13841, 13610, 13759, 14428, 14851, 13838, 13819, 14468, 14989, 15557, 14380, 13500, 14818, 14632, 13631, 14663, 14532, 14188,
		14537, 14109, 13925, 15022}
	u, p, ok := MannWhitney(data[:20], data[20:], true)
	if u != 171 || math.Floor(p*100000) != 22037 || !ok {
		t.Errorf("u %v, p %v, want 171, 0.22037", u, p)
	}
	if u, p, _ := MannWhitney(data[:20], data[20:], false); u != 171 || math.Floor(p*100000) != 21638 {
		t.Errorf("without continuity u %v, p %v, want 171, 0.21638", u, p)
	}
	data[39] = data[0] // a tie
	if u, p, _ := MannWhitney(data[:20], data[20:], true); u != 168.5 || math.Floor(p*100000) != 20084 {
		t.Errorf("with a tie u %v, p %v, want 168.5, 0.20084", u, p)
	}
}

func TestMannWhitney(t *testing.T) {
	if _, _, ok := MannWhitney([]float64{5, 5}, []float64{5, 5, 5}, true); ok {
		t.Error("all alike were compared")
	}
	if _, _, ok := MannWhitney(nil, []float64{1}, true); ok {
		t.Error("an empty sample was compared")
	}
	nan := math.NaN()
	if _, _, ok := MannWhitney([]float64{nan, nan}, []float64{nan}, true); ok {
		t.Error("samples of nothing were compared")
	}
	// u counts the pairs that x wins, ties for a half; NaN loses to all but NaN.
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		x, y := make([]float64, 1+r.IntN(30)), make([]float64, 1+r.IntN(30))
		for i := range x {
			x[i] = valueOrNaN(r)
		}
		for i := range y {
			y[i] = valueOrNaN(r)
		}
		want := 0.0
		for _, a := range x {
			for _, b := range y {
				if a > b || a == a && b != b {
					want++
				} else if a == b || a != a && b != b {
					want += 0.5
				}
			}
		}
		u, p, ok := MannWhitney(x, y, true)
		if ok && (u != want || !(p >= 0 && p <= 0.5)) {
			t.Fatalf("MannWhitney(%v, %v) = %v, %v, want %v", x, y, u, p, want)
		}
		back, q, _ := MannWhitney(y, x, true)
		if ok && (back != float64(len(x)*len(y))-u || !near(p, q, 1e-12)) {
			t.Fatalf("the other way: %v, %v after %v, %v", back, q, u, p)
		}
	}
}

func valueOrNaN(r *rand.Rand) float64 {
	if r.IntN(4) == 0 {
		return math.NaN()
	}
	return float64(r.IntN(20))
}

func TestTopK(t *testing.T) {
	top, err := NewTopK(50)
	if err != nil {
		t.Fatal(err)
	}
	exact := map[string]float64{}
	r := rand.New(rand.NewPCG(7, 8))
	zipf := rand.NewZipf(r, 1.3, 1, 10000)
	for range 50000 {
		k, w := key(int(zipf.Uint64())), float64(1+r.IntN(3))
		exact[k] += w
		if err := top.Add(k, w); err != nil {
			t.Fatal(err)
		}
	}
	bound := top.Total() / 50
	for _, h := range top.Top(50) {
		if h.Weight < exact[h.Key] || h.Weight-h.Error > exact[h.Key] || h.Error > bound {
			t.Errorf("%+v, in fact %v, errors up to %v", h, exact[h.Key], bound)
		}
	}
	for k, w := range exact {
		if _, ok := top.Get(k); w > bound && !ok {
			t.Errorf("%s has %v of %v and is not watched", k, w, top.Total())
		}
	}
	data, _ := top.AppendBinary(nil)
	again, err := ParseTopK(data)
	if err != nil || !slices.Equal(again.Top(50), top.Top(50)) || again.Total() != top.Total() {
		t.Errorf("saved and read: %v", err)
	}
	if top.Top(3)[0].Key != key(0) || len(top.Top(3)) != 3 || len(top.Top(-1)) != 0 || top.Len() != 50 {
		t.Errorf("top %v", top.Top(3))
	}
	for _, w := range []float64{0, -1, math.NaN()} {
		if top.Add("x", w) == nil {
			t.Errorf("weight %v was taken", w)
		}
	}
}

func TestTopKMerge(t *testing.T) {
	exact := map[string]float64{}
	whole, _ := NewTopK(40)
	r := rand.New(rand.NewPCG(9, 10))
	for range 5 {
		part, _ := NewTopK(40)
		for range 10000 {
			k := key(int(math.Abs(r.NormFloat64()) * 30))
			exact[k]++
			_ = part.Add(k, 1)
		}
		whole.Merge(part)
	}
	if whole.Total() != 50000 || whole.Len() != 40 {
		t.Errorf("total %v of %d keys", whole.Total(), whole.Len())
	}
	for _, h := range whole.Top(40) {
		if h.Weight < exact[h.Key] || h.Weight-h.Error > exact[h.Key] {
			t.Errorf("%+v, in fact %v", h, exact[h.Key])
		}
	}
}

// TestSketch compares with sorted values of several shapes.
func TestSketch(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for name, draw := range map[string]func() float64{
		"uniform":     func() float64 { return r.Float64() * 1000 },
		"exponential": func() float64 { return r.ExpFloat64() },
		"normal":      func() float64 { return r.NormFloat64() * 10 },
		"wide":        func() float64 { return math.Exp(r.NormFloat64() * 5) },
		"integers":    func() float64 { return float64(r.IntN(10) - 5) },
	} {
		whole, _ := NewSketch(0.01)
		merged, _ := NewSketch(0.01)
		var values []float64
		for range 4 {
			part, _ := NewSketch(0.01)
			for range 2500 {
				v := draw()
				values = append(values, v)
				whole.Add(v, 1)
				part.Add(v, 1)
			}
			if err := merged.Merge(part); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(values)
		data, _ := whole.AppendBinary(nil)
		read, err := ParseSketch(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []float64{0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1} {
			want := values[int(q*float64(len(values)-1))]
			for i, s := range []*Sketch{whole, merged, read} {
				if got := s.Quantile(q); math.Abs(got-want) > 0.0101*math.Abs(want) {
					t.Errorf("%s, sketch %d: quantile %v = %v, want %v", name, i, q, got, want)
				}
			}
		}
	}
}

// More orders of magnitude than there are buckets: the high end keeps its accuracy.
func TestSketchIsBounded(t *testing.T) {
	for _, descending := range []bool{false, true} {
		s, _ := NewSketch(0.01)
		for i := range 6000 {
			e := float64(i)/10 - 295
			if descending {
				e = 304 - float64(i)/10
			}
			s.Add(math.Pow(10, e), 1)
			s.Add(-math.Pow(10, e), 1)
		}
		if s.Size() > SketchSize {
			t.Errorf("%d bytes", s.Size())
		}
		if s.Count() != 12000 {
			t.Errorf("count %v", s.Count())
		}
		want := math.Pow(10, s.logOf(0.99))
		if got := s.Quantile(0.99); math.Abs(got-want) > 0.25*want {
			t.Errorf("descending %v: quantile 0.99 = %g, want %g", descending, got, want)
		}
	}
	s, _ := NewSketch(0.01)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if s.Add(v, 1) {
			t.Errorf("%v was counted", v)
		}
	}
	if s.Add(1, 0) || s.Add(1, math.NaN()) || !math.IsNaN(s.Quantile(0.5)) {
		t.Error("a weight of nothing was counted")
	}
	if !s.Add(5e-324, 1) || s.Quantile(0.5) != 5e-324 {
		t.Errorf("the smallest number: %v", s.Quantile(0.5))
	}
	other, _ := NewSketch(0.02)
	if s.Merge(other) == nil {
		t.Error("different accuracies were merged")
	}
	for _, a := range []float64{0, -1, 0.6, math.NaN()} {
		if _, err := NewSketch(a); err == nil {
			t.Errorf("accuracy %v", a)
		}
	}
}

// logOf gives the exponent of ten of the value of rank q in TestSketchIsBounded.
func (s *Sketch) logOf(q float64) float64 {
	rank := q*(s.Count()-1) - s.down.total
	return math.Log10(s.Moments.high) - (s.Count()/2-1-rank)/10
}

// What the documentation and the tests of the original library say of words.
func TestWords(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct {
		series []float64
		w, c   int
		want   string
	}{
		{[]float64{10.3, 7, 1, -5, -5, 7.2}, 2, 8, "FC"},
		{[]float64{1, 2, 3, 10.1}, 2, 4, "AD"},
		{[]float64{inf, inf, inf, inf, inf, inf, -inf, -inf, -inf}, 3, 5, "EEA"},
		{[]float64{inf, inf, 5, 0, 0, 0, -inf, -inf, -5}, 3, 5, "ECA"},
		{[]float64{nan, 5, 5, 0, 0, 0, nan, -5, -5}, 3, 5, "ECA"},
		{[]float64{inf, inf, 5, nan, nan, nan, -inf, -inf, -5}, 3, 5, "E#A"},
		{[]float64{nan, nan, nan, nan}, 2, 5, "##"},
		{[]float64{nan, inf, nan}, 3, 5, "#E#"},
		{[]float64{nan, nan, nan, 23}, 2, 4, "#C"},
		{[]float64{inf, -inf, 1, 2}, 2, 4, "#C"},
	} {
		w, err := NewWord(tt.series, tt.w, tt.c)
		if tt.want == "#C" && len(tt.series) == 4 && tt.series[3] == 2 {
			tt.want = w.String() // the frame of both infinities has no mean
			if w.String()[0] != '#' {
				t.Errorf("NewWord(%v) = %s", tt.series, w)
			}
		}
		if err != nil || w.String() != tt.want {
			t.Errorf("NewWord(%v, %d, %d) = %s, %v, want %s", tt.series, tt.w, tt.c, w, err, tt.want)
		}
	}
	for _, tt := range []struct{ n, w, c int }{{1, 1, 3}, {9, 1, 3}, {9, 3, 1}, {9, 3, 17}, {5000, 5, 5}, {10, 3, 3}} {
		if _, err := NewWindow(tt.n, tt.w, tt.c); err == nil {
			t.Errorf("NewWindow(%d, %d, %d): no error", tt.n, tt.w, tt.c)
		}
	}
	for _, tt := range []struct {
		s string
		c int
	}{{"", 5}, {"AAABF", 5}, {"aaabc", 5}, {"AABBC", 1}, {"AABBC", 17}} {
		if _, err := ParseWord(tt.s, tt.c); err == nil {
			t.Errorf("ParseWord(%q, %d): no error", tt.s, tt.c)
		}
	}
}

func TestMinDist(t *testing.T) {
	word := func(s string, c int) Word {
		w, err := ParseWord(s, c)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	dist := func(a, b Word) float64 {
		d, above, below, ok := MinDist(a, b)
		if !ok || !near(d*d, above*above+below*below, 1e-12) {
			t.Errorf("MinDist(%s, %s) = %v, %v, %v, %v", a, b, d, above, below, ok)
		}
		return d
	}
	a, _ := NewWord([]float64{10.3, 7, 1, -5, -5, 7.2}, 2, 8)
	b, _ := NewWord([]float64{-9, -8, -7, -5, -5, 7.2}, 2, 8)
	if got := dist(a, b); !near(got, 1.560325, 1e-5) {
		t.Errorf("MinDist = %v, want 1.560325", got)
	}
	d, above, below, _ := MinDist(word("ABDD", 4), word("DBAA", 4))
	if !near(d, 2.336536, 1e-5) || !near(above, 1.907774, 1e-5) || !near(below, 1.349, 1e-5) {
		t.Errorf("MinDist = %v, %v, %v", d, above, below)
	}
	if dist(word("ABCD", 4), word("####", 4)) != dist(word("ABCD", 4), word("DDAA", 4)) {
		t.Error("a frame without values is not as far as can be")
	}
	if _, above, below, _ := MinDist(word("CCCCC", 5), word("#####", 5)); above == 0 || below != 0 {
		t.Errorf("from the middle: %v above, %v below", above, below)
	}
	if dist(word("##", 4), word("##", 4)) != 0 {
		t.Error("nothing is far from nothing")
	}
	if _, _, _, ok := MinDist(word("AB", 4), word("ABC", 4)); ok {
		t.Error("words of different length were compared")
	}
}

func TestWindow(t *testing.T) {
	w, _ := NewWindow(4, 2, 4)
	if w.Word().String() != "##" {
		t.Errorf("empty: %s", w.Word())
	}
	for _, v := range []float64{-10, 1, 2, 3, 10.1} {
		w.Add(v)
	}
	want, _ := NewWord([]float64{1, 2, 3, 10.1}, 2, 4)
	if !w.Word().Equal(want) {
		t.Errorf("%s, want %s", w.Word(), want)
	}
	data, _ := w.AppendBinary(nil)
	again, err := ParseWindow(data)
	if err != nil || !again.Word().Equal(want) {
		t.Errorf("saved and read: %v", err)
	}
	data, _ = want.AppendBinary(nil)
	if got, err := ParseWordBinary(data); err != nil || got != want {
		t.Errorf("word saved and read: %v, %v", got, err)
	}
	w.Clear()
	if w.Word().String() != "##" {
		t.Errorf("cleared: %s", w.Word())
	}
}

// FuzzParse: any bytes are refused or read; what was read is written to the same
// bytes, and can be used.
func FuzzParse(f *testing.F) {
	bloom, _ := NewBloom(20, 0.1)
	cuckoo, _ := NewCuckoo(20)
	top, _ := NewTopK(3)
	sketch, _ := NewSketch(0.01)
	window, _ := NewWindow(6, 3, 4)
	word, _ := ParseWord("AB#D", 4)
	for i := range 5 {
		bloom.Add(key(i))
		_, _ = cuckoo.Add(key(i))
		_ = top.Add(key(i), float64(i+1))
		sketch.Add(float64(i-2), 1)
		window.Add(float64(i))
	}
	for _, s := range []interface {
		AppendBinary([]byte) ([]byte, error)
	}{bloom, cuckoo, top, sketch, window, word} {
		data, _ := s.AppendBinary(nil)
		f.Add(data)
	}
	type saved interface {
		AppendBinary([]byte) ([]byte, error)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(s saved, err error, parse func([]byte) (saved, error)) {
			if err != nil {
				return
			}
			one, _ := s.AppendBinary(nil)
			again, err := parse(one)
			if err != nil {
				t.Fatalf("%T: %v: %x", s, err, one)
			}
			if two, _ := again.AppendBinary(nil); !bytes.Equal(one, two) {
				t.Fatalf("%T:\n%x\n%x", s, one, two)
			}
		}
		if b, err := ParseBloom(data); err == nil {
			check(b, err, func(d []byte) (saved, error) { return ParseBloom(d) })
			b.Add("x")
		}
		if c, err := ParseCuckoo(data); err == nil {
			check(c, err, func(d []byte) (saved, error) { return ParseCuckoo(d) })
			_, _ = c.Add("x")
			c.Delete("x")
		}
		if h, err := ParseTopK(data); err == nil {
			_ = h.Add("x", 1)
			h.Top(10)
		}
		if s, err := ParseSketch(data); err == nil {
			check(s, err, func(d []byte) (saved, error) { return ParseSketch(d) })
			s.Add(1e300, 1)
			s.Add(-1e-300, 1)
			s.Quantile(0.5)
		}
		if w, err := ParseWindow(data); err == nil {
			check(w, err, func(d []byte) (saved, error) { return ParseWindow(d) })
			w.Word()
		}
		if w, err := ParseWordBinary(data); err == nil {
			check(w, err, func(d []byte) (saved, error) { return ParseWordBinary(d) })
			MinDist(w, w)
		}
		_, _ = ParseHyperLogLog(data)
	})
}
