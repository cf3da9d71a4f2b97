package sandboxmanager

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	// keepSeen is how long an obeyed message is remembered. The clock's window would
	// do while the clock goes forward; this holds when it is set back.
	keepSeen = time.Hour
	maxSeen  = 2000
)

var (
	errReplay  = errors.New("message was obeyed before; it is a replay")
	errTooMany = errors.New("too many control messages at once; send them more slowly")
)

// seen remembers the messages that were obeyed, over restarts too. The file has a
// line for each: identifier, a space, the time in nanoseconds.
type seen struct {
	env   plugin.Env
	path  string
	file  fsx.File // nil before open
	lines int      // in the file
	dirty bool     // some of them are not synced

	at    map[[16]byte]int64
	order [][16]byte // oldest first; may hold what is forgotten
}

func newSeen(env plugin.Env, path string) *seen {
	return &seen{env: env, path: path, at: map[[16]byte]int64{}}
}

// open reads what is still worth remembering and begins the file anew with that.
func (s *seen) open() error {
	b, err := fsx.ReadFile(s.env.FS, s.path, 1<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		id, when, _ := bytes.Cut(line, []byte(" "))
		u, ok := message.ParseUUID(string(id))
		ns, err := strconv.ParseInt(string(when), 10, 64)
		if ok && err == nil { // a torn last line was never obeyed
			s.put(u, ns)
		}
	}
	s.expire(s.env.Clock.Now())
	return s.rewrite()
}

func (s *seen) put(u [16]byte, ns int64) {
	if _, ok := s.at[u]; !ok {
		s.order = append(s.order, u)
	}
	s.at[u] = ns
}

func line(u [16]byte, ns int64) []byte {
	return append(strconv.AppendInt(append(message.AppendUUID(nil, u[:]), ' '), ns, 10), '\n')
}

// rewrite replaces the file by one of what is remembered.
func (s *seen) rewrite() error {
	var b []byte
	for _, u := range s.order {
		b = append(b, line(u, s.at[u])...)
	}
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	if err := fsx.WriteAtomic(s.env.FS, s.path, b, 0o600); err != nil {
		return err
	}
	f, err := s.env.FS.OpenFile(s.path, os.O_WRONLY|os.O_APPEND, 0o600)
	s.file, s.lines = f, len(s.order)
	return err
}

// expire forgets what is old or more than fits.
func (s *seen) expire(now time.Time) {
	if len(s.at) <= maxSeen && (len(s.order) == 0 || now.Sub(time.Unix(0, s.at[s.order[0]])) <= keepSeen) {
		return
	}
	left := s.order[:0]
	over := len(s.at) - maxSeen*3/4
	for _, u := range s.order {
		ns, ok := s.at[u]
		age := now.Sub(time.Unix(0, ns))
		switch {
		case !ok:
		case age > keepSeen || over > 0 && age >= 2*control.Window():
			delete(s.at, u)
			over--
		default:
			left = append(left, u)
		}
	}
	s.order = left
}

// add remembers a message before it is obeyed; the error says why it may not be.
func (s *seen) add(u [16]byte, now time.Time) error {
	if _, ok := s.at[u]; ok {
		return errReplay
	}
	if s.expire(now); len(s.at) > maxSeen {
		return errTooMany
	}
	if s.file != nil {
		if s.lines > 2*maxSeen {
			if err := s.rewrite(); err != nil {
				return fmt.Errorf("remember the message: %w", err)
			}
		}
		if _, err := s.file.Write(line(u, now.UnixNano())); err != nil {
			return fmt.Errorf("remember the message: %w", err)
		}
		s.lines++
		s.dirty = true
	}
	s.put(u, now.UnixNano())
	return nil
}

// forget lets a message be obeyed after all. The file may keep it: it is only
// read at the next start, when the message's time is over or nearly so.
func (s *seen) forget(u [16]byte) { delete(s.at, u) }

// sync makes what was added survive a power cut; after one the window is over
// before the machine is up again, but clocks may be wrong then.
func (s *seen) sync() error {
	if s.file == nil || !s.dirty {
		return nil
	}
	s.dirty = false
	return s.file.Sync()
}

func (s *seen) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
