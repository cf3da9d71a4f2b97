package wasm

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// typePrefix is before the Type of everything that a filter injects.
const typePrefix = "heka.sandbox."

// filterSink sends what a filter injects to the engine.
type filterSink struct {
	in   *Instance
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

// end overwrites what a filter may not choose itself.
func (f *filterSink) end(uint32) error {
	f.typ = append(append(f.typ[:0], typePrefix...), f.b.Type...)
	f.b.Type, f.b.Logger, f.b.Hostname = message.Borrow(f.typ), f.in.opts.Name, f.host
	return f.out.Inject()
}

func (f *filterSink) payload(text, typ, name string) error {
	b := f.out.Begin()
	b.Type, b.Logger, b.Payload = "heka.sandbox-output", f.in.opts.Name, text
	b.String("payload_type", typ, "file-extension")
	b.String("payload_name", name, "")
	return f.out.Inject()
}

// Process gives the module every message of sel that is not done, and marks those
// that it has had as done. An error is a *sandbox.Stop.
func (in *Instance) Process(sel *message.Selection, out plugin.Emitter) error {
	if in.stop != nil {
		return in.stop
	}
	s := &in.sinks.filter
	s.in, s.out = in, out
	in.sink = s
	defer in.endBatch()
	for i := sel.Next(-1); i >= 0; i = sel.Next(i) {
		if !in.view.Parse(sel.At(i), in.names.Want) {
			continue // the engine routes none such
		}
		in.cur.view = &in.view
		in.inject = in.opts.ProcessInject
		_, text, err := in.timed()
		if err != nil {
			return err
		}
		sel.Done(i + 1)
		if text != "" {
			in.complain(text)
		}
	}
	return nil
}

// endBatch forgets what was borrowed.
func (in *Instance) endBatch() {
	in.sink = nil
	in.cur.none()
	in.publish()
}

// Timer calls timer_event; an error is a *sandbox.Stop.
func (in *Instance) Timer(now time.Time, out plugin.Emitter) error {
	if in.stop != nil {
		return in.stop
	}
	in.cur.none()
	in.inject = in.opts.TimerInject
	if in.sink = nil; in.opts.Kind == sandbox.Filter {
		s := &in.sinks.filter
		s.in, s.out = in, out
		in.sink = s
	}
	defer func() { in.sink = nil }()
	return in.tick(now)
}
