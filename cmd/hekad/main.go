// Command hekad gathers, routes and delivers messages, and holds the tools around
// that: one binary, one sub-command a file.
//
//	hekad run --config /etc/hekad      the daemon (also: hekad -config /etc/hekad)
//	hekad check | explain | cat | …    tools; hekad help lists them
//
// Called as heka-cat, heka-inject, heka-flood, heka-logstreamer, heka-sbmgr or
// heka-sbmgrload (by a link to the binary), it is that tool of Heka 0.x with that
// tool's flags.
//
// Exit codes: 0 done, 1 failed, 2 wrong use, 78 wrong configuration; those of
// cat are in its help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "github.com/heka-project/heka/plugins/all"
)

// Exit codes of all sub-commands.
const (
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 78 // EX_CONFIG of sysexits.h
)

// doubled is the time within which a second signal counts as the first.
const doubled = 500 * time.Millisecond

func main() {
	// A second signal ends the process at once, as if there were no handler; but not
	// one that comes together with the first: timeout(1) and others signal the process
	// and its group.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { time.AfterFunc(doubled, stop) })
	t := &terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(t.main(ctx, filepath.Base(os.Args[0]), os.Args[1:]))
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// exitError ends the program with a code of its own. An empty text means that all
// has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// exitWith gives err a code.
func exitWith(code int, err error) error { return &exitError{code, err} }

// errSaid ends a command whose complaints have been printed.
var errSaid = errors.New("")

func (t *terminal) main(ctx context.Context, name string, args []string) int {
	name = strings.TrimSuffix(name, ".exe")
	var err error
	if old := legacy[name]; old != nil {
		err = old(ctx, t, name, args)
	} else {
		name = "hekad"
		err = t.execute(ctx, args)
	}
	if err == nil {
		return 0
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(t.err, "%s: %s\n", name, text)
	}
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}
