package cbuf

import "math"

// Function is a statistic of a column.
type Function uint8

// The functions. StdDev and Variance are those of the population.
const (
	FuncSum Function = iota
	FuncAvg
	FuncStdDev
	FuncMin
	FuncMax
	FuncVariance
)

// Functions are the names of the functions, in their order.
var Functions = []string{"sum", "avg", "sd", "min", "max", "variance"}

// Compute applies f to a column from one time to another, both included, and
// returns the number of cells that hold a value; empty ones are skipped. Without
// any the sum is 0 and all others are NaN. It answers false when a time is outside
// the window or they are reversed.
func (b *Buffer) Compute(f Function, col int, from, to int64) (v float64, active int, ok bool) {
	first, n, ok := b.span(from, to)
	if !ok {
		return 0, 0, false
	}
	var sum float64
	low, high := math.Inf(1), math.Inf(-1)
	for i := range n {
		if x := b.at(first, i, col); x == x {
			active++
			sum += x
			low, high = min(low, x), max(high, x)
		}
	}
	switch {
	case f == FuncSum:
		return sum, active, true
	case active == 0:
		return math.NaN(), 0, true
	case f == FuncMin:
		return low, active, true
	case f == FuncMax:
		return high, active, true
	}
	avg := sum / float64(active)
	if f == FuncAvg {
		return avg, active, true
	}
	var squares float64
	for i := range n {
		if x := b.at(first, i, col) - avg; x == x {
			squares += x * x
		}
	}
	v = squares / float64(active)
	if f == FuncStdDev {
		v = math.Sqrt(v)
	}
	return v, active, true
}

// Span returns the number of rows between two times, or 0 when one is outside the
// window: what Compute and Range have to look at.
func (b *Buffer) Span(from, to int64) int {
	_, n, _ := b.span(from, to)
	return max(n, 0)
}
