package pipeline

import (
	"time"

	"github.com/heka-project/heka/plugin"
)

// batch is where cutBatched is: the record that the decoder has at hand.
//
//	r ── start ─── record ─── end ── r+advance
type batch struct {
	next    func(err error) *plugin.Record // stream.nextRecord, made once
	atEOF   bool
	over    bool   // there is no further record
	at      bool   // the decoder has one
	data    []byte // it
	advance int    // bytes that it and what is around it take
	whole   bool   // it is not the head of one that is too long
	records int
	began   time.Time // of a record whose decoding is timed, else zero
}

// cutBatched is cutRecords for a decoder that asks for record after record itself.
func (s *stream) cutBatched(atEOF bool) {
	c := &s.cutting
	c.atEOF, c.over, c.records = atEOF, false, 0
	defer func() { s.in.records.Add(uint64(c.records)) }()
	for !c.over {
		s.callBatched()
	}
	if s.r < s.w { // an unfinished record
		s.guardSplitter(func() { s.tooLong(atEOF) })
	}
}

// callBatched has the decoder ask for records. A panic of its own costs the record at
// hand, and it is called again for those behind.
func (s *stream) callBatched() {
	c := &s.cutting
	defer func() {
		p := recover()
		var err error
		switch {
		case p != nil && (c.at || c.over):
			err = s.panicked(p)
		case p != nil:
			s.splitterFailed(p)
		}
		if c.at {
			s.guardSplitter(func() { s.endRecord(err) })
		} else {
			c.over = true // also of one that leaves records and does not ask for them
		}
	}()
	s.batched.DecodeEach(c.next, s.builder)
}

func (s *stream) guardSplitter(f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.splitterFailed(p)
			s.cutting.over = true
		}
	}()
	f()
}

// nextRecord ends the record at hand and cuts the next one.
func (s *stream) nextRecord(err error) *plugin.Record {
	c := &s.cutting
	if c.at {
		s.endRecord(err)
	}
	for s.r < s.w {
		start, end, advance := s.split.Split(s.raw.Buf[s.r:s.w], c.atEOF)
		if advance == 0 {
			break
		}
		switch {
		case end < 0:
			s.in.drops.Add("skipped bytes", advance)
		case s.discard:
			s.discard = false // the tail of what was too long
		case end-start > s.longest():
			s.overlong()
			if s.splits.KeepTruncated && s.give(start, start+s.head(), advance, false) {
				return &s.rec
			}
		case s.give(start, end, advance, true):
			return &s.rec
		}
		s.r += advance
		s.passed(advance)
	}
	c.over = true
	return nil
}

// give prepares a record for the decoder; false when the engine stops, which costs it.
func (s *stream) give(start, end, advance int, whole bool) bool {
	c := &s.cutting
	if whole {
		c.records++
	}
	if s.halted || s.out == nil && !s.openOut(0) {
		s.in.drops.Add("stopped", 1)
		return false
	}
	c.at, c.advance, c.data = true, advance, s.raw.Buf[s.r+start:s.r+end]
	s.rec.Data = c.data
	if s.decoded++; sampled(s.decoded) {
		c.began = time.Now()
	}
	return true
}

// endRecord deals with a record that the decoder has had.
func (s *stream) endRecord(err error) {
	c := &s.cutting
	c.at = false
	if !c.began.IsZero() {
		s.in.decoding.since(c.began)
		c.began = time.Time{}
	}
	s.decodedAs(c.data, err)
	s.r += c.advance
	s.passed(c.advance)
}
