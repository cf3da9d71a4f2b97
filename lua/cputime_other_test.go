//go:build !unix

package lua

import "time"

var testStart = time.Now()

// cpuTime is the time that has passed, where no better is known.
func cpuTime() time.Duration { return time.Since(testStart) }
