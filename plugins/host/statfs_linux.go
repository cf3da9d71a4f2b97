package host

import (
	"io/fs"
	"syscall"
)

// statfs asks the file system that is mounted at path.
func statfs(path string) (usage, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return usage{}, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	unit := uint64(s.Frsize)
	if unit == 0 {
		unit = uint64(s.Bsize)
	}
	return usage{s.Blocks * unit, s.Bfree * unit, s.Bavail * unit, s.Files, s.Ffree}, nil
}
