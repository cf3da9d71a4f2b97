package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/heka-project/heka/plugin"
)

// ErrNoManager means that nobody can do what is asked.
var ErrNoManager = errors.New("no such sandbox manager")

// managers lists the workers of plugins that load others, by name. It does not
// wait for the graph's lock longer than ctx lasts.
func (e *Engine) managers(ctx context.Context) (map[string]*worker, error) {
	if !e.mu.LockFor(ctx, e.closing) {
		return nil, plugin.ErrBusy
	}
	defer e.mu.Unlock()
	m := map[string]*worker{}
	for _, w := range e.workers {
		if _, ok := w.plugged().(plugin.Manager); ok && !e.dead[w.r] {
			m[w.r.name] = w
		}
	}
	return m, nil
}

// restorePatience is how long inputs wait at the start for managers that bring
// their filters back.
const restorePatience = time.Minute

// awaitManagers returns when every manager has started.
func (e *Engine) awaitManagers(ctx context.Context) {
	list, err := e.managers(ctx)
	if err != nil || len(list) == 0 {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, w := range list {
			if !e.tell(w, func(*worker) {}, restorePatience) {
				w.log.Warn("the manager has not brought its filters back yet; inputs start without them")
			}
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Managers lists the plugins that load others.
func (e *Engine) Managers(ctx context.Context) ([]string, error) {
	m, err := e.managers(ctx)
	return sorted(m), err
}

// manager finds one; "" stands for the only one.
func (e *Engine) manager(ctx context.Context, name string) (*worker, error) {
	m, err := e.managers(ctx)
	if err != nil {
		return nil, err
	}
	if w := m[name]; w != nil {
		return w, nil
	}
	names := sorted(m)
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%w: this configuration has none; add a section of type SandboxManagerFilter", ErrNoManager)
	case name == "" && len(names) == 1:
		return m[names[0]], nil
	case name == "":
		return nil, fmt.Errorf("there are several sandbox managers; say which of %s", strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%w: %q; there are %s", ErrNoManager, name, strings.Join(names, ", "))
}

// Manage has a manager do something, and returns its name. "" asks the only one.
func (e *Engine) Manage(ctx context.Context, manager string, o *plugin.Order) (string, error) {
	w, err := e.manager(ctx, manager)
	if err != nil {
		return "", err
	}
	result := make(chan error, 1)
	select {
	case w.r.do <- func(w *worker) { result <- w.manage(o) }:
	case <-w.gone:
		return w.r.name, fmt.Errorf("%s has ended", w.r.name)
	case <-ctx.Done():
		return w.r.name, plugin.ErrBusy
	case <-e.closing:
		return w.r.name, plugin.ErrBusy
	}
	select {
	case err = <-result:
	case <-w.gone:
		err = fmt.Errorf("%s has ended", w.r.name)
	}
	return w.r.name, err
}

// manage passes an order on, in the manager's goroutine.
func (w *worker) manage(o *plugin.Order) error {
	m, ok := w.inst.plug.(plugin.Manager)
	if !ok || !w.started {
		return fmt.Errorf("%s has not started; %w", w.r.name, plugin.ErrBusy)
	}
	w.emit.depth = 1
	err := w.guard(func() error { return m.Manage(o, w.emit) })
	w.emit.send()
	return err
}

// Imposed is what a manager imposes on its filters; "" asks the only one.
func (e *Engine) Imposed(ctx context.Context, manager string) (name, toml string, err error) {
	w, err := e.manager(ctx, manager)
	if err != nil {
		return "", "", err
	}
	m, ok := w.plugged().(plugin.Manager)
	if !ok {
		return "", "", ErrNoManager
	}
	return w.r.name, m.Imposed(), nil
}

// countTypes is a small bounded tally.
type countTypes struct {
	n    map[string]uint64
	rest uint64
}

const maxTypes = 64

func (c *countTypes) add(typ string) {
	if c.n == nil {
		c.n = map[string]uint64{}
	}
	if _, ok := c.n[typ]; !ok && len(c.n) == maxTypes {
		c.rest++
		return
	}
	c.n[typ]++
}

// TypeCount is how many messages of a type there were.
type TypeCount struct {
	Type string
	N    uint64
}

// list is the tally, the most frequent first.
func (c *countTypes) list() []TypeCount {
	list := make([]TypeCount, 0, len(c.n)+1)
	for t, n := range c.n {
		list = append(list, TypeCount{t, n})
	}
	sort.Slice(list, func(a, b int) bool {
		return list[a].N > list[b].N || list[a].N == list[b].N && list[a].Type < list[b].Type
	})
	if c.rest > 0 {
		list = append(list, TypeCount{"(others)", c.rest})
	}
	return list
}
