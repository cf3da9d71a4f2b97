package journal

import (
	"strings"

	"github.com/heka-project/heka/message"
)

// taken is the one row of every batch that a cursor hands out: bit 0.
var taken = []uint64{1}

// next hands out what comes next, up to a chunk of it. A need means that there
// is something, but no chunk of that size for it.
func (c *Cursor) next(ch *message.Chunk) (b *message.Batch, pos Pos, need int, err error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	t := c.begin()
	if t.seen.Messages >= t.in.Messages {
		c.idle()
		return nil, Pos{}, 0, nil
	}
	var got Count
	own := ch == nil
	used := 0
	for {
		n, ok, werr := c.walk(&t)
		if err = werr; err != nil || !ok {
			break
		}
		size := int(c.r.h.frames)
		line, at := c.place(&t)
		if b != nil && (!c.fits(b) || !goesOn(b, line, at) || used+size > len(ch.Buf)) {
			break
		}
		if b == nil {
			if own && ch != nil && len(ch.Buf) < size {
				ch.Release()
				ch = nil
			}
			if own && ch == nil {
				ch = c.j.pool.TryGet(c.chunkSize(&t, size))
			}
			if ch == nil || len(ch.Buf) < size {
				need = c.chunkSize(&t, size)
				break
			}
		}
		after := Pos{Segment: t.p.Segment, Offset: c.r.off + c.r.h.size(), Seq: c.r.h.seq}
		sound, rerr := c.r.frames(ch.Buf[used : used+size])
		if rerr != nil {
			if err = c.trouble(&t, rerr, after); err == nil {
				continue
			}
			break
		}
		if !sound || !whole(&c.m, ch.Buf[used:used+size]) {
			c.j.damaged(c.r.h.size())
			t.pass(after, n, ReasonDamage)
			continue
		}
		if b == nil {
			b = c.batch(ch)
			b.Line, b.LineAt = line, at
		}
		used = c.add(b, ch.Buf, used)
		got = got.plus(n)
		t.p, t.seen = after, t.seen.plus(n)
	}
	if own && ch != nil {
		ch.Release()
	}
	c.commit(&t, got)
	if b == nil {
		return nil, Pos{}, need, err
	}
	pos = t.p
	c.mu.Lock()
	pos.seen, pos.out = c.seen, c.out
	c.mu.Unlock()
	return b, pos, 0, nil
}

// idle closes a segment that is no longer written to, and gives the window back.
func (c *Cursor) idle() {
	if c.seg != nil && !c.j.active(c.seg) {
		c.shut()
		c.r = scanner{}
	}
}

// chunkSize is the size of chunk to ask for when the first record has size bytes
// of frames.
func (c *Cursor) chunkSize(t *turn, size int) int {
	if left := t.end.Offset - t.p.Offset; t.p.Segment == t.end.Segment && left <= message.SmallChunk {
		return max(size, int(left))
	}
	return max(size, message.LargeChunk)
}

// fits reports whether the record at hand may go into the same batch.
func (c *Cursor) fits(b *message.Batch) bool {
	life, since, _, _ := c.m.life()
	if life = c.lived(life); life != b.Life || life != "" && since != b.Till {
		return false // places go on within a batch: what was sent again begins another
	}
	return b.Depth == int(c.r.h.depth) && b.Signer == c.m.signer && b.Origin == c.m.origin &&
		b.Len()+c.m.n <= message.MaxBatch
}

// batch starts a batch with what the record at hand says of its messages.
func (c *Cursor) batch(ch *message.Chunk) *message.Batch {
	if c.signer != c.m.signer {
		c.signer = strings.Clone(c.m.signer)
	}
	if c.origin != c.m.origin {
		c.origin = strings.Clone(c.m.origin)
	}
	life, since, _, _ := c.m.life()
	if life = c.lived(life); c.life != life {
		c.life = strings.Clone(life)
	}
	b := message.NewBatch(ch, 0)
	b.Life, b.Since = c.life, since
	b.Signer, b.Origin, b.Depth = c.signer, c.origin, int(c.r.h.depth)
	b.AddRow(taken)
	return b
}

// lived is life for a consumer that keeps state, "" for the others.
func (c *Cursor) lived(life string) string {
	if c.keeps.Load() {
		return life
	}
	return ""
}

// add puts the messages that the cursor takes, of the record whose frames lie at
// buf[used:], into the batch, and moves them together.
func (c *Cursor) add(b *message.Batch, buf []byte, used int) int {
	from, m := used, &c.m
	var takes [64]uint64 // bit r: row r is taken; rows behind are asked one by one
	for r := range min(m.nRows, 64*64) {
		if m.has(r, c.id) {
			takes[r>>6] |= 1 << (r & 63)
		}
	}
	_, since, till, places := m.life()
	b.Till = till
	for i := range m.n {
		l, r := m.length(i), m.row(i)
		if r < 64*64 && takes[r>>6]>>(r&63)&1 == 1 || r >= 64*64 && m.has(r, c.id) {
			if from != used {
				copy(buf[used:], buf[from:from+l])
			}
			used += l
			b.Add(used, 0)
			if b.Life != "" {
				b.Place(since + uint64(le.Uint32(places[4*i:])))
			}
		}
		from += l
	}
	return used
}

// whole reports whether frames holds frames of the lengths that m says.
func whole(m *meta, frames []byte) bool {
	for i := range m.n {
		l := m.length(i)
		if frames[0] != message.RecordSeparator || message.FramingOverhead+int(frames[1]) > l {
			return false
		}
		frames = frames[l:]
	}
	return true
}
