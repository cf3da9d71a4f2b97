//go:build !unix

package cputime

import "time"

var start = time.Now()

// Spent is the time that has passed: where no better is known.
func Spent() time.Duration { return time.Since(start) }
