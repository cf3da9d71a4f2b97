//go:build !unix

package logstream

import "io/fs"

// FileID is a file's identity on this machine; this system has none, so that
// content alone tells files apart after a restart.
type FileID struct{ Dev, Ino uint64 }

// IDOf returns the identity; false where the system has none.
func IDOf(fs.FileInfo) (FileID, bool) { return FileID{}, false }
