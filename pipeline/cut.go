package pipeline

import (
	"runtime/debug"

	"github.com/heka-project/heka/message"
)

// cut splits, decodes and matches what lies between r and w.
func (s *stream) cut(atEOF bool) {
	s.stampHeader()
	s.places.on = s.life != "" && s.eng.snap.Load().keeps
	switch {
	case s.inPlace:
		s.cutInPlace()
	case s.framed:
		s.cutFramed()
	default:
		s.cutRecords(atEOF)
	}
	s.collect()
}

// cutRecords asks the splitter for record after record.
func (s *stream) cutRecords(atEOF bool) {
	n := 0
	defer func() {
		s.in.records.Add(uint64(n))
		if p := recover(); p != nil { // a splitter that fails costs what lies in the buffer
			s.in.log.Error("splitter panicked", "panic", p, "stack", string(debug.Stack()))
			s.in.drops.Add("bytes of a splitter that panicked", s.w-s.r)
			s.passed(s.w - s.r)
			s.r = s.w
		}
	}()
	for s.r < s.w {
		start, end, advance := s.split.Split(s.raw.Buf[s.r:s.w], atEOF)
		if advance == 0 {
			s.tooLong(atEOF)
			break
		}
		switch {
		case end < 0:
			s.in.drops.Add("skipped bytes", advance)
		case s.discard:
			s.discard = false // the tail of what was too long
		case end-start > s.longest():
			s.overlong()
			if s.splits.KeepTruncated {
				s.decode(s.raw.Buf[s.r+start : s.r+start+s.head()])
			}
		default:
			s.decode(s.raw.Buf[s.r+start : s.r+end])
			n++
		}
		s.r += advance
		s.passed(advance)
	}
}

// tooLong gives up an unfinished record that can no longer become a message.
func (s *stream) tooLong(atEOF bool) {
	if s.w-s.r <= s.longest() {
		return
	}
	if !s.discard {
		s.overlong()
		if s.splits.KeepTruncated {
			s.decode(s.raw.Buf[s.r : s.r+s.head()])
		}
	}
	s.discard = !atEOF
	s.passed(s.w - s.r)
	s.r = s.w
}

// passed moves the position past a record, or past bytes of none.
func (s *stream) passed(n int) {
	if !s.marks && !s.halted {
		s.pos += uint64(n)
	}
	done := len(s.builder.Ends())
	if s.places.on {
		s.places.record(done, s.pos-uint64(n), s.pos)
	}
	if done >= message.MaxBatch/2 {
		s.collect()
	}
}

// cutFramed takes Heka frames whose content a decoder reads.
func (s *stream) cutFramed() {
	var f message.Frame
	for s.r < s.w {
		ok := message.NextFrame(s.raw.Buf[:s.w], s.r, s.eng.maxMessage, &f)
		s.skipped(f.Skipped)
		s.r += f.Skipped
		if !ok {
			return
		}
		if signer, ok := s.verify(&f); ok {
			s.setSigner(signer)
			s.decode(s.raw.Buf[f.Start:f.End])
			s.in.records.Add(1)
		}
		s.passed(f.End - s.r)
		s.r = f.End
	}
}

// cutInPlace takes Heka frames that are the messages: they are routed as they
// lie. Frames of one batch must touch, so behind damage or a signature's header
// the frame moves down over the gap.
func (s *stream) cutInPlace() {
	var f message.Frame
	buf := s.raw.Buf
	n, end := 0, s.r
	if s.b != nil {
		end = s.b.End()
	}
	for s.r < s.w {
		ok := message.NextFrame(buf[:s.w], s.r, s.eng.maxMessage, &f)
		if f.Skipped > 0 {
			s.skipped(f.Skipped)
			s.r += f.Skipped
		}
		if !ok {
			break
		}
		signer := s.trusted
		if f.Signed {
			if signer, ok = s.verify(&f); !ok {
				s.passed(f.End - s.r)
				s.r = f.End
				continue
			}
			f.Begin = message.PlainHeader(buf, &f)
		} else if !f.Plain() {
			f.Begin = message.PlainHeader(buf, &f) // what a sender asked of this hop goes no further
		}
		if signer != s.signer || s.b != nil && s.b.Len() == message.MaxBatch {
			s.publishAt(s.pos)
			s.setSigner(signer)
		}
		if s.b == nil {
			end = f.Begin
			s.begin(s.raw, end)
		}
		if !s.read(buf[f.Start:f.End]) {
			s.bad++
			s.undecodable(buf[f.Start:f.End], message.ErrDamaged)
			s.passed(f.End - s.r)
			s.r = f.End
			continue
		}
		row := s.match()
		if f.Begin == end {
			end = f.End
		} else {
			end += copy(buf[end:], buf[f.Begin:f.End])
		}
		s.b.Add(end, row)
		n++
		s.passed(f.End - s.r)
		if s.places.on {
			s.b.Place(s.pos)
		}
		s.r = f.End
	}
	s.in.records.Add(uint64(n))
	s.in.messages.Add(uint64(n))
}

func (s *stream) skipped(n int) {
	if n > 0 {
		s.in.drops.Add("bytes outside frames", n)
		s.in.complain("framing", errOutside, nil)
		s.passedOver += n
		s.passed(n)
	}
}

// verify checks a signed frame; false means that it is refused and counted.
func (s *stream) verify(f *message.Frame) (string, bool) {
	if !f.Signed || s.keys == nil {
		return "", true
	}
	signer, err := s.keys.Verify(f, s.raw.Buf[f.Start:f.End])
	if err != nil {
		s.in.drops.Add(err.Error(), 1)
		s.in.complain("signature", err, nil)
		return "", false
	}
	return signer, true
}

// setSigner changes the signer of what follows.
func (s *stream) setSigner(name string) {
	if name != s.signer {
		s.flushBatch()
		s.signer = name
	}
}
