// Package journald holds JournaldInput, which reads the systemd journal.
//
//	journalctl -o export --follow --after-cursor ─pipe─▶ entry ─▶ headers, fields ─▶ Record(MESSAGE) ─▶ decoder
//	       ▲ started again when it ends                                                   │ acknowledged
//	       └───────────────── cursor, saved in base_dir ◀─────────────────────────────────┘
//
// The journal's own library needs cgo; its program does not, and it knows every
// version of the files.
package journald

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/feed"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/internal/procrun"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed journald.toml
var sample string

func init() {
	plugin.RegisterInput("JournaldInput", plugin.About{
		Doc:    "Reads the systemd journal and goes on where it was.",
		Readme: readme,
		Sample: sample,
	}, newInput)
}

const (
	firstPause = time.Second // before journalctl is started again
	lastPause  = 30 * time.Second
	readBuffer = 64 << 10
)

// Input reads. Its fields belong to Run's goroutine, but for those of pos and the
// counters.
type Input struct {
	cfg  Config
	env  plugin.Env
	keep map[string]bool // of cfg.Fields, nil: all

	pos     position
	entry   entry
	stream  plugin.Stream
	stderr  tail
	resumed bool // the position has been read

	entries, bytes, cut, starts atomic.Int64
}

func newInput(cfg Config, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	in := &Input{cfg: cfg, env: env}
	if in.env.Clock == nil {
		in.env.Clock = clock.Real{}
	}
	if in.env.FS == nil {
		in.env.FS = fsx.OS{}
	}
	if len(cfg.Fields) > 0 {
		in.keep = map[string]bool{}
		for _, f := range cfg.Fields {
			in.keep[f] = true
		}
	}
	in.pos = position{fs: in.env.FS, path: filepath.Join(env.BaseDir, "journald", fileName(env.Name)+".cursor"), poke: make(chan struct{}, 1)}
	return in, nil
}

// Start looks for the program, and whether the saved position can be read.
func (in *Input) Start(context.Context) error {
	if _, err := exec.LookPath(in.cfg.Journalctl); err != nil {
		return fmt.Errorf("find %s: %w; install systemd, or set journalctl to its path", in.cfg.Journalctl, errors.Unwrap(err))
	}
	if err := in.pos.load(); !errors.Is(err, errNoCursor) {
		return err
	}
	return nil
}

// resume reads the saved position, which another instance may have moved since Start.
func (in *Input) resume() error {
	if in.resumed {
		return nil
	}
	in.resumed = true
	err := in.pos.load()
	if errors.Is(err, errNoCursor) { // losing nothing is worth more than repeating nothing
		in.env.Log.Warn("the saved position is damaged; the journal is read from its beginning", "err", err)
		in.cfg.InitialTail, err = false, nil
	}
	return err
}

// Run reads until ctx ends. journalctl is started again, where it was, after
// growing pauses whenever it ends.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	err := in.resume()
	if err != nil {
		return err
	}
	in.stream, err = host.Open(plugin.StreamOptions{
		Default:  message.Header{Type: "journald", Logger: in.env.Name, Hostname: in.env.Hostname, Severity: message.DefaultSeverity},
		Acked:    in.pos.confirm,
		Decorate: in.decorate,
	})
	if err != nil {
		return err
	}
	defer in.stream.Close()
	ctx, cancel := context.WithCancel(ctx)
	var saver sync.WaitGroup
	saver.Go(func() { in.pos.saver(ctx, in.env) })
	defer saver.Wait()
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		began := in.entries.Load()
		err := in.follow(ctx)
		if ctx.Err() != nil || errors.Is(err, plugin.ErrStopped) {
			return nil
		}
		if in.entries.Load() != began {
			pause = firstPause
		}
		in.env.Log.Warn("journalctl has ended; it is started again", "err", err, "pause", pause)
		t := in.env.Clock.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// follow runs journalctl to its end.
func (in *Input) follow(ctx context.Context) error {
	in.starts.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in.stderr.reset()
	r, w := io.Pipe()
	done := make(chan procrun.Result, 1)
	cmd := []procrun.Command{{Bin: in.cfg.Journalctl, Args: in.cfg.args(in.pos.read)}}
	go func() {
		res := procrun.Run(ctx, cmd, func(b []byte) error { _, err := w.Write(b); return err }, in.stderr.write)
		w.Close()
		done <- res
	}()
	err := in.take(bufio.NewReaderSize(r, readBuffer))
	r.CloseWithError(errors.New("no more is read"))
	cancel()
	res := <-done
	if err == nil {
		if err = res.Err(); err == nil {
			err = errors.New("it ended by itself")
		}
		if said := in.stderr.text(); said != "" {
			err = fmt.Errorf("%w; it says %q", err, said)
		}
	}
	return err
}

// take hands on entries until there are no more.
func (in *Input) take(r *bufio.Reader) error {
	room := feed.Piece(in.env.MaxMessageSize)
	for {
		if r.Buffered() == 0 { // nothing more for now
			in.send()
			in.stream.Idle()
		}
		err := in.entry.read(r, room)
		if err != nil {
			in.send()
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		if err := in.one(); err != nil {
			return err
		}
	}
}

func (in *Input) send() {
	in.stream.Send()
}

// one hands on the entry that was read.
func (in *Input) one() error {
	e := &in.entry
	in.entries.Add(1)
	in.bytes.Add(int64(len(e.buf)))
	if e.cut {
		in.cut.Add(1)
	}
	in.header(in.stream.Default())
	cursor := e.get("__CURSOR")
	if err := in.stream.Record(e.get("MESSAGE")); err != nil {
		return err
	}
	if len(cursor) > 0 {
		in.pos.note(in.stream.Pos(), cursor)
	}
	return nil
}

// Stop saves what was confirmed since Run returned.
func (in *Input) Stop() error { return in.pos.save() }

// Report tells how much was read.
func (in *Input) Report(r *plugin.Report) {
	r.Int("Entries", in.entries.Load(), "count")
	r.Int("EntriesCut", in.cut.Load(), "count")
	r.Int("BytesReceived", in.bytes.Load(), "B")
	r.Int("Starts", in.starts.Load(), "count")
}

// tail keeps the head of what a program complains of.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) reset() {
	t.mu.Lock()
	t.b = t.b[:0]
	t.mu.Unlock()
}

func (t *tail) write(b []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b[:min(len(b), 500-len(t.b))]...)
	return nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// fileName makes a section's name the name of a file, each its own.
func fileName(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02x", c)
		}
	}
	return out.String()
}
