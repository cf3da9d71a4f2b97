//go:build !windows

package main

import (
	"io"
	"os"
	"os/signal"
	"syscall"
)

// handleSignals answers SIGHUP with a reload, SIGUSR1 with a report and SIGUSR2
// with a report, all stacks and a stop, until the result is called. SIGINT and SIGTERM end the context of the whole program.
func (d *daemon) handleSignals() (stop func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := range c {
			switch s {
			case syscall.SIGHUP:
				d.reload(false) // logs what it does
			case syscall.SIGUSR1:
				io.WriteString(d.stderr, d.engine.Report().Text())
			case syscall.SIGUSR2:
				d.dump()
				d.abort(errAborted)
			}
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
		<-done
	}
}
