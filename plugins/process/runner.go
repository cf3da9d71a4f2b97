package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/feed"
	"github.com/heka-project/heka/internal/procrun"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	maxHeld  = 1 << 20          // bytes of output that wait for the end of their run
	holdOnce = time.Second      // how long the output of a chain that runs once waits for it
	holdTick = 10 * time.Second // the same for one that runs by the clock
)

// counters are shared by the runners of an input.
type counters struct {
	runs, failed, timedOut, bytes atomic.Int64
}

// runner runs one chain for as long as it is told. Its fields belong to its
// goroutine.
type runner struct {
	cfg    Config
	chain  []procrun.Command
	name   string // of the process, in ProcessInputName
	ticker time.Duration
	open   func(o plugin.StreamOptions) (plugin.Stream, error)
	env    plugin.Env
	log    *slog.Logger
	count  *counters

	outs   []*output
	result *procrun.Result // of the run at hand, nil: it goes on
	failed bool            // the last run went wrong
}

// output is stdout or stderr of the chain.
type output struct {
	stream plugin.Stream
	held   []byte
	live   bool // handed on as it comes
	told   bool // a message tells how the run ended
}

// piece is some output on its way to the runner's goroutine.
type piece struct {
	of   *output
	data []byte // borrowed until taken is answered
}

// run runs the chain by the clock until ctx ends, which is nil. A chain that runs
// once, and goes wrong, is an error.
func (r *runner) run(ctx context.Context) error {
	defer r.closeStreams()
	if err := r.openStreams(); err != nil {
		return r.ended(ctx, err)
	}
	if r.ticker <= 0 {
		err := r.once(ctx)
		if err == nil {
			<-ctx.Done()
		}
		return r.ended(ctx, err)
	}
	wait := r.ticker
	if r.cfg.ImmediateStart {
		wait = 0
	}
	for {
		t := r.env.Clock.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
		began := r.env.Clock.Now()
		err := r.once(ctx)
		if ctx.Err() != nil || errors.Is(err, plugin.ErrStopped) {
			return nil
		}
		r.tell(err)
		wait = max(r.ticker-r.env.Clock.Now().Sub(began), 0)
	}
}

// ended is err, unless the input was told to stop.
func (r *runner) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, plugin.ErrStopped) {
		return nil
	}
	return err
}

// tell logs a run that went wrong, the first of several alike.
func (r *runner) tell(err error) {
	switch {
	case err != nil && !r.failed:
		r.log.Warn("run failed; it is tried again at the next tick", "process", r.name, "err", err)
	case err == nil && r.failed:
		r.log.Info("run went well again", "process", r.name)
	}
	r.failed = err != nil
}

func (r *runner) openStreams() error {
	for _, o := range []struct {
		name string
		on   bool
	}{{"stdout", r.cfg.Stdout}, {"stderr", r.cfg.Stderr}} {
		out := &output{}
		r.outs = append(r.outs, out)
		if !o.on {
			continue
		}
		full := r.name + "." + o.name
		var err error
		out.stream, err = r.open(plugin.StreamOptions{
			Name: full, FlushWhole: true,
			Default: message.Header{
				Type: "ProcessInput", Logger: r.env.Name, Hostname: r.env.Hostname, Pid: pid, Severity: message.DefaultSeverity,
			},
			Decorate: func(b *message.Builder) {
				b.String("ProcessInputName", full, "")
				if r.result != nil {
					out.told = true
					r.decorate(b)
				}
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// decorate says how the run ended.
func (r *runner) decorate(b *message.Builder) {
	b.Int("ExitStatus", int64(r.result.Exit), "")
	b.String("SubcmdErrors", r.result.Text(), "")
}

func (r *runner) closeStreams() {
	for _, o := range r.outs {
		if o.stream != nil {
			o.stream.Close()
		}
	}
	r.outs = nil
}

var errTimeout = errors.New("timeout")

// once runs the chain to its end. The error says what went wrong.
func (r *runner) once(ctx context.Context) error {
	r.count.runs.Add(1)
	r.result = nil
	for _, o := range r.outs {
		o.held, o.live, o.told = o.held[:0], false, false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if r.cfg.Timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, r.cfg.Timeout, errTimeout)
		defer cancel()
	}
	pieces, taken := make(chan piece), make(chan error)
	give := func(o *output) func([]byte) error {
		if o.stream == nil {
			return nil
		}
		return func(b []byte) error {
			pieces <- piece{o, b}
			return <-taken
		}
	}
	done := make(chan procrun.Result, 1)
	go func() { done <- procrun.Run(ctx, r.chain, give(r.outs[0]), give(r.outs[1])) }()
	patience := holdTick
	if r.ticker <= 0 {
		patience = holdOnce
	}
	hold := r.env.Clock.NewTimer(patience)
	defer hold.Stop()
	var err error // of a stream
	for {
		select {
		case p := <-pieces:
			if err == nil {
				err = r.take(p)
			}
			taken <- err
		case <-hold.C:
			for _, o := range r.outs {
				if err == nil && o.stream != nil {
					err = r.release(o)
				}
			}
		case res := <-done:
			return r.finish(&res, err)
		}
	}
}

// take holds a piece, or hands it on. The goroutines that read the two outputs take
// turns here.
func (r *runner) take(p piece) error {
	o := p.of
	r.count.bytes.Add(int64(len(p.data)))
	if !o.live && len(o.held)+len(p.data) <= maxHeld {
		o.held = append(o.held, p.data...)
		return nil
	}
	if !o.live {
		if err := r.release(o); err != nil {
			return err
		}
	}
	if err := feed.Write(o.stream, p.data, r.env.MaxMessageSize); err != nil {
		return err
	}
	return o.stream.Send()
}

// release hands on what is held, and from then on what comes.
func (r *runner) release(o *output) error {
	o.live = true
	err := feed.Write(o.stream, o.held, r.env.MaxMessageSize)
	o.held = o.held[:0]
	if err == nil {
		err = o.stream.Send()
	}
	return err
}

// finish hands on what was held, now with how the run ended. A run that went wrong
// without a message that says so gets one.
func (r *runner) finish(res *procrun.Result, err error) error {
	r.result = res
	told := false
	for _, o := range r.outs {
		if o.stream == nil {
			continue
		}
		for _, step := range []func() error{func() error { return r.release(o) }, o.stream.Flush, o.stream.Send} {
			if err == nil {
				err = step()
			}
		}
		if cap(o.held) > 64<<10 {
			o.held = nil
		}
		told = told || o.told
	}
	if err != nil {
		return err
	}
	failure := r.failure()
	if failure != nil {
		r.count.failed.Add(1)
		if !told && !errors.Is(res.Cut, context.Canceled) {
			err = r.failedMessage(failure)
		}
	}
	for _, o := range r.outs {
		if o.stream != nil {
			o.stream.Idle()
		}
	}
	if err != nil {
		return err
	}
	return failure
}

// failure is what went wrong in the run, nil for nothing.
func (r *runner) failure() error {
	switch res := r.result; {
	case errors.Is(res.Cut, errTimeout):
		r.count.timedOut.Add(1)
		return fmt.Errorf("run %s: ended after timeout = %v; look why it takes so long, or raise timeout", r.name, r.cfg.Timeout)
	case res.Err() != nil:
		return fmt.Errorf("run %s: %s", r.name, strings.ReplaceAll(res.Err().Error(), "\n", "; "))
	}
	return nil
}

// failedMessage makes a message of a run that went wrong and wrote nothing.
func (r *runner) failedMessage(failure error) error {
	for i, o := range r.outs {
		if o.stream == nil {
			continue
		}
		h := *o.stream.Default()
		h.Timestamp = r.env.Clock.Now().UnixNano()
		h.Type, h.Payload, h.Severity = "ProcessInput.error", failure.Error(), 3
		b := o.stream.Builder()
		b.Begin(&h)
		b.String("ProcessInputName", r.name+[]string{".stdout", ".stderr"}[i], "")
		r.decorate(b)
		if err := b.End(); err != nil {
			return err
		}
		return o.stream.Send()
	}
	return nil
}

// prepare fills in what an engine always gives.
func prepare(env plugin.Env) plugin.Env {
	if env.Clock == nil {
		env.Clock = clock.Real{}
	}
	return env
}
