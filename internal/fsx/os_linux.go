package fsx

import (
	"errors"
	"os"
	"syscall"
)

type osFile struct{ *os.File }

// Sync uses fdatasync: data and size, without the times of the inode.
func (f osFile) Sync() error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	err = c.Control(func(fd uintptr) {
		for {
			if serr = syscall.Fdatasync(int(fd)); serr != syscall.EINTR {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if serr != nil {
		return &os.PathError{Op: "sync", Path: f.Name(), Err: serr}
	}
	return nil
}

// NextData returns the first offset at or behind off that is not in a hole of
// the file; false when there is none.
func (f osFile) NextData(off int64) (int64, bool) {
	const seekData = 3
	at, err := f.Seek(off, seekData)
	if errors.Is(err, syscall.ENXIO) {
		return 0, false
	}
	if err != nil {
		return off, true
	}
	return at, true
}
