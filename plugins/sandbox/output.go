package sandbox

import (
	"context"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

func init() {
	a := about("Runs an output written in Lua.")
	a.CanExit = true
	plugin.RegisterOutput("SandboxOutput", a, newOutput)
}

// Output is SandboxOutput.
type Output struct {
	*box
	last bool
}

func newOutput(cfg OutputConfig, env plugin.Env) (plugin.Output, error) {
	b, err := newIdleBox(sandbox.Output, cfg.Common, cfg.InstructionLimit, cfg.CallTime, cfg.MaxRestarts, env)
	if err != nil {
		return nil, err
	}
	o := Output{box: b, last: cfg.TimerEventOnShutdown}
	if cfg.PreserveData {
		return &keptOutput{o, preserved{box: b}}, nil
	}
	return &o, nil
}

// Start runs the body of the script, which may open what it likes.
func (o *Output) Start(context.Context) error {
	if o.sb != nil {
		return nil
	}
	return o.open()
}

// Deliver implements plugin.Output.
func (o *Output) Deliver(ctx context.Context, in []message.Selection) error {
	sb := o.lua()
	defer context.AfterFunc(ctx, func() { sb.Interrupt(sandbox.ErrShutdown) })()
	for i := range in {
		for {
			err := o.lua().Deliver(&in[i])
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return err
			}
			again, err := o.stopped(err)
			if !again {
				return err
			}
			at := in[i].Next(-1)
			in[i].Refuse(at, o.lastStop.Error())
			in[i].Done(at + 1)
		}
	}
	return nil
}

// Tick implements plugin.Ticked.
func (o *Output) Tick(now time.Time, out plugin.Emitter) error { return o.tick(now, out) }

// LastTick implements plugin.LastTicked.
func (o *Output) LastTick(now time.Time, out plugin.Emitter) error {
	if !o.last {
		return nil
	}
	return o.tick(now, out)
}

// Stop implements plugin.Stopper.
func (o *Output) Stop() error { return o.stop() }

// keptOutput is an Output whose globals outlive the daemon.
type keptOutput struct {
	Output
	preserved
}

// Start implements plugin.Starter.
func (o *keptOutput) Start(ctx context.Context) error {
	if err := o.prepare(); err != nil {
		return err
	}
	return o.preserved.begin()
}

// RestoreState implements plugin.Stateful: the engine calls it before Start.
func (o *keptOutput) RestoreState(state []byte) error {
	if err := o.prepare(); err != nil {
		return err
	}
	return o.preserved.RestoreState(state)
}

func (o *keptOutput) prepare() error { return o.Output.Start(context.Background()) }

// Report implements plugin.Reporter.
func (o *keptOutput) Report(r *plugin.Report) { o.Output.Report(r) }
