//go:build unix

package dectest

import (
	"syscall"
	"time"
)

// cpu is the time that this process has had on the processors: on a busy machine
// that is what a benchmark costs.
func cpu() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
