// Package pidfile keeps a daemon from running twice.
package pidfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// Write puts this process's id into the file and returns what removes it. A file
// that names a living process is respected.
func Write(path string) (remove func(), err error) {
	if b, err := os.ReadFile(path); err == nil {
		pid, err := strconv.Atoi(string(bytes.TrimSpace(b)))
		if err == nil && pid != os.Getpid() && alive(pid) {
			return nil, fmt.Errorf("pid_file %s: process %d runs; stop it, or remove the file if that is no hekad", path, pid)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("pid_file %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("pid_file: %w", err)
	}
	return func() { os.Remove(path) }, nil
}

// alive reports whether a process has that id, as far as the system tells.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, fs.ErrPermission)
}
