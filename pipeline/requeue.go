package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	requeueCount = 1000             // letters handed over between two marks
	requeueBytes = 4 << 20          // and their bytes
	requeueWait  = 45 * time.Second // for those to be accepted
)

// ErrNoLetters is the answer about dead letters where there is no journal.
var ErrNoLetters = errors.New("this hekad keeps no dead letters: it has no journal; set journal = true in [hekad]")

// Requeued is what became of dead letters that were to be tried again.
type Requeued struct {
	Sent    int    // accepted, and dead letters no more
	Left    int    // still dead letters: nobody takes them
	Because string // an example of why
}

// requeuer gathers letters of one kind and hands them over together.
type requeuer struct {
	e       *Engine
	ctx     context.Context
	reroute bool
	res     Requeued

	ids    []uint64
	buf    []byte // framed messages
	only   string
	signer string
}

// Requeue gives dead letters to the plugin that refused them, or with reroute to
// all whose matchers take them; no ids means all. What no decoder could read goes
// to its input's decoder again. A letter is marked as dealt with once it has been
// delivered or lies in the journal: a crash in between has it come twice.
func (e *Engine) Requeue(ctx context.Context, ids []uint64, reroute bool) (Requeued, error) {
	e.requeues.Lock()
	defer e.requeues.Unlock()
	r := &requeuer{e: e, ctx: ctx, reroute: reroute}
	if e.letters == nil {
		return r.res, ErrNoLetters
	}
	began, missing := e.clock.Now(), slices.Clone(ids)
	for l, err := range e.letters.List() {
		if err != nil {
			return r.res, err
		}
		if l.Time.After(began) { // refused again meanwhile
			break
		}
		if len(ids) > 0 {
			i := slices.Index(missing, l.ID)
			if i < 0 {
				continue
			}
			missing = slices.Delete(missing, i, i+1)
		}
		if err := r.add(l); err != nil {
			return r.res, err
		}
		if len(ids) > 0 && len(missing) == 0 {
			break
		}
	}
	if err := r.send(); err != nil {
		return r.res, err
	}
	if len(missing) > 0 {
		return r.res, fmt.Errorf("requeue %d: %w; hekad deadletter ls shows those that there are", missing[0], journal.ErrNoLetter)
	}
	return r.res, nil
}

// DropLetters lets dead letters go; no ids means all that there are.
func (e *Engine) DropLetters(ids []uint64) (int, error) {
	e.requeues.Lock()
	defer e.requeues.Unlock()
	if e.letters == nil {
		return 0, ErrNoLetters
	}
	return e.letters.Drop(ids...)
}

func (r *requeuer) leave(why string) error {
	r.res.Left++
	r.res.Because = why
	return nil
}

// add takes one more letter.
func (r *requeuer) add(l *journal.Letter) error {
	only := l.Plugin
	switch {
	case l.Raw:
		return r.raw(l)
	case r.reroute && !r.e.takes(l.Message):
		return r.leave("no plugin's message_matcher takes it")
	case r.reroute:
		only = ""
	case !r.e.hasRoute(only):
		return r.leave(fmt.Sprintf("no filter or output is named %q now; use --reroute for those whose message_matcher takes it", only))
	}
	if len(r.ids) == requeueCount || len(r.buf)+len(l.Message) > requeueBytes || only != r.only || l.Signer != r.signer {
		if err := r.send(); err != nil {
			return err
		}
	}
	r.only, r.signer = only, l.Signer
	r.buf = message.AppendFrame(r.buf, l.Message)
	r.ids = append(r.ids, l.ID)
	return nil
}

// send hands over what was gathered, waits until it is accepted, and marks it.
func (r *requeuer) send() error {
	if len(r.ids) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, requeueWait)
	defer cancel()
	f, err := r.e.Feed(ctx, FeedOptions{Only: r.only, Signer: r.signer, Acked: true})
	if err != nil {
		return err
	}
	_, err = f.Write(r.buf)
	res, cerr := f.Close()
	if err = errors.Join(err, cerr); err != nil {
		return fmt.Errorf("requeue dead letters %d to %d: %w; they stay", r.ids[0], r.ids[len(r.ids)-1], err)
	}
	if res.Messages != len(r.ids) || r.only != "" && res.Untaken > 0 {
		return fmt.Errorf("requeue dead letters %d to %d: only %d of %d were taken; they stay", r.ids[0], r.ids[len(r.ids)-1], res.Messages-res.Untaken, len(r.ids))
	}
	return r.mark()
}

// mark deals with the letters that were sent.
func (r *requeuer) mark() error {
	n, err := r.e.letters.Drop(r.ids...)
	r.res.Sent += n
	r.ids, r.buf = r.ids[:0], r.buf[:0]
	return err
}

// raw decodes a record again that no decoder could read.
func (r *requeuer) raw(l *journal.Letter) error {
	if err := r.send(); err != nil {
		return err
	}
	r.e.mu.Lock()
	in := r.e.inputs[l.Plugin]
	r.e.mu.Unlock()
	if in == nil {
		return r.leave(fmt.Sprintf("no input is named %q now", l.Plugin))
	}
	before := in.failures.Load()
	acked := make(chan struct{}, 1)
	s, err := in.Open(plugin.StreamOptions{Name: "requeued", Acked: func(uint64) {
		select {
		case acked <- struct{}{}:
		default:
		}
	}})
	if err != nil {
		return err
	}
	t := s.(*stream).acks
	err = errors.Join(s.Record(l.Message), s.Close())
	if err == nil && in.failures.Load() > before && !s.(*stream).spec.sec.Input.SendDecodeFailures && !s.(*stream).spec.sec.Input.KeepDecodeFailures {
		return r.leave("the decoder still cannot read it")
	}
	ctx, cancel := context.WithTimeout(r.ctx, requeueWait)
	defer cancel()
	for err == nil && t.held() > 0 {
		select {
		case <-acked:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("requeue dead letter %d: %w; it stays", l.ID, err)
	}
	r.ids = append(r.ids, l.ID)
	return r.mark()
}

// hasRoute reports whether a filter or output of that name runs.
func (e *Engine) hasRoute(name string) bool {
	for _, r := range e.snap.Load().routes {
		if r.name == name {
			return true
		}
	}
	return false
}

// takes reports whether any filter or output takes an encoded message.
func (e *Engine) takes(msg []byte) bool {
	s := e.snap.Load()
	m := s.borrow()
	defer s.memos.Put(m)
	var v message.View
	if !v.Parse(msg, s.set.Want()) {
		return false
	}
	for _, word := range m.ctx.Row(m.ctx.Match(&v)) {
		if word != 0 {
			return true
		}
	}
	return false
}
