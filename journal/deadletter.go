package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

// letters is the one consumer of a dead-letter journal.
const letters = "deadletter"

const maxReason = 4096 // bytes of a reason that are kept

// DeadLetters keeps what was refused for good, each message with the reason, in
// a journal of its own. When it is full the oldest go, counted. Safe for any
// number of goroutines.
type DeadLetters struct {
	j    *Journal
	c    *Cursor
	pool *message.Pool
	mu   sync.Mutex // held by whoever marks letters
}

// Letter is one dead letter.
type Letter struct {
	ID       uint64    // grows with time, never used twice
	Time     time.Time // when it was kept
	Plugin   string    // what refused it
	Reason   string    // why
	Attempts int       // how often it was tried
	Origin   string    // what made the message
	Signer   string    // verified signer of the message, "" for none
	Depth    int       // how often it had been injected
	Raw      bool      // Message is a record that no decoder could read, not an encoded message
	Message  []byte    // without framing
}

// letterMeta is what the token of a dead letter's record says.
type letterMeta struct {
	Plugin   string `json:"plugin"`
	Reason   string `json:"reason"`
	Attempts int    `json:"attempts,omitempty"`
	Raw      bool   `json:"raw,omitempty"`
}

// DeadLetterOptions of OpenDeadLetters. Zero values are usable.
type DeadLetterOptions struct {
	Options
	// Largest number of bytes of messages that are kept; 0: 256 MiB.
	Keep int64
}

// OpenDeadLetters opens the dead letters in dir, making it when it is not there.
func OpenDeadLetters(dir string, o DeadLetterOptions) (*DeadLetters, error) {
	if o.Keep <= 0 {
		o.Keep = 256 << 20
	}
	if o.SegmentSize <= 0 {
		o.SegmentSize = max(o.Keep/16, minSegment)
	}
	j, err := Open(dir, o.Options)
	if err != nil {
		return nil, err
	}
	c, err := j.Consumer(letters, ConsumerOptions{MaxSize: o.Keep, FullAction: Drop})
	if err != nil {
		j.Close()
		return nil, err
	}
	return &DeadLetters{j: j, c: c, pool: message.NewPool(0)}, nil
}

// Close ends it.
func (d *DeadLetters) Close() error { return d.j.Close() }

// Account returns how many letters came, are held, were dealt with (Acked) and
// fell out.
func (d *DeadLetters) Account() Stats { return d.c.Stats() }

// Add keeps message i of b, which plugin refused, and returns once it is safe.
// ctx bounds the wait.
func (d *DeadLetters) Add(ctx context.Context, b *message.Batch, i int, plugin, reason string, attempts int) error {
	l := Letter{
		Plugin: plugin, Reason: reason, Attempts: attempts,
		Origin: b.Origin, Signer: b.Signer, Depth: b.Depth, Message: b.At(i),
	}
	return d.AddLetter(ctx, &l)
}

// AddLetter is Add for what is not in a batch, such as a record that no decoder
// could read. ID and Time are not looked at.
func (d *DeadLetters) AddLetter(ctx context.Context, l *Letter) error {
	token, err := json.Marshal(letterMeta{l.Plugin, l.Reason[:min(len(l.Reason), maxReason)], l.Attempts, l.Raw})
	if err != nil {
		return err
	}
	ch, err := d.pool.Get(ctx, len(l.Message)+32)
	if err != nil {
		return err
	}
	b := message.NewBatch(ch, 0)
	ch.Release()
	defer b.Release()
	b.Origin, b.Signer, b.Depth = l.Origin, l.Signer, l.Depth
	b.AddRow(taken)
	b.Add(len(message.AppendFrame(ch.Buf[:0], l.Message)), 0)
	done := make(chan error, 1)
	err = d.j.Append(ctx, Entry{
		Batch: b, Takers: []Taker{{Cursor: d.c, All: true}}, Token: token,
		Done: func(_ *message.Batch, err error) { done <- err },
	})
	if err != nil {
		return fmt.Errorf("keep dead letter of %q: %w", l.Plugin, err)
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return err
}

// List yields the letters that are not dealt with, oldest first. A letter is
// valid until the next one is asked for.
func (d *DeadLetters) List() iter.Seq2[*Letter, error] {
	return ListDeadLetters(d.j.fs, d.j.dir)
}

// ListDeadLetters lists the letters in dir without opening them, also while a
// daemon has them open. fsys nil is the operating system's.
func ListDeadLetters(fsys fsx.FS, dir string) iter.Seq2[*Letter, error] {
	return func(yield func(*Letter, error) bool) {
		r, err := OpenReader(fsys, dir)
		if err != nil {
			yield(nil, err)
			return
		}
		for rec, err := range r.Records(oldest(r)) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if rec.Marked || rec.Len() != 1 {
				continue
			}
			l := letterOf(rec)
			if !yield(&l, nil) {
				return
			}
		}
	}
}

// oldest is the range from the letters' cursor on.
func oldest(r *Reader) (o Range) {
	list, err := r.Consumers()
	for _, c := range list {
		if err == nil && c.Name == letters {
			o.From = c.Pos
		}
	}
	return o
}

func letterOf(rec *Record) Letter {
	var m letterMeta
	if json.Unmarshal(rec.Token, &m) != nil {
		m.Reason = "the note on this letter is damaged"
	}
	return Letter{
		ID: rec.Pos.Seq, Time: rec.Time, Plugin: m.Plugin, Reason: m.Reason, Attempts: m.Attempts, Raw: m.Raw,
		Origin: rec.Origin, Signer: rec.Signer, Depth: rec.Depth, Message: rec.Message(0),
	}
}

// ErrNoLetter means that there is no such letter, or not any more.
var ErrNoLetter = errors.New("no such dead letter")

// Get returns one letter; it owns its bytes.
func (d *DeadLetters) Get(id uint64) (Letter, error) {
	for l, err := range d.List() {
		if err != nil {
			return Letter{}, err
		}
		if l.ID == id {
			l.Message = slices.Clone(l.Message)
			return *l, nil
		}
	}
	return Letter{}, fmt.Errorf("show dead letter %d: %w", id, ErrNoLetter)
}

// Drop deals with letters by letting them go. It returns how many there were.
func (d *DeadLetters) Drop(ids ...uint64) (n int, err error) {
	return d.Requeue(ids, func(*Letter) error { return nil })
}

// Requeue hands letters to send, oldest first, and marks as dealt with those for
// which it returns nil; the first error ends it. No ids means all. A crash in
// between hands a letter out again.
func (d *DeadLetters) Requeue(ids []uint64, send func(*Letter) error) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := OpenReader(d.j.fs, d.j.dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.trim()) }()
	for rec, err := range r.Records(oldest(r)) {
		if err != nil {
			return n, err
		}
		if rec.Marked || rec.Len() != 1 || len(ids) > 0 && !slices.Contains(ids, rec.Pos.Seq) {
			continue
		}
		l := letterOf(rec)
		if err := send(&l); err != nil {
			return n, err
		}
		if err := d.mark(rec.Pos); err != nil {
			return n, fmt.Errorf("mark dead letter %d: %w", l.ID, err)
		}
		if n++; n == len(ids) {
			return n, nil
		}
	}
	return n, nil
}

// mark writes into a record's header that it was dealt with.
func (d *DeadLetters) mark(p Pos) error {
	f, err := d.j.fs.OpenFile(segPath(d.j.dir, p.Segment), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(le.AppendUint32(nil, dropMark), p.Offset+60); err != nil {
		return err
	}
	return f.Sync()
}

// trim moves the cursor past the letters that are dealt with, so that their
// segments go.
func (d *DeadLetters) trim() error {
	c := d.c
	c.reading.Lock()
	c.shut() // what was read of the file before may lack the marks
	t := c.begin()
	from := t.seen
	for {
		n, ok, err := c.walk(&t)
		if err != nil || !ok || c.r.h.mark != dropMark {
			c.takeOver(&t, t.seen.minus(from))
			c.reading.Unlock()
			return err
		}
		t.p = Pos{Segment: t.p.Segment, Offset: c.r.off + c.r.h.size(), Seq: c.r.h.seq}
		t.seen = t.seen.plus(n)
		c.r.skip()
	}
}

// takeOver counts what a walk went past as handed out and acknowledged.
func (c *Cursor) takeOver(t *turn, got Count) {
	for _, s := range t.fresh {
		got = got.minus(s.n)
	}
	c.commit(t, got)
	c.mu.Lock()
	pos := c.read
	pos.seen, pos.out = c.seen, c.out
	c.mu.Unlock()
	c.Ack(pos)
}
