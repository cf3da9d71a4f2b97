// Package cputime is what tests and benchmarks measure by: on a machine that others
// use too, the clock on the wall tells more about them.
package cputime

import "testing"

// PerOp begins a measurement; the function that it returns ends it and reports
// cpu-ns/op.
func PerOp(b *testing.B) func() {
	began := Spent()
	return func() { b.ReportMetric(float64(Spent()-began)/float64(b.N), "cpu-ns/op") }
}
