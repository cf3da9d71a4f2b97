//go:build !unix

package main

import "os"

// listen has no signals to answer here: use hekad reload and hekad report.
func (d *daemon) listen() (stop func()) { return func() {} }

// alive reports whether a process with that id runs.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err == nil {
		p.Release()
	}
	return err == nil
}
