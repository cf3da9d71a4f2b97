package journal

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

// Options of a journal. The zero value of each is usable.
type Options struct {
	FS          fsx.FS        // nil: the operating system's
	Clock       clock.Clock   // nil: the machine's
	SegmentSize int64         // bytes after which a new segment begins; 0: 512 MiB
	MaxSize     int64         // most bytes of all segments, 0: no limit
	MaxAge      time.Duration // records older than this are dropped, 0: never
	History     int64         // bytes of segments that no cursor needs, kept for Replay
	Sync        time.Duration // longest time that written data may stay unsynced; 0: synced before every Done
	Pool        *message.Pool // chunks that cursors read into; nil: one of the journal's own
	Log         *slog.Logger  // nil: slog.Default
}

// FullAction says what happens when a consumer's share, or the disk, is full.
type FullAction string

// The three answers, named as in the configuration.
const (
	Shutdown FullAction = "shutdown" // Append fails with a *FullError: the daemon stops
	Drop     FullAction = "drop"     // the consumer's oldest unread records are passed over and counted
	Block    FullAction = "block"    // Append waits
)

// ConsumerOptions are the limits of one consumer. Zero values are usable.
type ConsumerOptions struct {
	MaxSize           int64      // most bytes that may wait for it, 0: no limit
	FullAction        FullAction // "": Block
	CursorUpdateCount uint       // acknowledged messages after which its position is saved; 0: once a second
	// Stateful says that its position is saved by Commit alone, together with
	// the state: Ack only counts.
	Stateful bool
	// Places has the batches say where in their sources the messages were. The state
	// then tells what was seen of those. As with Stateful the position is saved by
	// Commit alone, but going on without it costs no more than that what comes again
	// is not known.
	Places bool
}

// Entry is what Append writes.
type Entry struct {
	Batch  *message.Batch
	First  int     // messages before this index are left out
	Takers []Taker // who takes what of it; borrowed until Append returns
	Token  []byte  // opaque position of the source, kept with the record; borrowed until Append returns

	// Done is called once with Entry.Batch, unless Append returned an error, from
	// a goroutine of the journal or from the caller's: nil when what the takers
	// take is safe (as Options.Sync says) or was dropped with a count, else why it
	// is not. It must not block, nor call Append. nil: nobody asks.
	Done func(b *message.Batch, err error)
}

// Taker is one consumer of an entry.
type Taker struct {
	Cursor   *Cursor
	Route    int  // bit in the batch's rows that says what it takes
	All      bool // it takes every message: Route is not looked at
	Reserved bool // Cursor.Reserve was called for it
}

// Pos is a place in the log as one cursor sees it.
type Pos struct {
	Segment uint64
	Offset  int64  // of the next record in the segment
	Seq     uint64 // of the last record before it
	seen    Count  // what the consumer took, dropped or lost before it, ever
	out     Count  // what Next had handed out before it, ever
}

func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Segment, p.Offset) }

// Less reports whether p lies before q.
func (p Pos) Less(q Pos) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

// Count is a number of messages and the bytes of their frames.
type Count struct{ Messages, Bytes int64 }

func (c Count) plus(d Count) Count  { return Count{c.Messages + d.Messages, c.Bytes + d.Bytes} }
func (c Count) minus(d Count) Count { return Count{c.Messages - d.Messages, c.Bytes - d.Bytes} }

// Reason says why messages were dropped.
type Reason int

// The reasons. Their text is what reports show.
const (
	ReasonFull    Reason = iota // the consumer's max_buffer_size
	ReasonDisk                  // no room on the disk, or it fails
	ReasonJournal               // the journal's own size limit
	ReasonAge                   // older than the journal's age limit
	ReasonDamage                // unreadable: lost or changed on the disk
	ReasonSkipped               // an operator skipped them
	nReasons
)

var reasonNames = [nReasons]string{"buffer full", "disk full", "journal full", "too old", "damaged", "skipped"}

func (r Reason) String() string { return reasonNames[r] }

// Drops counts what was dropped, by Reason.
type Drops [nReasons]Count

// Total is the sum over all reasons.
func (d *Drops) Total() (sum Count) {
	for _, c := range d {
		sum = sum.plus(c)
	}
	return sum
}

// Stats is the account of one consumer: In = Acked + Held + the sum of Dropped.
type Stats struct {
	Name    string
	In      Count // selected for it, ever
	Acked   Count // acknowledged, ever
	Held    Count // waiting or handed out
	Pending int   // appends on their way
	Dropped Drops
	Saved   Pos // what a restart would begin with
}

// FullError is why an entry was refused: the consumer may hold no more and its
// action is Shutdown.
type FullError struct {
	Consumer string
	Err      error // what the disk said; nil: max_buffer_size is reached
}

func (e *FullError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("append to journal for %q: max_buffer_size is reached and full_action is shutdown; raise max_buffer_size or mend what is slow", e.Consumer)
	}
	return fmt.Sprintf("append to journal for %q: %v and full_action is shutdown; free space or choose block", e.Consumer, e.Err)
}

func (e *FullError) Unwrap() error { return e.Err }
