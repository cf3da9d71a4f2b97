package pipeline

import (
	"errors"
	"fmt"
	"time"

	"github.com/heka-project/heka/plugin"
)

// trial is a change on its way into the running graph, of which only the last step
// stops anything, and that cannot fail:
//
//	build    what is new is made                     nothing runs yet
//	try      it is opened beside what runs           an error ends it, and all is as before
//	commit   it takes the place of what ends
//
// A filter that keeps state is held between two batches from its try on, so that its
// state goes over as it is then. All fields belong to the goroutine of the reload,
// which holds mu.
type trial struct {
	e    *Engine
	c    *change
	undo []func() // in reverse

	runs    []*input // opened
	adapted []adapted
	fresh   []*worker
	swaps   []func() // put a changed instance into its route; none waits for long
}

// adapted is an input that stays and takes on other options.
type adapted struct {
	in     *input
	spec   *inputSpec
	commit func()
}

// try opens everything that is new. All errors at once.
func (e *Engine) try(c *change) (*trial, error) {
	t := &trial{e: e, c: c}
	err := c.claim(e)
	if err == nil {
		err = errors.Join(t.tryInputs(), t.tryRoutes())
	}
	if err != nil {
		t.cancel()
		return nil, err
	}
	return t, nil
}

// cancel gives up what was opened.
func (t *trial) cancel() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.undo[i]()
	}
}

// ending lists the inputs that the change stops, if all goes well.
func (t *trial) ending() (list []*input) {
	for _, name := range sorted(t.e.inputs) {
		if t.c.inputs[name] != nil || t.c.plan.Find(plugin.KindInput, name) == nil {
			list = append(list, t.e.inputs[name])
		}
	}
	return list
}

func (t *trial) tryInputs() error {
	var heritage []plugin.Input
	for _, in := range t.ending() {
		heritage = append(heritage, in.plug)
	}
	var errs []error
	for _, sec := range t.c.plan.Of(plugin.KindInput) {
		in := t.c.inputs[sec.Name]
		if in == nil {
			continue
		}
		if old := t.e.inputs[sec.Name]; old != nil && !old.over() && old.spec().sec.Info == sec.Info {
			if a, ok := old.plug.(plugin.Adapter); ok {
				errs = append(errs, t.adapt(old, a, in, heritage))
				continue
			}
		}
		err := in.open(t.e, heritage)
		t.undo = append(t.undo, in.discard)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t.runs = append(t.runs, in)
	}
	return errors.Join(errs...)
}

// adapt has an input make ready for other options.
func (t *trial) adapt(old *input, a plugin.Adapter, next *input, heritage []plugin.Input) error {
	if h, ok := next.plug.(plugin.Heir); ok {
		h.Inherit(heritage)
	}
	var commit, cancel func()
	err := guarded(func() (err error) { commit, cancel, err = a.Adapt(old.ctx, next.plug); return })
	if err != nil {
		return fmt.Errorf("[%s] %w", old.name, err)
	}
	t.undo = append(t.undo, cancel)
	t.adapted = append(t.adapted, adapted{old, next.spec(), commit})
	return nil
}

// tryRoutes starts new filters and outputs, and instances for those that changed. What
// keeps state comes last, since it is held.
func (t *trial) tryRoutes() error {
	var errs []error
	var held []string
	for _, k := range t.c.keys {
		inst, w := t.c.insts[k], t.e.workers[k]
		switch {
		case inst == nil:
		case w == nil || t.e.dead[w.r]:
			errs = append(errs, t.tryNew(k))
		case stateful(inst.plug) != nil || stateful(w.plugged()) != nil:
			held = append(held, k)
		default:
			errs = append(errs, t.tryBeside(w, w.r.offer(t.c.routes[k], inst)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, k := range held {
		w := t.e.workers[k]
		errs = append(errs, t.tryHeld(w, w.r.offer(t.c.routes[k], t.c.insts[k])))
	}
	return errors.Join(errs...)
}

// startError is nil for what the worker tries again later.
func startError(name string, err error) error {
	if err == nil || errors.Is(err, plugin.ErrRetry) {
		return nil
	}
	return fmt.Errorf("[%s] start: %w", name, err)
}

func (t *trial) tryNew(k string) error {
	w, err := t.c.newWorker(t.e, k)
	if err != nil {
		return err
	}
	err = w.open()
	t.undo = append(t.undo, func() {
		w.discard()
		w.r.unuseJournal()
	})
	if err = startError(w.r.name, err); err == nil {
		t.fresh = append(t.fresh, w)
	}
	return err
}

// tryBeside starts an instance while the old one works.
func (t *trial) tryBeside(w *worker, o *offer) error {
	err := o.start(w)
	t.undo = append(t.undo, func() { o.drop(w) })
	t.swaps = append(t.swaps, func() { t.e.swap(w, o, (*worker).adopt) })
	return startError(w.r.name, err)
}

// tryHeld starts an instance with the old one's state, and holds the worker until the
// end of the trial. One whose plugin hangs cannot be held: it gets the new instance
// untried when it lets go.
func (t *trial) tryHeld(w *worker, o *offer) error {
	ready, verdict, over := make(chan error, 1), make(chan bool, 1), make(chan struct{})
	hold := func(w *worker) {
		defer close(over)
		ready <- w.ready(o)
		if <-verdict {
			w.adopt(o)
		} else {
			o.drop(w)
		}
	}
	end := func(accepted bool) {
		verdict <- accepted
		select {
		case <-over:
		case <-time.After(swapPatience):
			w.log.Warn("an instance takes its time to stop")
		}
	}
	patience := time.NewTimer(swapPatience)
	defer patience.Stop()
	select {
	case w.r.do <- hold:
	case <-w.gone:
		o.cancel()
		return fmt.Errorf("[%s] has just ended; reload again", w.r.name)
	case <-patience.C:
		w.log.Warn("the plugin does not come to the reload; the new instance is started once it lets go")
		t.undo = append(t.undo, func() { o.drop(w) })
		t.swaps = append(t.swaps, func() {
			t.e.swap(w, o, func(w *worker, o *offer) {
				if err := w.ready(o); err != nil {
					w.complain("start", err) // and tries again, or ends
				}
				w.adopt(o)
			})
		})
		return nil
	}
	err := <-ready
	t.undo = append(t.undo, func() { end(false) })
	t.swaps = append(t.swaps, func() {
		w.r.cur.Store(o.spec)
		end(true)
	})
	return startError(w.r.name, err)
}

// swap has a worker take its new instance. A call that hangs is told to let go.
func (e *Engine) swap(w *worker, o *offer, take func(*worker, *offer)) {
	w.r.cur.Store(o.spec)
	adopt := func(w *worker) { take(w, o) }
	if e.tell(w, adopt, swapPatience) {
		return
	}
	w.cancel()
	if e.tell(w, adopt, swapPatience) {
		return
	}
	w.log.Error("the old plugin does not let go; it is replaced once it does")
	go func() {
		select {
		case w.r.do <- adopt:
		case <-w.gone:
		}
	}()
}

// commit puts what is new to work and ends the rest.
func (t *trial) commit() {
	t.commitRoutes()
	t.commitInputs()
	t.e.plan = t.c.plan
}

func (t *trial) commitRoutes() {
	e := t.e
	e.settleDues()
	for _, swap := range t.swaps {
		swap()
	}
	var gone, dead []*worker
	for k, w := range e.workers {
		switch {
		case t.c.routes[k] == nil:
			gone = append(gone, w)
		case e.dead[w.r] && t.c.insts[k] != nil:
			dead = append(dead, w)
		default:
			continue
		}
		delete(e.workers, k)
		delete(e.dead, w.r)
		delete(e.loaded, k)
	}
	for _, w := range t.fresh {
		e.workers[w.r.kind.String()+"/"+w.r.name] = w
		go w.run()
	}
	e.enroll()
	e.reroute(e.liveRoutes())
	for _, w := range dead {
		e.retire(w)
	}
	for _, w := range gone {
		e.remove(w)
	}
}

func (t *trial) commitInputs() {
	e := t.e
	stay := map[*input]bool{}
	for _, a := range t.adapted {
		a.commit()
		a.in.cur.Store(a.spec)
		stay[a.in] = true
	}
	for name, spec := range t.c.specs {
		e.inputs[name].cur.Store(spec)
	}
	var old []*input
	for _, in := range t.ending() {
		if !stay[in] {
			old = append(old, in)
			delete(e.inputs, in.name)
		}
	}
	for _, in := range old {
		in.stop()
	}
	for _, in := range old {
		in.settle(swapPatience)
		in.finish()
	}
	t.runInputs()
}

// runInputs runs what was opened.
func (t *trial) runInputs() {
	for _, in := range t.runs {
		t.e.inputs[in.name] = in
		go t.e.runInput(in)
	}
}
