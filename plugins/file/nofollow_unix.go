//go:build unix

package file

import (
	"path/filepath"
	"syscall"

	"github.com/heka-project/heka/internal/fsx"
)

// nofollow is the flag that keeps a link from being followed where anybody may put
// one: in a folder that others may write, such as /tmp.
func nofollow(fsys fsx.FS, path string) int {
	info, err := fsys.Stat(filepath.Dir(path))
	if err == nil && info.Mode().Perm()&0o002 != 0 {
		return syscall.O_NOFOLLOW
	}
	return 0
}

const errLink = syscall.ELOOP
