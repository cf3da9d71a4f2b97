package journal

import "time"

// Skip passes over what the cursor has not handed out and what was appended
// before the given time; the zero time means everything. It is counted as
// dropped because an operator asked for it. It returns how much went.
func (c *Cursor) Skip(before time.Time) (Count, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	t := c.begin()
	var gone Count
	for {
		n, ok, err := c.walk(&t)
		if err != nil || !ok || !before.IsZero() && c.r.h.time >= before.UnixNano() {
			c.commit(&t, Count{})
			c.mu.Lock()
			if c.out == c.ackedOut && !c.o.Stateful {
				c.snap(c.save.state)
			}
			c.mu.Unlock()
			return gone, err
		}
		t.pass(Pos{Segment: t.p.Segment, Offset: c.r.off + c.r.h.size(), Seq: c.r.h.seq}, n, ReasonSkipped)
		c.r.skip()
		gone = gone.plus(n)
	}
}

// Truncate has every consumer, opened or not, pass over what was appended before
// the given time (the zero time: everything) and removes the segments that then
// nobody needs. It returns how much each consumer lost.
func (j *Journal) Truncate(before time.Time) (map[string]Count, error) {
	j.mu.Lock()
	all := j.all()
	j.mu.Unlock()
	lost := map[string]Count{}
	for _, c := range all {
		n, err := c.Skip(before)
		if n.Messages > 0 {
			lost[c.name] = n
		}
		if err != nil {
			return lost, err
		}
	}
	err := j.savePass(true)
	j.removeSpare(0)
	return lost, err
}
