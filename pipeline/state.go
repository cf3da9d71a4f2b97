package pipeline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	stateEvery = 2 * time.Second       // between two saves of a filter's state
	stateHurry = 20 * time.Millisecond // the same while the daemon stops
	maxState   = 1 << 28               // bytes of a state file
	maxLives   = 1 << 14               // sources that a state remembers the positions of
	maxKept    = 1 << 12               // batches whose sources wait for a save
)

// keeper saves the state of a route's plugin, every few seconds and at the stop.
// With the state go the positions up to which it has seen the sources that can be
// read again, and the route's position in the journal: all in one file, the
// cursor's, so that after a crash it is as if there had been none.
//
//	message ──▶ filter ──▶ seen[life] += place      the source's batch is kept open
//	              every 2 s: state + seen + cursor ──▶ file, synced
//	              then the source hears that what it sent is safe
//	crash: the source sends again from there; what lies in seen[life] is passed over
//
// Without a journal the file is the plugin's own. All fields belong to the
// worker's goroutine.
type keeper struct {
	r     *route
	s     plugin.Stateful // nil: there is nothing to keep
	pos   journal.Pos     // of the last message from the journal that was dealt with
	dirty bool            // something was dealt with since the last save
	saved time.Duration   // when, in time passed
	due   *clock.Timer    // runs while something is dirty

	seen map[string]spans // by life: what was dealt with
	turn []string         // lives in the order in which they came
	kept []keptSeq        // batches whose sources wait for the next save
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
	if k.s = stateful(plug); k.r.shadow != nil {
		k.s = nil
		return
	}
	if keeps := k.s != nil; k.r.stateful.Swap(keeps) != keeps {
		k.r.keepState()
	}
}

// restore gives the plugin the state that was saved last.
func (k *keeper) restore() error {
	if k.s == nil {
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
	if err == nil {
		err = k.s.RestoreState(state)
	}
	if err != nil {
		return fmt.Errorf("restore state of %s: %w", k.r.name, err)
	}
	return nil
}

// fresh reports that the state has seen nothing of b.
func (k *keeper) fresh(b *message.Batch) bool {
	return k.s == nil || !b.Placed() || k.seen[b.Life].behind(b.Since)
}

// unseen returns the next run of messages from i on that the state has not seen,
// and i = -1 when there is none.
func (k *keeper) unseen(b *message.Batch, i int) (int, int) {
	seen := k.seen[b.Life]
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
	k.seen[b.Life] = k.seen[b.Life].add(lo, b.PlaceOf(j-1))
}

// note remembers what was dealt with. Called while b is held.
func (k *keeper) note(b *message.Batch) {
	if k.s == nil {
		return
	}
	k.dirty = true
	if !b.Placed() || b.Len() == 0 {
		return
	}
	if was, ok := k.seen[b.Life]; ok && len(was) > 0 && was[len(was)-1].hi == b.Since {
		was[len(was)-1].hi = b.Till
	} else {
		k.remember(b.Life, was.add(b.Since, b.Till), ok)
	}
	if t, ok := b.Src.(*tracker); ok {
		t.keep(b.Seq)
		k.kept = append(k.kept, keptSeq{t, b.Seq})
	}
}

// remember keeps what was seen of a life; of a new one the oldest makes room when
// there are too many.
func (k *keeper) remember(life string, seen spans, known bool) {
	if k.seen == nil {
		k.seen = map[string]spans{}
	}
	if known {
		k.seen[life] = seen
		return
	}
	if len(k.turn) >= maxLives {
		delete(k.seen, k.turn[0])
		k.turn = slices.Delete(k.turn, 0, 1)
	}
	k.seen[life], k.turn = seen, append(k.turn, life)
}

// done says that something was dealt with, and saves when it is time.
func (k *keeper) done() {
	if k.s == nil || !k.dirty {
		return
	}
	c := k.r.eng.clock
	every := stateEvery
	if k.r.eng.hurry.Load() {
		every = stateHurry
	}
	if left := every - (c.Passed() - k.saved); left <= 0 || len(k.kept) >= maxKept {
		k.save()
	} else if k.due == nil {
		k.due = c.NewTimer(left)
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
	if k.due != nil {
		k.due.Stop()
		k.due = nil
	}
	if k.s == nil {
		k.let(k.kept)
		k.kept = nil
		return
	}
	k.saved = k.r.eng.clock.Passed()
	data, err := k.s.SaveState(k.encode(nil))
	if err == nil {
		kept := k.kept
		if c := k.cursor(); c != nil {
			c.CommitThen(k.pos, data, func() { k.let(kept) })
			k.kept = nil
		} else if err = k.r.eng.fs.MkdirAll(filepath.Dir(k.path()), 0o700); err == nil {
			if err = fsx.WriteAtomic(k.r.eng.fs, k.path(), data, 0o600); err == nil {
				k.let(kept)
				k.kept = kept[:0]
			}
		}
	}
	if err != nil {
		k.r.eng.log.Error("state cannot be saved; its sources keep what it has seen since until it is", "plugin", k.r.name, "err", err)
		return
	}
	k.dirty = false
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
func (k *keeper) encode(b []byte) []byte {
	b = append(b, "HKST\x01"...)
	b = binary.AppendUvarint(b, uint64(len(k.turn)))
	for _, life := range k.turn {
		b = binary.AppendUvarint(b, uint64(len(life)))
		b = append(b, life...)
		b = k.seen[life].encode(b)
	}
	return b
}

var errState = errors.New("its file is damaged; remove it to start anew")

// decode reads what encode made, and returns the plugin's part.
func (k *keeper) decode(b []byte) ([]byte, error) {
	if len(b) < 5 || string(b[:5]) != "HKST\x01" {
		return nil, errState
	}
	b = b[5:]
	number := func() (uint64, bool) {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return 0, false
		}
		b = b[n:]
		return v, true
	}
	seen, turn := map[string]spans{}, []string(nil)
	n, ok := number()
	if !ok || n > maxLives {
		return nil, errState
	}
	for range n {
		l, ok := number()
		if !ok || l > uint64(len(b)) {
			return nil, errState
		}
		life := string(b[:l])
		b = b[l:]
		m, ok := number()
		if !ok || m > maxSpans {
			return nil, errState
		}
		list := make(spans, m)
		for i := range list {
			lo, ok1 := number()
			hi, ok2 := number()
			if !ok1 || !ok2 {
				return nil, errState
			}
			list[i] = span{lo, hi}
		}
		if !list.sound() {
			return nil, errState
		}
		seen[life] = list
		turn = append(turn, life)
	}
	k.seen, k.turn = seen, turn
	return b, nil
}
