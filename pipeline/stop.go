package pipeline

import (
	"sort"
	"time"

	"github.com/heka-project/heka/internal/kill"
	"github.com/heka-project/heka/plugin"
)

const (
	swapPatience = 2 * time.Second // for a plugin to come to a change
	keepAfter    = time.Second     // at a stop, until what an output does not take is left to the journal
)

// stop ends everything in order: inputs; filters, drained and ticked a last time,
// then drained of what that injected; outputs, drained. What is left at the
// deadline is counted as dropped, and its sources do not hear of it.
func (e *Engine) stop() {
	close(e.closing)
	e.mu.Lock()
	defer e.mu.Unlock()
	limit := e.plan.Globals.ShutdownTimeout
	if limit <= 0 {
		limit = 10 * time.Second
	}
	deadline := time.Now().Add(limit - limit/5)
	e.hurry.Store(true)
	for _, w := range e.workers {
		if w.r.stateful.Load() {
			e.tell(w, (*worker).saveState, 100*time.Millisecond)
		}
	}
	for _, in := range e.inputs {
		in.cancel()
	}
	e.feeds.stop(deadline)
	for _, in := range e.inputs {
		select {
		case <-in.stopped:
		case <-time.After(time.Until(deadline)):
			in.log.Error("input does not stop; going on without it")
		}
	}
	kill.Point("engine.stop.inputs")
	filters, outputs := e.byKind(plugin.KindFilter), e.byKind(plugin.KindOutput)
	e.drainAll(filters, deadline)
	for _, w := range filters {
		e.tell(w, func(w *worker) {
			w.lastTick()
		}, time.Until(deadline))
	}
	e.drainAll(filters, deadline)
	e.stopping.Store(true)
	for _, w := range filters {
		e.tell(w, (*worker).finishQuiet, max(time.Until(deadline), 50*time.Millisecond))
	}
	e.drainAll(outputs, deadline)
	for _, w := range outputs {
		if time.Until(deadline) <= 0 {
			w.cancel()
		}
		e.tell(w, (*worker).finish, max(time.Until(deadline), 50*time.Millisecond))
	}
	kill.Point("engine.stop.outputs")
	e.kill()
	for _, w := range e.workers {
		select {
		case <-w.gone:
		case <-time.After(max(time.Until(deadline), limit/10)):
			w.log.Error("plugin does not stop; it is left behind")
		}
	}
	if e.journal != nil {
		if err := e.journal.Close(); err != nil {
			e.log.Error("close journal", "err", err)
		}
	}
	if e.letters != nil {
		if err := e.letters.Close(); err != nil {
			e.log.Error("close dead letters", "err", err)
		}
	}
	e.endLast()
	for _, in := range e.inputs {
		in.finish()
	}
}

func (e *Engine) byKind(kind plugin.Kind) []*worker {
	var list []*worker
	for _, w := range e.workers {
		if w.r.kind == kind && !e.dead[w.r] {
			list = append(list, w)
		}
	}
	sort.Slice(list, func(a, b int) bool { return list[a].r.name < list[b].r.name })
	return list
}

// drain waits until a route holds nothing; false when d ends first.
func (e *Engine) drain(w *worker, d time.Duration) bool {
	return e.drainAll([]*worker{w}, time.Now().Add(d))
}

// drainAll waits until none of the routes holds anything: filters feed each
// other, so all must be empty at once.
func (e *Engine) drainAll(list []*worker, deadline time.Time) bool {
	began := time.Now()
	for {
		busy := false
		for _, w := range list {
			if w.r.inMemory() && !(w.r.spills() && time.Since(began) > keepAfter) {
				busy = true
			}
		}
		if !busy {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(2 * time.Millisecond)
	}
}
