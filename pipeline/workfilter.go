package pipeline

import (
	"errors"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// workFilter gives the first item to the filter.
func (w *worker) workFilter() {
	it := w.items[0]
	n, bytes := it.n, it.size
	var err error
	if w.state.fresh(it.b) {
		err = w.process(it.b, it.bit, n, bytes)
	} else {
		err = w.processUnseen(it)
	}
	switch {
	case err == nil:
		w.retry.reset()
		w.r.delivered.add(n, bytes)
	case errors.Is(err, plugin.ErrRetry) && !w.retry.spent():
		w.complain("process", err)
		w.later()
		return
	default:
		left, leftBytes := w.sels[0].Left() // of what was given last
		w.r.drops.Add("failed", left)
		w.r.delivered.add(n-left, bytes-leftBytes)
	}
	w.items = append(w.items[:0], w.items[1:]...)
	w.state.note(it.b)
	w.let(it)
	if err != nil {
		w.failed(err, "process")
	}
	if w.r.pace.tooSlow() && w.err == nil && w.r.behind() {
		w.end(errSlow)
	}
}

// process gives the filter what it takes of b.
func (w *worker) process(b *message.Batch, bit, n, bytes int) error {
	if len(w.sels) == 0 {
		w.sels = make([]message.Selection, groupMax)
	}
	s := &w.sels[0]
	s.SelectCounted(b, bit, n, bytes)
	w.emit.depth = b.Depth + 1
	began := w.clocked()
	err := w.guard(func() error { return w.inst.filter.Process(s, w.emit) })
	w.worked(began, n)
	w.emit.send()
	return err
}

// processUnseen is process for a batch of which the state has seen some before: its
// source was read again.
func (w *worker) processUnseen(it item) error {
	for i, j := w.state.unseen(it.b, 0); i >= 0; i, j = w.state.unseen(it.b, j) {
		part := it.b.Part(i, j)
		n, bytes := part.Count(it.bit)
		err := error(nil)
		if n > 0 {
			err = w.process(part, it.bit, n, bytes)
		}
		part.Release()
		if errors.Is(err, plugin.ErrRetry) {
			return err
		}
		w.state.saw(it.b, i, j)
		if err != nil {
			return err
		}
	}
	return nil
}
