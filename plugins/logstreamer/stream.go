package logstreamer

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/heka-project/heka/logstream"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	// soon is the first pause after data, and while a directory is changing.
	soon = 10 * time.Millisecond
	// seldom is the pause between two looks at a file whose writes are announced.
	seldom = 5 * time.Second
)

// stream reads one log stream. Its goroutine runs run; others ask state, report
// and settled.
type stream struct {
	in   *Input // fixed, as are the three below
	name string
	path string        // of the position file
	wake chan struct{} // holds one when the stream should look at its files

	life string // of the positions of main; fixed before run, as is from
	from uint64 // where they begin

	f    *logstream.Follower // owned by run, as are the two below
	main feed
	late map[*logstream.Tail]*lateFeed

	mu   sync.Mutex
	file string // guarded by mu, as are the two below
	seek int64
	held []*lateFeed // what late holds, and what waits for confirmation

	writing sync.Mutex      // one save at a time; taken before mu
	saved   logstream.State // guarded by writing
}

// feed is one plugin.Stream with what was given to it.
type feed struct {
	plugin.Stream
	led *ledger
	fed uint64 // bytes committed
}

// lateFeed is a file that is watched for late lines; its Stream is opened when
// there are some.
type lateFeed struct {
	feed
	closed bool // no longer watched; guarded by stream.mu
}

func (f *feed) partial() bool { return f.Pos() < f.fed }

// note tells the ledger where the last whole record ends.
func (f *feed) note(position func(back int) (logstream.Position, bool)) {
	pos := f.Pos()
	if at, ok := position(int(f.fed - pos)); ok {
		f.led.note(pos, at)
	}
}

// fileError is trouble with a file, not with the engine.
type fileError struct{ error }

// read takes what src has, up to a burst: large reads while there is much, then a
// Send.
func (f *feed) read(ctx context.Context, src io.Reader, position func(int) (logstream.Position, bool)) error {
	for had := 0; ctx.Err() == nil; {
		buf, err := f.Grab()
		if err != nil {
			return err
		}
		n, rerr := src.Read(buf)
		had += n
		if n > 0 {
			if err := f.Commit(n); err != nil {
				return err
			}
			f.fed += uint64(n)
			f.note(position)
		}
		if rerr != nil || n < len(buf) || had >= burst {
			if err := f.Send(); err != nil {
				return err
			}
			if rerr != nil && rerr != io.EOF {
				return fileError{rerr}
			}
			return nil
		}
	}
	return nil
}

// trouble logs a fileError and waits a little; other errors it returns.
func (s *stream) trouble(ctx context.Context, err error) error {
	fe, ok := err.(fileError)
	if !ok {
		return err
	}
	s.in.warn(fmt.Errorf("stream %q: %w; it is tried again", s.name, fe.error))
	s.in.pause(ctx, s.in.cfg.CheckDataInterval)
	return nil
}

func (s *stream) open(ctx context.Context, led *ledger, life string) (plugin.Stream, error) {
	from := s.from
	if life == "" {
		from = 0
	}
	st, err := s.in.host.Open(plugin.StreamOptions{
		Life:       life,
		From:       from,
		Name:       s.name,
		Default:    message.Header{Type: "logfile", Logger: s.name, Hostname: s.in.hostname, Severity: message.DefaultSeverity},
		Acked:      led.confirm,
		FlushWhole: true,
	})
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("open stream %q: %w", s.name, err)
	}
	return st, err
}

// run reads until the context ends or the stream has no files any more.
func (s *stream) run(ctx context.Context) (err error) {
	defer s.f.Close()
	if s.main.Stream, err = s.open(ctx, s.main.led, s.life); err != nil {
		return err
	}
	s.main.fed = s.from
	defer s.close()
	defer s.in.notify.forget(s)
	delay, armed := soon, "" // armed: the file whose next write is announced
	for ctx.Err() == nil {
		switch s.f.Next(s.in.env.Clock.Now(), s.main.partial()) {
		case logstream.Data:
			if err := s.turn(ctx); err != nil {
				return err
			}
			delay, armed = soon, ""
			s.progress()
		case logstream.End:
			if err := s.main.Flush(); err != nil {
				return err
			}
			s.main.note(s.f.Position)
			if err := s.main.Send(); err != nil {
				return err
			}
		case logstream.Wait:
			if err := s.watchLate(ctx); err != nil {
				return err
			}
			if s.vanished() {
				return nil
			}
			s.main.Idle()
			if t := s.f.Current(); !s.f.Settled() {
				armed = ""
			} else if armed == t.Path {
				if s.sleep(ctx, max(seldom, delay)) {
					armed = ""
				}
				continue
			} else if delay >= s.in.cfg.CheckDataInterval && s.in.notify.arm(t.Path, s) {
				armed = t.Path
				continue // look once more: it may have been written meanwhile
			}
			s.sleep(ctx, delay)
			delay = min(2*delay, s.in.cfg.CheckDataInterval)
		}
	}
	return nil
}

// turn reads a burst.
func (s *stream) turn(ctx context.Context) error {
	end := s.in.turns.take(ctx)
	defer end()
	err := s.trouble(ctx, s.main.read(ctx, s.f, s.f.Position))
	if err == nil && s.in.turns.crowded() {
		s.main.Idle()
	}
	return err
}

// rouse makes the stream look at its files now. Any goroutine.
func (s *stream) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sleep waits for d, for rouse or for the end of the context. It says whether it
// was roused.
func (s *stream) sleep(ctx context.Context, d time.Duration) bool {
	t := s.in.env.Clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.wake:
		return true
	case <-ctx.Done():
	}
	return false
}

// watchLate reads what came late to files that the stream has left.
func (s *stream) watchLate(ctx context.Context) error {
	for t := s.f.Late(s.in.env.Clock.Now()); t != nil && ctx.Err() == nil; t = s.f.Late(s.in.env.Clock.Now()) {
		s.tend()
		l := s.late[t]
		if l.Stream == nil {
			st, err := s.open(ctx, l.led, "")
			if err != nil {
				return err
			}
			l.Stream = st
		}
		if err := s.trouble(ctx, l.read(ctx, t, t.Position)); err != nil {
			return err
		}
		l.Idle()
	}
	s.tend()
	return nil
}

// tend makes feeds for files newly left, and ends those of files let go.
func (s *stream) tend() {
	held := s.f.Held()
	if len(held) == 0 && len(s.late) == 0 {
		return
	}
	now := make(map[*logstream.Tail]*lateFeed, len(held))
	for _, t := range held {
		l := s.late[t]
		if l == nil {
			l = &lateFeed{feed: feed{led: &ledger{changed: s.in.confirmed}}}
			if at, ok := t.Position(0); ok {
				l.led.set(at, 0)
			}
		}
		now[t] = l
	}
	for t, l := range s.late {
		if now[t] == nil {
			s.end(l)
		}
	}
	s.late = now
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.held[:0:0]
	for _, l := range s.held {
		if l.closed && !l.led.settled() {
			list = append(list, l)
		}
	}
	for _, t := range held {
		list = append(list, now[t])
	}
	s.held = list
}

// end closes the feed of a file that is no longer watched.
func (s *stream) end(l *lateFeed) {
	if l.Stream != nil {
		if l.partial() {
			l.Flush()
		}
		l.Close()
	}
	s.mu.Lock()
	l.closed = true
	s.mu.Unlock()
}

func (s *stream) close() {
	for _, l := range s.late {
		if l.Stream != nil {
			l.Close()
		}
	}
	s.main.Close()
}

// vanished reports that the stream's files are gone and all of it is safe.
func (s *stream) vanished() bool {
	if s.f.Current() != nil || len(s.late) > 0 || !s.settled() {
		return false
	}
	l, _ := s.in.watch.Listing()
	return l.Stream(s.name) == nil
}

// progress notes where reading stands, for reports.
func (s *stream) progress() {
	t := s.f.Current()
	s.mu.Lock()
	defer s.mu.Unlock()
	if t != nil {
		s.file, s.seek = t.Path, t.Offset()
	}
}

// settled reports that everything read is confirmed.
func (s *stream) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.held {
		if !l.led.settled() {
			return false
		}
	}
	return s.main.led.settled()
}

// state is what may be saved; false when nothing is confirmed yet.
func (s *stream) state() (logstream.State, bool) {
	at, place, ok := s.main.led.get()
	st := logstream.State{Position: at, Life: s.life, Place: place}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.held {
		p, _, known := l.led.get()
		if known && p.ID != at.ID && !(l.closed && l.led.settled()) {
			st.Late = append(st.Late, p)
		}
	}
	return st, ok
}

// save writes the position file when there is news.
func (s *stream) save() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	st, ok := s.state()
	if !ok || equal(st, s.saved) {
		return nil
	}
	if err := logstream.SaveState(s.in.env.FS, s.path, st); err != nil {
		return err
	}
	s.saved = st
	return nil
}

func equal(a, b logstream.State) bool {
	if a.Position != b.Position || a.Life != b.Life || a.Place != b.Place || len(a.Late) != len(b.Late) {
		return false
	}
	for i := range a.Late {
		if a.Late[i] != b.Late[i] {
			return false
		}
	}
	return true
}
