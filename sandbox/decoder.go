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
	s.take(in, out)
	s.watch.begin()
	defer s.endOne()
	status, text, err := s.timed()
	if err != nil {
		return err
	}
	return s.finished(status, text)
}

// DecodeEach decodes record after record, with one crossing into the VM for all of
// them. next is told the error of the record before, as Decode would have returned it, and gives
// the next one, nil at the end; at the first it is told last. An error of DecodeEach is
// a *Stop, which the last record that next gave has met; next has not been told.
func (s *Sandbox) DecodeEach(last error, next func(error) *plugin.Record, out *message.Builder) error {
	if s.stop != nil {
		if next(last) == nil {
			return nil
		}
		return s.stop
	}
	r := &s.records
	*r = records{s: s, ask: next, out: out, err: last}
	s.watch.begin()
	defer s.endBatch()
	return s.run(r)
}

// records are those of DecodeEach.
type records struct {
	s   *Sandbox
	ask func(error) *plugin.Record
	out *message.Builder
	err error // of the record before
}

func (r *records) next() bool {
	s := r.s
	in := r.ask(r.err)
	if in == nil {
		return false
	}
	if s.use.Due() {
		s.publish()
	}
	s.take(in, r.out)
	return true
}

func (r *records) done(status int, text string) {
	s := r.s
	r.err = s.finished(status, text)
	s.sink = nil
	s.cur.None()
}

// take puts a record in place.
func (s *Sandbox) take(in *plugin.Record, out *message.Builder) {
	d := &s.sinks.decoder
	d.Open(&s.cur, in, out, &s.raw)
	s.sink = d
	s.rewind()
}

// finished ends a record by what the script said.
func (s *Sandbox) finished(status int, text string) error {
	if status < 0 {
		s.sinks.decoder.Undo()
		return Failed(text)
	}
	return s.sinks.decoder.Close()
}
