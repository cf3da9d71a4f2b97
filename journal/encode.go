package journal

import (
	"fmt"
	"slices"

	"github.com/heka-project/heka/message"
)

// entry is a record on its way to the log. The appending goroutine fills it, the
// writer empties it.
type entry struct {
	batch  *message.Batch
	done   func(*message.Batch, error)
	takers []share
	drops  []refusal
	meta   []byte
	runs   []span // which of the batch's frames are written
	frames int
	crc    uint32 // of the frames
	n      int
	rows   int
	words  int

	taken  []int32 // scratch, for each row of the batch: its row in meta, or -1
	starts []int   // scratch: offset in meta of each row
	token  []byte  // scratch
}

// share is one consumer's part of an entry.
type share struct {
	c *Cursor
	n Count
}

// refusal is what one consumer is not given, to be counted once the entry is
// accepted.
type refusal struct {
	share
	reason   Reason
	reserved bool
}

// span is a range of bytes.
type span struct{ lo, hi int }

func (e *entry) size() int64 { return headSize + int64(len(e.meta)) + int64(e.frames) }

// encode fills in the entry's record but for its header.
func (q *entry) encode(e *Entry) error {
	b := e.Batch
	q.words = 0
	for _, s := range q.takers {
		q.words = max(q.words, s.c.id>>6+1)
	}
	token := e.Token
	if b.Placed() {
		token = q.place(e)
	}
	q.meta = le.AppendUint16(q.meta[:0], uint16(min(len(b.Signer), 1<<16-1)))
	q.meta = le.AppendUint16(q.meta, uint16(min(len(b.Origin), 1<<16-1)))
	q.meta = le.AppendUint32(q.meta, uint32(len(token)))
	q.meta = append(q.meta, b.Signer[:min(len(b.Signer), 1<<16-1)]...)
	q.meta = append(q.meta, b.Origin[:min(len(b.Origin), 1<<16-1)]...)
	q.meta = append(q.meta, token...)
	q.dictionary(e)
	q.messages(e)
	if len(q.meta) > maxMeta || q.frames > maxFrames {
		return fmt.Errorf("append to journal: a batch of %d bytes with %d bytes of rows is too large", q.frames, len(q.meta))
	}
	return nil
}

// dictionary writes one row for each of the batch's rows that a taker takes.
func (q *entry) dictionary(e *Entry) {
	rows := e.Batch.Rows()
	n := max(len(rows), 1)
	q.taken, q.starts, q.rows = q.taken[:0], q.starts[:0], 0
	for r := range n {
		at := len(q.meta)
		q.meta = append(q.meta, make([]byte, 8+8*q.words)...)
		any := false
		for i := range e.Takers {
			t := &e.Takers[i]
			if (t.All || r < len(rows) && rows[r].Has(t.Route)) && q.takes(t.Cursor) {
				id := t.Cursor.id
				q.meta[at+8+id>>3] |= 1 << (id & 7)
				any = true
			}
		}
		if !any {
			q.meta = q.meta[:at]
			q.taken = append(q.taken, -1)
			continue
		}
		q.taken = append(q.taken, int32(q.rows))
		q.starts = append(q.starts, at)
		q.rows++
	}
}

// place makes the token of a batch whose messages have places in a source that can
// be read again, when a consumer keeps state:
//
//	'L' │ length 1 │ life │ since 8 │ till 8 │ distance 4 of each message from since
func (q *entry) place(e *Entry) []byte {
	b := e.Batch
	q.token = q.token[:0]
	keeps := false
	for i := range q.takers {
		keeps = keeps || q.takers[i].c.keeps.Load()
	}
	if !keeps || len(b.Life) > 255 || b.Till-b.Since > 1<<32-1 {
		return nil
	}
	rows, all := len(b.Rows()), true
	q.taken = q.taken[:0]
	for r := range rows {
		q.taken = append(q.taken, -1)
		if q.takenRow(e, r) {
			q.taken[r] = 0
		} else {
			all = false
		}
	}
	q.token = slices.Grow(q.token, 18+len(b.Life)+4*b.Len())
	q.token = append(append(q.token, 'L', byte(len(b.Life))), b.Life...)
	q.token = le.AppendUint64(le.AppendUint64(q.token, b.Since), b.Till)
	for i := max(e.First, 0); i < b.Len(); i++ {
		if all || q.taken[b.RowOf(i)] >= 0 {
			q.token = le.AppendUint32(q.token, uint32(b.PlaceOf(i)-b.Since))
		}
	}
	return q.token
}

// takenRow reports whether a taker takes the messages of row r.
func (q *entry) takenRow(e *Entry, r int) bool {
	for i := range e.Takers {
		t := &e.Takers[i]
		if (t.All || e.Batch.Rows()[r].Has(t.Route)) && q.takes(t.Cursor) {
			return true
		}
	}
	return false
}

// takes reports whether c was admitted.
func (q *entry) takes(c *Cursor) bool {
	for i := range q.takers {
		if q.takers[i].c == c {
			return true
		}
	}
	return false
}

// messages writes the row and the length of each message that is taken, and
// notes where its frame lies.
func (q *entry) messages(e *Entry) {
	b := e.Batch
	n, matched := b.Len(), len(b.Rows()) > 0
	q.n, q.frames, q.crc, q.runs = 0, 0, 0, q.runs[:0]
	off := 0
	for i := range n {
		l := len(b.Frame(i))
		row := int32(0)
		if matched {
			row = int32(b.RowOf(i))
		}
		if row = q.taken[row]; row >= 0 && i >= e.First {
			if q.rows > 1 {
				q.meta = le.AppendUint16(q.meta, uint16(row))
			}
			head := q.meta[q.starts[row]:]
			le.PutUint32(head, le.Uint32(head)+1)
			le.PutUint32(head[4:], le.Uint32(head[4:])+uint32(l))
			if k := len(q.runs) - 1; k >= 0 && q.runs[k].hi == off {
				q.runs[k].hi += l
			} else {
				q.runs = append(q.runs, span{off, off + l})
			}
			q.n++
			q.frames += l
		}
		off += l
	}
	for i := max(e.First, 0); i < n; i++ {
		if !matched || q.taken[b.RowOf(i)] >= 0 {
			q.meta = le.AppendUint32(q.meta, uint32(len(b.Frame(i))))
		}
	}
	frames := b.Frames()
	for _, r := range q.runs {
		q.crc = crcUpdate(q.crc, frames[r.lo:r.hi])
	}
}

// without takes consumer i out of the entry; what only it took stays as bytes
// that nobody reads.
func (q *entry) without(i int) {
	id := q.takers[i].c.id
	for _, at := range q.starts {
		q.meta[at+8+id>>3] &^= 1 << (id & 7)
	}
	q.takers = append(q.takers[:i], q.takers[i+1:]...)
}
