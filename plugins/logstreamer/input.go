package logstreamer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/heka-project/heka/logstream"
	"github.com/heka-project/heka/plugin"
)

const (
	firstSave = saveEvery / 20
	saveEvery = time.Second
	// lastWait bounds how long a stop waits for outputs to confirm what was read.
	lastWait = 2 * time.Second
	// maxSaid bounds the complaints that are remembered so as not to repeat them.
	maxSaid = 1000
)

// Input is LogstreamerInput.
type Input struct {
	cfg      Config // fixed, as are the rest of this group
	env      plugin.Env
	hostname string
	dir      string // of the position files
	pattern  *logstream.Pattern

	host   plugin.Host        // set by Run, as are the two below
	watch  *logstream.Watcher // safe for any goroutine
	notify *notifier          // nil where writes are not announced

	turns    *turns
	acks     chan struct{} // something was confirmed
	lastWait time.Duration // fixed; how long a stop waits for that

	mu      sync.Mutex
	streams map[string]*stream // guarded by mu; by name
	said    map[string]bool    // guarded by mu; complaints made
}

func newInput(cfg Config, env plugin.Env) (plugin.Input, error) {
	p, err := cfg.pattern(env.Name)
	if err != nil {
		return nil, err
	}
	in := &Input{
		cfg: cfg, env: env, hostname: cfg.Hostname, dir: cfg.journalDir(&env), pattern: p,
		turns: newTurns(env.Clock), acks: make(chan struct{}, 1), lastWait: lastWait, streams: map[string]*stream{}, said: map[string]bool{},
	}
	if in.hostname == "" {
		in.hostname = env.Hostname
	}
	return in, nil
}

// confirmed wakes who waits for confirmations.
func (in *Input) confirmed() {
	select {
	case in.acks <- struct{}{}:
	default:
	}
}

// pause waits for d or the end of the context.
func (in *Input) pause(ctx context.Context, d time.Duration) {
	t := in.env.Clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// warn logs a complaint once.
func (in *Input) warn(err error) { in.once(slog.LevelWarn, err.Error()) }

func (in *Input) once(level slog.Level, text string) {
	in.mu.Lock()
	again := in.said[text]
	if len(in.said) >= maxSaid {
		clear(in.said)
	}
	in.said[text] = true
	in.mu.Unlock()
	if !again {
		in.env.Log.Log(context.Background(), level, text)
	}
}

// Run reads all streams until the context ends.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	if err := in.env.FS.MkdirAll(in.dir, 0o700); err != nil {
		return fmt.Errorf("make journal_directory: %w; set journal_directory to a folder that hekad may write", err)
	}
	in.host = host
	in.watch = logstream.NewWatcher(in.pattern, in.env.FS, in.env.Clock.Now)
	in.mu.Lock()
	clear(in.streams)
	in.mu.Unlock()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running, helping sync.WaitGroup
	var err error
	if in.notify, err = newNotifier(); err != nil {
		in.warn(err)
	}
	if in.notify != nil {
		helping.Go(func() {
			if err := in.notify.run(); err != nil {
				in.warn(err)
			}
		})
	}
	helping.Go(func() { in.saver(ctx) })
	start := func(s *stream) {
		running.Go(func() {
			if err := s.run(ctx); err != nil && !errors.Is(err, plugin.ErrStopped) {
				cancel(err)
			} else if ctx.Err() == nil && err == nil {
				in.remove(s)
			}
		})
	}
	in.scan(ctx, start)
	running.Wait()
	in.notify.close()
	helping.Wait()
	in.settle()
	in.saveAll()
	in.release()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// scan keeps the listing current and starts a stream for each new log.
func (in *Input) scan(ctx context.Context, start func(*stream)) {
	var known uint64
	first := true
	forced := in.env.Clock.Now()
	for ctx.Err() == nil {
		now := in.env.Clock.Now()
		force := now.Sub(forced) >= in.cfg.RescanInterval
		began := time.Now()
		whole := in.watch.Refresh(force)
		took := time.Since(began)
		if force && whole {
			forced = now
		}
		if l, gen := in.watch.Listing(); gen != known {
			known = gen
			for _, s := range in.all() {
				s.rouse()
			}
			in.found(l, first, start)
			first = false
		}
		wait := in.cfg.CheckDataInterval
		if !whole {
			wait = soon
		}
		in.pause(ctx, max(wait, 20*took)) // a large tree may cost 5 % of a core at most
	}
}

// found starts the streams of a listing that do not run yet.
func (in *Input) found(l *logstream.Listing, first bool, start func(*stream)) {
	for _, err := range l.Problems {
		in.warn(err)
	}
	if len(l.Closed) > 0 {
		in.once(slog.LevelInfo, fmt.Sprintf("directories that hekad's user may not list are passed over: %s", strings.Join(l.Closed, ", ")))
	}
	for _, st := range l.Streams {
		if st.Err != nil {
			in.warn(st.Err)
			continue
		}
		in.mu.Lock()
		running := in.streams[st.Name] != nil
		in.mu.Unlock()
		if running || !slices.ContainsFunc(st.Files, func(f *logstream.File) bool { return !f.Old }) {
			continue
		}
		if s := in.prepare(st.Name, first); s != nil {
			in.mu.Lock()
			in.streams[st.Name] = s
			in.mu.Unlock()
			start(s)
		}
	}
}

// prepare makes a stream that stands where it was left.
func (in *Input) prepare(name string, first bool) *stream {
	s := &stream{in: in, name: name, path: logstream.StatePath(in.dir, name), wake: make(chan struct{}, 1)}
	if other, ok := claim(s.path, in); !ok {
		in.warn(fmt.Errorf("stream %q is read by %q already; set differentiator so that the names differ, or another journal_directory", name, other))
		return nil
	}
	s.main.led = &ledger{changed: in.confirmed}
	s.f = logstream.NewFollower(name, in.env.FS, in.watch, in.warn)
	state, ok, err := logstream.LoadState(in.env.FS, s.path)
	if err != nil {
		in.warn(err)
	}
	switch {
	case ok:
		s.saved = state
		found := s.f.Resume(state, in.env.Clock.Now())
		switch s.life, s.from = state.Life, state.Place; {
		case !found: // what is saved stays, so that a crash finds the same new life
			s.life, s.from = lifeOf(name, in.oldest(name), lifeOf(name, state.Position, state.Life)), 0
		case s.life == "":
			s.life, s.from = lifeOf(name, state.Position, ""), 0
		}
		if found {
			s.main.led.set(state.Position, s.from)
		}
	case first && in.cfg.InitialTail && err == nil:
		s.f.Tail()
		if at, ok := s.f.Position(0); ok {
			s.life = lifeOf(name, at, "")
			s.main.led.set(at, 0)
			if err := s.save(); err != nil {
				in.warn(err)
			}
		}
	}
	if s.life == "" {
		s.life = lifeOf(name, in.oldest(name), "")
	}
	s.progress()
	return s
}

// oldest is the beginning of the oldest file of a stream that is read.
func (in *Input) oldest(name string) (at logstream.Position) {
	l, _ := in.watch.Listing()
	if st := l.Stream(name); st != nil {
		for _, f := range st.Files {
			if !f.Old {
				at.ID, _ = logstream.IDOf(f.Info)
				break
			}
		}
	}
	return at
}

// lifeOf names a life that begins at a place, after another: the same each time,
// so that a crash before anything is saved begins no new one.
func lifeOf(name string, at logstream.Position, after string) string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%q %d %d %d %q", name, at.ID.Dev, at.ID.Ino, at.Seek, after)
	return hex.EncodeToString(h.Sum(nil))
}

func (in *Input) remove(s *stream) {
	if err := s.save(); err != nil {
		in.warn(err)
	}
	in.mu.Lock()
	delete(in.streams, s.name)
	in.mu.Unlock()
	unclaim(s.path, in)
}

func (in *Input) all() []*stream {
	in.mu.Lock()
	defer in.mu.Unlock()
	list := make([]*stream, 0, len(in.streams))
	for _, s := range in.streams {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *stream) int { return strings.Compare(a.name, b.name) })
	return list
}

// Report tells for each stream the file and the offset that reading has reached.
func (in *Input) Report(r *plugin.Report) {
	for _, s := range in.all() {
		s.mu.Lock()
		file, seek := s.file, s.seek
		s.mu.Unlock()
		r.Text(s.name+"-filename", file)
		r.Int(s.name+"-bytes", seek, "B")
	}
}
