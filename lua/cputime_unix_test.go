//go:build unix

package lua

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of this process: what a test may bound on a
// machine that others use too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
