package sandbox

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Process gives the script every message of in that is not done, and marks those
// that it has had as done. An error is a *Stop.
func (s *Sandbox) Process(in *message.Selection, out plugin.Emitter) error {
	if s.stop != nil {
		return s.stop
	}
	s.toFilter(out)
	s.watch.begin()
	defer s.endBatch()
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !s.view.Parse(in.At(i), s.names.Want) {
			continue // the engine routes none such
		}
		s.cur.View = &s.view
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

// toFilter has what is injected go out.
func (s *Sandbox) toFilter(out plugin.Emitter) {
	f := &s.sinks.filter
	f.Name, f.Out = s.opts.Name, out
	s.sink = f
}

// endOne is endBatch for kinds that are called record by record.
func (s *Sandbox) endOne() {
	s.sink = nil
	s.cur.None()
	s.watch.end()
	if s.use.Due() {
		s.publish()
	}
}

// endBatch forgets what was borrowed.
func (s *Sandbox) endBatch() {
	s.sink = nil
	s.cur.None()
	s.watch.end()
	s.publish()
}

// Timer calls timer_event; an error is a *Stop.
func (s *Sandbox) Timer(now time.Time, out plugin.Emitter) error {
	if s.stop != nil {
		return s.stop
	}
	s.cur.None()
	s.inject = s.opts.TimerInject
	s.sink = nil
	if s.opts.Kind == Filter {
		s.toFilter(out)
	}
	defer func() { s.sink = nil }()
	return s.timer(now)
}
