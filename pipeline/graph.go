package pipeline

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
)

// change is the way from the running graph to that of a plan: everything new is
// made, nothing has started.
type change struct {
	plan   *config.Plan
	inputs map[string]*input     // new or changed
	specs  map[string]*inputSpec // of inputs that stay, with another splitter, decoder or common option
	insts  map[string]*instance  // by route key: new or changed
	routes map[string]*routeSpec // by route key: all of the plan
	keys   []string              // route keys in the plan's order
	loaded int                   // filters of no file that stay
	tells  Outcome               // what it comes to
}

// key names a route: filters and outputs have separate name spaces.
func key(sec *config.Section) string { return sec.Info.Kind.String() + "/" + sec.Name }

// build makes what a plan needs and the running graph lacks. All errors at once. It
// holds the graph only to look at it: making plugins may take seconds.
func (e *Engine) build(plan *config.Plan) (*change, error) {
	f := factory{eng: e, plan: plan}
	c := &change{plan: plan, inputs: map[string]*input{}, specs: map[string]*inputSpec{},
		insts: map[string]*instance{}, routes: map[string]*routeSpec{}}
	now := e.runs()
	var errs []error
	for _, sec := range plan.Sections {
		var err error
		switch sec.Info.Kind {
		case plugin.KindInput:
			err = c.input(f, sec, now.inputs[sec.Name])
		case plugin.KindFilter, plugin.KindOutput:
			k := key(sec)
			if c.routes[k], err = f.spec(sec); err == nil && (now.routes[k] == nil || now.routes[k].text != c.routes[k].text) {
				c.insts[k], err = f.instance(sec)
			}
			c.keys = append(c.keys, k)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	c.tells = c.outcome(now)
	return c, errors.Join(errs...)
}

// runs is what the graph holds at one moment. What has ended is left out.
type runs struct {
	inputs map[string]*inputSpec // by name
	adapts map[string]bool       // those that take on other options
	routes map[string]*routeSpec // by key; loaded filters are left out
	plan   *config.Plan          // nil before the start
}

func (e *Engine) runs() runs {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := runs{inputs: map[string]*inputSpec{}, adapts: map[string]bool{}, routes: map[string]*routeSpec{}}
	if len(e.workers)+len(e.inputs) > 0 {
		now.plan = e.plan
	}
	for name, in := range e.inputs {
		if !in.over() {
			now.inputs[name] = in.spec()
			_, now.adapts[name] = in.plug.(plugin.Adapter)
		}
	}
	for k, w := range e.workers {
		if !e.dead[w.r] && e.loaded[k] == nil {
			now.routes[k] = w.r.spec()
		}
	}
	return now
}

// input makes an input where the one that runs cannot stay.
func (c *change) input(f factory, sec *config.Section, old *inputSpec) error {
	if old != nil && old.text == sec.Signature() {
		return nil
	}
	in, err := f.input(sec)
	switch {
	case err != nil:
		return err
	case old != nil && samePlugin(old.sec, sec):
		c.specs[sec.Name] = in.spec()
	default:
		c.inputs[sec.Name] = in
	}
	return nil
}

// samePlugin reports whether an input itself sees no difference between two sections:
// what differs is what the engine does for it.
func samePlugin(a, b *config.Section) bool {
	return a.Info == b.Info && a.Files == b.Files && a.Input.Ticker == b.Input.Ticker && reflect.DeepEqual(a.Config, b.Config)
}

// claim adds the loaded filters that stay, whatever the files say. Called with mu
// held.
func (c *change) claim(e *Engine) error {
	var errs []error
	for _, k := range sorted(e.loaded) {
		l := e.loaded[k]
		if l.w.r.shadow == nil && c.plan.Find(plugin.KindFilter, l.owner) == nil {
			continue
		}
		if spec := c.routes[k]; spec != nil {
			errs = append(errs, fmt.Errorf("[%s] a filter of that name was loaded by %s; unload it, or choose another name", spec.sec.Name, l.owner))
			continue
		}
		c.routes[k] = l.w.r.spec()
		c.loaded++
	}
	for _, k := range sorted(e.loading) {
		if spec := c.routes[k]; spec != nil && e.workers[k] == nil {
			errs = append(errs, fmt.Errorf("[%s] a filter of that name is being loaded; unload it, or choose another name", spec.sec.Name))
		}
	}
	return errors.Join(errs...)
}

// newWorker makes the route and the worker of a new plugin. Called with mu held.
func (c *change) newWorker(e *Engine, k string) (*worker, error) {
	spec, inst := c.routes[k], c.insts[k]
	r := newRoute(e, spec.sec, e.queuing(c))
	spec.counter, _ = inst.plug.(plugin.Counter)
	spec.keeps = r.keeps(spec.sec, inst.plug)
	r.cur.Store(spec)
	r.stateful.Store(stateful(inst.plug) != nil)
	if err := r.useJournal(); err != nil {
		return nil, err
	}
	return newWorker(r, inst), nil
}

// startRoutes starts all filters and outputs of the first plan. Called with mu held.
func (e *Engine) startRoutes(c *change) error {
	for _, k := range c.keys {
		w, err := c.newWorker(e, k)
		if err != nil {
			return err
		}
		e.workers[k] = w
		go w.run()
	}
	e.enroll()
	e.reroute(e.liveRoutes())
	return nil
}

// startInputs opens all inputs of the first plan and runs them. Called with mu held.
func (e *Engine) startInputs(c *change) error {
	t := &trial{e: e, c: c}
	if err := t.tryInputs(); err != nil {
		t.cancel()
		return err
	}
	t.runInputs()
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

// remove ends a route that is no longer in the router: what is queued is
// delivered first, as far as patience goes.
func (e *Engine) remove(w *worker) {
	e.retire(w)
	w.r.forgetJournal()
}

// retire is remove for one whose place in the journal another route has taken.
func (e *Engine) retire(w *worker) {
	e.drain(w, swapPatience)
	if !e.tell(w, (*worker).finish, swapPatience) {
		w.cancel()
		e.tell(w, (*worker).finish, swapPatience)
	}
}

// open opens what the input listens on; what the inputs that end have open it may
// take over.
func (in *input) open(e *Engine, ending []plugin.Input) error {
	in.ctx, in.cancel = context.WithCancel(e.hard)
	in.until, in.end = context.WithCancel(in.ctx)
	in.stopped = make(chan struct{})
	if h, ok := in.plug.(plugin.Heir); ok {
		h.Inherit(ending)
	}
	s, ok := in.plug.(plugin.Starter)
	if !ok {
		return nil
	}
	if err := guarded(func() error { return s.Start(in.ctx) }); err != nil {
		return fmt.Errorf("[%s] %w", in.name, err)
	}
	return nil
}

// discard gives up an input that does not run.
func (in *input) discard() {
	in.cancel()
	in.finish()
}

// over reports whether the input has ended.
func (in *input) over() bool {
	select {
	case <-in.stopped:
		return true
	default:
		return false
	}
}

// inputPatience is how long a reload waits for an input to stop.
const inputPatience = 10 * time.Second

// stop ends the input's run; its streams are sent and closed. What it has read
// already may wait for room a little longer, so that it is not lost.
func (in *input) stop() {
	in.end()
	select {
	case <-in.stopped:
	case <-time.After(swapPatience):
	}
	in.cancel()
	select {
	case <-in.stopped:
	case <-time.After(inputPatience):
		in.log.Error("input does not stop; going on without it")
	}
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
	if err := guarded(func() error { return stopPlugin(in.plug) }); err != nil {
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
