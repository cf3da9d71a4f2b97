//go:build !linux

package match

import "time"

var began = time.Now()

// cpuTime is the clock's time where the thread's is not to be had.
func cpuTime() time.Duration { return time.Since(began) }
