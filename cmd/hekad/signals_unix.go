//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// listen answers signals until stop is called.
func (d *daemon) listen() (stop func()) {
	c := make(chan os.Signal, 4)
	done := make(chan struct{})
	signal.Notify(c, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		defer close(done)
		for s := range c {
			switch s {
			case syscall.SIGHUP:
				d.Reload() // logs its own errors
			case syscall.SIGUSR1:
				d.report(false)
			case syscall.SIGUSR2:
				d.report(true)
			}
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
		<-done
	}
}

// alive reports whether a process with that id runs.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}
