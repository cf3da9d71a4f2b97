package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	stateEvery = 2 * time.Second        // between two saves of a filter's state
	stateHurry = 20 * time.Millisecond  // the same while the daemon stops
	stateAsked = 100 * time.Millisecond // the same while a source stands still until it hears, at least
	stateShare = 16                     // and then saving takes one part in so many of the time
	placeEvery = time.Second            // the same for an output
	maxState   = 1 << 28                // bytes of a state file
	maxKept    = 1 << 12                // batches whose sources wait for a save
)

// keeper saves the state of a route's plugin, every few seconds and at the stop,
// sooner where a source stands still until it hears.
// With the state go the positions up to which it has seen the sources that can be
// read again, and the route's position in the journal: all in one file, the
// cursor's, so that after a crash it is as if there had been none.
//
//	message ──▶ filter ──▶ seen[life] += place      the source's batch is kept open
//	              every 2 s: state + seen + cursor ──▶ file, synced
//	              then the source hears that what it sent is safe
//	crash: the source sends again from there; what lies in seen[life] is passed over
//
// Without a journal the file is the plugin's own. An output whose messages all come
// from the journal has no state, but remembers what it has seen in the same way, so
// that what its sources send again is not sent on again. All fields belong to the
// worker's goroutine.
type keeper struct {
	r     *route
	on    bool            // something is kept: a state, or what was seen alone
	s     plugin.Stateful // nil: there is no state
	pos   journal.Pos     // of the last message from the journal that was dealt with
	dirty bool            // something was dealt with since the last save
	count int             // messages of that, for an output
	waits bool            // a source that stands still waits for the next save
	saved time.Duration   // when, in time passed
	took  time.Duration   // what saving took
	due   *clock.Timer    // runs while something is dirty
	dueAt time.Duration   // when it fires, in time passed

	seen lives     // what was dealt with
	kept []keptSeq // batches whose sources wait for the next save
}

type keptSeq struct {
	t   *tracker
	seq uint64
}

// stateful returns what of a plugin is to be kept, nil for nothing.
func stateful(plug any) plugin.Stateful {
	s, _ := plug.(plugin.Stateful)
	return s
}

// path is the state's file where there is no cursor for it.
func (k *keeper) path() string {
	return filepath.Join(k.r.eng.Base(), "state", k.r.kind.String()+"-"+url.PathEscape(k.r.name))
}

// cursor is where the state is saved with the route's position, nil without a
// journal.
func (k *keeper) cursor() *journal.Cursor {
	k.r.in.mu.Lock()
	defer k.r.in.mu.Unlock()
	return k.r.in.cursor
}

// adopt takes up the plugin that works from now on. A shadow keeps nothing.
func (k *keeper) adopt(plug any) {
	k.s = stateful(plug)
	k.on = k.r.keeps(k.r.spec().sec, plug)
	if k.r.shadow != nil {
		k.s, k.on = nil, false
		return
	}
	if keeps := k.s != nil; k.r.stateful.Swap(keeps) != keeps {
		k.r.keepState()
	}
}

// restore gives the plugin the state that was saved last.
func (k *keeper) restore() error {
	if !k.on {
		return nil
	}
	var data []byte
	if c := k.cursor(); c != nil {
		data = c.State()
	}
	if data == nil {
		var err error
		if data, err = fsx.ReadFile(k.r.eng.fs, k.path(), maxState); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return fmt.Errorf("restore state of %s: %w", k.r.name, err)
		}
	}
	state, err := k.decode(data)
	if err == nil && k.s != nil {
		err = k.s.RestoreState(state)
	}
	if err != nil {
		return fmt.Errorf("restore state of %s: %w", k.r.name, err)
	}
	return nil
}

// fresh reports that the state has seen nothing of b.
func (k *keeper) fresh(b *message.Batch) bool {
	return !k.on || !b.Placed() || k.seen.of(b.Life).behind(b.Since)
}

// unseen returns the next run of messages from i on that the state has not seen,
// and i = -1 when there is none.
func (k *keeper) unseen(b *message.Batch, i int) (int, int) {
	seen := k.seen.of(b.Life)
	for i < b.Len() && seen.has(b.PlaceOf(i)) {
		i++
	}
	if i == b.Len() {
		return -1, -1
	}
	j := i + 1
	for j < b.Len() && !seen.has(b.PlaceOf(j)) {
		j++
	}
	return i, j
}

// saw remembers a part of b, for when the rest is asked for again.
func (k *keeper) saw(b *message.Batch, i, j int) {
	lo := b.Since
	if i > 0 {
		lo = b.PlaceOf(i - 1)
	}
	k.seen.add(b.Life, lo, b.PlaceOf(j-1))
}

// note remembers what was dealt with. Called while b is held.
func (k *keeper) note(b *message.Batch) {
	if !k.on {
		return
	}
	k.dirty = true
	k.count += b.Len()
	if !b.Placed() || b.Len() == 0 {
		return
	}
	k.seen.add(b.Life, b.Since, b.Till)
	if t, ok := b.Src.(*tracker); ok && k.s != nil {
		t.keep(b.Seq)
		k.kept = append(k.kept, keptSeq{t, b.Seq})
		k.waits = k.waits || t.waits
	}
}

// pass says that everything up to pos had been dealt with before.
func (k *keeper) pass(pos journal.Pos) {
	k.pos, k.dirty = pos, true
	k.done()
}

// pause is the time between two saves.
func (k *keeper) pause() time.Duration {
	every := stateEvery
	switch n := k.r.spec().sec.Route.Buffering.CursorUpdateCount; {
	case k.s == nil && n > 0 && k.count >= int(n), k.r.eng.hurry.Load():
		every = stateHurry
	case k.s == nil:
		every = placeEvery
	case k.waits:
		every = min(every, max(stateAsked, stateShare*k.took))
	}
	return every
}

// done says that something was dealt with, and saves when it is time.
func (k *keeper) done() {
	if !k.on || !k.dirty {
		return
	}
	c := k.r.eng.clock
	now, at := c.Passed(), k.saved+k.pause()
	switch {
	case at <= now || len(k.kept) >= maxKept:
		k.save()
	case k.due == nil || at < k.dueAt:
		k.rest()
		k.due, k.dueAt = c.NewTimer(at-now), at
	}
}

// rest stops the timer.
func (k *keeper) rest() {
	if k.due != nil {
		k.due.Stop()
		k.due = nil
	}
}

// timer fires when something waits to be saved.
func (k *keeper) timer() <-chan time.Time {
	if k.due == nil {
		return nil
	}
	return k.due.C
}

// save writes the state, and lets the sources hear once it is safe.
func (k *keeper) save() {
	k.rest()
	if !k.on {
		k.let(k.kept)
		k.kept = nil
		return
	}
	c := k.cursor()
	if c == nil && k.s == nil {
		k.dirty = false
		return
	}
	k.saved = k.r.eng.clock.Passed()
	data, err := k.encode(nil), error(nil)
	if k.s != nil {
		data, err = k.s.SaveState(data)
	}
	if err == nil {
		kept := k.kept
		if c != nil {
			c.CommitThen(k.pos, data, func() { k.let(kept) })
			k.kept = nil
		} else if err = k.r.eng.fs.MkdirAll(filepath.Dir(k.path()), 0o700); err == nil {
			if err = fsx.WriteAtomic(k.r.eng.fs, k.path(), data, 0o600); err == nil {
				k.let(kept)
				k.kept = kept[:0]
			}
		}
	}
	k.took = k.r.eng.clock.Passed() - k.saved
	if err != nil {
		k.r.eng.log.Error("state cannot be saved; its sources keep what it has seen since until it is", "plugin", k.r.name, "err", err)
		return
	}
	k.dirty, k.waits, k.count = false, false, 0
}

// let tells the sources of what is safe now. Any goroutine.
func (*keeper) let(list []keptSeq) {
	for _, x := range list {
		x.t.Done(x.seq)
	}
}

// encode begins a state file; what the plugin makes follows:
//
//	"HKST" │ 1 │ lives: count, ( length, life, spans )… │ state      numbers are varints
//	spans: count, ( lo, hi )…
func (k *keeper) encode(b []byte) []byte { return k.seen.encode(append(b, stateMagic...)) }

const stateMagic = "HKST\x01"

// decode reads what encode made, and returns the plugin's part.
func (k *keeper) decode(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte(stateMagic)) {
		return nil, errState
	}
	return k.seen.decode(b[len(stateMagic):])
}
