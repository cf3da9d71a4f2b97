package wasm

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// Process gives the module every message of sel that is not done, and marks those
// that it has had as done. An error is a *sandbox.Stop.
func (in *Instance) Process(sel *message.Selection, out plugin.Emitter) error {
	if in.stop != nil {
		return in.stop
	}
	in.toFilter(out)
	defer in.endBatch()
	for i := sel.Next(-1); i >= 0; i = sel.Next(i) {
		if !in.view.Parse(sel.At(i), in.names.Want) {
			continue // the engine routes none such
		}
		in.cur.View = &in.view
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

// toFilter has what is injected go out.
func (in *Instance) toFilter(out plugin.Emitter) {
	f := &in.sinks.filter
	f.Name, f.Out = in.opts.Name, out
	in.sink = f
}

// endBatch forgets what was borrowed.
func (in *Instance) endBatch() {
	in.sink = nil
	in.cur.None()
	in.publish()
}

// Timer calls timer_event; an error is a *sandbox.Stop.
func (in *Instance) Timer(now time.Time, out plugin.Emitter) error {
	if in.stop != nil {
		return in.stop
	}
	in.cur.None()
	in.inject = in.opts.TimerInject
	if in.sink = nil; in.opts.Kind == sandbox.Filter {
		in.toFilter(out)
	}
	defer func() { in.sink = nil }()
	return in.tick(now)
}
