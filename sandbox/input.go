package sandbox

import (
	"github.com/heka-project/heka/message"
)

// Injector takes the messages of an input's script. m holds one that is begun and
// filled in; it is borrowed.
type Injector interface {
	Inject(m *message.Builder) error
}

// inputSink sends what an input injects.
type inputSink struct {
	s  *Sandbox
	to Injector
}

func (i *inputSink) begin() *message.Builder {
	i.s.draft.Begin(nil)
	return i.s.draft
}

func (i *inputSink) end(have uint32) error {
	i.s.shift(i.s.draft, have)
	return i.to.Inject(i.s.draft)
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
