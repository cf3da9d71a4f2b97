package stats

import (
	"math"
	"slices"
)

// MannWhitney compares two samples by their ranks: u counts the pairs of which x
// is the larger, p is the one-tailed probability of a difference as large as that
// between samples of one kind, by the normal approximation: good for samples of
// more than 20. Ties get their average rank and are corrected for; continuity
// takes half a step off.
//
// NaN is a value like others, lower than all: so samples of which parts are missing
// can be compared, and U1 + U2 is n1·n2. It answers false when all values are alike
// or a sample is empty.
//
//	R  = ranks of x, summed          U1 = R − n1(n1+1)/2       U2 = n1·n2 − U1
//	sd = √((1 − Σ(t³−t)/(n³−n)) · n1·n2·(n1+n2+1)/12)
//	z  = |max(U1,U2) − ½ − n1·n2/2| / sd         p = Φ(−z)
//
// The order of x and y is kept.
func MannWhitney(x, y []float64, continuity bool) (u, p float64, ok bool) {
	n1, n2 := float64(len(x)), float64(len(y))
	if len(x) == 0 || len(y) == 0 {
		return 0, 0, false
	}
	all := make([]sample, 0, len(x)+len(y))
	for _, v := range x {
		all = append(all, sample{v, true})
	}
	for _, v := range y {
		all = append(all, sample{v, false})
	}
	slices.SortFunc(all, func(a, b sample) int {
		switch {
		case a.v < b.v || a.v != a.v && b.v == b.v:
			return -1
		case a.v > b.v || a.v == a.v && b.v != b.v:
			return 1
		}
		return 0
	})
	sum, ties := 0.0, 0.0
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && (all[i+n].v == all[i].v || all[i+n].v != all[i+n].v && all[i].v != all[i].v) {
			n++
		}
		rank := float64(i) + float64(n+1)/2
		for _, s := range all[i : i+n] {
			if s.first {
				sum += rank
			}
		}
		ties += float64(n)*float64(n)*float64(n) - float64(n)
		i += n
	}
	n := n1 + n2
	correction := 1 - ties/(n*n*n-n)
	if correction <= 0 {
		return 0, 0, false
	}
	u = sum - n1*(n1+1)/2
	larger := max(u, n1*n2-u)
	if continuity {
		larger -= 0.5
	}
	z := math.Abs((larger - n1*n2/2) / math.Sqrt(correction*n1*n2*(n+1)/12))
	return u, NormalCDF(-z), true
}

type sample struct {
	v     float64
	first bool
}

// MannWhitneyBytes returns the bytes that MannWhitney needs for samples of n
// values together.
func MannWhitneyBytes(n int) int { return n * 16 }

// NormalCDF is the distribution function of the standard normal distribution.
func NormalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
