package pipeline

import (
	"errors"
	"fmt"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// errSlow is the end of a loaded filter that is behind and slower than it may be.
// The text is the original's.
var errSlow = errors.New("sandbox is running slowly and blocking the router")

// open restores the state and starts the plugin before run, in the goroutine of
// who loads it, who hears of what goes wrong.
func (w *worker) open() error {
	w.restore()
	w.opened = true
	err := w.startNow(w.ctx, w.inst)
	w.begun = err == nil
	return err
}

// exchange puts o in the place of the current instance. When it does not start, the
// old one works on.
func (w *worker) exchange(o *offer) error {
	if err := w.ready(o); err != nil {
		o.drop(w)
		return fmt.Errorf("[%s] start: %w", w.r.name, err)
	}
	w.adopt(o)
	return nil
}

// setPaused stops or starts the timer; the router is told by who calls it.
func (w *worker) setPaused(paused bool) {
	w.paused = paused
	w.tickAt = 0
	w.armTick()
}

// clocked is when a call of a loaded filter begins.
func (w *worker) clocked() time.Time {
	if w.r.pace == nil {
		return time.Time{}
	}
	return time.Now()
}

func (w *worker) worked(began time.Time, n int) {
	if w.r.pace != nil {
		w.r.pace.worked(began, n)
	}
}

// end notes why a loaded filter is no more. What the journal keeps for it goes:
// nobody will read it. Called with mu held.
func (l *loaded) end(err error) {
	l.note(err)
	<-l.w.gone
	r := l.w.r
	r.forgetJournal()
	if n := r.held.Load(); n > 0 { // on its way into the journal
		r.held.Add(-n)
		r.drops.Add("plugin removed", int(n))
	}
}

func (l *loaded) note(err error) {
	why := "has finished"
	if err != nil && !errors.Is(err, plugin.ErrExit) {
		why = err.Error()
	}
	l.ended.Store(&why)
}

// tellEnd injects the message about a loaded filter that the engine has ended;
// false when it ended for a reason of its own, which it tells itself.
func (e *Engine) tellEnd(l *loaded, err error) bool {
	var over *overruled
	slow := errors.Is(err, errSlow)
	if !slow && !errors.As(err, &over) {
		return false
	}
	r := l.w.r
	_, queued := r.queued()
	matching := e.matching.average() / int64(max(1, len(e.snap.Load().routes)))
	e.inject(func(b *message.Builder) {
		b.Type = "heka.sandbox-terminated"
		b.Payload = err.Error()
		b.String("plugin", r.name, "")
		if !slow {
			return
		}
		failures := int64(0)
		for _, d := range r.drops.List() {
			if d.Reason == "failed" {
				failures = int64(d.N)
			}
		}
		n := int64(r.delivered.N.Load())
		b.Int("ProcessMessageCount", n, "count")
		b.Int("ProcessMessageFailures", failures, "count")
		b.Int("ProcessMessageSamples", n, "count")
		b.Int("ProcessMessageAvgDuration", r.pace.average.Load(), "ns")
		b.Int("MatchAvgDuration", matching, "ns")
		b.Int("FilterChanLength", int64(queued), "count")
		b.Int("MatchChanLength", 0, "count")
		b.Int("RouterChanLength", 0, "count")
	})
	return true
}
