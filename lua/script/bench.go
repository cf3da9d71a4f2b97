package script

import (
	"fmt"
	"io"
	"runtime"

	"github.com/heka-project/heka/lua"
)

// measure calls the function over and over and prints what one call takes: the
// least of several rounds, in processor time.
func (s *settings) measure(vm *lua.VM, stdout io.Writer) error {
	fn := vm.Global(s.call)
	if !fn.IsFunction() {
		return fmt.Errorf("measure %s: the script defines no such function", s.call)
	}
	const rounds = 5
	calls, took, err := 1, 0.0, error(nil)
	for took < s.seconds/rounds {
		if took, err = timeCalls(vm, fn, calls); err != nil {
			return err
		}
		if took < s.seconds/rounds {
			calls *= 2
		}
	}
	best := took / float64(calls)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds - 1 {
		if took, err = timeCalls(vm, fn, calls); err != nil {
			return err
		}
		best = min(best, took/float64(calls))
	}
	runtime.ReadMemStats(&after)
	n := float64(calls * (rounds - 1))
	fmt.Fprintf(stdout, "%.1f ns/call  %.1f allocs/call  %.0f B/call  %d instructions/call  %d bytes held\n",
		best*1e9, float64(after.Mallocs-before.Mallocs)/n, float64(after.TotalAlloc-before.TotalAlloc)/n,
		vm.Instructions(), vm.Collect())
	return nil
}

// timeCalls returns the seconds that n calls take.
func timeCalls(vm *lua.VM, fn lua.Value, n int) (float64, error) {
	start := processTime()
	for range n {
		if _, err := vm.Call(fn); err != nil {
			return 0, err
		}
	}
	return (processTime() - start).Seconds(), nil
}
