package sandbox

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

func init() {
	a := about("Runs a filter written in Lua.")
	a.CanExit = true
	plugin.RegisterFilter("SandboxFilter", a, newFilter)
}

// Filter is SandboxFilter.
type Filter struct {
	*box
	last bool // timer_event_on_shutdown
}

func newFilter(cfg FilterConfig, env plugin.Env) (plugin.Filter, error) {
	b, err := newBox(sandbox.Filter, cfg.Common, cfg.InstructionLimit, cfg.CallTime, cfg.MaxRestarts, env)
	if err != nil {
		return nil, err
	}
	f := Filter{box: b, last: cfg.TimerEventOnShutdown}
	if cfg.PreserveData {
		return &keptFilter{f, preserved{box: b}}, nil
	}
	return &f, nil
}

// Process implements plugin.Filter.
func (f *Filter) Process(in *message.Selection, out plugin.Emitter) error {
	for {
		err := f.sb.Process(in, out)
		if err == nil {
			return nil
		}
		again, err := f.stopped(err)
		if !again {
			return err
		}
		in.Done(in.Next(-1) + 1) // the message at fault
	}
}

// Tick implements plugin.Ticked.
func (f *Filter) Tick(now time.Time, out plugin.Emitter) error { return f.tick(now, out) }

// LastTick implements plugin.LastTicked.
func (f *Filter) LastTick(now time.Time, out plugin.Emitter) error {
	if !f.last {
		return nil
	}
	return f.tick(now, out)
}

// tick calls timer_event.
func (b *box) tick(now time.Time, out plugin.Emitter) error {
	if b.ended {
		return nil
	}
	err := b.sb.Timer(now, out)
	if err == nil {
		return nil
	}
	if again, err := b.stopped(err); !again {
		return err
	}
	return nil
}

// Stop implements plugin.Stopper.
func (f *Filter) Stop() error { return f.stop() }

func (b *box) stop() error {
	if b.sb == nil {
		return nil
	}
	sb := b.sb
	b.sb = nil
	return sb.Close()
}
