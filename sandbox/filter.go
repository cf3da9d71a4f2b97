package sandbox

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// filterSink sends what a filter injects to the engine.
type filterSink struct {
	s    *Sandbox
	out  plugin.Emitter
	b    *message.Builder
	host string // as the engine has it
	typ  []byte // scratch
}

func (f *filterSink) begin() *message.Builder {
	f.b = f.out.Begin()
	f.host = f.b.Hostname
	return f.b
}

// typePrefix is before the Type of everything that a filter injects.
const typePrefix = "heka.sandbox."

// end overwrites what a filter may not choose itself.
func (f *filterSink) end(uint32) error {
	f.typ = append(append(f.typ[:0], typePrefix...), f.b.Type...)
	f.b.Type, f.b.Logger, f.b.Hostname = message.Borrow(f.typ), f.s.opts.Name, f.host
	return f.out.Inject()
}

func (f *filterSink) payload(text, typ, name string) error {
	b := f.out.Begin()
	b.Type, b.Logger, b.Payload = "heka.sandbox-output", f.s.opts.Name, text
	b.String("payload_type", typ, "file-extension")
	b.String("payload_name", name, "")
	return f.out.Inject()
}

// Process gives the script every message of in that is not done, and marks those
// that it has had as done. An error is a *Stop.
func (s *Sandbox) Process(in *message.Selection, out plugin.Emitter) error {
	if s.stop != nil {
		return s.stop
	}
	sink := &s.sinks.filter
	sink.s, sink.out = s, out
	s.sink = sink
	s.watch.begin()
	defer s.endBatch()
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !s.view.Parse(in.At(i), s.names.Want) {
			continue // the engine routes none such
		}
		s.cur.view = &s.view
		s.rewind()
		s.inject = s.opts.ProcessInject
		s.watch.step()
		_, text, err := s.timed()
		if err != nil {
			return err
		}
		in.Done(i + 1)
		if text != "" {
			s.complain(text)
		}
	}
	return nil
}

// endOne is endBatch for kinds that are called record by record.
func (s *Sandbox) endOne() {
	s.sink = nil
	s.cur.none()
	s.watch.end()
	if s.use.Due() {
		s.publish()
	}
}

// endBatch forgets what was borrowed.
func (s *Sandbox) endBatch() {
	s.sink = nil
	s.cur.none()
	s.watch.end()
	s.publish()
}

// Timer calls timer_event; an error is a *Stop.
func (s *Sandbox) Timer(now time.Time, out plugin.Emitter) error {
	if s.stop != nil {
		return s.stop
	}
	s.cur.none()
	s.inject = s.opts.TimerInject
	s.sink = nil
	if s.opts.Kind == Filter {
		sink := &s.sinks.filter
		sink.s, sink.out = s, out
		s.sink = sink
	}
	defer func() { s.sink = nil }()
	return s.timer(now)
}
