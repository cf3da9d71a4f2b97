// Package filepolling holds FilePollingInput, which reads a whole file at every
// tick: the files of /proc and /sys, or one that another program writes anew.
//
//	ticker ─▶ file, at most max_file_size ─▶ splitter ─▶ decoder ─▶ messages
package filepolling

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/feed"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed filepolling.toml
var sample string

func init() {
	plugin.RegisterInput("FilePollingInput", plugin.About{
		Doc:    "Reads a whole file at every tick.",
		Readme: readme,
		Sample: sample,
		Ticker: defaultTicker,
	}, newInput)
}

const defaultTicker = 5 * time.Second

// Config holds the options of FilePollingInput.
type Config struct {
	FilePath    string      `toml:"file_path" required:"true" doc:"File to read."`
	MaxFileSize plugin.Size `toml:"max_file_size" default:"16MiB" doc:"Longest file; of a longer one nothing is read."`
}

// Validate checks what shows without the file.
func (c Config) Validate() error {
	if c.FilePath == "" {
		return &plugin.OptionError{Option: "file_path", What: "is empty", Fix: "name the file to read"}
	}
	if c.MaxFileSize < 1 || c.MaxFileSize > 1<<30 {
		return &plugin.OptionError{Option: "max_file_size", What: c.MaxFileSize.String() + " is out of range", Fix: "write up to 1GiB"}
	}
	return nil
}

// Input reads. Its fields belong to Run's goroutine, but for the counters.
type Input struct {
	cfg    Config
	env    plugin.Env
	ailing bool // the last reading failed

	readings, failures, bytes atomic.Int64
}

func newInput(cfg Config, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	in := &Input{cfg: cfg, env: env}
	if in.env.FS == nil {
		in.env.FS = fsx.OS{}
	}
	if in.env.Clock == nil {
		in.env.Clock = clock.Real{}
	}
	if in.env.Ticker <= 0 {
		in.env.Ticker = defaultTicker
	}
	return in, nil
}

// Run reads at once and then at every tick, until ctx ends.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	seconds := int64(in.env.Ticker / time.Second)
	s, err := host.Open(plugin.StreamOptions{
		Default: message.Header{
			Type: "heka.file.polling", Logger: in.env.Name, Hostname: in.env.Hostname, Severity: message.DefaultSeverity,
		},
		FlushWhole: true,
		Decorate: func(b *message.Builder) {
			b.Int("TickerInterval", seconds, "s")
			b.String("FilePath", in.cfg.FilePath, "")
		},
	})
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		if err := in.poll(s); err != nil {
			if errors.Is(err, plugin.ErrStopped) {
				return nil
			}
			return err
		}
		s.Idle()
		t := in.env.Clock.NewTimer(in.env.Ticker)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// poll reads the file once. A file that cannot be read is logged once, until it
// can be read again; the error is the stream's.
func (in *Input) poll(s plugin.Stream) error {
	in.readings.Add(1)
	b, err := in.read()
	if err != nil {
		in.failures.Add(1)
		if !in.ailing {
			in.env.Log.Warn("read file_path; it is tried again at every tick", "err", err)
		}
		in.ailing = true
		return nil
	}
	if in.ailing {
		in.env.Log.Info("file_path can be read again", "file", in.cfg.FilePath)
	}
	in.ailing = false
	in.bytes.Add(int64(len(b)))
	if err := feed.Write(s, b, in.env.MaxMessageSize); err != nil {
		return err
	}
	if err := s.Flush(); err != nil {
		return err
	}
	return s.Send()
}

// read returns the file's content. What is no file, such as a pipe that nobody
// writes, is not opened: it would be waited for.
func (in *Input) read() ([]byte, error) {
	path := in.cfg.FilePath
	info, err := in.env.FS.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file; correct file_path")}
	}
	b, err := fsx.ReadFile(in.env.FS, path, int64(in.cfg.MaxFileSize))
	if err != nil && len(b) > int(in.cfg.MaxFileSize) {
		err = fmt.Errorf("read %s: the file is longer than max_file_size (%v); raise it", path, in.cfg.MaxFileSize)
	}
	return b, err
}

// Report tells how often the file was read, and how often in vain.
func (in *Input) Report(r *plugin.Report) {
	r.Int("Readings", in.readings.Load(), "count")
	r.Int("ReadFailures", in.failures.Load(), "count")
	r.Int("BytesReceived", in.bytes.Load(), "B")
}
