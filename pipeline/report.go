package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"sort"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Report is the state of the whole daemon at one moment.
type Report struct {
	Globals, Inputs, Splitters, Decoders, Filters, Outputs, Encoders []Entry
}

// Entry is the state of one part.
type Entry struct {
	Name    string
	Metrics []plugin.Metric
	Account *Account // filters and outputs; nil for the rest
}

// Account is a route's book-keeping: Received = Delivered + Held + the sum of
// Drops once nothing moves.
type Account struct {
	Received, Delivered, Held uint64
	Drops                     []Drop
}

// Report gathers the state. Safe at any time.
func (e *Engine) Report() *Report {
	e.settleDues()
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &Report{Globals: append(e.globals(), e.journalReport().entries()...)}
	if e.feeds.used.Load() {
		e.feeds.in.report(r)
	}
	for _, name := range sorted(e.inputs) {
		e.inputs[name].report(r)
	}
	for _, k := range sorted(e.workers) {
		w := e.workers[k]
		entry := w.report()
		if w.r.kind == plugin.KindFilter {
			r.Filters = append(r.Filters, entry)
			continue
		}
		r.Outputs = append(r.Outputs, entry)
		if enc := w.r.spec().sec.Route.Encoder; enc != "" {
			var p plugin.Report
			if s, ok := w.plug.Load().(plugBox).encoder.(plugin.Reporter); ok {
				s.Report(&p)
			}
			r.Encoders = append(r.Encoders, Entry{Name: w.r.name + "-" + enc, Metrics: p.Metrics})
		}
	}
	return r
}

func sorted[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (e *Engine) globals() []Entry {
	var packs, inject plugin.Report
	for _, p := range []struct {
		r    *plugin.Report
		pool *message.Pool
	}{{&packs, e.pool}, {&inject, e.injectPool}} {
		p.r.Int("InChanCapacity", int64(p.pool.Budget()/message.LargeChunk), "count")
		p.r.Int("InChanLength", int64((p.pool.Budget()-p.pool.Used())/message.LargeChunk), "count")
		p.r.Int("MemoryBudget", int64(p.pool.Budget()), "B")
		p.r.Int("MemoryUsed", int64(p.pool.Used()), "B")
	}
	var router plugin.Report
	var routed uint64
	for _, in := range e.inputs {
		routed += in.messages.Load()
	}
	for _, w := range e.workers {
		routed += w.r.injected.Load()
	}
	router.Int("InChanCapacity", 0, "count")
	router.Int("InChanLength", 0, "count")
	router.Int("ProcessMessageCount", int64(routed), "count")
	router.Int("UnroutedMessageCount", int64(e.unrouted.N.Load()), "count")
	router.Int("Reloads", int64(e.reloads.Load()), "count")
	router.Int("RefusedReloads", int64(e.refused.Load()), "count")
	return []Entry{{Name: "inputRecycleChan", Metrics: packs.Metrics},
		{Name: "injectRecycleChan", Metrics: inject.Metrics}, {Name: "Router", Metrics: router.Metrics}}
}

func (in *input) report(r *Report) {
	var p plugin.Report
	p.Int("Streams", int64(in.count()), "count")
	p.Int("ReceivedBytes", int64(in.bytes.Load()), "B")
	p.Int("ReceivedRecords", int64(in.records.Load()), "count")
	p.Int("ProcessMessageCount", int64(in.messages.Load()), "count")
	p.Int("ProcessMessageFailures", int64(in.failures.Load()), "count")
	drops(&p, in.drops.List())
	if in.spec().sec.Input.SynchronousDecode {
		p.Text("SynchronousDecode", "true")
	}
	if s, ok := in.plug.(plugin.Reporter); ok {
		s.Report(&p)
	}
	r.Inputs = append(r.Inputs, Entry{Name: in.name, Metrics: latest(p.Metrics)})
	r.Splitters = append(r.Splitters, Entry{Name: in.name + "-" + in.spec().split.name})
	if name := in.spec().sec.Input.Decoder; name != "" {
		var d plugin.Report
		d.Int("ProcessMessageCount", int64(in.messages.Load()), "count")
		d.Int("ProcessMessageFailures", int64(in.failures.Load()), "count")
		f := in.decoded()
		f.into(&d)
		var own figures
		own.add(in.timed())
		own.into(&d)
		r.Decoders = append(r.Decoders, Entry{Name: in.name + "-" + name, Metrics: d.Metrics})
	}
}

// latest leaves one metric of each name, with the last value: a plugin may know
// better than the engine.
func latest(list []plugin.Metric) []plugin.Metric {
	at := make(map[string]int, len(list))
	out := list[:0]
	for _, m := range list {
		if i, ok := at[m.Name]; ok {
			out[i] = m
			continue
		}
		at[m.Name] = len(out)
		out = append(out, m)
	}
	return out
}

// once adds up metrics of one name: an input's script counts failures of its own
// beside those of the records.
func once(list []plugin.Metric) []plugin.Metric {
	var f figures
	f.add(list)
	var p plugin.Report
	f.into(&p)
	return p.Metrics
}

// drops adds one metric a reason, named DropCount.<Reason>.
func drops(p *plugin.Report, list []Drop) {
	for _, d := range list {
		p.Int("DropMessageCount."+strings.ReplaceAll(d.Reason, " ", "_"), int64(d.N), "count")
	}
}

func (w *worker) report() Entry {
	r := w.r
	var p plugin.Report
	_, held := r.queued()
	p.Int("InChanCapacity", int64(r.in.limit), "B")
	p.Int("InChanLength", int64(held), "B")
	p.Int("MatchChanCapacity", 0, "count")
	p.Int("MatchChanLength", 0, "count")
	p.Int("MatchAvgDuration", w.r.eng.matching.average()/int64(max(1, len(w.r.eng.snap.Load().routes))), "ns")
	p.Int("LeakCount", 0, "count") // batches are counted, not recycled by plugins: none can leak
	p.Int("ReceivedMessageCount", int64(r.received.N.Load()), "count")
	p.Int("ReceivedBytes", int64(r.received.Bytes.Load()), "B")
	p.Int("ProcessMessageCount", int64(r.delivered.N.Load()), "count")
	if r.kind == plugin.KindFilter {
		p.Int("InjectMessageCount", int64(r.injected.Load()), "count")
	}
	p.Int("RetryCount", int64(r.retries.Load()), "count")
	list, gone := r.journalDrops(r.drops.List())
	heldNow := max(0, r.held.Load()-int64(gone))
	r.in.mu.Lock()
	spilled, spills := r.in.spilled, r.in.spillN
	r.in.mu.Unlock()
	if spilled {
		p.Text("Queue", "journal")
	}
	p.Int("HeldMessageCount", heldNow, "count")
	p.Int("SpillCount", int64(spills), "count")
	drops(&p, list)
	if n := w.state.seen.gone.Load(); n > 0 {
		p.Int("SourcesForgotten", n, "count")
	}
	if s, ok := w.plugged().(plugin.Reporter); ok {
		s.Report(&p)
	}
	return Entry{Name: r.name, Metrics: latest(p.Metrics), Account: &Account{Received: r.received.N.Load(),
		Delivered: r.delivered.N.Load(), Held: uint64(heldNow), Drops: list}}
}

// JSON returns the report in the form of the original's heka.all-report.
func (r *Report) JSON() []byte {
	out := map[string][]map[string]any{}
	for _, s := range r.sections() {
		list := []map[string]any{}
		for _, e := range s.entries {
			m := map[string]any{"Name": e.Name}
			for _, x := range e.Metrics {
				m[x.Name] = map[string]any{"value": x.Value, "representation": x.Representation}
			}
			list = append(list, m)
		}
		out[strings.ToLower(s.name)] = list
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic("bug: report does not encode: " + err.Error())
	}
	return b
}

type section struct {
	name    string
	entries []Entry
}

func (r *Report) sections() []section {
	return []section{{"Globals", r.Globals}, {"Inputs", r.Inputs}, {"Splitters", r.Splitters},
		{"Decoders", r.Decoders}, {"Filters", r.Filters}, {"Outputs", r.Outputs}, {"Encoders", r.Encoders}}
}

// textMetrics are shown in the text report, in this order.
var textMetrics = []string{"InChanCapacity", "InChanLength", "MatchChanCapacity", "MatchChanLength",
	"MatchAvgDuration", "ReceivedMessageCount", "ProcessMessageCount", "ProcessMessageFailures",
	"InjectMessageCount", "HeldMessageCount", "Memory", "MaxMemory", "MaxInstructions", "MaxOutput",
	"ProcessMessageAvgDuration", "TimerEventAvgDuration", "SynchronousDecode", "Queue", "JournalSegments", "JournalSize",
	"JournalRecords", "JournalSyncs", "JournalSaves", "JournalWriteErrors", "JournalDamaged", "JournalFailure",
	"DeadLetters", "DeadLettersKept", "DeadLettersSettled", "DeadLettersLost"}

// Text returns the report as SIGUSR1 prints it.
func (r *Report) Text() string {
	var b bytes.Buffer
	b.WriteString("========[heka.all-report]========\n")
	for _, s := range r.sections() {
		fmt.Fprintf(&b, "\n====%s====\n", s.name)
		if len(s.entries) == 0 {
			b.WriteString("NONE\n")
		}
		for _, e := range s.entries {
			fmt.Fprintf(&b, "%s:\n", e.Name)
			for _, x := range ordered(e.Metrics) {
				fmt.Fprintf(&b, "    %s: %v\n", x.Name, x.Value)
			}
		}
	}
	if text := r.accounts(); text != "" {
		b.WriteString("\n====Account====\n" + text)
	}
	b.WriteString("========\n")
	return b.String()
}

// ordered picks the metrics of the text report: the known ones in their order,
// then every drop with its reason.
func ordered(in []plugin.Metric) []plugin.Metric {
	var out []plugin.Metric
	for _, name := range textMetrics {
		for _, m := range in {
			if m.Name == name {
				out = append(out, m)
			}
		}
	}
	for _, m := range in {
		if strings.HasPrefix(m.Name, "DropMessageCount") || strings.HasPrefix(m.Name, "JournalLag.") || strings.HasPrefix(m.Name, "ProcessMessageCount-") || strings.HasPrefix(m.Name, "ProcessMessageFailures-") {
			out = append(out, m)
		}
	}
	return out
}

// emitReports injects heka.all-report and heka.memstat.
func (e *Engine) emitReports() {
	payload := e.Report().JSON()
	e.inject(func(b *message.Builder) {
		b.Type = "heka.all-report"
		b.Payload = message.Borrow(payload)
	})
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	e.inject(func(b *message.Builder) {
		b.Type = "heka.memstat"
		for _, x := range []struct {
			name string
			v    uint64
		}{{"HeapSys", m.HeapSys}, {"HeapAlloc", m.HeapAlloc}, {"HeapIdle", m.HeapIdle},
			{"HeapInuse", m.HeapInuse}, {"HeapReleased", m.HeapReleased}} {
			b.Int(x.name, int64(x.v), "B")
		}
		b.Int("HeapObjects", int64(m.HeapObjects), "count")
	})
}
