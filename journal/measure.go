package journal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

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
		base, err := j.baseOf(s)
		if err != nil && !errors.Is(err, syscall.EIO) {
			return end, 0, err
		}
		if base > 0 {
			end.Seq = max(end.Seq, base-1)
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
	unread := int64(0)
	s.open(f, j.epochOf(f, seg.number), headSize, seg.size)
	for {
		ok, err := s.next()
		if errors.Is(err, syscall.EIO) {
			j.log.Error("journal cannot be read and is taken for damaged there; check the disk", "segment", f.Name(), "at", s.off, "error", err)
			unread += 4096
			s.off += 4096
			continue
		}
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
	if unread > 0 { // what cannot be read may be good another day
		j.damaged(unread)
		end.Offset = seg.size
		return newest, nil
	}
	torn := s.torn
	for i := len(tail) - 1; i >= 0; i-- {
		s.off, s.limit = tail[i], seg.size
		if ok, err := s.next(); err != nil || !ok || s.off != tail[i] {
			break
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
// segments that were written to in its last seconds, and the names.
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
		if h, ok := headerOf(j.fs, j.dir, j.segs[i].number); ok && h.created < newest-int64(10*time.Second+2*j.o.Sync) {
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
