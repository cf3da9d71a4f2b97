package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// feedName is the input whose account what is fed is in. No section of a file can
// have the name by accident: it would be a table of [hekad].
const feedName = "hekad.admin"

// feeds is how messages come in that no plugin has gathered: a replay, a requeued
// dead letter. Each Feed is a stream of one input, with its back-pressure and its
// account.
type feeds struct {
	in      *input // fixed after newFeeds
	used    atomic.Bool
	running sync.WaitGroup // feeds that are open
	mu      sync.Mutex
	closed  bool // guarded by mu: no more feeds
}

func newFeeds(e *Engine) *feeds {
	in := &input{eng: e, name: feedName, log: e.log.With("plugin", feedName), streams: map[*stream]struct{}{}}
	in.cur.Store(&inputSpec{
		sec:     &config.Section{Name: feedName, Info: &plugin.Info{Name: "AdminInput", Kind: plugin.KindInput}},
		factory: factory{eng: e, plan: e.plan},
		split:   &splitterSpec{name: "HekaFramingSplitter", make: func() (plugin.Splitter, error) { return feedSplitter{}, nil }},
	})
	in.ctx, in.cancel = context.WithCancel(e.hard)
	return &feeds{in: in}
}

// stop ends the feeds under way and waits for their callers to let go, at most
// until the deadline.
func (f *feeds) stop(deadline time.Time) {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.in.cancel()
	done := make(chan struct{})
	go func() { f.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Until(deadline)):
		f.in.log.Error("a feed does not stop; going on without it")
	}
}

// enter counts one feed; false when no more may begin.
func (f *feeds) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || !f.in.eng.running.Load() {
		return false
	}
	f.running.Add(1)
	f.used.Store(true)
	return true
}

// ErrNotRunning is the answer to a feed while the engine starts or stops.
var ErrNotRunning = errors.New("hekad is starting or stopping; try again when it runs")

// FeedOptions say how messages are fed.
type FeedOptions struct {
	Only   string // name of the one output or filter that gets them, whatever it matches; "" for all that match
	Signer string // verified signer of those that carry no signature
	// Acked makes Close wait until every message has been delivered, or lies in the
	// journal where there is one, or was dropped with a count.
	Acked bool
}

// Feed takes a stream of framed messages. One goroutine uses it; Close must be
// called.
type Feed struct {
	f      *feeds
	s      *stream
	ctx    context.Context
	cancel context.CancelFunc
	acked  chan uint64 // capacity 1: the last position acknowledged
}

// Feed opens a way in for framed messages, as long as ctx lasts.
func (e *Engine) Feed(ctx context.Context, o FeedOptions) (*Feed, error) {
	f := e.feeds
	if !f.enter() {
		return nil, ErrNotRunning
	}
	x := &Feed{f: f, acked: make(chan uint64, 1)}
	x.ctx, x.cancel = context.WithCancel(f.in.ctx)
	context.AfterFunc(ctx, x.cancel)
	so := plugin.StreamOptions{Name: feedName}
	if o.Acked {
		so.Acked = x.tell
	}
	ps, err := f.in.Open(so)
	if err != nil {
		x.cancel()
		f.running.Done()
		return nil, err
	}
	x.s = ps.(*stream)
	x.s.ctx, x.s.dec, x.s.inPlace = x.ctx, feedDecoder{}, true
	x.s.only, x.s.trusted = o.Only, o.Signer
	x.s.durable = o.Acked && e.journal != nil
	return x, nil
}

// tell keeps the newest position.
func (x *Feed) tell(pos uint64) {
	select {
	case <-x.acked:
	default:
	}
	x.acked <- pos
}

// Write takes more of the stream. It waits while the engine's memory is used up
// or a route that blocks is full.
func (x *Feed) Write(b []byte) (int, error) {
	if err := x.ctx.Err(); err != nil {
		return 0, x.why(err)
	}
	n, err := x.s.Write(b)
	if err != nil {
		return n, x.why(err)
	}
	return n, nil
}

// Flush hands over what came so far.
func (x *Feed) Flush() error { return x.s.Send() }

// Context ends when the feed must: the caller's has, or the engine stops.
func (x *Feed) Context() context.Context { return x.ctx }

// FeedResult is what became of a feed.
type FeedResult struct {
	Messages int // read
	Untaken  int // of those, what nobody's matcher took
	Damaged  int // frames that hold no message
	Skipped  int // bytes outside frames
}

// Close ends the feed. An error means that not all was accepted.
func (x *Feed) Close() (FeedResult, error) {
	defer x.f.running.Done()
	defer x.cancel()
	x.s.Idle()
	rest := x.s.w - x.s.r
	err := x.s.Close()
	if err == nil && x.s.acks != nil {
		err = x.settled()
	}
	r := FeedResult{Messages: x.s.fed, Untaken: x.s.untaken, Damaged: x.s.bad, Skipped: x.s.passedOver + rest}
	if err == nil && x.ctx.Err() != nil {
		err = x.why(x.ctx.Err())
	}
	return r, err
}

// settled waits until all that was fed has been dealt with.
func (x *Feed) settled() error {
	for x.s.acks.held() > 0 {
		select {
		case <-x.acked:
		case <-x.ctx.Done():
			return x.why(x.ctx.Err())
		}
	}
	return nil
}

func (x *Feed) why(err error) error {
	if x.f.in.ctx.Err() != nil {
		return fmt.Errorf("feed: %w", ErrNotRunning)
	}
	return fmt.Errorf("feed: %w", err)
}

// feedSplitter stands for Heka's framing: the engine cuts such a stream itself.
type feedSplitter struct{}

// Split implements plugin.Splitter.
func (feedSplitter) Split(b []byte, _ bool) (start, end, advance int) {
	var f message.Frame
	if !message.NextFrame(b, 0, len(b), &f) {
		return 0, -1, f.Skipped
	}
	return f.Start, f.End, f.End
}

// Keys implements plugin.Framed: who may feed needs no signature.
func (feedSplitter) Keys() *message.Keys { return nil }

// feedDecoder says that the records are messages: they are routed as they lie.
type feedDecoder struct{}

// InPlace implements plugin.InPlace.
func (feedDecoder) InPlace() {}

// Decode implements plugin.Decoder. The engine never calls it for framed messages.
func (feedDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	var v message.View
	if !v.Parse(in.Data, nil) || !v.Complete() {
		return message.ErrDamaged
	}
	out.BeginFrom(&v)
	return out.End()
}

// Drained reports whether no filter or output holds a message, in memory or in
// the journal.
func (e *Engine) Drained() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.workers {
		_, gone := w.r.journalDrops(nil)
		if w.r.inMemory() || w.r.held.Load() > int64(gone) && !e.dead[w.r] {
			return false
		}
	}
	return true
}
