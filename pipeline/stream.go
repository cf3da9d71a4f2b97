package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	minRoom   = 32 << 10 // least free space worth a read
	minPlace  = 4 << 10  // least free space that Grab promises
	maxErrLen = 500      // bytes of a decode error kept in a message
)

// errTooLong is told when a record is longer than a message may be.
var errTooLong = errors.New("record is longer than max_message_size allows; raise it, set keep_truncated, or look at the splitter's delimiter")

// errOutside is told when bytes of a framed stream are passed over.
var errOutside = errors.New("bytes that belong to no frame, or to a message larger than max_message_size, were passed over; DropMessageCount.bytes_outside_frames counts them")

// stream runs one source's bytes to completion. It implements plugin.Stream; all
// fields belong to the reader's goroutine.
type stream struct {
	maker
	in    *input
	ctx   context.Context
	opts  plugin.StreamOptions
	acks  *tracker // nil when nobody asks
	pos   uint64   // after the last whole record
	told  uint64   // position that acks has heard of
	marks bool     // positions come from Mark

	*equipment
	safe    uint64 // position before what the decoder holds back
	decoded uint32 // records

	raw     *message.Chunk // read into; nil when idle
	r, w    int            // start and end of what is not yet split in raw
	carry   []byte         // unfinished record while no chunk is held
	stashed int            // bytes of it that the engine's stashed counts
	size    int            // of the next raw chunk
	discard bool           // the rest of a record that was too long is passed over

	trusted    string // framed only: signer of what carries no signature
	passedOver int    // framed only: bytes outside frames
	bad        int    // framed only: frames that hold no message

	builder *message.Builder
	out     *message.Chunk // where built messages go; nil when idle
	lo      int            // offset in out past the last message matched
	header  message.Header // defaults for the records at hand
	rec     plugin.Record  // its Default is &header
	places  places         // where the messages in out end in the source
	halted  bool           // the engine stopped while there was no room: nothing more is taken, nor acknowledged
	closed  bool
}

func (s *stream) maxRecord() int {
	return s.eng.maxMessage + message.MaxHeaderSize + message.FramingOverhead
}

// overlong counts and tells of a record that is too long.
func (s *stream) overlong() {
	s.in.drops.Add("record too long", 1)
	s.in.complain("splitting", errTooLong, nil)
}

// head is what is kept of a record that is too long: as much as one message holds
// beside the rest of its header.
func (s *stream) head() int {
	framing := 128 // tags, lengths and numbers of the header
	if s.opts.Decorate != nil {
		framing += s.eng.maxMessage / 16 // and the fields that the input adds
	}
	h := &s.opts.Default
	return max(0, s.eng.maxMessage-framing-len(h.Type)-len(h.Logger)-len(h.Hostname)-len(h.EnvVersion))
}

// longest is the longest record that is taken whole.
func (s *stream) longest() int {
	if s.dec == nil && s.splits.KeepTruncated {
		return s.head() // longer payloads are no message
	}
	return s.maxRecord()
}

func (s *stream) stopped(err error) error {
	return fmt.Errorf("stream %s of %s: %w", s.opts.Name, s.in.name, errors.Join(plugin.ErrStopped, err))
}

// Grab implements plugin.Stream.
func (s *stream) Grab() ([]byte, error) {
	b, err := s.grab()
	if s.whole && err == nil {
		b = b[:min(len(b), max(s.head(), minPlace))]
	}
	return b, err
}

// grab returns the space that there is.
func (s *stream) grab() ([]byte, error) {
	if s.halted {
		return nil, s.stopped(s.ctx.Err())
	}
	if s.spec != s.in.spec() {
		s.renew()
	}
	if len(s.full) > 0 {
		s.flushBatch()
		if s.mustWait() {
			s.letGo()
		}
		if err := s.room(s.ctx); err != nil {
			return nil, s.stopped(err)
		}
	}
	if s.raw != nil && len(s.raw.Buf) >= s.size && s.spaceLeft() {
		return s.raw.Buf[s.w:], nil
	}
	return s.fresh()
}

// spaceLeft reports whether the raw chunk has room for a useful read. What was
// decoded is free to be overwritten; what is routed in place is not.
func (s *stream) spaceLeft() bool {
	least := min(minRoom, len(s.raw.Buf)/2)
	if !s.inPlace && (s.r == s.w || len(s.raw.Buf)-s.w < least) {
		s.w = copy(s.raw.Buf, s.raw.Buf[s.r:s.w])
		s.r = 0
	}
	return len(s.raw.Buf)-s.w >= least
}

// fresh takes a new raw chunk and moves the unfinished record to its head. The
// old chunk is given up first: nobody waits for credit while holding some.
func (s *stream) fresh() ([]byte, error) {
	if s.raw != nil {
		s.flushBatch()
		s.carry = append(s.carry[:0], s.raw.Buf[s.r:s.w]...)
		s.raw.Release()
		s.raw = nil
	}
	size := s.size
	if len(s.carry)+minPlace > size/2 {
		size = max(message.LargeChunk, len(s.carry)+s.maxRecord()/2+minPlace)
	}
	c, err := s.rawPool().Get(s.ctx, size)
	if err != nil {
		return nil, s.stopped(err)
	}
	s.raw, s.r = c, 0
	s.w = copy(c.Buf, s.carry)
	s.unstash()
	return c.Buf[s.w:], nil
}

// stash takes the unfinished record, if any, out of the chunk, so that a source
// that pauses within a record holds the record's bytes and not a chunk: else a
// few hundred of them would use up the memory that all streams share. False
// means that too much is stashed already.
func (s *stream) stash() bool {
	n := s.w - s.r
	if n == 0 {
		if cap(s.carry) > minPlace {
			s.carry = nil
		}
		return true
	}
	if s.eng.stashed.Add(int64(n)) > int64(s.eng.pool.Budget()/4) {
		s.eng.stashed.Add(int64(-n))
		return false
	}
	s.stashed = n
	s.carry = append(make([]byte, 0, n), s.raw.Buf[s.r:s.w]...)
	return true
}

// unstash forgets the carried record.
func (s *stream) unstash() {
	s.carry = s.carry[:0]
	if s.stashed > 0 {
		s.eng.stashed.Add(int64(-s.stashed))
		s.stashed, s.carry = 0, nil
	}
}

func (s *stream) rawPool() *message.Pool {
	if s.inPlace {
		return s.eng.pool
	}
	return s.eng.rawPool
}

// Write implements plugin.Stream.
func (s *stream) Write(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		buf, err := s.grab()
		if rest := len(b) - n; err == nil && len(buf) < rest && rest <= s.maxRecord()+1 {
			s.size = max(s.size, message.LargeChunk, rest+minPlace)
			buf, err = s.fresh() // in one piece
		}
		if err != nil {
			return n, err
		}
		k := copy(buf, b[n:])
		if err := s.Commit(k); err != nil {
			return n, err
		}
		n += k
	}
	return n, nil
}

// Commit implements plugin.Stream.
func (s *stream) Commit(n int) error {
	if s.closed {
		return s.stopped(nil)
	}
	s.w += n
	if s.w == len(s.raw.Buf) {
		s.size = max(s.size, message.LargeChunk) // there is more than a small chunk takes
	}
	s.in.bytes.Add(uint64(n))
	s.cut(false)
	return nil
}

// Record implements plugin.Stream.
func (s *stream) Record(b []byte) error {
	if err := s.credit(); err != nil {
		return err
	}
	s.in.bytes.Add(uint64(len(b)))
	if len(b) > s.maxRecord() {
		s.overlong()
	} else {
		s.stampHeader()
		s.decode(b)
		s.in.records.Add(1)
	}
	s.passed(1)
	s.collect()
	return nil
}

// credit waits for room in the routes, for callers that never Grab.
func (s *stream) credit() error {
	if s.closed {
		return s.stopped(nil)
	}
	if err := s.ctx.Err(); err != nil {
		return s.stopped(err)
	}
	if s.spec != s.in.spec() {
		s.renew()
	}
	if len(s.full) == 0 {
		return nil
	}
	s.collect()
	s.flushBatch()
	if err := s.room(s.ctx); err != nil {
		return s.stopped(err)
	}
	return nil
}

// Builder implements plugin.Stream.
func (s *stream) Builder() *message.Builder {
	s.collect()
	if s.credit() == nil && s.out == nil {
		s.openOut(0)
	}
	return s.builder
}

// Flush implements plugin.Stream.
func (s *stream) Flush() error {
	s.flush(s.splits.DeliverIncompleteFinal || s.opts.FlushWhole, true)
	return nil
}

// flush ends an unfinished record: delivered, or counted as dropped. The position
// goes past one that is dropped only when the source has an end there: after a
// broken connection it is sent again.
func (s *stream) flush(deliver, end bool) {
	if s.raw == nil && len(s.carry) > 0 {
		if _, err := s.fresh(); err != nil {
			s.in.drops.Add("incomplete at end", 1)
			s.passed(len(s.carry))
			s.unstash()
		}
	}
	if s.raw == nil {
		return
	}
	if s.r < s.w {
		s.cut(true)
	}
	if rest := s.w - s.r; rest > 0 {
		if deliver && !s.framed && !s.discard {
			s.decode(s.raw.Buf[s.r:s.w])
			s.in.records.Add(1)
			end = true
		} else if !s.discard {
			s.in.drops.Add("incomplete at end", 1)
		}
		if end {
			s.passed(rest)
		}
		s.collect()
		s.r = s.w
	}
	s.discard = false
}

// Send implements plugin.Stream.
func (s *stream) Send() error {
	s.collect()
	s.flushBatch()
	if pos := s.reached(); s.acks != nil && s.told != pos {
		s.told = pos
		s.acks.skip(pos)
	}
	return nil
}

// Idle implements plugin.Stream.
func (s *stream) Idle() {
	s.Send()
	if s.due.owing {
		s.due.end()
	}
	if s.letGo() {
		s.size = message.SmallChunk
	}
}

// letGo gives the chunks back, so that a stream that waits, for its source or for
// room, holds no more than the bytes of an unfinished record. It reports whether
// there was one to read into. Called when everything is handed over.
func (s *stream) letGo() (had bool) {
	if s.raw != nil && s.stash() {
		s.raw.Release()
		s.raw, s.r, s.w = nil, 0, 0
		had = true
	}
	if s.out != nil {
		s.out.Release()
		s.out = nil
		s.builder.Into(nil, s.more)
	}
	return had
}

// Default implements plugin.Stream.
func (s *stream) Default() *message.Header { return &s.opts.Default }

// Unfinished reports whether a record has come in only in part, so that its
// source owes the rest. Inputs that cut slow sources ask.
func (s *stream) Unfinished() bool {
	if s.r == s.w && len(s.carry) == 0 {
		return false
	}
	p, ok := s.split.(plugin.Patient)
	return !ok || !p.Patient()
}

// Pos implements plugin.Stream.
func (s *stream) Pos() uint64 { return s.pos }

// Mark implements plugin.Stream.
func (s *stream) Mark(pos uint64) { s.pos, s.marks = pos, true }

// Close implements plugin.Stream.
func (s *stream) Close() error {
	if s.closed {
		return nil
	}
	s.flush(s.splits.DeliverIncompleteFinal, false)
	s.finish()
	s.Idle()
	s.closed = true
	if s.raw != nil {
		s.raw.Release()
		s.raw = nil
	}
	s.unstash()
	s.in.forget(s)
	var err error
	if c, ok := s.dec.(plugin.Stopper); ok {
		err = c.Stop()
	}
	return err
}

var _ plugin.Stream = (*stream)(nil)
