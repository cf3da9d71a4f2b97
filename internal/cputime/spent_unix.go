//go:build unix

package cputime

import (
	"syscall"
	"time"
)

// Spent is the processor time of this process so far.
func Spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("bug: " + err.Error())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
