package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// shadow takes what a filter injects that is only tried: it is counted, a sample
// is kept, nothing is routed. mu is a leaf lock; the filter adds, anyone asks.
type shadow struct {
	name string // of the route

	mu     sync.Mutex
	types  countTypes
	sample [][]byte
	view   message.View
}

// shadowMark ends the name of a shadow's route; no section can have such a name
// by accident.
const shadowMark = " (shadow)"

// odd is what a manager leaves out of its filters' names.
var odd = regexp.MustCompile(`\W`)

// maxSample is how many injected messages a shadow keeps.
const maxSample = 20

// rename gives the route of the shadow a name of its own. The plugin keeps that of
// the section, so that what it injects looks as it will.
func (s *shadow) rename(sec *config.Section) *config.Section {
	c := *sec
	c.Name = s.name
	return &c
}

// add takes one injected message, borrowed.
func (s *shadow) add(msg []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	typ := ""
	if s.view.Parse(msg, nil) {
		typ = string(s.view.Bytes(message.NumType))
	}
	s.types.add(typ)
	if len(s.sample) < maxSample {
		s.sample = append(s.sample, append([]byte(nil), msg...))
	}
}

// ShadowResult is what became of a filter that was tried beside the live ones.
type ShadowResult struct {
	Filter plugin.Loaded // under the name of its section
	For    time.Duration
	Types  []TypeCount    // what it would have injected
	Sample [][]byte       // the first of it, encoded
	Beside *plugin.Loaded // the live filter of that name over the same time, nil for none
}

// Shadow runs a filter beside the live ones for a while: it sees what its matcher
// takes of the real traffic, under its limits, and nothing that it injects is
// routed. It starts without state and leaves none. It ends early when ctx does or
// the filter ends; the error says why it could not be tried.
//
// The name is that of the section; of manager, "" for none, is the live filter
// that it is compared with.
func (e *Engine) Shadow(ctx context.Context, manager string, f *plugin.Loadable, d time.Duration) (*ShadowResult, error) {
	sec, err := e.parseLoadable(f)
	if err != nil {
		return nil, err
	}
	g := *f
	f = &g
	if f.Name = sec.Name; manager != "" {
		f.Name = odd.ReplaceAllString(manager, "_") + "-" + odd.ReplaceAllString(sec.Name, "_")
	}
	sh := &shadow{name: f.Name + shadowMark}
	k := plugin.KindFilter.String() + "/" + sh.name
	x, err := e.admitShadow(ctx, k, f, sh)
	if err != nil {
		return nil, err
	}
	before, live := e.liveOf(f.Name)
	began := time.Now()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-x.w.gone:
		x.note(x.w.err)
	case <-e.closing:
		return nil, plugin.ErrBusy
	}
	span := time.Since(began)
	after, still := e.liveOf(f.Name)
	err = loader{e, x.owner}.Unload(context.WithoutCancel(ctx), sh.name) // the figures stand still then
	res := &ShadowResult{Filter: x.tell(), For: span}
	res.Filter.Name = f.Name
	sh.mu.Lock()
	res.Types, res.Sample = sh.types.list(), sh.sample
	sh.mu.Unlock()
	if live && still {
		after.Received -= before.Received
		after.Processed -= before.Processed
		after.Injected -= before.Injected
		after.Busy -= before.Busy
		res.Beside = &after
	}
	return res, err
}

func (e *Engine) admitShadow(ctx context.Context, k string, f *plugin.Loadable, sh *shadow) (*loaded, error) {
	x := &loaded{owner: feedName}
	b, err := loader{e, x.owner}.reserve(ctx, k)
	if errors.Is(err, plugin.ErrLoaded) {
		return nil, fmt.Errorf("%s is being tried already; wait for the end of that", f.Name)
	}
	if err != nil {
		return nil, err
	}
	defer b.free()
	sec, err := e.section(f)
	if err != nil {
		return nil, err
	}
	sec.Route.UseBuffering = false
	return x, b.admit(ctx, sec, x, false, sh)
}

// liveOf tells of the filter of that name, whoever loaded it.
func (e *Engine) liveOf(name string) (plugin.Loaded, bool) {
	for _, x := range *e.roster.Load() {
		if x.w.r.name == name && x.ended.Load() == nil {
			return x.tell(), true
		}
	}
	return plugin.Loaded{}, false
}
