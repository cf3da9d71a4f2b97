//go:build unix

package fsx

import (
	"io/fs"
	"syscall"
)

// Deleted reports that no name leads to an open file any more.
func Deleted(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
