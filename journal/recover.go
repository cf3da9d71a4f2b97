package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	crand "crypto/rand"

	"github.com/heka-project/heka/internal/fsx"
)

const idName = "journal.id"

// recover puts in order what was left, and finds out where the log ends.
func (j *Journal) recover() error {
	if err := j.fs.MkdirAll(cursorDir(j.dir), 0o700); err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	if l, ok := j.fs.(fsx.Locker); ok {
		lock, err := l.Lock(filepath.Join(j.dir, "lock"))
		if err != nil {
			return fmt.Errorf("open journal %s: %w; only one process may write it", j.dir, err)
		}
		j.lock = lock
	}
	segs, err := listSegments(j.fs, j.dir)
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	j.segs = segs
	if err := j.identify(); err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	list, err := loadCursors(j.fs, j.dir)
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	if len(segs) > 0 {
		j.number = segs[len(segs)-1].number
	}
	seq := uint64(0)
	for i := range list {
		j.adopt(&list[i])
		seq = max(seq, list[i].s.pos.Seq)
		if list[i].s.pos.Segment > 0 {
			j.number = max(j.number, list[i].s.pos.Segment)
		}
	}
	end, newest, err := j.findEnd()
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	j.settled(newest)
	j.writer.seq.Store(max(seq, end.Seq))
	for _, c := range j.cursors {
		if c.end = end; !c.read.Less(end) {
			c.in = c.seen // a power cut took what lay behind
		}
	}
	return nil
}

// identify reads or makes the journal's secret.
func (j *Journal) identify() error {
	path := filepath.Join(j.dir, idName)
	var err error
	if j.secret, err = readSecret(j.fs, path); err != nil || j.secret != 0 {
		return err
	}
	b := make([]byte, 12)
	crand.Read(b[:8])
	b[0] |= 1 // never zero
	for _, s := range j.segs {
		if h, ok := headerOf(j.fs, j.dir, s.number); ok {
			le.PutUint64(b, h.epoch^h.number)
			break
		}
	}
	j.secret = le.Uint64(b)
	le.PutUint32(b[8:], crc(b[:8]))
	return writeFile(j.fs, path, b)
}

// readSecret reads the secret from its file; 0: it is not there or damaged.
func readSecret(fsys fsx.FS, path string) (uint64, error) {
	f, err := fsys.OpenFile(path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var b [13]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return 0, err
	}
	if n != 12 || le.Uint32(b[8:]) != crc(b[:8]) {
		return 0, nil
	}
	return le.Uint64(b[:]), nil
}

// adopt makes a cursor out of its file. One whose content is damaged begins at
// the oldest record again.
func (j *Journal) adopt(l *loaded) {
	if j.byID[l.id] != nil || j.cursors[l.key] != nil {
		j.log.Error("two journal positions claim one consumer; the second is not used", "consumer", l.name, "file", cursorPath(j.dir, l.key, l.id))
		return
	}
	c := j.newCursor(l.name, l.id)
	if l.ok {
		s := l.s
		c.save, c.saved = s, s.pos
		c.refused, c.ackedOut, c.out, c.settled = s.refused, s.ackedOut, s.ackedOut, s.settled
		c.seen = s.pos.seen
		// What is neither acknowledged nor dropped for another reason was damaged.
		if lost := c.seen.plus(c.refused).minus(c.ackedOut.plus(c.settled.Total())); lost.Messages > 0 {
			c.settled[ReasonDamage] = c.settled[ReasonDamage].plus(lost)
		}
	} else {
		j.log.Error("journal position is damaged: the consumer begins at the oldest record again", "consumer", l.name, "file", c.path)
		c.saved = Pos{Offset: headSize}
		if len(j.segs) > 0 {
			c.saved.Segment = j.segs[0].number
			c.seen = j.inAt(j.segs[0].number, l.id)
		}
		c.out, c.ackedOut = c.seen, c.seen
		c.saved.seen, c.saved.out = c.seen, c.out
		c.save = snapshot{pos: c.saved, ackedOut: c.seen}
	}
	c.read, c.acked, c.dropped, c.in = c.saved, c.saved, c.settled, c.seen
	j.cursors[key(l.name)] = c
	if l.key != key(l.name) { // a damaged file of a long name
		delete(j.cursors, key(l.name))
		j.cursors[l.key] = c
		c.path = cursorPath(j.dir, l.key, l.id)
	}
	j.byID[l.id] = c
}

// newCursor makes a cursor that is nowhere yet.
func (j *Journal) newCursor(name string, id int) *Cursor {
	return &Cursor{j: j, name: name, id: id, path: cursorPath(j.dir, key(name), id), ready: make(chan struct{}, 1)}
}

// inAt is what the segment's list of consumers says had been appended for id.
func (j *Journal) inAt(number uint64, id int) Count {
	f, err := j.fs.OpenFile(segPath(j.dir, number), os.O_RDONLY, 0)
	if err != nil {
		return Count{}
	}
	defer f.Close()
	var s scanner
	s.open(f, j.epochOf(f, number), headSize, 1<<62)
	if ok, err := s.next(); !ok || err != nil || s.h.kind != kindConsumers {
		return Count{}
	}
	c, _ := inOf(s.meta, s.h.n, id)
	return c
}

// findEnd walks the newest segment, and more when it does not say what was
// appended before it, adds up what each consumer has to read, and cuts off what
// is torn.
func (j *Journal) findEnd() (end Pos, newest int64, err error) {
	if len(j.segs) == 0 {
		return Pos{Segment: j.number + 1, Offset: headSize}, 0, nil
	}
	first := len(j.segs) - 1
	for first > 0 && !j.saysConsumers(j.segs[first]) {
		first--
	}
	for _, s := range j.segs[first:] {
		if h, ok := headerOf(j.fs, j.dir, s.number); ok {
			s.base, s.created = h.base, h.created
			end.Seq = max(end.Seq, h.base-1)
		}
	}
	for i := first; i < len(j.segs); i++ {
		bound := uint64(0)
		for k := i + 1; k < len(j.segs) && bound == 0; k++ {
			bound = j.segs[k].base
		}
		t, err := j.measure(j.segs[i], bound, i+1 == len(j.segs), &end)
		if err != nil {
			return end, 0, err
		}
		newest = max(newest, t)
	}
	return end, newest, nil
}

// saysConsumers reports whether the segment begins with a sound list.
func (j *Journal) saysConsumers(seg *segment) bool {
	f, err := j.fs.OpenFile(seg.path(j.dir), os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	var s scanner
	s.open(f, j.epochOf(f, seg.number), headSize, seg.size)
	ok, err := s.next()
	return ok && err == nil && s.off == headSize && s.h.kind == kindConsumers
}

// measure adds up one segment. newest is the time of its last record.
func (j *Journal) measure(seg *segment, bound uint64, last bool, end *Pos) (newest int64, err error) {
	f, err := j.fs.OpenFile(seg.path(j.dir), os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var s scanner
	var tail []int64 // offsets of the last records
	s.open(f, j.epochOf(f, seg.number), headSize, seg.size)
	for {
		ok, err := s.next()
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		newest = max(newest, s.h.time)
		switch {
		case bound > 0 && s.h.seq >= bound:
		case s.h.kind == kindConsumers:
			j.rebase(&s, Pos{Segment: seg.number, Offset: s.off})
		default:
			j.tallyUp(&s, seg, 1)
			if tail = append(tail, s.off); len(tail) > 2*queueLen {
				tail = append(tail[:0], tail[queueLen:]...)
			}
		}
		end.Seq = max(end.Seq, s.h.seq)
		s.skip()
	}
	*end = Pos{Segment: seg.number, Offset: s.sound, Seq: end.Seq}
	if !last {
		return newest, nil
	}
	torn := s.torn
	for i := len(tail) - 1; i >= 0; i-- {
		s.off, s.limit = tail[i], seg.size
		if ok, err := s.next(); err != nil || !ok || s.off != tail[i] {
			return newest, err
		}
		if ok, err := s.frames(make([]byte, s.h.frames)); ok || err != nil {
			break
		}
		j.tallyUp(&s, seg, -1)
		torn += s.h.size()
		end.Offset = tail[i]
	}
	j.damaged(torn)
	if seg.size <= end.Offset {
		return newest, nil
	}
	if err := f.Truncate(end.Offset); err != nil {
		j.log.Warn("torn end of the journal cannot be cut off", "segment", f.Name(), "error", err)
		return newest, nil
	}
	seg.size, seg.end = end.Offset, end.Offset
	return newest, nil
}

// tallyUp adds what the record at hand holds to what each consumer has to read,
// or takes it off again.
func (j *Journal) tallyUp(s *scanner, seg *segment, sign int64) {
	var m meta
	if !m.parse(s.meta, &s.h) {
		return
	}
	at := Pos{Segment: seg.number, Offset: s.off}
	m.each(func(id int, n Count) {
		if id > maxID {
			return
		}
		if c := j.byID[id]; c != nil && !at.Less(c.read) {
			c.in = c.in.plus(Count{sign * n.Messages, sign * n.Bytes})
		}
	})
}

// settled syncs what a process that was killed may have left unsynced: the
// segments that were written to in its last minutes, and the names.
func (j *Journal) settled(newest int64) {
	for i := len(j.segs) - 1; i >= 0; i-- {
		f, err := j.fs.OpenFile(j.segs[i].path(j.dir), os.O_RDWR, 0)
		if err == nil {
			err = f.Sync()
			f.Close()
		}
		if err != nil {
			j.log.Error("journal segment cannot be synced; check the disk", "segment", j.segs[i].path(j.dir), "error", err)
		}
		if h, ok := headerOf(j.fs, j.dir, j.segs[i].number); ok && h.created < newest-int64(2*time.Minute+2*j.o.Sync) {
			break
		}
	}
	for _, dir := range []string{j.dir, cursorDir(j.dir)} {
		if err := j.fs.SyncDir(dir); err != nil {
			j.log.Error("journal folder cannot be synced; check the disk", "folder", dir, "error", err)
		}
	}
}

// rebase takes over what a list of consumers at that place says.
func (j *Journal) rebase(s *scanner, at Pos) {
	list, _ := parseConsumers(s.meta, &s.h)
	for _, k := range list {
		c := j.byID[k.id]
		if c == nil {
			j.gone = append(j.gone, goneID{k.id, s.h.seq + 1})
		} else if at.Less(c.read) || k.in.Messages <= c.in.Messages {
			continue
		} else {
			c.in = k.in
		}
	}
}

// consumer returns the cursor of that name, a new one at the end of the log when
// there is none.
func (j *Journal) consumer(name string) (*Cursor, error) {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil, ErrClosed
	}
	k := key(name)
	if c := j.cursors[k]; c != nil {
		if c.name != name { // a damaged file of a long name
			c.name = name
		}
		j.mu.Unlock()
		return c, nil
	}
	id := j.freeID()
	if id < 0 {
		j.mu.Unlock()
		return nil, fmt.Errorf("open consumer %q: the journal has %d consumers; forget some", name, maxID+1)
	}
	c := j.newCursor(name, id)
	c.read = j.tail()
	c.read.Seq = j.writer.seq.Load()
	c.acked, c.end, c.saved = c.read, c.read, c.read
	c.save.pos = c.read
	j.cursors[k], j.byID[id] = c, c
	j.mu.Unlock()
	if err := c.saveTo(c.save); err != nil {
		j.mu.Lock()
		delete(j.cursors, k)
		j.byID[id] = nil
		j.mu.Unlock()
		return nil, err
	}
	return c, nil
}

// freeID returns an id that no record carries, -1 when there is none. Called
// with mu held.
func (j *Journal) freeID() int {
	used := map[int]bool{}
	oldest := j.writer.seq.Load() + 1
	if len(j.segs) > 0 {
		oldest = j.segs[0].base // 0 when it was not read yet: then no id is free again
	}
	keep := j.gone[:0]
	for _, g := range j.gone {
		if g.seq >= oldest {
			used[g.id] = true
			keep = append(keep, g)
		}
	}
	j.gone = keep
	for id := range j.byID {
		if j.byID[id] == nil && !used[id] {
			return id
		}
	}
	return -1
}
