package plugintest

import (
	"fmt"
	"sync"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Stream is one stream of a Host. Its methods belong to the input; a test uses
// Options, Closed, Idle and Acked.
type Stream struct {
	host *Host
	opt  plugin.StreamOptions
	head message.Header

	buf     []byte // [lo:hi] is not split yet
	lo, hi  int
	grabbed bool

	pos     uint64 // behind the last whole record
	fed     uint64 // behind all that was given
	waiting []Record
	builder *message.Builder

	acking sync.Mutex // makes calls of Acked one after another; taken before host.mu

	sent, acked uint64 // guarded by host.mu, as is closed
	closed      bool
}

// Options are what the input opened the stream with.
func (s *Stream) Options() plugin.StreamOptions { return s.opt }

// Closed reports whether the input has closed the stream.
func (s *Stream) Closed() bool {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	return s.closed
}

// AckedPos is the position acknowledged last.
func (s *Stream) AckedPos() uint64 {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	return s.acked
}

func (s *Stream) err() error {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	if s.closed {
		return fmt.Errorf("stream %q: %w", s.opt.Name, errClosed)
	}
	if s.host.stopped {
		return fmt.Errorf("stream %q: %w", s.opt.Name, plugin.ErrStopped)
	}
	return nil
}

// Grab returns space behind the unfinished record.
func (s *Stream) Grab() ([]byte, error) {
	if err := s.err(); err != nil {
		return nil, err
	}
	space := s.host.Space
	if space == 0 {
		space = 64 << 10
	}
	if len(s.buf)-s.hi < space {
		b := make([]byte, s.hi-s.lo+space)
		s.hi = copy(b, s.buf[s.lo:s.hi])
		s.lo, s.buf = 0, b
	}
	s.grabbed = true
	return s.buf[s.hi : s.hi+space : s.hi+space], nil
}

// Commit splits what was read.
func (s *Stream) Commit(n int) error {
	if err := s.err(); err != nil {
		return err
	}
	if !s.grabbed {
		panic("bug: Commit without Grab")
	}
	s.grabbed = false
	s.hi += n
	s.fed += uint64(n)
	return s.split(false)
}

func (s *Stream) split(atEOF bool) error {
	for s.lo < s.hi {
		b := s.buf[s.lo:s.hi]
		start, end, adv := 0, len(b), len(b)
		if s.host.Splitter != nil {
			start, end, adv = s.host.Splitter.Split(b, atEOF)
		}
		if adv == 0 {
			break
		}
		if end >= 0 {
			s.waiting = append(s.waiting, s.record(b[start:end]))
		}
		s.lo += adv
	}
	s.settle()
	return nil
}

// record is one split record; decorated where the input does so.
func (s *Stream) record(b []byte) Record {
	r := Record{Stream: s.opt.Name, Data: string(b), Header: s.head}
	if s.opt.Decorate != nil {
		d := message.NewBuilder(0)
		(&plugin.Record{Data: b, Default: &s.head, Decorate: s.opt.Decorate}).Begin(d)
		d.End()
		var f message.Frame
		var v message.View
		if message.NextFrame(d.Buffer(), 0, len(d.Buffer()), &f) && v.Parse(d.Buffer()[f.Start:f.End], nil) {
			m := v.Draft()
			r.Header, r.Message = m.Header, &m
		}
	}
	return r
}

// settle computes the position and overwrites what was taken.
func (s *Stream) settle() {
	s.pos = max(s.pos, s.fed-uint64(s.hi-s.lo))
	for i := range s.buf[:s.lo] {
		s.buf[i] = Poison
	}
	if s.lo == s.hi {
		s.lo, s.hi = 0, 0
	}
}

// Write copies b into the stream.
func (s *Stream) Write(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		space, err := s.Grab()
		if err != nil {
			return n, err
		}
		k := copy(space, b[n:])
		n += k
		if err := s.Commit(k); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Record takes b as one record.
func (s *Stream) Record(b []byte) error {
	if err := s.err(); err != nil {
		return err
	}
	s.waiting = append(s.waiting, s.record(b))
	s.fed++
	s.settle()
	return nil
}

// Flush ends an unfinished record.
func (s *Stream) Flush() error {
	if err := s.err(); err != nil {
		return err
	}
	return s.flush(s.host.Incomplete || s.opt.FlushWhole)
}

func (s *Stream) flush(deliver bool) error {
	if s.host.Splitter != nil && s.lo < s.hi {
		if err := s.split(true); err != nil {
			return err
		}
	}
	if s.lo < s.hi {
		if deliver {
			s.waiting = append(s.waiting, s.record(s.buf[s.lo:s.hi]))
		} else {
			s.host.set(func() { s.host.dropped++ })
		}
		s.lo = s.hi
	}
	s.settle()
	return nil
}

// Send delivers to the host.
func (s *Stream) Send() error {
	if err := s.err(); err != nil {
		return err
	}
	s.send()
	return nil
}

func (s *Stream) send() {
	s.built()
	s.host.mu.Lock()
	s.host.records = append(s.host.records, s.waiting...)
	s.waiting = s.waiting[:0]
	s.sent = s.pos
	s.host.notify()
	s.host.mu.Unlock()
	s.ack()
}

// built takes what was ended in the builder.
func (s *Stream) built() {
	buf, ends := s.builder.Take()
	var v message.View
	var f message.Frame
	n := 0
	for i := 0; n < len(ends) && message.NextFrame(buf, i, len(buf), &f); i = f.End {
		if v.Parse(buf[f.Start:f.End], nil) {
			d := v.Draft()
			s.waiting = append(s.waiting, Record{Stream: s.opt.Name, Data: d.Payload, Header: d.Header, Message: &d})
		}
		n++
	}
	s.fed += uint64(n)
	s.builder.Reset()
	s.settle()
}

// ack acknowledges what was sent unless the host holds it.
func (s *Stream) ack() {
	s.acking.Lock()
	defer s.acking.Unlock()
	s.host.mu.Lock()
	pos, f := s.sent, s.opt.Acked
	due := !s.host.hold && pos > s.acked
	if due {
		s.acked = pos
	}
	s.host.mu.Unlock()
	if due && f != nil {
		f(pos)
		s.host.set(func() {})
	}
}

// Idle says that the input waits for its source.
func (s *Stream) Idle() {
	if s.lo == s.hi {
		for i := range s.buf {
			s.buf[i] = Poison
		}
		s.buf, s.lo, s.hi = nil, 0, 0
	}
}

// Builder builds messages past splitter and decoder.
func (s *Stream) Builder() *message.Builder { return s.builder }

// Default is the header of records to come.
func (s *Stream) Default() *message.Header { return &s.head }

// Pos is the position after the last whole record.
func (s *Stream) Pos() uint64 { return s.pos }

// Mark sets the position of all that was given so far.
func (s *Stream) Mark(pos uint64) {
	s.pos, s.fed = pos, pos
}

// Close flushes, sends and ends the stream.
func (s *Stream) Close() error {
	if err := s.err(); err != nil && !s.host.isStopped() {
		return err
	}
	s.flush(s.host.Incomplete)
	s.send()
	s.host.set(func() { s.closed = true })
	return nil
}

func (h *Host) isStopped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stopped
}
