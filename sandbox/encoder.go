package sandbox

import (
	"fmt"

	"github.com/heka-project/heka/message"
)

// encoded is what an encoder's script made of a message.
type encoded struct {
	there bool
	bytes []byte
}

// encoderSink keeps the last that an encoder injects.
type encoderSink struct{ s *Sandbox }

func (e *encoderSink) begin() *message.Builder {
	e.s.draft.Reset()
	e.s.draft.Begin(nil)
	return e.s.draft
}

func (e *encoderSink) end(uint32) error { return e.s.keepDraft() }

func (e *encoderSink) payload(text, _, _ string) error {
	e.s.encoded.there, e.s.encoded.bytes = true, append(e.s.encoded.bytes[:0], text...)
	return nil
}

// keepDraft takes the message in the draft as the output.
func (s *Sandbox) keepDraft() error {
	if err := s.draft.End(); err != nil {
		return err
	}
	s.encoded.there = true
	s.encoded.bytes = append(s.encoded.bytes[:0], message.Unframe(s.draft.Buffer())...)
	return nil
}

// Encode has the script encode the message v and appends the result to dst. Nothing
// appended and no error means that the script passes the message over. An error is
// a *Stop, or wraps ErrFailed.
func (s *Sandbox) Encode(dst []byte, v *message.View) ([]byte, error) {
	if s.stop != nil {
		return dst, s.stop
	}
	if v.Want() != s.names.Want { // whose view it is does not know what the script asks for
		if !s.view.Parse(v.Raw(), s.names.Want) {
			return dst, message.ErrDamaged
		}
		v = &s.view
	}
	s.cur.view = v
	s.encoded.there = false
	s.sinks.encoder.s = s
	s.sink = &s.sinks.encoder
	s.rewind()
	s.watch.begin()
	defer s.endOne()
	status, text, err := s.timed()
	switch {
	case err != nil:
		return dst, err
	case status == -2:
		return dst, nil
	case status < 0:
		return dst, failedWith(text)
	}
	if !s.encoded.there {
		if s.cur.edit == nil {
			return append(dst, v.Raw()...), nil
		}
		s.draft.Reset()
		s.cur.edit.Build(s.draft, &s.arrays)
		if err := s.keepDraft(); err != nil {
			return dst, fmt.Errorf("encode the changed message: %w", err)
		}
	}
	return append(dst, s.encoded.bytes...), nil
}
