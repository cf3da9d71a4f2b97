package journal

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/heka-project/heka/internal/kill"
)

const saveGap = 50 * time.Millisecond // least time between two passes of the saver

// sync is the syncer's goroutine: it waits the sync window out from the first
// write on, then syncs what was written.
func (j *Journal) sync() {
	defer j.helpers.Done()
	if j.o.Sync <= 0 {
		return // the writer does it
	}
	for {
		select {
		case <-j.written:
		case <-j.stopped:
			return
		}
		j.sleep(context.Background(), j.o.Sync, j.stopped, nil)
		if err := j.syncPass(); err != nil {
			j.tally.writeErrors.Add(1)
			j.log.Error("journal cannot be synced: what was written since the last sync may not survive a power cut; check the disk", "error", err)
			j.giveUp.Store(true)
			signal(j.written)
			j.sleep(context.Background(), longestStop, j.stopped, nil)
		}
	}
}

// syncPass syncs every file that was written to, oldest first, and closes those
// that are sealed. The error is the first.
func (j *Journal) syncPass() (err error) {
	j.mu.Lock()
	list := append([]*unsynced(nil), j.dirty...)
	j.mu.Unlock()
	for _, u := range list {
		j.mu.Lock()
		sealed := u.sealed
		j.mu.Unlock()
		kill.Point("journal.sync.before")
		serr := u.f.Sync()
		if serr == nil {
			j.tally.syncs.Add(1)
			kill.Point("journal.sync.after")
		} else {
			err = cmp.Or(err, fmt.Errorf("sync journal: %w", serr))
		}
		if sealed { // after a failure too: another try would answer for nothing
			j.mu.Lock()
			j.dirty = without(j.dirty, u)
			j.mu.Unlock()
			u.f.Close()
		}
	}
	return err
}

// without returns list without x.
func without[T comparable](list []T, x T) []T {
	for i := range list {
		if list[i] == x {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}

// save is the saver's goroutine: every second, and when a consumer asks for it,
// it writes the cursors that moved, then lets go of what no cursor needs.
func (j *Journal) save() {
	defer j.helpers.Done()
	for {
		t := j.clock.NewTimer(saveEvery)
		all := false
		select {
		case <-t.C:
			all = true
		case <-j.pokes:
		case <-j.stopped:
			t.Stop()
			return
		}
		t.Stop()
		all = j.rolled.Swap(false) || all // so that a segment comes free to be used again
		if all {
			j.expire()
		}
		if err := j.savePass(all); err != nil {
			j.log.Error("journal position cannot be saved: a restart would deliver again what came since; free space or mend the disk", "error", err)
		}
		if j.removeSpare(j.o.History+2*j.o.SegmentSize) > 0 {
			signal(j.room)
		}
		j.sleep(context.Background(), saveGap, j.stopped, nil)
	}
}

// savePass writes the cursors that are due, or all that moved. The error is the
// first; the others are tried all the same.
func (j *Journal) savePass(all bool) (err error) {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.mu.Lock()
	cursors := j.all()
	tail := j.tail()
	j.mu.Unlock()
	for _, c := range cursors {
		if s, ok := c.due(tail, all); ok {
			err = cmp.Or(err, c.saveTo(s))
		}
	}
	if err == nil {
		j.forgetSqueezed()
	}
	return err
}

// tail is the end of the log. Called with mu held.
func (j *Journal) tail() Pos {
	if j.act != nil {
		return Pos{Segment: j.act.number, Offset: j.act.end}
	}
	if j.coming > 0 {
		return Pos{Segment: j.coming, Offset: headSize}
	}
	return Pos{Segment: j.number + 1, Offset: headSize}
}

// due returns what is to be saved. A cursor that has nothing to do goes along
// with the end of the log, so that it holds back no segment.
func (c *Cursor) due(tail Pos, all bool) (s snapshot, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending == 0 && c.seen == c.in && c.out == c.ackedOut {
		if c.read.Less(tail) {
			tail.Seq = c.read.Seq
			c.read = tail
		}
		c.rest()
	}
	if c.save.ackedOut == c.ackedOut && c.out == c.ackedOut && c.save.pos.Segment < c.acked.Segment {
		c.snap(c.save.state)
	}
	if !c.dirty || !all && !c.urgent {
		return s, false
	}
	c.dirty, c.urgent, c.sinceSav = false, false, 0
	s = c.save
	s.then, c.then = c.then, nil
	return s, true
}

// saveTo writes s to the cursor's file.
func (c *Cursor) saveTo(s snapshot) error {
	j := c.j
	kill.Point("cursor.save.before")
	j.saveBuf = s.encode(j.saveBuf[:0], c.id, c.name)
	err := j.writePosition(c.path, j.saveBuf)
	kill.Point("cursor.save.after")
	c.mu.Lock()
	if err != nil {
		c.dirty, c.then = true, append(s.then, c.then...)
		c.mu.Unlock()
		return fmt.Errorf("save position of %q: %w", c.name, err)
	}
	c.saved = s.pos
	c.mu.Unlock()
	j.tally.saves.Add(1)
	for _, f := range s.then {
		f()
	}
	return nil
}

// needed is the number of the oldest segment that a cursor needs. Called with mu
// held.
func (j *Journal) needed() uint64 {
	low := j.number + 1
	if j.act != nil {
		low = j.act.number
	}
	for _, c := range j.cursors {
		c.mu.Lock()
		low = min(low, c.saved.Segment)
		c.mu.Unlock()
	}
	return low
}

// spare is a segment whose file may be used again, nil when there is none.
// Called with mu held.
func (j *Journal) spare() *segment {
	low, sum := j.needed(), int64(0)
	for _, s := range j.segs {
		if s.number < low && s != j.act {
			sum += s.size
		}
	}
	if sum == 0 || sum-j.segs[0].size < j.o.History {
		return nil
	}
	return j.segs[0]
}

// drop forgets a segment whose file is gone.
func (j *Journal) drop(s *segment) {
	j.mu.Lock()
	j.segs = without(j.segs, s)
	j.mu.Unlock()
}

// removeSpare removes the oldest segments that no cursor needs until those that
// are left have at most keep bytes. It returns how many went.
func (j *Journal) removeSpare(keep int64) (n int) {
	j.saving.Lock()
	defer j.saving.Unlock()
	for {
		j.mu.Lock()
		low, sum := j.needed(), int64(0)
		for _, s := range j.segs {
			if s.number < low && s != j.act {
				sum += s.size
			}
		}
		if sum == 0 || sum <= keep {
			j.mu.Unlock()
			return n
		}
		s := j.segs[0]
		j.segs = without(j.segs, s)
		j.mu.Unlock()
		kill.Point("segment.remove.before")
		if err := j.fs.Remove(s.path(j.dir)); err != nil {
			j.log.Warn("journal segment cannot be removed", "segment", s.path(j.dir), "error", err)
		}
		kill.Point("segment.remove.after")
		n++
	}
}

// expire passes over the segments whose newest record is too old.
func (j *Journal) expire() {
	if j.o.MaxAge <= 0 {
		return
	}
	before := j.clock.Now().Add(-j.o.MaxAge).UnixNano()
	j.mu.Lock()
	old := uint64(0)
	for i := 0; i+1 < len(j.segs); i++ {
		next := j.segs[i+1]
		if next.created == 0 {
			h, ok := headerOf(j.fs, j.dir, next.number)
			if !ok {
				break
			}
			next.base, next.created = h.base, h.created
		}
		if next.created >= before {
			break
		}
		old = j.segs[i].number
	}
	all := j.all()
	j.mu.Unlock()
	if old == 0 {
		return
	}
	for _, c := range all {
		c.mu.Lock()
		behind := c.read.Segment <= old
		c.mu.Unlock()
		if behind {
			c.passSegment(old, ReasonAge)
		}
	}
}
