package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// turn is one walk of a cursor: where it stands, and what it may see.
type turn struct {
	p     Pos
	seen  Count
	in    Count  // as of end
	hurt  uint64 // Cursor.hurt
	end   Pos    // nothing behind it is looked at
	ahead []skip // stretches in front of p that were passed over before a Rewind
	fresh []skip // stretches that this turn passed over
}

// begin reads where the cursor stands. Called with reading held, as is all here.
func (c *Cursor) begin() turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := turn{p: c.read, seen: c.seen, in: c.in, end: c.end, hurt: c.hurt}
	for i, s := range c.skips {
		if s.at.Messages >= t.seen.Messages {
			t.ahead = c.skips[i:]
			break
		}
	}
	return t
}

// commit takes over where t got, having handed out got.
func (c *Cursor) commit(t *turn, got Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.seen, c.hurt = t.p, t.seen, t.hurt
	c.out = c.out.plus(got)
	for _, s := range t.fresh {
		c.dropped[s.reason] = c.dropped[s.reason].plus(s.n)
	}
	if c.out == c.ackedOut {
		c.rest()
	} else {
		c.remember(t.fresh)
	}
	if len(t.fresh) > 0 {
		c.freed()
	}
}

// remember keeps what was passed over until it is behind acked, in order and in
// as few stretches as there are. Called with mu held.
func (c *Cursor) remember(fresh []skip) {
	for _, s := range fresh {
		i := len(c.skips)
		for i > 0 && c.skips[i-1].at.Messages > s.at.Messages { // after a Rewind
			i--
		}
		if i > 0 && c.skips[i-1].reason == s.reason && c.skips[i-1].at.plus(c.skips[i-1].n) == s.at {
			c.skips[i-1].to, c.skips[i-1].n = s.to, c.skips[i-1].n.plus(s.n)
		} else {
			c.skips = slices.Insert(c.skips, i, s)
		}
	}
}

// rest moves acked to read, as nothing is handed out. Called with mu held.
func (c *Cursor) rest() {
	c.acked, c.settled = c.read, c.dropped
	c.acked.seen, c.acked.out = c.seen, c.out
	for len(c.skips) > 0 && c.skips[0].at.Messages < c.seen.Messages {
		c.skips = c.skips[1:]
	}
	for _, s := range c.skips { // after a Rewind, still to come
		c.settled[s.reason] = c.settled[s.reason].minus(s.n)
	}
}

// pass takes n messages as dropped and goes to `to`.
func (t *turn) pass(to Pos, n Count, reason Reason) {
	t.fresh = append(t.fresh, skip{from: t.p, to: to, at: t.seen, n: n, reason: reason})
	t.seen = t.seen.plus(n)
	t.p = to
}

// walk goes to the next record that concerns the cursor and leaves the scanner
// and c.m at it; n is what the cursor takes of it. False: there is none before
// the end.
func (c *Cursor) walk(t *turn) (n Count, ok bool, err error) {
	for {
		for len(t.ahead) > 0 && !t.p.Less(t.ahead[0].from) {
			s := t.ahead[0]
			t.ahead, t.seen = t.ahead[1:], t.seen.plus(s.n)
			if t.p.Less(s.to) {
				t.p = s.to
			}
		}
		if !t.p.Less(t.end) {
			if lost := t.in.minus(t.seen); lost.Messages > 0 {
				t.pass(t.p, lost, ReasonDamage)
			}
			t.seen = t.in
			return n, false, nil
		}
		found, err := c.look(t)
		if err != nil {
			return n, false, err
		}
		if !found || len(t.ahead) > 0 && !t.p.Less(t.ahead[0].from) {
			continue
		}
		h := &c.r.h
		after := Pos{Segment: t.p.Segment, Offset: c.r.off + h.size(), Seq: max(h.seq, t.p.Seq)}
		switch {
		case c.bound > 0 && h.seq >= c.bound:
			c.r.skip() // a second copy: its segment was given up, the next has it too
		case h.kind == kindConsumers:
			c.r.skip()
			if in, ok := inOf(c.r.meta, h.n, c.id); ok && in.Messages > t.seen.Messages {
				t.pass(after, in.minus(t.seen), ReasonDamage)
			} else if ok && in != t.seen {
				t.hurt = t.p.Segment
			}
		case h.kind == kindVoid:
			c.r.skip()
		case !c.m.parse(c.r.meta, h):
			c.r.bad()
			t.hurt = t.p.Segment
		default:
			if n = c.m.count(c.id); n.Messages > 0 {
				return n, true, nil
			}
			c.r.skip()
		}
		t.p = after
	}
}

// look finds the next sound record from t.p on and moves t.p to it. False means
// that it moved t.p otherwise: look again.
func (c *Cursor) look(t *turn) (bool, error) {
	if c.seg == nil || c.seg.number != t.p.Segment {
		if moved, err := c.openAt(t); moved || err != nil {
			return false, err
		}
	}
	c.r.off, c.r.limit = max(t.p.Offset, headSize), c.limit(t)
	before := c.r.skipped + c.r.torn
	found, err := c.r.next()
	if err != nil {
		return false, c.trouble(t, err, beyond(t.p))
	}
	c.fails = 0
	if n := c.r.skipped + c.r.torn - before; n > 0 {
		c.j.damaged(n)
		t.hurt = t.p.Segment
	}
	if found {
		t.p.Offset = c.r.off
		return true, nil
	}
	if t.p.Segment == t.end.Segment {
		t.p = t.end
	} else {
		t.p = Pos{Segment: t.p.Segment + 1, Offset: headSize, Seq: t.p.Seq}
	}
	return false, nil
}

// trouble counts a read that failed. When the disk cannot read the place at the
// third attempt either, it is taken for damaged as far as next.
func (c *Cursor) trouble(t *turn, err error, next Pos) error {
	c.fails++
	c.shut()
	if c.fails < 3 || !errors.Is(err, syscall.EIO) {
		return fmt.Errorf("read journal for %q at %v: %w", c.name, t.p, err)
	}
	c.fails = 0
	c.j.log.Error("journal cannot be read and goes on behind the place; check the disk", "consumer", c.name, "at", t.p.String(), "error", err)
	c.j.damaged(max(next.Offset-t.p.Offset, 0))
	t.hurt = t.p.Segment
	t.p = next
	return nil
}

// beyond is the place 4 KiB further on.
func beyond(p Pos) Pos {
	p.Offset += 4096
	return p
}

// limit is the offset at which reading of the open segment ends.
func (c *Cursor) limit(t *turn) int64 {
	if c.seg.number == t.end.Segment {
		return t.end.Offset
	}
	return c.j.endOf(c.seg)
}

// openAt opens the segment that t.p names, or moves t.p to the next one there is.
func (c *Cursor) openAt(t *turn) (moved bool, err error) {
	c.shut()
	seg, bound, err := c.j.at(t.p.Segment)
	if err != nil {
		if c.fails++; c.fails < 3 || !errors.Is(err, syscall.EIO) {
			return false, fmt.Errorf("read journal for %q behind %v: %w", c.name, t.p, err)
		}
		c.fails = 0 // then second copies may come
	}
	if seg == nil || seg.number > t.end.Segment {
		t.p = t.end
		return true, nil
	}
	if seg.number != t.p.Segment {
		t.p = Pos{Segment: seg.number, Offset: headSize, Seq: t.p.Seq}
		return true, nil
	}
	f, err := c.j.fs.OpenFile(seg.path(c.j.dir), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.p = Pos{Segment: seg.number + 1, Offset: headSize, Seq: t.p.Seq}
		return true, nil
	}
	if err != nil {
		return true, c.trouble(t, err, Pos{Segment: seg.number + 1, Offset: headSize, Seq: t.p.Seq})
	}
	epoch, run := epochAndRun(f, seg.number, c.j.secret)
	c.seg, c.bound, c.line = seg, bound, c.lineOf(run)
	c.r.open(f, epoch, headSize, 0)
	return false, nil
}

// shut closes the segment that is open for reading.
func (c *Cursor) shut() {
	if c.seg != nil {
		c.r.f.Close()
		c.seg, c.r.f = nil, nil
	}
}
