// Package procrun runs a chain of programs, as a shell's pipe would and without
// one: the output of each is the input of the next.
//
//	stdin none ─▶ command 0 ─pipe─▶ command 1 ─pipe─▶ … ─▶ stdout
//	                  └───────────────┴──── stderr ──────▶ stderr
//
// Every command leads a process group of its own. When the context ends, or a
// command cannot be started, the groups are asked to end and, a little later, are
// killed: what the commands have started goes with them. On Linux the commands are
// killed, too, when this process is. Nothing is left running,
// and no pipe is waited for that somebody else keeps open.
package procrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Command is one program of a chain.
type Command struct {
	Bin  string
	Args []string
	Env  []string // NAME=value; nil: this process's own
	Dir  string   // "": this process's own
}

// Result is how a run ended.
type Result struct {
	// Exit is the exit status of the last command; -1 when it did not exit by
	// itself or was never started.
	Exit int
	// Errors are those of the commands, in their order: what could not be started,
	// what ended with another status than 0 or by a signal.
	Errors []error
	// Cut is set when the context ended the run.
	Cut error
}

// Err is nil when all went well.
func (r Result) Err() error {
	if r.Cut != nil {
		return errors.Join(append([]error{r.Cut}, r.Errors...)...)
	}
	return errors.Join(r.Errors...)
}

// Text is the errors in one line, "" for none.
func (r Result) Text() string {
	var list []string
	for _, err := range r.Errors {
		list = append(list, err.Error())
	}
	return strings.Join(list, "; ")
}

// Polite is the time between asking a group to end and killing it.
var Polite = time.Second

// linger is how long output is still read once all commands have ended, where
// something that they started keeps it open. Fixed but for tests.
var linger = 2 * time.Second

// Run runs the chain to its end. stdout and stderr take what the chain writes, nil
// for nowhere; they are called from two goroutines, and an error of theirs, or of
// ctx, ends the run. Run returns when all commands have ended and all was taken.
func Run(ctx context.Context, chain []Command, stdout, stderr func([]byte) error) Result {
	runtime.LockOSThread() // see orphan
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{ctx: ctx, cancel: cancel}
	outW, outDone, err := r.pipe(stdout)
	if err != nil {
		return Result{Exit: -1, Errors: []error{err}}
	}
	errW, errDone, err := r.pipe(stderr)
	if err != nil {
		closeAll(outW)
		<-outDone
		return Result{Exit: -1, Errors: []error{err}}
	}
	r.start(chain, outW, errW)
	closeAll(outW, errW)
	res := r.wait()
	t := time.AfterFunc(linger, r.closeReaders)
	<-outDone
	<-errDone
	t.Stop()
	r.closeReaders()
	if cause := context.Cause(ctx); cause != r.failed {
		res.Cut = cause
	}
	return res
}

type run struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	cmds    []*exec.Cmd
	failed  error // why not all were started
	readers []*os.File
}

// pipe makes the writing end of a pipe whose content goes to take, until done
// closes.
func (r *run) pipe(take func([]byte) error) (w *os.File, done chan struct{}, err error) {
	done = make(chan struct{})
	if take == nil {
		close(done)
		return nil, done, nil
	}
	rd, w, err := os.Pipe()
	if err != nil {
		close(done)
		return nil, done, fmt.Errorf("make pipe: %w", err)
	}
	r.readers = append(r.readers, rd)
	go func() {
		defer close(done)
		buf := make([]byte, 32<<10)
		for {
			n, err := rd.Read(buf)
			if n > 0 {
				if terr := take(buf[:n]); terr != nil {
					r.cancel(terr)
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return w, done, nil
}

func (r *run) closeReaders() {
	for _, f := range r.readers {
		f.Close()
	}
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// start starts the commands, up to the first that cannot be.
func (r *run) start(chain []Command, stdout, stderr *os.File) {
	var in *os.File
	for i, c := range chain {
		cmd := exec.Command(c.Bin, c.Args...)
		cmd.Env, cmd.Dir = c.Env, c.Dir
		group(cmd)
		if in != nil {
			cmd.Stdin = in
		}
		if stderr != nil {
			cmd.Stderr = stderr
		}
		var next *os.File
		if i == len(chain)-1 {
			if stdout != nil {
				cmd.Stdout = stdout
			}
		} else {
			rd, w, err := os.Pipe()
			if err != nil {
				r.failed = fmt.Errorf("make pipe: %w", err)
				closeAll(in)
				r.cancel(r.failed)
				return
			}
			cmd.Stdout, next = w, rd
		}
		err := cmd.Start()
		closeAll(in)
		if i < len(chain)-1 {
			closeAll(cmd.Stdout.(*os.File))
		}
		if err != nil {
			closeAll(next)
			r.failed = fmt.Errorf("start command %d %q: %w; check bin and directory", i, c.Bin, reason(err))
			r.cancel(r.failed)
			return
		}
		r.cmds, in = append(r.cmds, cmd), next
	}
}

// reason takes the program's name out of an error: we say it ourselves.
func reason(err error) error {
	var ee *exec.Error
	var pe *os.PathError
	switch {
	case errors.As(err, &ee):
		return ee.Err
	case errors.As(err, &pe):
		return pe.Err
	}
	return err
}

// wait waits for the commands, ending their groups when the context ends.
func (r *run) wait() Result {
	ended := make(chan struct{})
	var ender sync.WaitGroup
	ender.Go(func() {
		select {
		case <-ended:
			return
		case <-r.ctx.Done():
		}
		for _, c := range r.cmds {
			end(c.Process, false)
		}
		select {
		case <-ended:
		case <-time.After(Polite):
		}
		for _, c := range r.cmds { // also what a leader that has ended left in its group
			end(c.Process, true)
		}
	})
	res := Result{Exit: -1}
	for i, c := range r.cmds {
		if err := c.Wait(); err != nil {
			res.Errors = append(res.Errors, fmt.Errorf("command %d %q: %w", i, c.Path, err))
		}
		res.Exit = c.ProcessState.ExitCode()
	}
	close(ended)
	ender.Wait()
	if r.failed != nil {
		res.Exit = -1
		res.Errors = append(res.Errors, r.failed)
	}
	return res
}
