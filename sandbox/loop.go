package sandbox

import (
	"time"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// work is a batch of messages on its way through the script.
type work interface {
	// next puts the next message in place; false at the end.
	next() bool
	// done takes what the script said of it.
	done(status int, text string)
}

// loop is where a batch is, with one crossing into the machine for all of it:
//
//	work.next ──▶ process_message ──▶ work.done ──▶ work.next …
type loop struct {
	step    func([]lua.Value) lua.Value // Sandbox.step, made once
	work    work
	calling bool // process_message is on its way
	timed   bool
	began   time.Time // of a timed call
	err     error     // that ends the batch
}

// run calls process_message for each message of w. An error is a *Stop, of the message
// that is in place.
func (s *Sandbox) run(w work) error {
	l := &s.loop
	l.work, l.calling, l.timed, l.err = w, false, false, nil
	if err := s.vm.Loop(l.step); err != nil {
		s.took()
		s.use.Failures.Add(1)
		return s.stopped("process_message", err)
	}
	return l.err
}

// step takes the result of the last call and prepares the next one.
func (s *Sandbox) step(res []lua.Value) lua.Value {
	l := &s.loop
	if l.calling {
		l.calling = false
		s.took()
		status, text, err := s.result(res)
		if err != nil {
			l.err = err
			return lua.Nil
		}
		l.work.done(status, text)
	}
	if !l.work.next() {
		return lua.Nil
	}
	s.watch.step()
	if s.use.Begin() {
		l.timed, l.began = true, time.Now()
	}
	fn := s.vm.Globals().GetKey(s.keys.process)
	if !fn.IsFunction() {
		l.err = s.failed(noProcess)
		return lua.Nil
	}
	l.calling = true
	return fn
}

// took notes the time of a call that is timed.
func (s *Sandbox) took() {
	if l := &s.loop; l.timed {
		l.timed = false
		s.use.Took(time.Since(l.began))
	}
}

// selected is a batch that lies encoded, for filters and outputs.
type selected struct {
	s      *Sandbox
	in     *message.Selection
	at     int
	refuse bool // what fails is refused
}

// all runs the script over all of in that is not done.
func (s *Sandbox) all(in *message.Selection, refuse bool) error {
	s.batch = selected{s: s, in: in, at: -1, refuse: refuse}
	s.watch.begin()
	defer s.endBatch()
	return s.run(&s.batch)
}

func (b *selected) next() bool {
	s := b.s
	for b.at = b.in.Next(b.at); b.at >= 0; b.at = b.in.Next(b.at) {
		if s.view.Parse(b.in.At(b.at), s.names.Want) { // the engine routes no others
			s.cur.View = &s.view
			s.rewind()
			s.inject = s.opts.ProcessInject
			return true
		}
	}
	return false
}

func (b *selected) done(status int, text string) {
	if b.refuse && status < 0 {
		b.in.Refuse(b.at, Failed(text).Error())
	}
	b.in.Done(b.at + 1)
	if !b.refuse && text != "" {
		b.s.complain(text)
	}
}
