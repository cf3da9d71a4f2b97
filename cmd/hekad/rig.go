package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sort"
	"strconv"
	"time"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// rig runs one filter over recorded messages, without a daemon: at full speed,
// with the clock of the data, and nothing that it injects goes anywhere.
type rig struct {
	name   string // what tells it from another in the output
	sec    *config.Section
	filter plugin.Filter
	ticked plugin.Ticked // nil: no timer
	every  time.Duration
	next   time.Time // of the timer; zero before the first message
	match  *match.Matcher
	clock  *clock.Sim
	out    rigOut
	ended  error // why it works no more
	endAt  string

	taken, processed, failed uint64
	busy                     time.Duration
	types                    map[string]uint64

	chunk *message.Chunk
	w     int
	sel   message.Selection
	view  message.View
}

// rigOut takes what the filter injects.
type rigOut struct {
	r     *rig
	b     *message.Builder
	depth int      // of what is injected
	loops int      // most that may be
	now   [][]byte // injected in the step at hand, encoded
	n     uint64
	view  message.View
}

const rigChunk = 1 << 20

// newRig makes the filter of a section with the script of that file; "" leaves
// the section's own.
func newRig(name, sectionText, script string, g *config.Globals, log *slog.Logger) (*rig, error) {
	impose := "preserve_data = false\n"
	if script != "" {
		abs, err := filepath.Abs(script)
		if err != nil {
			return nil, err
		}
		language := "lua"
		if filepath.Ext(abs) == ".wasm" {
			language = "wasm"
		}
		impose += "filename = " + strconv.Quote(abs) + "\nscript_type = " + strconv.Quote(language) + "\n"
	}
	sec, err := config.One(config.Source{Name: "section", Text: sectionText},
		config.OneOptions{Kind: plugin.KindFilter, Type: "SandboxFilter", Impose: impose, Globals: g})
	if err != nil {
		return nil, exitWith(exitConfig, err)
	}
	env := plugin.Env{Log: log.With("plugin", name), Hostname: g.Hostname, BaseDir: filepath.Join(g.BaseDir, "replay"), ShareDir: g.ShareDir,
		MaxProcessInject: int(g.MaxProcessInject), MaxTimerInject: int(g.MaxTimerInject)}
	return rigOf(name, sec, g, env, clock.NewSim(time.Unix(0, 0)))
}

// rigOf makes the filter of a section.
func rigOf(name string, sec *config.Section, g *config.Globals, env plugin.Env, c *clock.Sim) (*rig, error) {
	r := &rig{name: name, sec: sec, every: sec.Route.Ticker, clock: c, types: map[string]uint64{}, chunk: message.LooseChunk(rigChunk)}
	var err error
	if r.match, err = match.Compile(sec.Route.Matcher); err != nil {
		return nil, err
	}
	r.out = rigOut{r: r, b: message.NewBuilder(int(g.MaxMessageSize)), loops: max(1, int(g.MaxMessageLoops))}
	env.Name, env.MaxMessageSize, env.Clock, env.FS, env.Start, env.Ticker = sec.Name, int(g.MaxMessageSize), c, fsx.OS{}, c.Now(), sec.Route.Ticker
	env.Tell = func(func(b *message.Builder)) {}
	p, err := sec.Info.New(sec.Config, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r.filter = p.(plugin.Filter)
	if r.every > 0 {
		r.ticked, _ = p.(plugin.Ticked)
	}
	return r, nil
}

func (r *rig) close() {
	if s, ok := r.filter.(plugin.Stopper); ok {
		s.Stop()
	}
	r.chunk.Release()
}

// Begin implements plugin.Emitter.
func (o *rigOut) Begin() *message.Builder {
	h := message.Header{Timestamp: o.r.clock.Now().UnixNano(), Logger: o.r.sec.Name, Hostname: o.r.view.Hostname(), Severity: message.DefaultSeverity}
	o.b.Begin(&h)
	return o.b
}

// Inject implements plugin.Emitter.
func (o *rigOut) Inject() error {
	if o.depth > o.loops {
		return plugin.ErrLoop
	}
	if err := o.b.End(); err != nil {
		return err
	}
	buf, _ := o.b.Take()
	msg := append([]byte(nil), message.Unframe(buf)...)
	o.b.Reset()
	if o.view.Parse(msg, nil) && o.r.match.Match(&o.view) {
		return plugin.ErrSelf
	}
	o.n++
	if typ := string(o.view.Bytes(message.NumType)); len(o.r.types) < 1000 || o.r.types[typ] > 0 {
		o.r.types[typ]++
	}
	o.now = append(o.now, msg)
	return nil
}

// maxCatchUp is how many timer events of a gap in the data are made up for.
const maxCatchUp = 100_000

// until fires the timer as often as it is due before the moment.
func (r *rig) until(t time.Time, tell func(at string)) {
	if r.ticked == nil || r.ended != nil {
		return
	}
	if r.next.IsZero() {
		r.next = t.Add(r.every)
	}
	if gap := t.Sub(r.next) / r.every; gap > maxCatchUp {
		r.next = r.next.Add((gap - maxCatchUp) * r.every)
	}
	for !r.next.After(t) && r.ended == nil {
		r.tick(tell)
	}
}

func (r *rig) tick(tell func(at string)) {
	at := r.next
	if at.After(r.clock.Now()) {
		r.clock.Set(at)
	}
	r.next = at.Add(r.every)
	r.out.now, r.out.depth = nil, 1
	began := time.Now()
	err := r.ticked.Tick(at, &r.out)
	r.busy += time.Since(began)
	where := "timer event at " + at.UTC().Format(time.RFC3339)
	r.stopped(err, where)
	tell(where)
}

// stopped notes the end of the script.
func (r *rig) stopped(err error, where string) {
	if err == nil {
		return
	}
	r.failed++
	if errors.Is(err, plugin.ErrExit) {
		r.ended, r.endAt = err, where
	}
}

// give offers one framed message; tell is called after each step in which the
// filter worked, with where in the data that was.
func (r *rig) give(frame []byte, tell func(at string)) {
	if r.ended != nil || !r.view.Parse(message.Unframe(frame), nil) {
		return
	}
	at := time.Unix(0, r.view.Timestamp())
	r.until(at, tell)
	if r.ended != nil || !r.match.Match(&r.view) {
		return
	}
	if at.After(r.clock.Now()) {
		r.clock.Set(at)
	}
	r.process(frame, "", 0, tell)
}

// process gives one framed message that the filter takes.
func (r *rig) process(frame []byte, signer string, depth int, tell func(at string)) {
	if r.ended != nil || !r.view.Parse(message.Unframe(frame), nil) {
		return
	}
	if r.w+len(frame) > len(r.chunk.Buf) {
		r.chunk.Release()
		r.chunk, r.w = message.LooseChunk(max(rigChunk, len(frame))), 0
	}
	b := message.NewBatch(r.chunk, r.w)
	r.w += copy(r.chunk.Buf[r.w:], frame)
	b.Add(r.w, b.AddRow([]uint64{1}))
	b.Signer, b.Depth = signer, depth
	r.sel.SelectAll(b, 0)
	r.taken++
	r.out.now, r.out.depth = nil, depth+1
	began := time.Now()
	err := r.filter.Process(&r.sel, &r.out)
	r.busy += time.Since(began)
	if err == nil {
		r.processed++
	}
	where := "message " + string(message.AppendUUID(nil, r.view.UUID())) + " of " + time.Unix(0, r.view.Timestamp()).UTC().Format(time.RFC3339Nano)
	r.stopped(err, where)
	b.Release()
	tell(where)
}

// finish fires the timer a last time.
func (r *rig) finish(tell func(at string)) {
	if r.ticked != nil && r.ended == nil && !r.next.IsZero() {
		r.tick(tell)
	}
}

// figures tells what the filter did in the form of a loaded one.
func (r *rig) figures() *admin.LoadedFilter {
	l := &admin.LoadedFilter{Name: r.name, State: "running", Received: r.taken, Processed: r.processed, Dropped: r.failed, Injected: r.out.n,
		BusyNs: int64(r.busy), Metrics: map[string]any{}}
	if r.ended != nil {
		l.State, l.Reason = "terminated", r.ended.Error()
	}
	if s, ok := r.filter.(plugin.Reporter); ok {
		var rep plugin.Report
		s.Report(&rep)
		for _, m := range rep.Metrics {
			if n, ok := m.Value.(int64); ok {
				l.Metrics[m.Name] = float64(n)
			}
		}
	}
	return l
}

// byType lists the types of what was injected.
func (r *rig) byType() []string {
	var list []string
	for t := range r.types {
		list = append(list, t)
	}
	sort.Strings(list)
	return list
}
