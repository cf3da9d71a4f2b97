//go:build unix

package logstream

import (
	"io/fs"
	"syscall"
)

// FileID is a file's identity on this machine. The system may give it to another
// file once the file is gone and nobody holds it open.
type FileID struct{ Dev, Ino uint64 }

// IDOf returns the identity; false where the system has none.
func IDOf(info fs.FileInfo) (FileID, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileID{}, false
	}
	return FileID{uint64(st.Dev), st.Ino}, true
}
