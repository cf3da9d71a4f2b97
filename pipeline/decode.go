package pipeline

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/heka-project/heka/message"
)

// stampHeader takes the header defaults for the records at hand; the clock is
// read once for all of them.
func (s *stream) stampHeader() {
	s.header = s.opts.Default
	if s.header.Timestamp == 0 {
		s.header.Timestamp = s.eng.clock.Now().UnixNano()
	}
	if s.lines() {
		s.builder.Shape(&s.header)
	}
}

// lines reports that records become messages as they are, so that all of one read
// share an encoded header.
func (s *stream) lines() bool { return s.dec == nil && s.opts.Decorate == nil }

// decode turns one record into messages behind the last ones in out.
func (s *stream) decode(data []byte) {
	if s.halted || s.out == nil && !s.openOut(0) {
		s.in.drops.Add("stopped", 1)
		return
	}
	s.rec.Data = data
	var err error
	if s.lines() {
		err = s.builder.Line(data)
	} else if s.dec == nil {
		s.rec.Begin(s.builder)
		err = s.builder.End()
	} else {
		err = s.callDecoder()
	}
	switch {
	case s.halted: // there was no room for what the record gave
		s.in.drops.Add("stopped", 1)
		return
	case err != nil:
		s.undecodable(data, err)
	}
}

// callDecoder turns a decoder's panic into an error: it costs the record.
func (s *stream) callDecoder() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder panicked: %v", p)
			s.in.log.Error("decoder panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if s.decoded++; sampled(s.decoded) {
		defer s.in.decoding.since(time.Now())
	}
	if s.holder != nil && !s.holder.Holding() {
		s.safe = s.pos
	}
	return s.dec.Decode(&s.rec, s.builder)
}

// finish has the decoder give out what it holds back.
func (s *stream) finish() {
	f := s.holder
	if f == nil || s.halted || s.out == nil && !s.openOut(0) {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			s.in.log.Error("decoder panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	s.stampHeader()
	s.rec.Data = nil
	if err := f.Finish(&s.rec, s.builder); err != nil && !s.halted {
		s.undecodable(nil, err)
	}
	s.collect()
}

// read parses a message that lies in the raw chunk: what decoding is there.
func (s *stream) read(msg []byte) bool {
	if s.decoded++; sampled(s.decoded) {
		began := time.Now()
		ok := s.parse(msg)
		s.in.decoding.since(began)
		return ok
	}
	return s.parse(msg)
}

// undecodable counts a record that no decoder could read, logs an example, and
// passes it on where the configuration asks.
func (s *stream) undecodable(data []byte, err error) {
	s.in.failures.Add(1)
	o := &s.spec.sec.Input
	if o.LogDecodeFailures {
		s.in.complain("decode", err, data)
	}
	if o.KeepDecodeFailures && s.in.bury(data, err.Error()) {
		s.in.drops.Add("dead letter", 1)
		return
	}
	if !o.SendDecodeFailures {
		s.in.drops.Add("decode failure", 1)
		return
	}
	if s.out == nil && !s.openOut(0) {
		return
	}
	text := err.Error()
	b := s.builder
	s.rec.Data = data
	s.rec.Begin(b)
	b.Bool("decode_failure", true, "")
	b.String("decode_error", text[:min(len(text), maxErrLen)], "")
	if b.End() != nil {
		s.in.drops.Add("decode failure", 1)
	}
	if s.inPlace { // two chunks cannot share a batch
		s.publishAt(s.pos)
		s.collect()
		s.publishAt(s.pos)
	}
}

// openOut takes a chunk for built messages; false when the engine stops.
func (s *stream) openOut(need int) bool {
	size := s.outSize()
	if need > size {
		size = need
	}
	c, err := s.eng.pool.Get(s.ctx, size)
	if err != nil {
		s.halted = true
		return false
	}
	s.out, s.lo = c, 0
	s.builder.Into(c.Buf[:0], s.more)
	return true
}

// outSize is small for quiet streams, as their chunk is soon given back.
func (s *stream) outSize() int {
	if s.size == message.SmallChunk {
		return message.SmallChunk
	}
	return message.LargeChunk
}

// more is the builder's call for room: what is finished goes out first.
func (s *stream) more(need int) []byte {
	s.collect()
	s.flushBatch()
	if s.out != nil {
		s.out.Release()
		s.out = nil
	}
	s.size = message.LargeChunk
	if !s.openOut(need) {
		return nil
	}
	return s.builder.Buffer()
}

// collect matches the messages that the builder has finished.
func (s *stream) collect() {
	buf, ends := s.builder.Take()
	if len(ends) == 0 {
		return
	}
	n := 0
	for i, e := range ends {
		end := int(e)
		if s.b == nil {
			s.begin(s.out, s.lo)
		}
		if s.snap.constant || s.parse(message.Unframe(buf[s.lo:end])) {
			s.b.Add(end, s.match())
			n++
			if s.places.on {
				s.b.Place(s.places.of(i, s.pos))
			}
		} else { // a decoder built nonsense: seal before the hole it leaves
			s.in.drops.Add("decoder built a damaged message", 1)
			s.publishAt(s.pos)
		}
		s.lo = end
		if s.b != nil && s.b.Len() == message.MaxBatch {
			s.publishAt(s.told) // its records may not all be in
		}
	}
	s.places.taken(len(ends))
	s.in.messages.Add(uint64(n))
}

// flushBatch hands over the batch under construction.
func (s *stream) flushBatch() { s.publishAt(s.reached()) }

// reached is the position up to which everything has given its messages: not
// beyond what the decoder holds back.
func (s *stream) reached() uint64 {
	if s.holder != nil && s.holder.Holding() {
		return s.safe
	}
	return s.pos
}

func (s *stream) publishAt(pos uint64) {
	if s.b == nil {
		return
	}
	if s.acks == nil {
		s.publish(nil, 0)
		return
	}
	s.publish(s.acks, pos)
	s.told = pos
}
