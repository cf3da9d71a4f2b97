package journal

import "fmt"

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
		c.seen, c.born, c.hurt = s.pos.seen, s.born, s.hurt
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
	if l.ok {
		j.passSqueezed(c)
	}
	c.read, c.acked, c.dropped, c.in = c.save.pos, c.save.pos, c.settled, c.seen
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
	c.save.pos, c.born, c.save.born = c.read, c.read.Seq, c.read.Seq
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
