package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Options are what the engine gets from outside; zero values mean the machine's
// own.
type Options struct {
	Clock clock.Clock
	FS    fsx.FS
	Log   *slog.Logger
}

// Engine runs one plan at a time.
type Engine struct {
	// Fixed after New.

	clock       clock.Clock
	fs          fsx.FS
	log         *slog.Logger
	hostname    string
	base        string // folder of working data
	began       time.Time
	maxMessage  int
	maxLoops    int
	settings    config.Globals       // of the plan that it was made with
	started     chan struct{}        // closed when the start is over, well or not
	closing     chan struct{}        // closed when the stop begins
	pool        *message.Pool        // messages that readers make or receive
	rawPool     *message.Pool        // bytes that readers decode
	injectPool  *message.Pool        // messages that filters inject
	tightPool   *message.Pool        // compact copies for lagging routes
	journalPool *message.Pool        // what is read back from the journal
	journal     *journal.Journal     // nil: none; set by Run
	letters     *journal.DeadLetters // what was refused for good; nil: none
	last        context.Context      // ends when even the journal may wait no more
	endLast     context.CancelFunc
	hard        context.Context
	kill        context.CancelFunc // ends hard: everybody lets go at once

	snap     atomic.Pointer[snapshot]
	dueGen   atomic.Uint32
	unrouted Tally
	matching timing       // of all matchers together
	stashed  atomic.Int64 // bytes of unfinished records that idle streams keep outside the pools
	hurry    atomic.Bool  // a stop has begun: states are saved at once
	stopping atomic.Bool
	running  atomic.Bool
	reloads  atomic.Uint64
	refused  atomic.Uint64 // reloads that failed

	changes sync.Mutex // one reload at a time; taken before mu
	mu      lock       // the graph: one start, change or stop at a time
	plan    *config.Plan
	inputs  map[string]*input  // guarded by mu, as are the two below
	workers map[string]*worker // by route key
	epoch   uint64
	dead    map[*route]bool    // routes whose plugin has ended by itself; guarded by mu
	loaded  map[string]*loaded // by route key: filters of no configuration file; guarded by mu
	loading map[string]bool    // by route key: those being made; guarded by mu
	roster  atomic.Pointer[roster]

	exits   sync.Mutex
	leaving map[string]chan struct{} // by route key: unloads under way; guarded by exits

	dueMu sync.Mutex
	due   map[*dues]struct{} // guarded by dueMu: those that may owe something

	internal sync.Mutex // guards self
	self     *emitter   // the engine's own messages

	feeds    *feeds     // fixed after New
	requeues sync.Mutex // one at a time

	fatal chan error // the first reason to stop; cap 1
}

// New checks that the plan can be built. Nothing runs yet.
func New(plan *config.Plan, o Options) (*Engine, error) {
	g := &plan.Globals
	e := &Engine{clock: o.Clock, fs: o.FS, log: o.Log, hostname: g.Hostname, base: g.BaseDir,
		maxMessage: int(g.MaxMessageSize), maxLoops: max(1, int(g.MaxMessageLoops)),
		inputs: map[string]*input{}, workers: map[string]*worker{}, dead: map[*route]bool{}, due: map[*dues]struct{}{},
		loaded: map[string]*loaded{}, loading: map[string]bool{}, leaving: map[string]chan struct{}{},
		mu: newLock(), closing: make(chan struct{}), started: make(chan struct{}), settings: *g,
		fatal: make(chan error, 1), plan: plan}
	e.roster.Store(&roster{})
	if e.clock == nil {
		e.clock = clock.Real{}
	}
	if e.fs == nil {
		e.fs = fsx.OS{}
	}
	if e.log == nil {
		e.log = slog.Default()
	}
	if e.hostname == "" {
		e.hostname, _ = os.Hostname()
	}
	if e.maxMessage == 0 {
		e.maxMessage = 64 << 10
	}
	budget := int(g.MemoryBudget)
	if budget == 0 {
		budget = 256 << 20
	}
	e.began = e.clock.Now()
	e.pool = message.NewPool(budget / 2)
	e.rawPool = message.NewPool(budget / 4)
	e.injectPool = message.NewPool(budget / 8)
	e.tightPool = message.NewPool(budget / 16)
	e.journalPool = message.NewPool(budget / 16)
	e.last, e.endLast = context.WithCancel(context.Background())
	e.hard, e.kill = context.WithCancel(context.Background())
	e.snap.Store(newSnapshot(0, nil))
	e.self = newEmitter(&route{eng: e, name: "hekad", kind: plugin.KindInput})
	e.feeds = newFeeds(e)
	_, err := e.build(plan)
	return e, err
}

// Plan returns the plan that runs now.
func (e *Engine) Plan() *config.Plan {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.plan
}

// Run starts the plan, works until the context ends or a plugin that may not
// exit does, then stops in order: inputs, filters, outputs, each drained. The
// error is nil after a stop from outside.
func (e *Engine) Run(ctx context.Context) error {
	next, err := e.build(e.plan)
	e.mu.Lock()
	if err == nil {
		err = e.openJournal()
	}
	if err == nil {
		err = e.openDeadLetters()
	}
	if err == nil {
		err = e.startRoutes(next)
	}
	if err == nil { // what managers bring back is there before the first message
		e.mu.Unlock()
		e.awaitManagers(ctx)
		e.mu.Lock()
		e.tellUnclaimed()
		err = e.startInputs(next)
	}
	inputs, routes := len(e.inputs), len(e.workers)
	e.mu.Unlock()
	close(e.started)
	if err != nil {
		e.stop()
		return err
	}
	e.running.Store(true)
	e.log.Info("running", "inputs", inputs, "filters and outputs", routes)
	housekeeping := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	go func() { defer close(housekeeping); e.keepHouse(ctx) }()
	select {
	case <-ctx.Done():
	case err = <-e.fatal:
	}
	cancel()
	e.running.Store(false)
	e.log.Info("stopping")
	e.stop()
	<-housekeeping
	e.log.Info("stopped")
	return err
}

// Base is the folder of the daemon's working data.
func (e *Engine) Base() string { return e.base }

// Running reports whether the engine has started and is not stopping.
func (e *Engine) Running() bool { return e.running.Load() }

// keepHouse gives unused memory back each beat, and sends reports when they are
// due, until the stop.
func (e *Engine) keepHouse(ctx context.Context) {
	const beat = 5 * time.Second
	trimmed := e.clock.Passed()
	last := trimmed // report
	for {
		next, every := trimmed+beat, e.Plan().Globals.ReportInterval
		if every > 0 {
			next = min(next, last+every)
		}
		if !pause(ctx, e.clock, next-e.clock.Passed()) {
			return
		}
		now := e.clock.Passed()
		if now-trimmed >= beat {
			trimmed = now
			for _, p := range []*message.Pool{e.pool, e.rawPool, e.injectPool, e.tightPool, e.journalPool} {
				p.Trim()
			}
		}
		if every > 0 && now-last >= every {
			last = now
			e.emitReports()
		}
	}
}

// Reopen tells every plugin that files and certificates may have changed.
func (e *Engine) Reopen() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, in := range e.inputs {
		if r, ok := in.plug.(plugin.Reloader); ok {
			if err := r.Reload(); err != nil {
				in.log.Error("reopen", "err", err)
			}
		}
	}
	for _, w := range e.workers {
		e.tell(w, func(w *worker) {
			if r, ok := w.inst.plug.(plugin.Reloader); ok && w.started {
				if err := w.guard(r.Reload); err != nil {
					w.log.Error("reopen", "err", err)
				}
			}
		}, time.Second)
	}
}

// tell runs f in the worker's goroutine and waits for it, at most for d; false
// when the worker did not come to it in time or is gone.
func (e *Engine) tell(w *worker, f func(*worker), d time.Duration) bool {
	done := make(chan struct{})
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case w.r.do <- func(w *worker) { defer close(done); f(w) }:
	case <-w.gone:
		return false
	case <-t.C:
		return false
	}
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

// exited handles a plugin that ended by itself.
func (e *Engine) exited(r *route, may bool, err error) {
	name := r.name
	typ := r.spec().sec.Info.Name
	if e.stopping.Load() {
		return
	}
	if !may {
		e.log.Error("plugin ended and may not; the daemon stops", "plugin", name, "err", err)
		e.stopFor(fmt.Errorf("plugin %s ended: %w; set can_exit = true to go on without it", name, err))
		return
	}
	e.log.Warn("plugin ended", "plugin", name, "err", err)
	e.mu.Lock()
	if w := e.workers[r.kind.String()+"/"+name]; w == nil || w.r != r { // removed meanwhile
		e.mu.Unlock()
		return
	}
	e.dead[r] = true
	e.reroute(e.liveRoutes())
	l := e.loaded[r.kind.String()+"/"+name]
	if l != nil {
		l.end(err)
	}
	e.mu.Unlock()
	if r.shadow != nil || l != nil && e.tellEnd(l, err) {
		return
	}
	e.terminated(name, typ, err)
}

// stopFor asks Run to stop with an error.
func (e *Engine) stopFor(err error) {
	select {
	case e.fatal <- err:
	default:
	}
}

// terminated injects the message that tells of a plugin's end.
func (e *Engine) terminated(name, typ string, err error) {
	text := "none"
	if err != nil && err != plugin.ErrExit {
		text = err.Error()
	}
	e.inject(func(b *message.Builder) {
		b.Type = "heka.terminated"
		b.Payload = fmt.Sprintf("%s (type %s) terminated. Error: %s", name, typ, text)
		b.String("plugin", name, "")
	})
}

// inject sends a message of the engine's own.
func (e *Engine) inject(build func(b *message.Builder)) {
	e.internal.Lock()
	defer e.internal.Unlock()
	e.self.depth = 0
	build(e.self.Begin())
	if err := e.self.Inject(); err != nil {
		e.log.Error("own message", "err", err)
	}
	e.self.send()
	e.self.full = e.self.full[:0] // the engine itself never pauses
}

// runInput is an input's goroutine.
func (e *Engine) runInput(in *input) {
	defer close(in.stopped)
	err := in.run()
	in.closeStreams()
	if err == nil || e.stopping.Load() {
		return
	}
	sec := in.spec().sec
	if !sec.Input.CanExit {
		if errors.Is(err, plugin.ErrExit) {
			err = nil
			e.log.Info("input has ended; the daemon stops", "plugin", in.name)
		} else {
			e.log.Error("input ended and may not; the daemon stops", "plugin", in.name, "err", err)
			err = fmt.Errorf("input %s ended: %w; set can_exit = true to go on without it", in.name, err)
		}
		e.stopFor(err)
		return
	}
	e.log.Warn("input ended", "plugin", in.name, "err", err)
	e.terminated(in.name, sec.Info.Name, err)
}
