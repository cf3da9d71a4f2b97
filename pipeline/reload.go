package pipeline

import (
	"context"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
)

// Refused is why a reload has changed nothing.
type Refused struct {
	Errors config.Errors // each at its place
	Tried  bool          // it showed only when the plugins were started
	err    error
}

func (r *Refused) Error() string { return r.Errors.Error() }
func (r *Refused) Unwrap() error { return r.err }

func refused(plan *config.Plan, err error, tried bool) *Refused {
	return &Refused{plan.Place(err), tried, err}
}

// Reload turns the running graph into that of another plan. What did not change
// keeps its sockets, positions, queues and state. The options of [hekad] that only a
// start can change are set back in plan. On an error, which is a *Refused, everything
// runs as before.
func (e *Engine) Reload(plan *config.Plan) (*Outcome, error) {
	select {
	case <-e.started:
	case <-e.closing:
	}
	e.changes.Lock()
	defer e.changes.Unlock()
	o, err := e.reload(plan)
	if err != nil {
		e.refused.Add(1)
		e.log.Error("reload refused; the old configuration runs on", "err", err)
		return nil, err
	}
	e.reloads.Add(1)
	o.log(e.log)
	return o, nil
}

func (e *Engine) reload(plan *config.Plan) (*Outcome, error) {
	changed, waiting := plan.TakeOver(e.Plan())
	c, err := e.build(plan)
	if err != nil {
		return nil, refused(plan, err, false)
	}
	c.tells.Hekad, c.tells.NextStart = append(c.tells.Hekad, changed...), append(c.tells.NextStart, waiting...)
	if err := e.change(c); err != nil {
		return nil, refused(plan, err, true)
	}
	return &c.tells, nil
}

// Preview tells what Reload would do. Everything is made, and nothing opened: what only
// shows then, such as an address that is taken, it cannot tell.
func (e *Engine) Preview(plan *config.Plan) (*Outcome, error) {
	changed, waiting := plan.TakeOver(e.Plan())
	c, err := e.build(plan)
	if err == nil {
		e.mu.Lock()
		err = c.claim(e)
		e.mu.Unlock()
	}
	if err != nil {
		return nil, refused(plan, err, false)
	}
	c.tells.Hekad, c.tells.NextStart = append(c.tells.Hekad, changed...), append(c.tells.NextStart, waiting...)
	return &c.tells, nil
}

// change tries a change, and puts it in force when all of it can be had.
func (e *Engine) change(c *change) error {
	if !e.mu.LockFor(context.Background(), e.closing) {
		return plugin.ErrBusy
	}
	defer e.mu.Unlock()
	t, err := e.try(c)
	if err != nil {
		return err
	}
	t.commit()
	return nil
}
