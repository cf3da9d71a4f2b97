package pipeline

import (
	"context"
	"fmt"
	"sort"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/plugin"
)

// loaded is a filter that is in no configuration file. Its route and worker are
// like any other's; what differs is who asked for it and that it may never hold
// up a reader.
type loaded struct {
	owner  string // section of the manager; fixed, as is w
	w      *worker
	sec    atomic.Pointer[config.Section]
	since  atomic.Int64 // ns
	paused atomic.Bool
	ended  atomic.Pointer[string] // why it ended by itself, nil while it runs
}

// loadPatience is how long a loaded filter may take to come to a change. A save of
// its state may be under way, on a disk that is busy.
const loadPatience = 10 * time.Second

// roster is all loaded filters by name, for who may not wait for the graph.
type roster []*loaded

// enroll publishes who is loaded. Called with mu held.
func (e *Engine) enroll() {
	list := make(roster, 0, len(e.loaded))
	for _, l := range e.loaded {
		list = append(list, l)
	}
	sort.Slice(list, func(a, b int) bool { return list[a].w.r.name < list[b].w.r.name })
	e.roster.Store(&list)
}

// loader is the Loader of one manager.
type loader struct {
	e     *Engine
	owner string
}

// hold takes the graph.
func (l loader) hold(ctx context.Context) error {
	if !l.e.mu.LockFor(ctx, l.e.closing) {
		return plugin.ErrBusy
	}
	return nil
}

// Section implements plugin.Loader.
func (l loader) Section(f *plugin.Loadable) (string, error) {
	sec, err := l.e.parseLoadable(f)
	if err != nil {
		return "", err
	}
	return sec.Name, nil
}

// parseLoadable reads a section; its name is still that of the text.
func (e *Engine) parseLoadable(f *plugin.Loadable) (*config.Section, error) {
	return config.One(config.Source{Name: "config", Text: f.Config},
		config.OneOptions{Kind: plugin.KindFilter, Type: f.Type, Impose: f.Impose, Globals: &e.settings})
}

// section is the section under the name that it gets here, with what a loaded
// filter may not choose.
func (e *Engine) section(f *plugin.Loadable) (*config.Section, error) {
	sec, err := e.parseLoadable(f)
	if err != nil {
		return nil, err
	}
	sec.Name = f.Name
	o := &sec.Route
	o.CanExit = true
	o.Buffering.FullAction = string(journal.Drop)
	if o.Overflow == config.Block || o.Overflow == "" || e.journal == nil {
		o.Overflow = config.Drop
		if e.journal != nil {
			o.Overflow = config.Spill
		}
	}
	return sec, nil
}

// Load implements plugin.Loader.
func (l loader) Load(ctx context.Context, f *plugin.Loadable) error {
	e := l.e
	k := plugin.KindFilter.String() + "/" + f.Name
	for {
		if err := e.awaitGone(ctx, k); err != nil {
			return err
		}
		if err := l.hold(ctx); err != nil {
			return err
		}
		if e.goingAway(k) == nil {
			break
		}
		e.mu.Unlock() // another unload was quicker
	}
	defer e.mu.Unlock()
	if e.workers[k] != nil {
		return fmt.Errorf("load %s: %w", f.Name, plugin.ErrLoaded)
	}
	sec, err := e.section(f)
	if err != nil {
		return err
	}
	return e.admit(k, sec, &loaded{owner: l.owner}, f.Paused, nil)
}

// admit makes and starts a loaded filter. Called with mu held.
func (e *Engine) admit(k string, sec *config.Section, l *loaded, paused bool, sh *shadow) error {
	fac := factory{eng: e, plan: e.plan, mute: sh != nil}
	spec, err := fac.spec(sec)
	if err != nil {
		return err
	}
	inst, err := fac.instance(sec)
	if err != nil {
		return err
	}
	if sh != nil {
		sec = sh.rename(sec)
		spec.sec = sec
	}
	spec.counter, _ = inst.plug.(plugin.Counter)
	r := newRoute(e, sec, len(e.workers)+1)
	r.pace, r.shadow = newPace(e.settings.MaxProcessDuration), sh
	spec.keeps = sh == nil && r.keeps(sec, inst.plug)
	r.cur.Store(spec)
	r.stateful.Store(stateful(inst.plug) != nil)
	if err := r.useJournal(); err != nil {
		return err
	}
	w := newWorker(r, inst)
	w.paused = paused
	if err := w.open(); err != nil {
		w.cancel()
		w.guard(func() error { return stopPlugin(inst.plug) })
		r.forgetJournal()
		return fmt.Errorf("[%s] start: %w", sec.Name, err)
	}
	l.w = w
	l.sec.Store(sec)
	l.since.Store(e.clock.Now().UnixNano())
	l.paused.Store(paused)
	e.workers[k] = w
	e.loaded[k] = l
	e.enroll()
	go w.run()
	if !paused {
		e.reroute(e.liveRoutes())
	}
	return nil
}

// mine finds a filter of this manager. Called with mu held.
func (l loader) mine(name string) (string, *loaded, error) {
	k := plugin.KindFilter.String() + "/" + name
	x := l.e.loaded[k]
	if x == nil || x.owner != l.owner {
		return k, nil, fmt.Errorf("%s: %w", name, plugin.ErrNotLoaded)
	}
	return k, x, nil
}

// Replace implements plugin.Loader.
func (l loader) Replace(ctx context.Context, f *plugin.Loadable) error {
	e := l.e
	if err := l.hold(ctx); err != nil {
		return err
	}
	defer e.mu.Unlock()
	k, x, err := l.mine(f.Name)
	if err != nil {
		return err
	}
	sec, err := e.section(f)
	if err != nil {
		return err
	}
	if e.dead[x.w.r] {
		old := x.w
		delete(e.workers, k)
		delete(e.loaded, k)
		if err := e.admit(k, sec, &loaded{owner: l.owner}, f.Paused, nil); err != nil {
			e.workers[k], e.loaded[k] = old, x
			return err
		}
		delete(e.dead, old.r)
		return nil
	}
	fac := factory{eng: e, plan: e.plan}
	spec, err := fac.spec(sec)
	if err != nil {
		return err
	}
	inst, err := fac.instance(sec)
	if err != nil {
		return err
	}
	spec.counter, _ = inst.plug.(plugin.Counter)
	old := x.w.r.spec()
	spec.keeps = x.w.r.keeps(sec, inst.plug)
	if err := e.exchange(x.w, spec, inst); err != nil {
		return err
	}
	x.sec.Store(sec)
	x.since.Store(e.clock.Now().UnixNano())
	if !x.paused.Load() && (old.keeps != spec.keeps || old.sec.Route.Matcher != sec.Route.Matcher || (old.counter == nil) != (spec.counter == nil)) {
		e.reroute(e.liveRoutes())
	}
	return nil
}

// exchange has the worker replace its instance, and waits for what comes of it.
func (e *Engine) exchange(w *worker, spec *routeSpec, inst *instance) error {
	result := make(chan error, 1)
	t := time.NewTimer(loadPatience)
	defer t.Stop()
	select {
	case w.r.do <- func(w *worker) { result <- w.exchange(spec, inst) }:
	case <-w.gone:
		return fmt.Errorf("%s: has just ended; %w", w.r.name, plugin.ErrBusy)
	case <-t.C:
		return fmt.Errorf("%s: does not answer; unload it first", w.r.name)
	}
	select {
	case err := <-result:
		return err
	case <-e.closing:
		return plugin.ErrBusy
	}
}

// Pause implements plugin.Loader.
func (l loader) Pause(ctx context.Context, name string) error { return l.setPaused(ctx, name, true) }

// Resume implements plugin.Loader.
func (l loader) Resume(ctx context.Context, name string) error { return l.setPaused(ctx, name, false) }

func (l loader) setPaused(ctx context.Context, name string, paused bool) error {
	e := l.e
	if err := l.hold(ctx); err != nil {
		return err
	}
	defer e.mu.Unlock()
	_, x, err := l.mine(name)
	if err != nil {
		return err
	}
	if e.dead[x.w.r] {
		return fmt.Errorf("%s: has ended by itself; replace or unload it", name)
	}
	if x.paused.Load() == paused {
		return nil
	}
	if !e.tell(x.w, func(w *worker) { w.setPaused(paused) }, loadPatience) {
		return fmt.Errorf("%s: does not answer; unload it", name)
	}
	x.paused.Store(paused)
	e.reroute(e.liveRoutes())
	return nil
}

// Unload implements plugin.Loader.
func (l loader) Unload(ctx context.Context, name string) error {
	e := l.e
	if err := l.hold(ctx); err != nil {
		return err
	}
	k, x, err := l.mine(name)
	if err != nil {
		e.mu.Unlock()
		return err
	}
	left := e.leave(k)
	delete(e.workers, k)
	delete(e.loaded, k)
	dead := e.dead[x.w.r]
	delete(e.dead, x.w.r)
	e.enroll()
	if !dead && !x.paused.Load() {
		e.reroute(e.liveRoutes())
	}
	e.mu.Unlock()
	defer left()
	e.remove(x.w)
	return nil
}

// Terminate implements plugin.Loader.
func (l loader) Terminate(ctx context.Context, name, reason string) error {
	e := l.e
	if err := l.hold(ctx); err != nil {
		return err
	}
	defer e.mu.Unlock()
	_, x, err := l.mine(name)
	if err != nil || e.dead[x.w.r] {
		return err
	}
	if !e.tell(x.w, func(w *worker) { w.end(&overruled{reason}) }, swapPatience) {
		x.w.cancel()
		if !e.tell(x.w, func(w *worker) { w.end(&overruled{reason}) }, swapPatience) {
			return fmt.Errorf("%s: does not answer", name)
		}
	}
	return nil
}

// overruled is the end of a loaded filter that others decided on.
type overruled struct{ reason string }

func (o *overruled) Error() string { return o.reason }

// Loaded implements plugin.Loader.
func (l loader) Loaded() []plugin.Loaded {
	var list []plugin.Loaded
	for _, x := range *l.e.roster.Load() {
		if x.owner == l.owner {
			list = append(list, x.tell())
		}
	}
	return list
}

// Loaded lists what all managers have loaded.
func (e *Engine) Loaded() []plugin.Loaded {
	list := []plugin.Loaded{}
	for _, x := range *e.roster.Load() {
		list = append(list, x.tell())
	}
	return list
}

func (x *loaded) tell() plugin.Loaded {
	r := x.w.r
	p := plugin.Loaded{Name: r.name, Manager: x.owner, Type: x.sec.Load().Info.Name, State: plugin.StateRunning,
		Since: time.Unix(0, x.since.Load()), Received: r.received.N.Load(), Processed: r.delivered.N.Load(),
		Held: uint64(max(0, r.held.Load())), Injected: r.injected.Load(), Dropped: r.drops.Total(), Busy: r.pace.busy()}
	switch why := x.ended.Load(); {
	case why != nil:
		p.State, p.Reason = plugin.StateTerminated, *why
	case x.paused.Load():
		p.State = plugin.StatePaused
	}
	if s, ok := x.w.plugged().(plugin.Reporter); ok {
		var rep plugin.Report
		s.Report(&rep)
		p.Metrics = rep.Metrics
	}
	return p
}

// leave says that a route is on its way out; the result ends that.
func (e *Engine) leave(k string) (left func()) {
	c := make(chan struct{})
	e.exits.Lock()
	e.leaving[k] = c
	e.exits.Unlock()
	return func() {
		e.exits.Lock()
		delete(e.leaving, k)
		e.exits.Unlock()
		close(c)
	}
}

func (e *Engine) goingAway(k string) <-chan struct{} {
	e.exits.Lock()
	defer e.exits.Unlock()
	if c := e.leaving[k]; c != nil {
		return c
	}
	return nil
}

// awaitGone waits until a route of that key is no longer on its way out.
func (e *Engine) awaitGone(ctx context.Context, k string) error {
	for c := e.goingAway(k); c != nil; c = e.goingAway(k) {
		select {
		case <-c:
		case <-ctx.Done():
			return plugin.ErrBusy
		case <-e.closing:
			return plugin.ErrBusy
		}
	}
	return nil
}
