// Package stdin holds StdinInput, which reads hekad's standard input.
//
//	pipe, file or terminal ─poll─▶ Grab, read, Commit, Send ─▶ end: all safe ─▶ rest, or stop the daemon
package stdin

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed stdin.toml
var sample string

func init() {
	plugin.RegisterInput("StdinInput", plugin.About{
		Doc:      "Reads hekad's standard input.",
		Readme:   readme,
		Sample:   sample,
		Splitter: "TokenSplitter",
	}, newInput)
}

// Config holds the options of StdinInput.
type Config struct {
	ExitAtEOF bool `toml:"exit_at_eof" default:"false" doc:"Stop hekad at the end of the input, once all of it is delivered; else the input rests."`
}

// Input reads. Its fields belong to Run's goroutine, but for those that acked
// changes.
type Input struct {
	cfg  Config
	env  plugin.Env
	file *os.File

	acked atomic.Uint64
	moved chan struct{} // cap 1: acked has changed
	bytes atomic.Int64
}

func newInput(cfg Config, env plugin.Env) (plugin.Input, error) {
	return &Input{cfg: cfg, env: env, file: os.Stdin, moved: make(chan struct{}, 1)}, nil
}

// taken says which input reads the standard input: there is only one.
var taken struct {
	sync.Mutex
	by string
}

func (in *Input) take() error {
	taken.Lock()
	defer taken.Unlock()
	if taken.by != "" {
		return fmt.Errorf("read standard input: %s reads it already; leave one StdinInput", taken.by)
	}
	taken.by = in.env.Name
	return nil
}

func (in *Input) give() {
	taken.Lock()
	taken.by = ""
	taken.Unlock()
}

// Run reads to the end of the input, or until ctx ends.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	if err := in.take(); err != nil {
		return err
	}
	defer in.give()
	s, err := host.Open(plugin.StreamOptions{
		Default: message.Header{Type: "stdin", Logger: in.env.Name, Hostname: in.env.Hostname, Severity: message.DefaultSeverity},
		Acked: func(pos uint64) {
			in.acked.Store(pos)
			select {
			case in.moved <- struct{}{}:
			default:
			}
		},
		FlushWhole: true,
	})
	if err != nil {
		return err
	}
	err = in.pump(ctx, s)
	if err == nil {
		err = s.Flush()
	}
	if e := s.Close(); err == nil {
		err = e
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, plugin.ErrStopped):
		return nil
	case err != nil:
		return fmt.Errorf("read standard input: %w", err)
	}
	in.env.Log.Info("standard input has ended", "exit_at_eof", in.cfg.ExitAtEOF)
	if !in.cfg.ExitAtEOF {
		<-ctx.Done()
		return nil
	}
	for in.acked.Load() < s.Pos() {
		select {
		case <-in.moved:
		case <-ctx.Done():
			return nil
		}
	}
	return plugin.ErrExit
}

// pump moves bytes into the stream; nil at the end of the input.
func (in *Input) pump(ctx context.Context, s plugin.Stream) error {
	r, err := newReader(ctx, in.file)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		if !r.ready() {
			s.Idle()
			if err := r.wait(); err != nil {
				return err
			}
		}
		b, err := s.Grab()
		if err != nil {
			return err
		}
		n, err := r.read(b)
		if n > 0 {
			in.bytes.Add(int64(n))
			if err := s.Commit(n); err != nil {
				return err
			}
			if err := s.Send(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Report tells how much was read.
func (in *Input) Report(r *plugin.Report) {
	r.Int("BytesReceived", in.bytes.Load(), "B")
}
