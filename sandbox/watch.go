package sandbox

import (
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/lua"
)

// watch interrupts a call that takes too long by the clock on the wall. A timer
// looks now and then whether the call that it saw is still the same; while nothing
// is called it is not armed.
type watch struct {
	vm    *lua.VM // fixed after open, as are limit and timer
	limit time.Duration
	timer *time.Timer

	count uint64 // of steps, by the goroutine that uses the sandbox; odd while a batch is in work

	steps atomic.Uint64 // count, for the timer
	armed atomic.Bool
	fired atomic.Bool

	seen uint64 // steps when the timer last looked; the timer's own
}

func (w *watch) open(vm *lua.VM, limit time.Duration) {
	w.vm, w.limit = vm, limit
	if limit > 0 {
		w.timer = time.AfterFunc(1<<62, w.look)
		w.timer.Stop() // nothing may hold a sandbox that nobody uses
	}
}

// begin is called before a batch of calls.
func (w *watch) begin() {
	if w.limit <= 0 {
		return
	}
	w.count++
	w.steps.Store(w.count)
	if !w.armed.Load() && w.armed.CompareAndSwap(false, true) {
		w.timer.Reset(w.limit)
	}
}

// step is called between two calls of a batch, after what there was to wait for.
func (w *watch) step() {
	if w.limit > 0 {
		w.count += 2
		w.steps.Store(w.count)
		w.late()
	}
}

// end is called after the batch.
func (w *watch) end() {
	if w.limit <= 0 {
		return
	}
	w.count++
	w.steps.Store(w.count)
	w.late()
}

// late takes back an interrupt that came too late to do harm, or while nothing was
// called; or the script is at its end anyway.
func (w *watch) late() {
	if w.fired.Load() && w.fired.CompareAndSwap(true, false) {
		w.vm.Interrupt(nil)
	}
}

// look is the timer's: a call that was in progress last time and still is is
// interrupted, so one ends after twice the limit at the latest.
func (w *watch) look() {
	n := w.steps.Load()
	switch {
	case n&1 == 0:
		w.armed.Store(false)
		if w.steps.Load()&1 == 0 || !w.armed.CompareAndSwap(false, true) {
			return // begin arms it, or has
		}
	case n == w.seen:
		w.fired.Store(true)
		w.vm.Interrupt(ErrTime)
		if w.steps.Load() != n { // it has just come to its end
			w.late()
		}
	}
	w.seen = n
	w.timer.Reset(w.limit)
}

func (w *watch) close() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
