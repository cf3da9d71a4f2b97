package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// input runs one input plugin and is the Host of its streams.
type input struct {
	eng  *Engine
	name string
	log  *slog.Logger
	plug plugin.Input
	cur  atomic.Pointer[inputSpec]

	ctx     context.Context // of the streams: when it ends, nobody waits for room any more
	cancel  context.CancelFunc
	until   context.Context // of Run: it ends with ctx, or before
	end     context.CancelFunc
	stopped chan struct{} // closed when run has returned

	bytes, records, messages, failures atomic.Uint64
	drops                              Drops
	decoding                           timing
	gripes                             gripes

	mu      sync.Mutex
	streams map[*stream]struct{} // guarded by mu
	past    figures              // guarded by mu: of the decoders of closed streams
	acks    []*tracker           // guarded by mu: those with batches on their way
}

// splitterSpec is what every stream of an input makes its splitter of.
type splitterSpec struct {
	name string
	text string // signature of the section
	opts config.SplitterOptions
	make func() (plugin.Splitter, error)
}

func (in *input) spec() *inputSpec { return in.cur.Load() }

// Open implements plugin.Host.
func (in *input) Open(o plugin.StreamOptions) (plugin.Stream, error) {
	eq, err := in.equip(in.spec(), &o, nil)
	if err != nil {
		return nil, err
	}
	s := &stream{in: in, ctx: in.ctx, opts: o, equipment: eq, size: message.SmallChunk,
		builder: message.NewBuilder(in.eng.maxMessage)}
	s.maker = maker{eng: in.eng, origin: in.name, durable: eq.spec.sec.Input.Durable, life: o.Life,
		due: &dues{eng: in.eng}}
	s.pos, s.told, s.since = o.From, o.From, o.From
	s.builder.Into(nil, s.more)
	s.rec.Default, s.rec.Decorate = &s.header, o.Decorate
	if o.Acked != nil {
		s.acks = newTracker(o.Acked)
		s.acks.waits = o.Waits
		s.again = true
	}
	if s.opts.Default.Severity == 0 && s.opts.Default.Type == "" && s.opts.Default.Logger == "" {
		s.opts.Default.Severity = message.DefaultSeverity
		s.opts.Default.Logger = in.name
	}
	if s.opts.Default.Hostname == "" {
		s.opts.Default.Hostname = in.eng.hostname
	}
	in.mu.Lock()
	in.streams[s] = struct{}{}
	in.mu.Unlock()
	in.inFlight() // forgets what has settled since
	return s, nil
}

func (in *input) forget(s *stream) {
	in.mu.Lock()
	delete(in.streams, s)
	in.past.add(decoderReport(s.dec))
	if s.acks != nil {
		in.acks = append(in.acks, s.acks)
	}
	in.mu.Unlock()
}

// inFlight counts the batches of closed streams that are not dealt with.
func (in *input) inFlight() (n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	left := in.acks[:0]
	for _, t := range in.acks {
		if h := t.held(); h > 0 {
			n += h
			left = append(left, t)
		}
	}
	in.acks = left
	return n
}

// count tells how many streams are open.
func (in *input) count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.streams)
}

// complain logs a fault of the data, one example a minute and kind.
func (in *input) complain(what string, err error, data []byte) {
	if n, ok := in.gripes.speak(in.eng.clock.Passed(), what); ok {
		args := []any{"err", err, "times", n}
		if data != nil {
			args = append(args, "record", fmt.Sprintf("%.120q", data))
		}
		in.log.Warn(what, args...)
	}
}

// run works until the context ends, starting the plugin again as its retries
// table says. The result is nil when the input was told to stop.
func (in *input) run() error {
	b := backoff{clock: in.eng.clock}
	for {
		b.o = in.spec().sec.Input.Retries
		began := in.eng.clock.Passed()
		err := in.once()
		if in.until.Err() != nil {
			return nil
		}
		if err == nil {
			err = plugin.ErrExit
		}
		if errors.Is(err, plugin.ErrExit) {
			return err
		}
		if in.eng.clock.Passed()-began > b.o.MaxDelay {
			b.reset()
		}
		if b.spent() {
			return err
		}
		in.log.Error("input failed; it is started again", "err", err)
		if !b.wait(in.until) {
			return nil
		}
	}
}

// once calls Run; a panic is an error like others.
func (in *input) once() error {
	return guarded(func() error { return in.plug.Run(in.until, in) })
}

// guarded turns an input's panic into an error.
func guarded(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}

// gripes lets one line a minute and kind through, with the count since the last.
type gripes struct {
	mu sync.Mutex
	m  map[string]*gripe
}

type gripe struct {
	n    int
	last time.Duration // passed on the engine's clock
}

func (g *gripes) speak(now time.Duration, what string) (n int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.m == nil {
		g.m = map[string]*gripe{}
	}
	x := g.m[what]
	if x == nil {
		x = &gripe{last: now - time.Minute}
		g.m[what] = x
	}
	x.n++
	if now-x.last < time.Minute {
		return 0, false
	}
	n, x.n, x.last = x.n, 0, now
	return n, true
}

var _ plugin.Host = (*input)(nil)
