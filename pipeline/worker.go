package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// groupMax is how many batches an output is given at once.
const groupMax = 8

// instance is a filter or output plugin with what the engine found it can do.
type instance struct {
	plug    any
	filter  plugin.Filter  // nil for outputs
	output  plugin.Output  // nil for filters
	encoder plugin.Encoder // nil for none
	ticked  plugin.Ticked  // nil without Tick
	ticker  time.Duration
	make    func() (*instance, error) // a fresh one of the same kind
}

// worker runs a route's plugin: one goroutine from start to stop, over every
// instance that the route has had.
type worker struct {
	r    *route
	log  *slog.Logger
	inst *instance
	plug atomic.Value // plugBox: of inst, for the reports
	emit *emitter

	ctx     context.Context // ends when the current instance must let go
	cancel  context.CancelFunc
	opened  bool // state restored before run
	begun   bool // Start has succeeded
	started bool // and the plugin can work
	paused  bool // takes no timer events
	quit    bool
	ticked  bool  // the current instance has had its last timer event
	err     error // why the worker ended by itself

	items  []item // taken, not dealt with
	parts  []item // read from the journal, behind items
	last   item   // read behind those; b is nil when nothing is
	from   *queue // where items came from
	sels   []message.Selection
	retry  backoff
	again  *clock.Timer // runs while a failed start or delivery waits
	tick   *clock.Timer
	tickAt time.Duration // when it fires, in time passed
	gripes gripes
	state  keeper
	gone   chan struct{} // closed when run has returned
}

func newWorker(r *route, inst *instance) *worker {
	w := &worker{r: r, inst: inst, log: r.eng.log.With("plugin", r.name), gone: make(chan struct{})}
	w.plug.Store(plugBox{inst.plug, inst.encoder})
	w.state = keeper{r: r}
	w.emit = newEmitter(r)
	w.ctx, w.cancel = context.WithCancel(r.eng.hard)
	w.retry = backoff{o: r.spec().sec.Route.Retries, clock: r.eng.clock}
	return w
}

type plugBox struct {
	plug    any
	encoder plugin.Encoder
}

// plugged returns the plugin that works now, from any goroutine.
func (w *worker) plugged() any { return w.plug.Load().(plugBox).plug }

// run is the route's goroutine.
func (w *worker) run() {
	defer close(w.gone)
	if !w.opened {
		w.restore()
	}
	w.armTick()
	for !w.quit {
		if w.ctx.Err() != nil { // told to let go: what comes next is said through do
			select {
			case f := <-w.r.do:
				f(w)
			case <-w.r.eng.hard.Done():
				w.quit = true
			}
			continue
		}
		if w.again == nil {
			if !w.started {
				w.start()
				continue
			}
			if len(w.items) > 0 {
				w.work()
				continue
			}
		}
		w.await()
	}
	w.release()
	w.emit.close()
	w.r.loosen()
}

// await sleeps until there is something to do. While a failed call waits for its
// next try nothing is taken; while a queue that the filter injects into is full
// only what was injected is.
func (w *worker) await() {
	select { // also while there is always something more in the journal
	case <-w.ticks():
		w.onTick()
		return
	case f := <-w.r.do:
		f(w)
		return
	default:
	}
	var again <-chan time.Time
	var in, inj, paused, kept <-chan struct{}
	if w.again != nil {
		again = w.again.C
	} else {
		if w.inst.filter != nil {
			inj = w.r.inj.ready
			paused = w.emit.wait()
		}
		if paused == nil {
			in = w.r.in.ready
			if len(w.parts) > 0 || w.last.b != nil || !w.r.unspill() {
				if w.takeJournal(); len(w.items) > 0 {
					return
				}
				kept = w.r.in.cursor.Ready()
			}
		}
	}
	select {
	case <-inj:
		w.takeFrom(w.r.inj, 1)
	case <-in:
		w.takeFrom(w.r.in, groupMax)
	case <-kept:
	case <-paused:
	case <-w.ticks():
		w.onTick()
	case <-w.state.timer():
		w.saveState()
	case <-again:
		w.again = nil
	case f := <-w.r.do:
		f(w)
	case <-w.r.eng.hard.Done():
		w.quit = true
	}
}

// takeJournal reads the route's next batches from the journal, once the queue in
// memory, which is older, is empty.
func (w *worker) takeJournal() {
	q := w.r.in
	if n, _ := q.size(); n > 0 {
		return
	}
	w.from = q
	for len(w.items) < groupMax {
		if len(w.parts) > 0 {
			w.items, w.parts = append(w.items, w.parts[0]), w.parts[1:]
			continue
		}
		b, pos := w.last.b, w.last.pos
		if w.last = (item{}); b == nil {
			var err error
			b, pos, err = q.cursor.TryNext(w.ctx)
			if err != nil && w.ctx.Err() == nil {
				w.complain("read journal", err)
			}
		}
		switch {
		case b == nil:
			return
		case w.inst.filter != nil: // it asks as it goes
		case w.inHand(b): // it cannot be told yet what of it was seen
			w.last = item{b: b, pos: pos, cursor: q.cursor}
			return
		case !w.state.fresh(b):
			w.takeUnseen(b, pos)
			continue
		}
		w.items = append(w.items, item{b: b, n: b.Len(), size: b.Size(), cursor: q.cursor, pos: pos})
	}
}

// inHand reports whether some of b may be in what is taken and not dealt with.
func (w *worker) inHand(b *message.Batch) bool {
	for _, it := range w.items {
		if b.Life != "" && it.b.Life == b.Life && it.b.Till > b.Since {
			return true
		}
	}
	return false
}

// takeUnseen takes what an output has not seen of a batch: its source was read again.
// The rest is passed over.
func (w *worker) takeUnseen(b *message.Batch, pos journal.Pos) {
	n, c := b.Len(), w.from.cursor
	for i, j := w.state.unseen(b, 0); i >= 0; i, j = w.state.unseen(b, j) {
		part := b.Part(i, j)
		w.parts = append(w.parts, item{b: part, n: part.Len(), size: part.Size(), cursor: c}) // pos: of the last alone
		n -= part.Len()
	}
	w.r.held.Add(-int64(n))
	w.r.drops.Add("came again", n)
	if k := len(w.parts); k > 0 {
		w.parts[k-1].pos = pos
	} else if k = len(w.items); k > 0 {
		w.items[k-1].pos = pos
	} else {
		c.Ack(pos)
		w.state.pass(pos)
	}
	b.Release()
}

func (w *worker) takeFrom(q *queue, n int) {
	w.from = q
	w.items = q.take(w.items[:0], n)
}

func (w *worker) ticks() <-chan time.Time {
	if w.tick == nil || !w.started {
		return nil
	}
	return w.tick.C
}

func (w *worker) restore() {
	w.state.adopt(w.inst.plug)
	if err := w.guard(w.state.restore); err != nil {
		w.log.Error("the plugin starts without its old state", "err", err)
	}
}

func (w *worker) armTick() {
	if w.tick != nil {
		w.tick.Stop()
		w.tick = nil
	}
	if d := w.inst.ticker; d > 0 && w.inst.ticked != nil && !w.paused {
		now := w.r.eng.clock.Passed()
		if w.tickAt += d; w.tickAt <= now || w.tickAt-now > d {
			w.tickAt = now + d
		}
		w.tick = w.r.eng.clock.NewTimer(w.tickAt - now)
	}
}

func (w *worker) onTick() {
	w.armTick()
	w.callTick()
}

func (w *worker) callTick() { w.tickBy(w.inst.ticked.Tick) }

// lastTick calls Tick once more before the stop, or what the plugin has for that.
func (w *worker) lastTick() {
	if !w.started || w.inst.ticked == nil {
		return
	}
	if last, ok := w.inst.ticked.(plugin.LastTicked); ok {
		w.tickBy(last.LastTick)
	} else if w.inst.ticker > 0 {
		w.callTick()
	}
}

func (w *worker) tickBy(tick func(now time.Time, out plugin.Emitter) error) {
	w.r.eng.settleDues()
	w.emit.depth = 1
	began := w.clocked()
	err := w.guard(func() error { return tick(w.r.eng.clock.Now(), w.emit) })
	w.worked(began, 0)
	w.emit.send()
	if err != nil {
		w.failed(err, "timer event")
	}
}

// guard turns a plugin's panic into an error.
func (w *worker) guard(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{fmt.Sprintf("panic: %v", p), debug.Stack()}
		}
	}()
	return call()
}

type panicError struct {
	text  string
	stack []byte
}

func (e *panicError) Error() string { return e.text }

// start opens the plugin, once or after each pause.
func (w *worker) start() {
	var err error
	if !w.begun {
		err = w.startNow(w.ctx, w.inst)
		w.begun = err == nil
	}
	if m, ok := w.inst.plug.(plugin.Manager); ok && err == nil {
		err = w.guard(m.Restore)
	}
	switch {
	case err == nil:
		w.started = true
		w.retry.reset()
	case w.r.eng.hard.Err() != nil:
		w.quit = true
	case errors.Is(err, plugin.ErrRetry) && !w.retry.spent():
		w.complain("start", err)
		w.later()
	default:
		w.end(fmt.Errorf("start: %w", err))
	}
}

// later arms the pause before the next try.
func (w *worker) later() {
	w.r.retries.Add(1)
	w.again = w.r.eng.clock.NewTimer(w.retry.next())
}

func (w *worker) complain(what string, err error) {
	n, ok := w.gripes.speak(w.r.eng.clock.Passed(), what)
	if !ok {
		return
	}
	said, text := what+" failed", err.Error()
	if errors.Is(err, plugin.ErrRetry) { // which is said to the engine, not to people
		said += ", and is tried again"
		text = strings.TrimSuffix(text, "; "+plugin.ErrRetry.Error())
	}
	w.log.Warn(said, "err", text, "times", n)
}

// work gives the items to the plugin.
func (w *worker) work() {
	if w.inst.filter != nil {
		w.workFilter()
	} else {
		w.workOutput()
	}
}

// let gives one item back.
func (w *worker) let(it item) {
	w.r.held.Add(-int64(it.n))
	it.b.Release()
	if it.cursor != nil {
		if it.pos != (journal.Pos{}) {
			it.cursor.Ack(it.pos)
			w.state.pos = it.pos
		}
	} else {
		w.from.free(it.charge)
	}
	w.state.done()
}

// saveState saves what the plugin keeps; a panic there costs no more than that.
func (w *worker) saveState() {
	if err := w.guard(func() error { w.state.save(); return nil }); err != nil {
		w.log.Error("save state", "err", err)
	}
}

func (w *worker) workOutput() {
	if len(w.sels) < groupMax {
		w.sels = make([]message.Selection, groupMax)
	}
	sels := w.sels[:len(w.items)]
	for i, it := range w.items {
		if sels[i].Batch != it.b { // not on a retry: progress is kept there
			sels[i].SelectCounted(it.b, it.bit, it.n, it.size)
		}
	}
	err := w.guard(func() error { return w.inst.output.Deliver(w.ctx, sels) })
	switch {
	case err == nil:
		defer w.retry.reset() // dead letters tell of the tries
	case w.ctx.Err() != nil: // stopped or replaced in the middle
		w.quit = w.r.eng.hard.Err() != nil
		return
	case errors.Is(err, plugin.ErrRetry) && !w.retry.spent():
		w.complain("delivery", err)
		w.later()
		return
	}
	for i := range sels {
		s := &sels[i]
		n, bytes := s.Len(), s.Size()
		if err != nil {
			for k := s.Next(-1); k >= 0; k = s.Next(k) {
				n--
				bytes -= len(s.Frame(k))
				w.r.bury(s.Batch, k, err.Error(), w.retry.tries+1)
			}
		}
		for _, f := range s.Refused() {
			n--
			bytes -= len(s.Frame(f.Index))
			w.r.bury(s.Batch, f.Index, f.Reason, w.retry.tries+1)
			w.complain("message", errors.New(f.Reason))
		}
		w.r.delivered.add(n, bytes)
	}
	w.settle()
	if err != nil {
		w.failed(err, "delivery")
	}
}

// settle gives all items back.
func (w *worker) settle() {
	for i, it := range w.items {
		w.state.note(it.b)
		w.let(it)
		w.items[i] = item{}
		w.sels[i].Batch = nil
	}
	w.items = w.items[:0]
}

// failed handles an error after which the stream goes on, unless the plugin
// says that it is done, or has lost its mind in a panic.
func (w *worker) failed(err error, what string) {
	var p *panicError
	switch {
	case errors.Is(err, plugin.ErrExit):
		w.end(err)
	case errors.As(err, &p):
		w.log.Error(what+" panicked; a new instance is started", "err", err, "stack", string(p.stack))
		w.restart()
	default:
		w.complain(what, err)
	}
}

// restart replaces an instance that panicked by a fresh one.
func (w *worker) restart() {
	if w.retry.spent() {
		w.end(errors.New("panicked more often than max_retries allows"))
		return
	}
	w.guard(w.inst.stop)
	inst, err := w.inst.make()
	if err != nil {
		w.end(err)
		return
	}
	w.inst, w.begun, w.started = inst, false, false
	w.plug.Store(plugBox{inst.plug, inst.encoder})
	if w.state.adopt(inst.plug); w.state.s == nil {
		// It has no state, and what was seen is known.
	} else if err := w.guard(w.state.restore); err != nil {
		w.log.Error("the new instance starts without the old one's state", "err", err)
	}
	w.later()
}

// close ends the current instance.
func (w *worker) close() {
	if !w.ticked {
		w.ticked = true
		w.lastTick()
	}
	w.cancel()
	w.saveState()
	if err := w.guard(w.inst.stop); err != nil {
		w.log.Error("stop", "err", err)
	}
}

// stop ends the plugin and its encoder.
func (i *instance) stop() error {
	err := stopPlugin(i.plug)
	if i.encoder != nil {
		err = errors.Join(err, stopPlugin(i.encoder))
	}
	return err
}

func stopPlugin(p any) error {
	if s, ok := p.(plugin.Stopper); ok {
		return s.Stop()
	}
	return nil
}

// finish ends the instance and the worker: called through do.
func (w *worker) finish() {
	w.close()
	w.quit = true
}

// finishQuiet is finish without a last timer event: there was one.
func (w *worker) finishQuiet() {
	w.ticked = true
	w.finish()
}

// end stops the worker for a reason of the plugin's own.
func (w *worker) end(err error) {
	w.err = err
	w.r.close()
	w.finish()
	go w.r.eng.exited(w.r, w.r.spec().sec.Route.CanExit, err)
}

// release gives up what is still queued. At a shutdown the sources do not hear of
// it, so that those which can be asked again send it again after the restart.
func (w *worker) release() {
	w.r.close()
	reason, lost := "plugin removed", w.r.eng.stopping.Load()
	if lost {
		reason = "shutdown"
	}
	w.items, w.parts = append(w.items, w.parts...), nil
	if w.last.b != nil {
		w.items, w.last = append(w.items, w.last), item{}
	}
	w.giveUp(reason, lost)
	for _, q := range []*queue{w.r.inj, w.r.in} {
		if q == nil {
			continue
		}
		for {
			if w.takeFrom(q, groupMax); len(w.items) == 0 {
				break
			}
			w.giveUp(reason, lost)
		}
	}
}

func (w *worker) giveUp(reason string, lost bool) {
	for i, it := range w.items {
		if it.cursor != nil { // not acknowledged: the next run reads it again
			it.b.Release()
			continue
		}
		n := it.n
		if i < len(w.sels) && w.sels[i].Batch == it.b {
			n, _ = w.sels[i].Left()
			w.sels[i].Batch = nil
			w.r.delivered.add(it.n-n, 0)
		}
		if lost && w.r.keep(it, n) {
			it.b.Release()
			w.from.free(it.charge)
			continue
		}
		w.r.drops.Add(reason, n)
		if t, ok := it.b.Src.(*tracker); ok && lost {
			t.keep(it.b.Seq)
		}
		w.let(it)
	}
	w.items = w.items[:0]
}
