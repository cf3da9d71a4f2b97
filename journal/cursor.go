package journal

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/heka-project/heka/message"
)

// Cursor is one consumer's place in the journal. Next, TryNext, Ack, Commit and
// Rewind are for the consumer's one goroutine; the rest is for any.
//
//	  saved        acked          read            end
//	────┼────────────┼──────────────┼───────────────┼────▶ log
//	    │ not saved  │ handed out   │ unread        │
//	    └ a restart begins here     └ Drop passes over from here on
//
// Lock order: reading, then Journal.mu, then mu.
type Cursor struct {
	j    *Journal
	name string // fixed, as are the two below
	id   int
	path string
	born uint64 // sequence number of the log's end when it was new

	keeps atomic.Bool   // ConsumerOptions: batches say where their messages were
	ready chan struct{} // capacity 1: there may be something to read

	reading sync.Mutex // held over file reads that move read
	r       scanner
	m       meta
	seg     *segment // what r reads; nil: nothing open
	bound   uint64   // sequence number with which the segment behind seg begins, 0: unknown
	fails   int      // reads that failed in a row at one place
	signer  string   // of the last batch, as is origin
	origin  string
	life    string   // and the life of its places
	line    [16]byte // of what seg holds

	mu       sync.Mutex
	o        ConsumerOptions // guarded by mu, as is all below
	open     bool            // the daemon has such a consumer
	read     Pos             // of the next record to read
	acked    Pos
	end      Pos    // behind the last record that concerns this consumer
	in       Count  // appended, ever
	refused  Count  // dropped before it was appended, ever
	seen     Count  // of in, what lies before read
	out      Count  // of that, what Next handed out
	ackedOut Count  // of that, what was acknowledged
	hurt     uint64 // the newest segment in which seen may be wrong, 0: none
	dropped  Drops  // up to read
	settled  Drops  // up to acked: what is saved
	skips    []skip
	queued   Count // on the way to the log
	pending  int   // appends on the way, with those only announced
	space    chan struct{}
	reserve  *message.Pool // for when the journal's pool is used up

	save     snapshot // what to save
	then     []func() // to be called once it is
	saved    Pos
	dirty    bool  // save differs from what the file holds
	urgent   bool  // and is to be saved before the second is over
	sinceSav int64 // messages acknowledged since the last save
}

// skip is a stretch between acked and read that was passed over.
type skip struct {
	from, to Pos
	at       Count // Cursor.seen before it
	n        Count
	reason   Reason
}

// snapshot is the content of a cursor file.
type snapshot struct {
	pos      Pos
	in       Count
	refused  Count
	ackedOut Count
	settled  Drops
	born     uint64
	hurt     uint64
	state    []byte
	then     []func() // not in the file: whom to tell once it is there
}

// Consumer opens the cursor of that name, where it was left, or at the end of
// the log when it is new. Its options may differ from last time.
func (j *Journal) Consumer(name string, o ConsumerOptions) (*Cursor, error) {
	if name == "" || len(name) > 1024 {
		return nil, fmt.Errorf("open consumer %q: its name has %d bytes; use 1 to 1024", name, len(name))
	}
	if o.FullAction == "" {
		o.FullAction = Block
	}
	c, err := j.consumer(name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.o, c.open = o, true
	c.keeps.Store(o.Stateful || o.Places)
	return c, nil
}

// Close says that the consumer is no longer there. Its position and what waits
// for it stay, until it is opened again or forgotten; when the disk is full, what
// waits for it is the first to go.
func (c *Cursor) Close() {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.shut()
	c.r = scanner{}
	c.mu.Lock()
	c.open = false
	c.mu.Unlock()
}

// Name is the consumer's name.
func (c *Cursor) Name() string { return c.name }

// State returns what Commit saved last, nil when nothing was.
func (c *Cursor) State() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.save.state
}

// Reserve announces an Append that names this cursor with Taker.Reserved. From
// here until it is read CaughtUp is false, so that a route which decides under
// its own lock to append cannot be switched back to memory in between. Cancel
// takes it back.
func (c *Cursor) Reserve() {
	c.mu.Lock()
	c.pending++
	c.mu.Unlock()
}

// Cancel takes a Reserve back.
func (c *Cursor) Cancel() { c.settle(Count{}) }

// settle ends one pending append that had queued n.
func (c *Cursor) settle(n Count) {
	c.mu.Lock()
	c.pending--
	c.queued = c.queued.minus(n)
	c.freed()
	c.mu.Unlock()
}

// CaughtUp reports whether Next has handed out everything and no append is
// announced or on its way.
func (c *Cursor) CaughtUp() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending == 0 && c.seen == c.in
}

// Ready is sent to when there may be more to read. One receiver.
func (c *Cursor) Ready() <-chan struct{} { return c.ready }

// Ack says that everything handed out up to pos is dealt with.
func (c *Cursor) Ack(pos Pos) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.advance(pos) || c.o.Stateful || c.o.Places {
		return
	}
	c.snap(c.save.state)
}

// Commit is Ack with the consumer's state as of pos, which is saved together
// with the position. The state is copied.
func (c *Cursor) Commit(pos Pos, state []byte) {
	c.CommitThen(pos, append([]byte{}, state...), nil)
}

// CommitThen is Commit that calls then once the state is safe, from a goroutine of
// the journal. The state is the journal's from now on. When the journal closes
// before, then is not called.
func (c *Cursor) CommitThen(pos Pos, state []byte, then func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(pos)
	if then != nil {
		c.then = append(c.then, then)
	}
	c.snap(state)
	c.urgent = true
	c.j.poke()
}

// advance moves acked to pos; false when it is there already.
func (c *Cursor) advance(pos Pos) bool {
	n := pos.out.minus(c.ackedOut)
	if n.Messages <= 0 || pos.out.Messages > c.out.Messages {
		return false
	}
	c.acked, c.ackedOut = pos, pos.out
	c.sinceSav += n.Messages
	for len(c.skips) > 0 && c.skips[0].at.Messages <= c.acked.seen.Messages && c.skips[0].at.Messages < c.seen.Messages {
		s := c.skips[0]
		c.skips = c.skips[1:]
		if c.acked.seen.Messages == s.at.Messages {
			s.to.seen, s.to.out = s.at.plus(s.n), c.ackedOut
			c.acked = s.to
		}
		c.settled[s.reason] = c.settled[s.reason].plus(s.n)
	}
	if c.ackedOut == c.out {
		c.rest()
	}
	c.freed()
	return true
}

// snap makes acked what the saver saves next.
func (c *Cursor) snap(state []byte) {
	c.save = snapshot{pos: c.acked, in: c.in, refused: c.refused, ackedOut: c.ackedOut, settled: c.settled,
		born: c.born, hurt: c.hurt, state: state}
	c.dirty = true
	if n := c.o.CursorUpdateCount; n > 0 && c.sinceSav >= int64(n) {
		c.urgent = true
		c.j.poke()
	}
}

// held is what waits for the consumer or is in its hands.
func (c *Cursor) held() Count {
	n := c.in.minus(c.seen).plus(c.out.minus(c.ackedOut))
	for _, s := range c.skips {
		if s.at.Messages >= c.seen.Messages { // rewound to before it
			n = n.minus(s.n)
		}
	}
	return n
}

// freed wakes who waits for room.
func (c *Cursor) freed() {
	if c.space != nil {
		close(c.space)
		c.space = nil
	}
}

// wake tells the consumer that there may be something to read.
func (c *Cursor) wake() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// Lag is what was appended and not yet acknowledged.
func (c *Cursor) Lag() Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held()
}

// Stats returns the consumer's account.
func (c *Cursor) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Name: c.name, In: c.in.plus(c.refused), Acked: c.ackedOut, Held: c.held(),
		Pending: c.pending, Dropped: c.dropped, Saved: c.saved,
	}
}

// Rewind has Next hand out again what was not acknowledged. Batches handed out
// before may still be released, but not acknowledged.
func (c *Cursor) Rewind() {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.seen, c.out = c.acked, c.acked.seen, c.ackedOut
	c.shut()
	c.wake()
}

// Next returns the next messages of this consumer, and nothing else, as a batch
// with one row, and the position to acknowledge once they are dealt with. It
// waits until there are some, and while neither the shared pool nor the cursor's
// own reserve has a chunk free: release what Next gave before. The error is the
// context's, ErrClosed, or what the disk says: then another call tries again, and
// after a few goes on behind the damage.
func (c *Cursor) Next(ctx context.Context) (*message.Batch, Pos, error) {
	for {
		b, pos, need, err := c.next(nil)
		if need > 0 {
			var ch *message.Chunk
			if ch, err = c.spare().Get(ctx, need); err == nil {
				b, pos, need, err = c.next(ch)
				ch.Release()
			}
		}
		if b != nil || err != nil {
			return b, pos, err
		}
		if need > 0 {
			continue // a larger chunk
		}
		select {
		case <-c.ready:
		case <-ctx.Done():
			return nil, Pos{}, ctx.Err()
		case <-c.j.stopped:
			return nil, Pos{}, ErrClosed
		}
	}
}

// TryNext is Next that never waits: a nil batch means that there is nothing to
// read now, or no memory for it as long as the caller holds what it was given
// before. Who holds nothing always gets what there is.
func (c *Cursor) TryNext(context.Context) (*message.Batch, Pos, error) {
	for chunk := (*message.Chunk)(nil); ; {
		b, pos, need, err := c.next(chunk)
		if chunk != nil {
			chunk.Release()
		}
		if b != nil || err != nil || need == 0 {
			return b, pos, err
		}
		if chunk = c.spare().TryGet(need); chunk == nil {
			return nil, Pos{}, nil
		}
	}
}

// spare is a small pool of the cursor's own, for when the shared one is used up,
// maybe by consumers that never give back: one dead output stops no other.
func (c *Cursor) spare() *message.Pool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reserve == nil {
		c.reserve = message.NewPool(0)
	}
	return c.reserve
}
