package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/plugin"
)

const (
	stateEvery = 2 * time.Second // between two saves of a buffered filter's state
	maxState   = 64 << 20        // bytes of a state file
)

// keeper saves the state of a route's plugin. On a buffered route it goes into the
// cursor's file together with the position up to which the state has seen the
// messages, so that after a crash it is as if there had been none. On others it is
// written at the stop. All fields belong to the worker's goroutine.
type keeper struct {
	r     *route
	pos   journal.Pos // of the last message dealt with
	dirty bool        // something was dealt with since the last save
	saved time.Time
}

// path is the state's file on routes without a cursor of their own.
func (k *keeper) path() string {
	base := k.r.eng.Base()
	return filepath.Join(base, "state", k.r.kind.String()+"-"+url.PathEscape(k.r.name))
}

// buffered reports whether the state belongs to the cursor.
func (k *keeper) buffered() bool {
	return k.r.eng.journal != nil && k.r.spec().sec.Route.UseBuffering
}

// restore gives a plugin the state that an earlier run left.
func (k *keeper) restore(p any) error {
	s, ok := p.(plugin.Stateful)
	if !ok || k.r.shadow != nil {
		return nil
	}
	var state []byte
	var err error
	if k.buffered() {
		state = k.r.in.cursor.State()
	} else if state, err = fsx.ReadFile(k.r.eng.fs, k.path(), maxState); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && state != nil {
		err = s.RestoreState(state)
	}
	if err != nil {
		return fmt.Errorf("restore state of %s: %w", k.r.name, err)
	}
	return nil
}

// done notes what a buffered plugin has dealt with, and saves every few seconds.
func (k *keeper) done(p any, pos journal.Pos) {
	k.pos, k.dirty = pos, true
	if now := k.r.eng.clock.Now(); now.Sub(k.saved) >= stateEvery {
		k.save(p)
	}
}

// save writes the state: with the cursor, or at the stop into its file.
func (k *keeper) save(p any) {
	s, ok := p.(plugin.Stateful)
	if !ok || k.r.shadow != nil || k.buffered() && !k.dirty {
		return
	}
	state, err := s.SaveState(nil)
	switch {
	case err != nil:
	case k.buffered():
		k.r.in.cursor.Commit(k.pos, state)
	default:
		if err = k.r.eng.fs.MkdirAll(filepath.Dir(k.path()), 0o700); err == nil {
			err = fsx.WriteAtomic(k.r.eng.fs, k.path(), state, 0o600)
		}
	}
	if err != nil {
		k.r.eng.log.Error("save state", "plugin", k.r.name, "err", err)
	}
	k.dirty, k.saved = false, k.r.eng.clock.Now()
}
