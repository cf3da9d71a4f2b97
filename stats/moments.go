package stats

import "math"

// Moments keeps count, mean, deviation, smallest and largest of values, by
// Welford's method: exact for values of any size. The zero Moments is empty.
type Moments struct {
	n         float64
	mean, m2  float64
	low, high float64
}

// Add adds a value; NaN is passed over.
func (m *Moments) Add(v float64) {
	if v != v {
		return
	}
	if m.n == 0 {
		m.low, m.high = v, v
	}
	m.n++
	d := v - m.mean
	m.mean += d / m.n
	m.m2 += d * (v - m.mean)
	m.low, m.high = min(m.low, v), max(m.high, v)
}

// Merge adds all values of other.
func (m *Moments) Merge(other *Moments) {
	switch {
	case other.n == 0:
		return
	case m.n == 0:
		*m = *other
		return
	}
	n, d := m.n+other.n, other.mean-m.mean
	m.mean += d * other.n / n
	m.m2 += other.m2 + d*d*m.n*other.n/n
	m.n = n
	m.low, m.high = min(m.low, other.low), max(m.high, other.high)
}

// Count returns the number of values.
func (m *Moments) Count() float64 { return m.n }

// Mean returns the mean, NaN without values; so do the others.
func (m *Moments) Mean() float64 { return m.ofAny(m.mean) }

// Variance returns the variance of the values as the whole population.
func (m *Moments) Variance() float64 { return m.ofAny(m.m2 / m.n) }

// StdDev returns the square root of Variance.
func (m *Moments) StdDev() float64 { return math.Sqrt(m.Variance()) }

// SampleVariance returns the variance of the values as a sample of a population.
func (m *Moments) SampleVariance() float64 {
	if m.n < 2 {
		return math.NaN()
	}
	return m.m2 / (m.n - 1)
}

// Min returns the smallest value.
func (m *Moments) Min() float64 { return m.ofAny(m.low) }

// Max returns the largest value.
func (m *Moments) Max() float64 { return m.ofAny(m.high) }

func (m *Moments) ofAny(v float64) float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return v
}
