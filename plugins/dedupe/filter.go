// Package dedupe holds DedupeFilter, which passes the first of equal messages on and
// counts those that repeat it within a while:
//
//	first ─▶ a copy goes on      repeats ─▶ counted ──window over──▶ "last message repeated 41 times: …"
//
// Of a message only a digest of its key and the beginning of its payload are kept,
// for a bounded number of messages; the one that was seen longest ago gives way, and
// its count is told. All of it is part of the state.
package dedupe

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/keyed"
	"github.com/heka-project/heka/internal/passon"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed dedupe.toml
var sample string

// Config holds the options of DedupeFilter.
type Config struct {
	Window  time.Duration `toml:"window" default:"60s" unit:"s" doc:"Time from the first of equal messages in which those that repeat it are held back."`
	Key     string        `toml:"key" default:"%{Hostname}\u0000%{Type}\u0000%{Logger}\u0000%{Severity}\u0000%{programname}\u0000%{Payload}" doc:"Text in which %{…} is filled in: messages for which it is the same are equal."`
	MaxKeys int           `toml:"max_keys" default:"10000" doc:"Most different messages that are known at a time."`
	Type    string        `toml:"message_type" default:"%{Type}.deduped" doc:"Type of the copies, in which %{…} is filled in; the filter's own matcher must not take it."`
	Summary string        `toml:"summary_type" default:"heka.dedupe" doc:"Type of the message that tells how often another was repeated; when empty, there is none."`
}

// Validate checks the numbers and the texts.
func (c Config) Validate() error {
	switch {
	case c.Window <= 0:
		return &plugin.OptionError{Option: "window", What: fmt.Sprintf("%v is no time", c.Window), Fix: `write a time such as "60s"`}
	case c.MaxKeys < 1 || c.MaxKeys > 1e7:
		return &plugin.OptionError{Option: "max_keys", What: fmt.Sprintf("%d messages cannot be kept", c.MaxKeys), Fix: "write 1 to 10000000"}
	}
	for option, text := range map[string]string{"key": c.Key, "message_type": c.Type} {
		if _, err := interp.Compile(text, nil); err != nil {
			return &plugin.OptionError{Option: option, What: err.Error(), Fix: "write names as in %{Hostname}"}
		}
	}
	return nil
}

func init() {
	plugin.RegisterFilter("DedupeFilter", plugin.About{
		Doc:    "Passes the first of equal messages on and counts those that repeat it.",
		Sample: sample,
		Readme: readme,
		Ticker: 5 * time.Second,
	}, New)
}

// entry is what is known of a message: when it came first, how often since, and
// what a summary tells of it.
type entry struct {
	first, last int64 // ns since the epoch, by this machine's clock
	repeats     uint64
	severity    int32
	texts       [4]string // Type, Logger, Hostname, beginning of the payload
}

// Filter passes first messages on. What is not atomic belongs to its goroutine.
type Filter struct {
	cfg    Config
	window int64
	key    *interp.Text
	copier *passon.Copier
	now    func() time.Time
	table  *keyed.Table[entry]
	view   message.View
	text   []byte
	out    plugin.Emitter // during a call
	failed error          // what could not be injected during it

	passed, held, evicted atomic.Uint64
}

// New makes a filter.
func New(cfg Config, env plugin.Env) (plugin.Filter, error) {
	f := &Filter{cfg: cfg, window: int64(cfg.Window), now: env.NowFunc(), table: keyed.New[entry](cfg.MaxKeys)}
	f.table.Evicted = func(_ string, e *entry) {
		f.evicted.Add(1)
		f.tell(e)
	}
	var err error
	if f.key, err = interp.Compile(cfg.Key, nil); err != nil {
		return nil, err
	}
	f.copier, err = passon.New(cfg.Type)
	return f, err
}

// Process passes on what was not there within the window. What cannot be injected
// is told; the others go on.
func (f *Filter) Process(in *message.Selection, out plugin.Emitter) error {
	f.out, f.failed = out, nil
	now := f.now().UnixNano()
	passed, held := uint64(0), uint64(0)
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !f.view.Parse(in.At(i), nil) {
			f.failed = message.ErrDamaged
			continue
		}
		f.text, _ = f.key.Append(f.text[:0], &f.view, nil)
		sum := sha256.Sum256(f.text)
		e, known := f.table.Get(sum[:16])
		if known && now-e.first < f.window && now >= e.first-f.window {
			e.repeats++
			e.last = now
			held++
			continue
		}
		if known {
			f.tell(e)
		}
		f.begin(e, now)
		f.copier.Begin(out, &f.view)
		f.inject("a copy")
		passed++
	}
	f.passed.Add(passed)
	f.held.Add(held)
	f.out = nil
	return f.failed
}

func (f *Filter) inject(what string) {
	if err := f.out.Inject(); err != nil {
		f.failed = fmt.Errorf("inject %s: %w", what, err)
	}
}

// maxExcerpt is what is kept of a payload and of a header text, in bytes.
const maxExcerpt = 200

// begin makes e that of the message at hand.
func (f *Filter) begin(e *entry, now int64) {
	v := &f.view
	*e = entry{first: now, last: now, severity: v.Severity(), texts: [4]string{excerpt(v.Type()), excerpt(v.Logger()), excerpt(v.Hostname()), excerpt(v.Payload())}}
}

// excerpt copies the beginning of a text.
func excerpt(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if len(s) <= maxExcerpt {
		return strings.Clone(s)
	}
	n := maxExcerpt
	for n > maxExcerpt-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// tell injects how often a message was repeated, if it was.
func (f *Filter) tell(e *entry) {
	if e.repeats == 0 || f.cfg.Summary == "" || f.out == nil {
		return
	}
	b := f.out.Begin()
	b.Type, b.Logger, b.Hostname, b.Severity = f.cfg.Summary, e.texts[1], e.texts[2], e.severity
	times := "times"
	if e.repeats == 1 {
		times = "time"
	}
	b.Payload = fmt.Sprintf("last message repeated %d %s: %s", e.repeats, times, e.texts[3])
	b.PutText(&typeField, e.texts[0])
	b.PutInt(&repeated, int64(e.repeats))
	b.PutDouble(&lasted, float64(e.last-e.first)/1e9)
	f.inject("a summary")
}

var (
	typeField = message.NewFieldHead("message_type", message.String, "")
	repeated  = message.NewFieldHead("repeated", message.Integer, "count")
	lasted    = message.NewFieldHead("duration", message.Double, "s")
)

// Tick tells of the messages whose window is over, and forgets them.
func (f *Filter) Tick(now time.Time, out plugin.Emitter) error {
	f.out, f.failed = out, nil
	ns := now.UnixNano()
	f.table.Filter(func(_ string, e *entry) bool {
		if ns-e.first < f.window && ns >= e.first-f.window {
			return false
		}
		f.tell(e)
		return true
	})
	f.out = nil
	return f.failed
}

// Report tells how many messages were passed on and held back.
func (f *Filter) Report(r *plugin.Report) {
	r.Int("PassedMessageCount", int64(f.passed.Load()), "count")
	r.Int("HeldBackMessageCount", int64(f.held.Load()), "count")
	r.Int("EvictedKeys", int64(f.evicted.Load()), "count")
}
