//go:build !unix

package dectest

import "time"

func cpu() time.Duration { return 0 }
