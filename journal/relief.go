package journal

import "time"

// fail notes that nothing can be written for now.
func (j *Journal) fail(err error, pause time.Duration) {
	j.tally.writeErrors.Add(1)
	j.failUntil.Store(int64(max(1, j.clock.Passed()+pause)))
	j.mu.Lock()
	first := j.failure == nil
	j.failure = err
	j.mu.Unlock()
	if first {
		j.log.Error("journal cannot be written and tries again; free space or mend the disk", "error", err)
	}
	j.freedAll()
}

// well notes that writing works.
func (j *Journal) well() {
	if j.failUntil.Load() == 0 {
		return
	}
	j.failUntil.Store(0)
	j.mu.Lock()
	j.failure = nil
	j.mu.Unlock()
	j.log.Warn("journal is written again")
}

// failing returns why no write is worth trying now, nil when it is.
func (j *Journal) failing() error {
	until := j.failUntil.Load()
	if until == 0 || int64(j.clock.Passed()) >= until {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.failure
}

// freedAll wakes everybody who waits for room, to look at things anew.
func (j *Journal) freedAll() {
	j.mu.Lock()
	all := j.all()
	j.mu.Unlock()
	for _, c := range all {
		c.mu.Lock()
		c.freed()
		c.mu.Unlock()
	}
}

// makeRoom does what can be done about err without a loss that nobody asked for:
// segments that are not needed go, then what lies in the oldest one and may be
// dropped. True: write again at once.
func (j *Journal) makeRoom(err error) bool {
	return j.reclaim() || j.sacrifice(diskReason(err))
}

// relieve drops what may be dropped of the group; a taker that asks for a
// shutdown gets its error.
func (w *writer) relieve(err error) {
	j := w.j
	keep, changed := w.group[:0], false
	for _, q := range w.group {
		n := len(q.takers)
		left := w.applyPolicies(q, err)
		if left {
			keep = append(keep, q)
		}
		changed = changed || !left || len(q.takers) != n
	}
	if changed {
		j.giveUp.Store(true) // what was written of the old group must not be taken for records
	}
	clear(w.group[len(keep):])
	w.group = keep
}

// applyPolicies lets the policies of the entry's takers speak about err; false
// when the entry is done with.
func (w *writer) applyPolicies(q *entry, err error) bool {
	for i := 0; i < len(q.takers); {
		s := q.takers[i]
		s.c.mu.Lock()
		action, name := s.c.o.FullAction, s.c.name
		s.c.mu.Unlock()
		switch action {
		case Shutdown:
			w.resolve(q, &FullError{Consumer: name, Err: err})
			return false
		case Drop:
			q.without(i)
			s.c.settle(s.n)
			q.drops = append(q.drops, refusal{s, diskReason(err), false})
		default:
			i++
		}
	}
	if len(q.takers) > 0 {
		return true
	}
	w.resolve(q, nil)
	return false
}

// reclaim removes every segment that no cursor needs; false when there was none.
func (j *Journal) reclaim() bool {
	j.savePass(true)
	return j.removeSpare(0) > 0
}

// sacrifice has the consumers that hold on to the oldest segment pass it over,
// when all of them may drop. True when a segment was freed.
func (j *Journal) sacrifice(reason Reason) bool {
	j.mu.Lock()
	if len(j.segs) == 0 || j.segs[0] == j.act {
		j.mu.Unlock()
		return false
	}
	oldest := j.segs[0].number
	var holders []*Cursor
	for _, c := range j.all() {
		c.mu.Lock()
		if c.saved.Segment <= oldest {
			if c.open && c.o.FullAction != Drop || c.out != c.ackedOut || c.o.Stateful {
				holders = nil
				c.mu.Unlock()
				j.mu.Unlock()
				return false
			}
			holders = append(holders, c)
		}
		c.mu.Unlock()
	}
	j.mu.Unlock()
	for _, c := range holders {
		c.passSegment(oldest, reason)
	}
	return j.reclaim()
}

// passSegment drops what the cursor has not read of the segments up to number.
func (c *Cursor) passSegment(number uint64, reason Reason) {
	c.reading.Lock()
	defer c.reading.Unlock()
	t := c.begin()
	for {
		n, ok, err := c.walk(&t)
		if err != nil || !ok || t.p.Segment > number {
			break
		}
		t.pass(Pos{Segment: t.p.Segment, Offset: c.r.off + c.r.h.size(), Seq: c.r.h.seq}, n, reason)
		c.r.skip()
	}
	c.commit(&t, Count{})
	c.mu.Lock()
	if c.out == c.ackedOut {
		c.snap(c.save.state)
	}
	c.mu.Unlock()
}
