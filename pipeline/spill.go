package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// openJournal opens the daemon's journal where the plan wants one.
func (e *Engine) openJournal() error {
	g := &e.plan.Globals
	if !g.Journal || e.journal != nil {
		return nil
	}
	segment := int64(0)
	for _, sec := range e.plan.Sections {
		if n := int64(sec.Route.Buffering.MaxFileSize); sec.Route.UseBuffering && n > 0 && (segment == 0 || n < segment) {
			segment = n
		}
	}
	j, err := journal.Open(filepath.Join(g.BaseDir, "journal"), journal.Options{FS: e.fs, Clock: e.clock,
		SegmentSize: segment, MaxSize: int64(g.JournalMaxSize), History: int64(g.JournalHistory), Sync: g.JournalSync, Pool: e.journalPool, Log: e.log})
	if err != nil {
		return fmt.Errorf("journal: %w; mend it, or set journal = false in [hekad] to run without one", err)
	}
	e.journal = j
	return nil
}

// tellUnclaimed names those for whom the journal keeps messages though nothing reads
// them. Called with mu held, when managers have brought their filters back.
func (e *Engine) tellUnclaimed() {
	if e.journal == nil {
		return
	}
	wanted := map[string]bool{}
	for _, sec := range e.plan.Sections {
		wanted[key(sec)] = true
	}
	for _, name := range e.journal.Consumers() {
		if !wanted[name] && e.loaded[name] == nil {
			e.log.Warn("the journal keeps messages for a plugin that the configuration has no more; they hold its segments back", "plugin", name)
		}
	}
}

// consumer opens the route's cursor.
func (r *route) consumer() (*journal.Cursor, error) {
	o := r.spec().sec.Route
	c := journal.ConsumerOptions{FullAction: journal.Block, Stateful: r.stateful.Load()}
	if o.UseBuffering {
		c.Places = r.kind == plugin.KindOutput
		c.MaxSize = int64(o.Buffering.MaxBufferSize)
		c.FullAction = journal.FullAction(o.Buffering.FullAction)
		c.CursorUpdateCount = o.Buffering.CursorUpdateCount
	}
	return r.eng.journal.Consumer(r.kind.String()+"/"+r.name, c)
}

// useJournal prepares the route for what an earlier run left in the journal and
// for what the configuration asks. Called before the route is in the router.
func (r *route) useJournal() error {
	e := r.eng
	if e.journal == nil {
		return nil
	}
	o := &r.spec().sec.Route
	known := false
	for _, name := range e.journal.Consumers() {
		known = known || name == r.kind.String()+"/"+r.name
	}
	if !known && !o.UseBuffering && !r.stateful.Load() {
		return nil // opened when it falls behind
	}
	c, err := r.consumer()
	if err != nil {
		return fmt.Errorf("[%s] %w", r.name, err)
	}
	if lag := c.Lag(); lag.Messages > 0 {
		r.received.add(int(lag.Messages), int(lag.Bytes))
		r.held.Add(lag.Messages)
		e.log.Info("delivering what the journal kept", "plugin", r.name, "messages", lag.Messages, "bytes", lag.Bytes)
	}
	r.dropBase = c.Stats().Dropped
	r.newcomer = !known
	r.in.mu.Lock()
	r.in.cursor = c
	r.in.spilled = o.UseBuffering || !c.CaughtUp()
	r.in.mu.Unlock()
	return nil
}

// unuseJournal undoes useJournal for a route that never worked: what an earlier run
// left for it stays.
func (r *route) unuseJournal() {
	if !r.newcomer {
		return
	}
	r.in.mu.Lock()
	c := r.in.cursor
	r.in.mu.Unlock()
	if err := r.eng.journal.Forget(c.Name()); err != nil {
		r.eng.log.Error("forget refused plugin", "plugin", r.name, "err", err)
	}
}

// keepState opens the cursor anew, as the plugin and the options ask that are the
// route's now: whether a state is kept, and whether everything goes to the journal.
func (r *route) keepState() {
	r.in.mu.Lock()
	defer r.in.mu.Unlock()
	buffers := r.spec().sec.Route.UseBuffering
	if r.eng.journal == nil || r.in.cursor == nil && !r.stateful.Load() && !buffers {
		return
	}
	c, err := r.consumer()
	if err != nil {
		r.eng.log.Error("the plugin's messages cannot be kept in the journal", "plugin", r.name, "err", err)
		return
	}
	r.in.cursor = c
	if buffers && !r.in.spilled {
		r.in.spilled = true
		r.in.poke()
	}
}

// spills reports whether the route goes to the journal when it falls behind.
func (r *route) spills() bool {
	o := &r.spec().sec.Route
	return r.eng.journal != nil && (o.UseBuffering || o.Overflow == config.Spill || o.Overflow == "")
}

// reserve decides where the next batch goes. With a cursor it goes to the
// journal, where an append is announced now; nil means the memory. A durable
// batch always goes to the journal.
func (r *route) reserve(durable bool) *journal.Cursor {
	q := r.in
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil // its plugin has ended, and its cursor with it
	}
	if !q.spilled {
		if !durable && (q.bytes <= q.limit || !q.late) || r.eng.journal == nil || !durable && !r.spills() {
			return nil
		}
		if q.cursor == nil {
			c, err := r.consumer()
			if err != nil {
				r.eng.log.Error("plugin cannot spill", "plugin", r.name, "err", err)
				return nil
			}
			q.cursor = c
		}
		q.spilled = true
		q.spillN++
		q.late = false
		q.wake()
		q.poke() // the worker may sleep on an empty memory
		if !r.spec().sec.Route.UseBuffering {
			r.eng.log.Info("plugin has fallen behind; its messages go to the journal", "plugin", r.name)
		}
	}
	q.cursor.Reserve()
	return q.cursor
}

// unspill returns the route to memory once its cursor has caught up.
func (r *route) unspill() bool {
	q := r.in
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.spilled && q.n == 0 && !r.spec().sec.Route.UseBuffering && q.cursor.CaughtUp() {
		q.spilled = false
		r.eng.log.Info("plugin has caught up; its messages stay in memory again", "plugin", r.name)
	}
	return !q.spilled
}

// append writes b for the takers that go to the journal. Their shares of the
// reference count are given back; the journal holds its own until b is safe.
func (e *Engine) append(b *message.Batch, takers []journal.Taker) {
	err := e.journal.Append(e.hard, journal.Entry{Batch: b, Takers: takers, Done: e.journalled})
	if err != nil {
		e.unsafe(b, err)
		for _, t := range takers {
			e.lost(t.Cursor.Name(), b, t.Route)
		}
	}
	for range takers {
		b.Release()
	}
}

// journalled is told how an append ended.
func (e *Engine) journalled(b *message.Batch, err error) {
	if err != nil {
		e.unsafe(b, err)
	}
}

// unsafe keeps the source from hearing that b is dealt with, and ends the run where
// the journal asks for it.
func (e *Engine) unsafe(b *message.Batch, err error) {
	if t, ok := b.Src.(*tracker); ok {
		t.keep(b.Seq)
	}
	var full *journal.FullError
	if errors.As(err, &full) {
		e.stopFor(err)
	}
	e.log.Error("messages are not in the journal", "err", err, "messages", b.Len())
}

// lost counts what a route did not get because the journal refused it.
func (e *Engine) lost(consumer string, b *message.Batch, k int) {
	kind, name, _ := strings.Cut(consumer, "/")
	for _, r := range e.snap.Load().routes {
		if r.name == name && r.kind.String() == kind {
			n, _ := b.Count(k)
			r.held.Add(-int64(n))
			r.drops.Add("journal refused it", n)
		}
	}
}

// keep appends what the route still holds in memory at the end, so that the next
// run delivers it. False: there is no journal for it.
func (r *route) keep(it item, selected int) bool {
	if !r.spills() || it.b == nil || selected != it.n {
		return false
	}
	q := r.in
	q.mu.Lock()
	if q.cursor == nil {
		c, err := r.consumer()
		if err != nil {
			q.mu.Unlock()
			return false
		}
		q.cursor = c
	}
	c := q.cursor
	q.mu.Unlock()
	err := r.eng.journal.Append(r.eng.last, journal.Entry{Batch: it.b,
		Takers: []journal.Taker{{Cursor: c, Route: it.bit}}, Done: r.eng.journalled})
	return err == nil
}

// forgetJournal gives up the cursor of a route that a reload has removed.
func (r *route) forgetJournal() {
	r.in.mu.Lock()
	c := r.in.cursor
	r.in.mu.Unlock()
	if c == nil {
		return
	}
	if lag := c.Lag(); lag.Messages > 0 {
		r.eng.log.Warn("plugin is removed; what the journal kept for it is dropped", "plugin", r.name, "messages", lag.Messages)
		r.drops.Add("plugin removed", int(lag.Messages))
		r.held.Add(-lag.Messages)
	}
	if state := c.State(); state != nil {
		r.leaveState(state)
	}
	if err := r.eng.journal.Forget(c.Name()); err != nil {
		r.eng.log.Error("forget removed plugin", "plugin", r.name, "err", err)
	}
}

// leaveState keeps the state of a plugin that is removed, for when it comes back.
func (r *route) leaveState(state []byte) {
	path := (&keeper{r: r}).path()
	err := r.eng.fs.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = fsx.WriteAtomic(r.eng.fs, path, state, 0o600)
	}
	if err != nil {
		r.eng.log.Error("keep state of removed plugin", "plugin", r.name, "err", err)
	}
}

// journalDrops adds what the journal gave up for the route since it was opened.
func (r *route) journalDrops(list []Drop) (all []Drop, n uint64) {
	r.in.mu.Lock()
	c := r.in.cursor
	r.in.mu.Unlock()
	if c == nil {
		return list, 0
	}
	now := c.Stats().Dropped
	for reason, d := range now {
		if k := d.Messages - r.dropBase[reason].Messages; k > 0 {
			list = append(list, Drop{"journal: " + journal.Reason(reason).String(), uint64(k)})
			n += uint64(k)
		}
	}
	return list, n
}
