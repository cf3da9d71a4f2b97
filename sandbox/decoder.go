package sandbox

import (
	"errors"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// ErrFailed is what a script says that returns a negative number.
var ErrFailed = errors.New("process_message failed")

// failure is a script's own text about a message.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return ErrFailed }

// Failed is the error of a script that says so of a message, with its text.
func Failed(text string) error {
	if text == "" {
		return ErrFailed
	}
	return &failure{text}
}

// Decode has the script decode a record into messages behind those in out. An
// error is a *Stop, or wraps ErrFailed when the script could not read the record:
// what it injected before is then taken back, unless there was so much that it has
// gone on already.
func (s *Sandbox) Decode(in *plugin.Record, out *message.Builder) error {
	if s.stop != nil {
		return s.stop
	}
	d := &s.sinks.decoder
	d.Open(&s.cur, in, out, &s.raw)
	s.sink = d
	s.rewind()
	s.watch.begin()
	defer s.endOne()
	status, text, err := s.timed()
	if err != nil {
		return err
	}
	if status < 0 {
		d.Undo()
		return Failed(text)
	}
	return d.Close()
}
