//go:build !unix

package script

import "time"

var start = time.Now()

// processTime is the time since the program began, where no better is known.
func processTime() time.Duration { return time.Since(start) }
