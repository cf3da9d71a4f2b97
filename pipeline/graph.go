package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
)

// change is the way from the running graph to that of a plan: everything new is
// made, nothing has started.
type change struct {
	plan    *config.Plan
	factory factory
	inputs  map[string]*input     // new or changed
	insts   map[string]*instance  // by route key: new or changed
	specs   map[string]*routeSpec // by route key: all of the plan
	keys    []string              // route keys in the plan's order
	keep    map[string]struct{}   // inputs that stay
	loaded  int                   // filters of no file that stay
}

// key names a route: filters and outputs have separate name spaces.
func key(sec *config.Section) string { return sec.Info.Kind.String() + "/" + sec.Name }

// prepare makes what a plan needs and the running graph lacks. All errors at
// once.
func (e *Engine) prepare(plan *config.Plan) (*change, error) {
	f := factory{eng: e, plan: plan}
	c := &change{plan: plan, factory: f, inputs: map[string]*input{}, insts: map[string]*instance{},
		specs: map[string]*routeSpec{}, keep: map[string]struct{}{}}
	var errs []error
	for _, k := range sorted(e.loaded) {
		if l := e.loaded[k]; l.w.r.shadow != nil || plan.Find(plugin.KindFilter, l.owner) != nil {
			c.specs[k] = l.w.r.spec() // stays, whatever the files say
			c.loaded++
		}
	}
	for _, sec := range plan.Sections {
		var err error
		switch sec.Info.Kind {
		case plugin.KindInput:
			if old := e.inputs[sec.Name]; old != nil && old.text == sec.Signature() {
				c.keep[sec.Name] = struct{}{}
				continue
			}
			c.inputs[sec.Name], err = f.input(sec)
		case plugin.KindFilter, plugin.KindOutput:
			err = c.route(e, sec)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return c, errors.Join(errs...)
}

func (c *change) route(e *Engine, sec *config.Section) error {
	spec, err := c.factory.spec(sec)
	if err != nil {
		return err
	}
	k := key(sec)
	if l := e.loaded[k]; l != nil && c.specs[k] != nil {
		return fmt.Errorf("[%s] a filter of that name was loaded by %s; unload it, or choose another name", sec.Name, l.owner)
	}
	c.specs[k] = spec
	c.keys = append(c.keys, k)
	if old := e.workers[k]; old != nil && old.r.spec().text == spec.text && !e.dead[old.r] {
		return nil
	}
	c.insts[k], err = c.factory.instance(sec)
	return err
}

// apply turns the running graph into the prepared one. Called with mu held. On
// an error the inputs that were running run again.
func (e *Engine) apply(c *change) error {
	if err := e.applyRoutes(c); err != nil {
		return err
	}
	if err := e.applyInputs(c); err != nil {
		return err
	}
	e.plan = c.plan
	return nil
}

// applyRoutes starts new plugins, replaces changed ones in their routes, swaps
// the router and stops what is gone.
func (e *Engine) applyRoutes(c *change) error {
	var gone []*worker
	for k, w := range e.workers {
		if c.specs[k] == nil || e.dead[w.r] && e.loaded[k] == nil {
			gone = append(gone, w)
			delete(e.workers, k)
			delete(e.dead, w.r)
			delete(e.loaded, k)
		}
	}
	for _, k := range c.keys {
		spec, inst := c.specs[k], c.insts[k]
		w := e.workers[k]
		switch {
		case w == nil:
			r := newRoute(e, spec.sec, e.queuing(c))
			spec.counter, _ = inst.plug.(plugin.Counter)
			r.cur.Store(spec)
			spec.keeps = r.keeps(spec.sec, inst.plug)
			r.stateful.Store(stateful(inst.plug) != nil)
			if err := r.useJournal(); err != nil {
				return err
			}
			w = newWorker(r, inst)
			e.workers[k] = w
			go w.run()
		case inst != nil:
			e.swap(w, spec, inst)
		}
	}
	e.enroll()
	e.reroute(e.liveRoutes())
	for _, w := range gone {
		e.remove(w)
	}
	return nil
}

// queuing counts the routes of a change that will have a queue. Called with mu
// held.
func (e *Engine) queuing(c *change) (n int) {
	for _, k := range c.keys {
		plug := any(nil)
		if inst := c.insts[k]; inst != nil {
			plug = inst.plug
		} else if w := e.workers[k]; w != nil {
			plug = w.plugged()
		}
		if _, counts := plug.(plugin.Counter); !counts {
			n++
		}
	}
	return max(n+c.loaded, 1)
}

// liveRoutes lists the routes in a stable order. Called with mu held.
func (e *Engine) liveRoutes() []*route {
	keys := make([]string, 0, len(e.workers))
	for k, w := range e.workers {
		if l := e.loaded[k]; !e.dead[w.r] && (l == nil || !l.paused.Load()) {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	routes := make([]*route, len(keys))
	for i, k := range keys {
		routes[i] = e.workers[k].r
	}
	return routes
}

// reroute publishes a new router. Called with mu held.
func (e *Engine) reroute(routes []*route) {
	e.epoch++
	e.snap.Store(newSnapshot(e.epoch, routes))
}

// swap puts a new instance on a route; what is queued stays.
func (e *Engine) swap(w *worker, spec *routeSpec, inst *instance) {
	spec.counter, _ = inst.plug.(plugin.Counter)
	spec.keeps = w.r.keeps(spec.sec, inst.plug)
	e.settleDues()
	replace := func(w *worker) {
		w.r.cur.Store(spec)
		if err := w.replace(inst); err != nil {
			w.log.Error("replace", "err", err)
		}
	}
	if !e.tell(w, replace, swapPatience) {
		w.cancel() // a call that hangs is told to let go
		if !e.tell(w, replace, swapPatience) {
			w.log.Error("the old plugin does not let go; it is replaced once it does")
			go func() { w.r.do <- replace }()
		}
	}
}

// remove ends a route that is no longer in the router: what is queued is
// delivered first, as far as patience goes.
func (e *Engine) remove(w *worker) {
	e.drain(w, swapPatience)
	if !e.tell(w, (*worker).finish, swapPatience) {
		w.cancel()
		e.tell(w, (*worker).finish, swapPatience)
	}
	w.r.forgetJournal()
}

// applyInputs stops what is gone or changed and starts what is new or changed.
func (e *Engine) applyInputs(c *change) error {
	var old []*input
	for name, in := range e.inputs {
		if _, stays := c.keep[name]; !stays {
			old = append(old, in)
			delete(e.inputs, name)
		}
	}
	for _, in := range old {
		in.stop()
	}
	for _, in := range old {
		in.settle(swapPatience)
		in.finish()
	}
	var started []*input
	var errs []error
	for _, sec := range c.plan.Of(plugin.KindInput) {
		in := c.inputs[sec.Name]
		if in == nil {
			continue
		}
		if err := in.start(e); err != nil {
			errs = append(errs, err)
			continue
		}
		started = append(started, in)
		e.inputs[in.name] = in
	}
	if len(errs) == 0 {
		return nil
	}
	for _, in := range started {
		in.stop()
		in.settle(swapPatience)
		in.finish()
		delete(e.inputs, in.name)
	}
	for _, in := range old { // back to what ran before
		again, err := in.factory.input(in.sec)
		if err == nil {
			err = again.start(e)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		e.inputs[again.name] = again
	}
	return errors.Join(errs...)
}

// start opens what the input listens on and runs it.
func (in *input) start(e *Engine) error {
	in.ctx, in.cancel = context.WithCancel(e.hard)
	in.stopped = make(chan struct{})
	if s, ok := in.plug.(plugin.Starter); ok {
		if err := s.Start(in.ctx); err != nil {
			in.cancel()
			close(in.stopped)
			return fmt.Errorf("[%s] %w", in.name, err)
		}
	}
	go e.runInput(in)
	return nil
}

// stop ends the input's run; its streams are sent and closed.
func (in *input) stop() {
	in.cancel()
	<-in.stopped
}

// settle waits until all that the input sent has been dealt with, at most for d,
// so that the positions it saves are its last.
func (in *input) settle(d time.Duration) {
	for end := time.Now().Add(d); in.inFlight() > 0 && time.Now().Before(end); {
		time.Sleep(2 * time.Millisecond)
	}
}

// finish lets the input save its last positions: nothing is acknowledged later.
func (in *input) finish() {
	if err := stopPlugin(in.plug); err != nil {
		in.log.Error("stop", "err", err)
	}
}

// closeStreams closes what the plugin left open. Called when Run has returned.
func (in *input) closeStreams() {
	in.mu.Lock()
	left := make([]*stream, 0, len(in.streams))
	for s := range in.streams {
		left = append(left, s)
	}
	in.mu.Unlock()
	for _, s := range left {
		s.Close()
	}
}
