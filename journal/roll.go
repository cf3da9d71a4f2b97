package journal

import (
	"fmt"
	"os"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/internal/kill"
)

// roll seals the active segment and begins the next.
func (w *writer) roll() error {
	if err := w.seal(); err != nil {
		return err
	}
	j := w.j
	kill.Point("journal.roll")
	seg, f, err := j.newSegment(w.seq.Load() + 1)
	if err != nil {
		j.mu.Lock()
		j.coming = 0
		j.mu.Unlock()
		return fmt.Errorf("begin journal segment: %w", err)
	}
	j.giveUp.Store(false)
	w.seg, w.f, w.off = seg, f, seg.first
	j.mu.Lock()
	j.act, j.coming = seg, 0
	j.segs = append(j.segs, seg)
	j.dirty = append(j.dirty, &unsynced{f: f})
	j.mu.Unlock()
	j.rolled.Store(true)
	j.poke()
	return nil
}

// seal ends the active segment: what lies behind its last record is cut off.
func (w *writer) seal() error {
	if w.f == nil {
		return nil
	}
	j := w.j
	if w.seg.room > w.off || j.giveUp.Load() {
		if err := w.f.Truncate(w.off); err == nil {
			j.mu.Lock()
			w.seg.size = w.off
			j.mu.Unlock()
		}
	}
	j.mu.Lock()
	for _, u := range j.dirty {
		u.sealed = u.sealed || u.f == w.f
	}
	j.act = nil
	j.mu.Unlock()
	w.f, w.seg = nil, nil
	if j.o.Sync <= 0 {
		return j.syncPass()
	}
	signal(j.written)
	return nil
}

// newSegment makes the next segment file, out of one that nobody needs where
// there is one, with its header and the list of consumers.
func (j *Journal) newSegment(base uint64) (*segment, fsx.File, error) {
	j.mu.Lock()
	spare := j.spare()
	full := spare == nil && j.o.MaxSize > 0 && j.total()+j.o.SegmentSize > j.o.MaxSize
	if full {
		j.mu.Unlock()
		return nil, nil, errFull
	}
	j.number++ // used up even when this fails
	number := j.number
	j.coming = number
	j.mu.Unlock()
	path := segPath(j.dir, number)
	flag := os.O_RDWR | os.O_CREATE
	room := int64(0)
	if spare != nil && j.fs.Rename(spare.path(j.dir), path) == nil {
		j.drop(spare)
		j.tally.recycled.Add(1)
		room = spare.size
	} else {
		flag |= os.O_EXCL
	}
	f, err := j.fs.OpenFile(path, flag, 0o600)
	if err != nil {
		if flag&os.O_EXCL == 0 {
			j.fs.Remove(path)
		}
		return nil, nil, err
	}
	s := &segment{number: number, base: base, created: j.clock.Now().UnixNano(), room: room, size: room}
	if err = j.fs.SyncDir(j.dir); err == nil {
		err = j.beginSegment(f, s)
	}
	if err != nil {
		f.Close()
		j.fs.Remove(path)
		return nil, nil, err
	}
	j.tally.segments.Add(1)
	return s, f, nil
}

// beginSegment writes the segment's header and the list of consumers.
func (j *Journal) beginSegment(f fsx.File, s *segment) error {
	b := make([]byte, headSize, 4096)
	sh := segHeader{epoch: j.secret ^ s.number, number: s.number, base: s.base, created: s.created, run: j.run}
	sh.encode(b)
	b = append(b, make([]byte, headSize)...)
	h := header{epoch: sh.epoch, seq: s.base - 1, time: s.created, kind: kindConsumers}
	j.mu.Lock()
	for _, c := range j.all() {
		c.mu.Lock()
		b = appendKnown(b, known{c.id, c.name, c.in})
		c.mu.Unlock()
		h.n++
	}
	j.mu.Unlock()
	h.meta = uint32(len(b) - 2*headSize)
	h.metaCRC = crc(b[2*headSize:])
	h.encode(b[headSize:])
	s.first, s.end = int64(len(b)), int64(len(b))
	s.size = max(s.size, s.first)
	if s.first+markSize <= s.room {
		b = append(b, make([]byte, markSize)...)
		putMark(b[len(b)-markSize:], sh.epoch)
	}
	_, err := f.WriteAt(b, 0)
	return err
}
