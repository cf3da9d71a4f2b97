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
	k := plugin.KindFilter.String() + "/" + f.Name
	b, err := l.reserve(ctx, k)
	if err != nil {
		return fmt.Errorf("load %s: %w", f.Name, err)
	}
	defer b.free()
	sec, err := l.e.section(f)
	if err != nil {
		return err
	}
	return b.admit(ctx, sec, &loaded{owner: l.owner}, f.Paused, nil)
}

// berth is the name of a filter that is being made: meanwhile nobody else gets it.
// Making it may take seconds, as when a WebAssembly module is compiled, and does not
// hold the graph.
type berth struct {
	l    loader
	k    string       // route key
	plan *config.Plan // of that moment
	n    int          // routes that there are then
}

// reserve waits until a filter of that name is gone that is on its way out.
func (l loader) reserve(ctx context.Context, k string) (*berth, error) {
	e := l.e
	for {
		if err := e.awaitGone(ctx, k); err != nil {
			return nil, err
		}
		if err := l.hold(ctx); err != nil {
			return nil, err
		}
		if e.goingAway(k) == nil {
			break
		}
		e.mu.Unlock() // another unload was quicker
	}
	defer e.mu.Unlock()
	if e.workers[k] != nil || e.loading[k] {
		return nil, plugin.ErrLoaded
	}
	e.loading[k] = true
	return &berth{l: l, k: k, plan: e.plan, n: len(e.workers) + 1}, nil
}

func (b *berth) free() {
	b.l.e.mu.Lock()
	delete(b.l.e.loading, b.k)
	b.l.e.mu.Unlock()
}

// admit makes and starts a loaded filter, and puts it into the graph.
func (b *berth) admit(ctx context.Context, sec *config.Section, x *loaded, paused bool, sh *shadow) error {
	e := b.l.e
	fac := factory{eng: e, plan: b.plan, mute: sh != nil}
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
	r := newRoute(e, sec, b.n)
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
		w.discard()
		r.forgetJournal()
		return fmt.Errorf("[%s] start: %w", sec.Name, err)
	}
	x.w = w
	x.sec.Store(sec)
	x.since.Store(e.clock.Now().UnixNano())
	x.paused.Store(paused)
	return b.enter(ctx, x)
}

// enter puts a filter that has started into the graph.
func (b *berth) enter(ctx context.Context, x *loaded) error {
	e := b.l.e
	if err := b.l.hold(ctx); err != nil {
		x.w.discard() // what the journal knows of it is for the next start
		return err
	}
	defer e.mu.Unlock()
	if x.w.r.shadow == nil && e.plan.Find(plugin.KindFilter, b.l.owner) == nil {
		x.w.discard()
		x.w.r.forgetJournal()
		return fmt.Errorf("load %s: its manager is gone: %w", x.w.r.name, plugin.ErrBusy)
	}
	if old := e.workers[b.k]; old != nil {
		if !e.dead[old.r] { // a reload has taken the name
			x.w.discard()
			return fmt.Errorf("load %s: %w", x.w.r.name, plugin.ErrLoaded)
		}
		delete(e.dead, old.r)
	}
	e.workers[b.k] = x.w
	e.loaded[b.k] = x
	e.enroll()
	go x.w.run()
	if !x.paused.Load() {
		e.reroute(e.liveRoutes())
	}
	return nil
}

// discard gives up a worker that has not run.
func (w *worker) discard() {
	w.cancel()
	if err := w.guard(w.inst.stop); err != nil {
		w.log.Error("stop", "err", err)
	}
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
	k, x, err := l.mine(f.Name)
	dead := err == nil && e.dead[x.w.r]
	b := &berth{l: l, k: k, plan: e.plan, n: len(e.workers)}
	e.mu.Unlock()
	if err != nil {
		return err
	}
	sec, err := e.section(f)
	if err != nil {
		return err
	}
	if dead {
		return b.admit(ctx, sec, &loaded{owner: l.owner}, f.Paused, nil)
	}
	fac := factory{eng: e, plan: b.plan}
	spec, err := fac.spec(sec)
	if err != nil {
		return err
	}
	inst, err := fac.instance(sec)
	if err != nil {
		return err
	}
	old := x.w.r.spec()
	if err := e.exchange(x.w, x.w.r.offer(spec, inst)); err != nil {
		return err
	}
	x.sec.Store(sec)
	x.since.Store(e.clock.Now().UnixNano())
	if old.keeps == spec.keeps && old.sec.Route.Matcher == sec.Route.Matcher && (old.counter == nil) == (spec.counter == nil) {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.workers[k] == x.w && !x.paused.Load() {
		e.reroute(e.liveRoutes())
	}
	return nil
}

// exchange has the worker replace its instance, and waits for what comes of it.
func (e *Engine) exchange(w *worker, o *offer) error {
	result := make(chan error, 1)
	t := time.NewTimer(loadPatience)
	defer t.Stop()
	select {
	case w.r.do <- func(w *worker) { result <- w.exchange(o) }:
	case <-w.gone:
		o.cancel()
		return fmt.Errorf("%s: has just ended; %w", w.r.name, plugin.ErrBusy)
	case <-t.C:
		o.cancel()
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
