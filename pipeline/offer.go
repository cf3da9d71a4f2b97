package pipeline

import (
	"context"

	"github.com/heka-project/heka/plugin"
)

// offer is an instance that is to take the place of a worker's.
//
//	ready ── old instance's state ─▶ new one ── Start ─▶ adopt   the old one ends
//	                                                  └▶ drop    the old one works on
type offer struct {
	spec   *routeSpec
	inst   *instance
	ctx    context.Context // ends when the new instance must let go
	cancel context.CancelFunc
	handed bool // it has the old one's state
	begun  bool // it has started
}

func (r *route) offer(spec *routeSpec, inst *instance) *offer {
	spec.counter, _ = inst.plug.(plugin.Counter)
	spec.keeps = r.keeps(spec.sec, inst.plug)
	o := &offer{spec: spec, inst: inst}
	o.ctx, o.cancel = context.WithCancel(r.eng.hard)
	return o
}

// ready gives the new instance the old one's state and starts it. In the worker's
// goroutine, between two batches.
func (w *worker) ready(o *offer) error {
	var state []byte
	if old := w.state.s; old != nil {
		err := w.guard(func() (err error) { state, err = old.SaveState(nil); return })
		if err != nil {
			w.log.Warn("the old instance's state cannot be had", "err", err)
			state = nil
		}
	}
	if s := stateful(o.inst.plug); s != nil && state != nil {
		err := w.guard(func() error { return s.RestoreState(state) })
		if o.handed = err == nil; err != nil {
			w.log.Warn("the new instance starts without the old one's state", "err", err)
		}
	}
	return o.start(w)
}

// start starts the new instance; its state, if any, has been restored.
func (o *offer) start(w *worker) error {
	err := w.startNow(o.ctx, o.inst)
	o.begun = err == nil
	return err
}

// drop gives the new instance up.
func (o *offer) drop(w *worker) {
	o.cancel()
	if err := w.guard(o.inst.stop); err != nil {
		w.log.Error("stop", "err", err)
	}
}

// startNow starts an instance; nothing is tried again.
func (w *worker) startNow(ctx context.Context, inst *instance) error {
	s, ok := inst.plug.(plugin.Starter)
	if !ok {
		return nil
	}
	return w.guard(func() error { return s.Start(ctx) })
}

// adopt ends the current instance and goes on with the new one. In the worker's
// goroutine.
func (w *worker) adopt(o *offer) {
	if o.handed { // the new one goes on where the old one is: that has no last word
		w.cancel()
		if err := w.guard(w.inst.stop); err != nil {
			w.log.Error("stop", "err", err)
		}
		w.state.dirty = true
	} else {
		w.close()
	}
	w.r.cur.Store(o.spec)
	_, manages := o.inst.plug.(plugin.Manager)
	w.inst, w.begun, w.started, w.ticked, w.again = o.inst, o.begun, o.begun && !manages, false, nil
	w.plug.Store(plugBox{o.inst.plug, o.inst.encoder})
	w.state.adopt(o.inst.plug)
	w.r.keepState()
	w.ctx, w.cancel = o.ctx, o.cancel
	w.retry = backoff{o: o.spec.sec.Route.Retries, clock: w.r.eng.clock}
	w.tickAt = 0
	w.armTick()
}
