package sandbox

import (
	"github.com/heka-project/heka/message"
)

// Injector takes the messages of an input's script.
type Injector interface {
	// Begin starts a message.
	Begin() (*message.Builder, error)
	// End takes it.
	End() error
}

// inputSink sends what an input injects.
type inputSink struct {
	s   *Sandbox
	to  Injector
	b   *message.Builder
	err error
}

func (i *inputSink) begin() *message.Builder {
	b, err := i.to.Begin()
	if i.err = err; err != nil {
		b = i.s.draft // what is written there goes nowhere
		b.Reset()
	}
	b.Begin(nil)
	i.b = b
	return b
}

func (i *inputSink) end(have uint32) error {
	if i.err != nil {
		return i.err
	}
	i.s.shift(i.b, have)
	return i.to.End()
}

func (i *inputSink) payload(string, string, string) error { return ErrFailed } // inputs have no inject_payload

// Run calls process_message, which may inject for as long as it likes. A negative
// status is an error that wraps ErrFailed; other errors are a *Stop.
func (s *Sandbox) Run(to Injector) error {
	if s.stop != nil {
		return s.stop
	}
	s.sink = &inputSink{s: s, to: to}
	s.cur.none()
	defer s.endBatch()
	status, text, err := s.timed()
	if err == nil && status < 0 {
		err = failedWith(text)
	}
	return err
}
