package journald

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/plugin"
)

const (
	maxMarks  = 1024 // cursors that wait for their acknowledgement
	maxCursor = 1024 // bytes
	saveEvery = time.Second
)

// position knows which cursor each position of the stream stands for, and keeps
// the confirmed one in a file. mu is a leaf lock.
type position struct {
	fs   fsx.FS
	path string
	poke chan struct{} // cap 1: there is something to save

	read string // cursor read last; owned by Run's goroutine

	mu    sync.Mutex
	marks []mark // not confirmed yet, oldest first; guarded by mu, as are the two below
	done  uint64 // position confirmed last
	acked string // its cursor
	saved string // owned by whoever saves, one at a time
}

type mark struct {
	pos    uint64
	cursor string
}

// errNoCursor is what load says of a file that holds something else.
var errNoCursor = errors.New("is no cursor of the journal")

// load reads the saved cursor.
func (p *position) load() error {
	b, err := fsx.ReadFile(p.fs, p.path, maxCursor)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		if info, serr := p.fs.Stat(p.path); serr == nil && info.Size() > maxCursor {
			err = errNoCursor
		}
		return fmt.Errorf("read position %s: %w; let hekad's user read it, or remove it to begin anew", p.path, err)
	}
	text := strings.TrimSpace(string(b))
	if !isCursor(text) {
		return fmt.Errorf("read position %s: %.60q %w", p.path, text, errNoCursor)
	}
	p.read, p.acked, p.saved = text, text, text
	return nil
}

// isCursor reports whether s looks like journald's: it becomes an argument.
func isCursor(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("=;_-", c) >= 0) {
			return false
		}
	}
	return s != "" && len(s) <= maxCursor
}

// note records that position pos of the stream stands for a cursor. With many in
// wait every second is forgotten, so that a crash repeats a little more.
func (p *position) note(pos uint64, cursor []byte) {
	if !isCursor(string(cursor)) {
		return
	}
	p.read = string(cursor)
	p.mu.Lock()
	defer p.mu.Unlock()
	if pos <= p.done { // it was confirmed while it was handed on
		p.acked = p.read
		p.wake()
		return
	}
	if len(p.marks) == maxMarks {
		for i := range maxMarks / 2 {
			p.marks[i] = p.marks[2*i+1]
		}
		clear(p.marks[maxMarks/2:])
		p.marks = p.marks[:maxMarks/2]
	}
	p.marks = append(p.marks, mark{pos, p.read})
}

// confirm is the stream's Acked.
func (p *position) confirm(pos uint64) {
	p.mu.Lock()
	p.done = max(p.done, pos)
	n := 0
	for n < len(p.marks) && p.marks[n].pos <= pos {
		n++
	}
	if n > 0 {
		p.acked = p.marks[n-1].cursor
		p.marks = append(p.marks[:0], p.marks[n:]...)
	}
	p.mu.Unlock()
	if n > 0 {
		p.wake()
	}
}

func (p *position) wake() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// save writes the confirmed cursor where it has changed.
func (p *position) save() error {
	p.mu.Lock()
	acked := p.acked
	p.mu.Unlock()
	if acked == p.saved {
		return nil
	}
	if err := p.fs.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
		return fmt.Errorf("save position %s: %w", p.path, err)
	}
	if err := fsx.WriteAtomic(p.fs, p.path, []byte(acked+"\n"), 0o600); err != nil {
		return fmt.Errorf("save position %s: %w; free space, or let hekad's user write there", p.path, err)
	}
	p.saved = acked
	return nil
}

// saver saves once a second while there is something to save.
func (p *position) saver(ctx context.Context, env plugin.Env) {
	ailing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.poke:
		}
		err := p.save()
		if err != nil && !ailing {
			env.Log.Warn("the position is not saved; after a restart entries come again", "err", err)
		}
		ailing = err != nil
		t := env.Clock.NewTimer(saveEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}
