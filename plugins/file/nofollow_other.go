//go:build !unix

package file

import (
	"errors"

	"github.com/heka-project/heka/internal/fsx"
)

// nofollow is not there on this system.
func nofollow(fsx.FS, string) int { return 0 }

var errLink = errors.New("bug: no links here")
