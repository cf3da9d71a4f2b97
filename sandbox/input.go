package sandbox

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/sink"
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

func (i *inputSink) Begin() *message.Builder {
	i.s.draft.Begin(nil)
	return i.s.draft
}

func (i *inputSink) End(have uint32) error {
	sink.Shift(i.s.draft, have, i.s.zone)
	return i.to.Inject(i.s.draft)
}

func (i *inputSink) Payload(string, string, string) error { return ErrFailed } // inputs have no inject_payload

// Run calls process_message, which may inject for as long as it likes. A negative
// status is an error that wraps ErrFailed; other errors are a *Stop.
func (s *Sandbox) Run(to Injector) error {
	if s.stop != nil {
		return s.stop
	}
	s.sink = &inputSink{s: s, to: to}
	s.cur.None()
	defer s.endBatch()
	status, text, err := s.timed()
	if err == nil && status < 0 {
		err = Failed(text)
	}
	return err
}
