package sandbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

func init() {
	a := about("Runs an input written in Lua.")
	a.CanExit = true
	plugin.RegisterInput("SandboxInput", a, newInput)
}

// Input is SandboxInput. Its script runs in a goroutine of its own, so that one which
// hangs in a read of its own cannot hold up a stop.
type Input struct {
	*box
	keep *keeper // nil without preserve_data
	lost bool    // the script does not end: it is left behind, and nothing of it is touched
}

func newInput(cfg InputConfig, env plugin.Env) (plugin.Input, error) {
	b, err := newIdleBox(sandbox.Input, cfg.Common, cfg.InstructionLimit, 0, cfg.MaxRestarts, env)
	if err != nil {
		return nil, err
	}
	in := &Input{box: b}
	if cfg.PreserveData {
		in.keep = &keeper{box: b}
	}
	return in, nil
}

// Run calls process_message: once, or with ticker_interval at every tick.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	if in.ended {
		return &exit{in.lastStop}
	}
	if in.sb == nil {
		if err := in.open(); err != nil {
			return &exitError{err}
		}
	}
	if in.keep != nil {
		if err := in.keep.open(); err != nil {
			return &exitError{err}
		}
		defer func() {
			if !in.lost {
				in.keep.save()
			}
		}()
	}
	s, err := host.Open(plugin.StreamOptions{})
	if err != nil {
		return err
	}
	f := &feed{s: s, in: in}
	defer f.close()
	for ctx.Err() == nil {
		if err := in.once(ctx, f); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if in.env.Ticker <= 0 {
			in.env.Log.Info("single run completed")
			return plugin.ErrExit
		}
		f.flush()
		if in.keep != nil {
			in.keep.save()
		}
		t := in.env.Clock.NewTimer(in.env.Ticker)
		select {
		case <-ctx.Done():
			t.Stop()
		case <-t.C:
		}
	}
	return nil
}

// once calls process_message; an error ends the input.
func (in *Input) once(ctx context.Context, f *feed) error {
	for {
		err := in.script(ctx, f)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, sandbox.ErrShutdown) || ctx.Err() != nil:
			in.env.Log.Debug("script stopped", "err", err)
			return err
		case errors.Is(err, sandbox.ErrFailed):
			in.env.Log.Warn("the script's run failed", "err", err)
			return nil
		}
		again, err := in.stopped(err)
		if !again {
			return err
		}
	}
}

// patience is how long a script may take to notice that it is to end.
const patience = 3 * time.Second

// script runs the script once, in a goroutine that it waits for: at the stop no
// longer than patience.
func (in *Input) script(ctx context.Context, f *feed) error {
	sb, done := in.lua(), make(chan error, 1)
	go func() { done <- sb.Run(f) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	sb.Interrupt(sandbox.ErrShutdown)
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		in.lost = true
		in.env.Log.Error("the script does not stop: it waits for something of its own, such as a read; it is left behind", "after", patience)
		return sandbox.ErrShutdown
	}
}

// Stop saves the state and ends the script's objects.
func (in *Input) Stop() error {
	if in.lost {
		return nil
	}
	if in.keep != nil {
		in.keep.close()
	}
	return in.stop()
}

// exitError ends the plugin for good.
type exitError struct{ error }

func (e *exitError) Is(target error) bool { return target == plugin.ErrExit }
func (e *exitError) Unwrap() error        { return e.error }

const (
	sendAfter = 5 * time.Millisecond // longest time that an injected message waits for others
	sendEach  = 512                  // messages at a time
)

// feed gives a stream the messages that a script injects. Those of a moment go
// together: the timer sends what the script, busy with other things, does not.
type feed struct {
	in *Input

	mu      sync.Mutex
	s       plugin.Stream // guarded by mu, as are all below
	waiting int           // messages not sent
	timer   *time.Timer   // armed while there are some
	err     error         // the stream is over
}

// Inject implements sandbox.Injector.
func (f *feed) Inject(m *message.Builder) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	b := f.s.Builder()
	b.BeginCopy(m)
	if err := b.End(); err != nil {
		return err
	}
	if f.waiting++; f.waiting >= sendEach {
		f.send()
		return f.err
	}
	if f.waiting == 1 {
		if f.timer == nil {
			f.timer = time.AfterFunc(sendAfter, f.flush)
		} else {
			f.timer.Reset(sendAfter)
		}
	}
	return nil
}

// send hands over what waits. Called with mu held.
func (f *feed) send() {
	if f.waiting > 0 && f.err == nil {
		f.waiting = 0
		f.err = f.s.Send()
	}
}

// flush sends what waits.
func (f *feed) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.send()
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Stop()
	}
	f.send()
	if err := f.s.Close(); err != nil {
		f.in.env.Log.Debug("close stream", "err", err)
	}
	f.err = sandbox.ErrShutdown
}
