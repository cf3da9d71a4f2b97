// Package ratelimit holds RateLimitFilter, which passes messages on as fast as they
// may come, key by key, and tells what it held back.
//
//	message ─▶ key ─▶ bucket: a token? ── yes ─▶ a copy goes on
//	                                   └─ no ──▶ counted ──Tick──▶ summary
//
// A bucket fills with `rate` tokens a second up to `burst`. The number of keys is
// bounded: the one that was seen longest ago gives way, and its count goes into the
// next summary. Buckets are part of the state, so a restart gives nobody a new
// burst.
package ratelimit

import (
	_ "embed"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/keyed"
	"github.com/heka-project/heka/internal/passon"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed ratelimit.toml
var sample string

// Config holds the options of RateLimitFilter.
type Config struct {
	Rate    float64 `toml:"rate" required:"true" doc:"Messages a second that a key may have passed on."`
	Burst   int     `toml:"burst" doc:"Messages that a key may have passed on at once; 0 is those of one second, at least 1."`
	Key     string  `toml:"key" doc:"Text in which %{…} is filled in: messages for which it is the same share a limit; when empty, all do."`
	MaxKeys int     `toml:"max_keys" default:"10000" doc:"Most keys that are known at a time."`
	Type    string  `toml:"message_type" default:"%{Type}.limited" doc:"Type of the copies, in which %{…} is filled in; the filter's own matcher must not take it."`
	Summary string  `toml:"summary_type" default:"heka.ratelimit" doc:"Type of the message that tells what was held back, every ticker_interval in which something was; when empty, there is none."`
}

// Validate checks the numbers and the texts.
func (c Config) Validate() error {
	switch {
	case !(c.Rate > 0 && c.Rate <= 1e9):
		return &plugin.OptionError{Option: "rate", What: fmt.Sprintf("%v is no rate", c.Rate), Fix: "write how many messages a second, such as 10 or 0.1"}
	case c.Burst < 0:
		return &plugin.OptionError{Option: "burst", What: fmt.Sprintf("%d is no number of messages", c.Burst), Fix: "write 1 or more, or 0 for those of one second"}
	case c.MaxKeys < 1 || c.MaxKeys > 1e7:
		return &plugin.OptionError{Option: "max_keys", What: fmt.Sprintf("%d keys cannot be kept", c.MaxKeys), Fix: "write 1 to 10000000"}
	}
	for option, text := range map[string]string{"key": c.Key, "message_type": c.Type} {
		if _, err := interp.Compile(text, nil); err != nil {
			return &plugin.OptionError{Option: option, What: err.Error(), Fix: "write names as in %{Hostname}"}
		}
	}
	return nil
}

func init() {
	plugin.RegisterFilter("RateLimitFilter", plugin.About{
		Doc:    "Passes messages on up to a rate for each key, and tells what it held back.",
		Sample: sample,
		Readme: readme,
		Ticker: time.Minute,
	}, New)
}

// bucket is what is known of a key.
type bucket struct {
	tokens float64 // at time at
	at     int64   // ns since the epoch
	held   uint64  // messages held back since the last summary
}

// Filter limits. What is not atomic belongs to its goroutine.
type Filter struct {
	cfg    Config
	burst  float64
	key    *interp.Text
	copier *passon.Copier
	now    func() time.Time
	table  *keyed.Table[bucket]
	view   message.View
	text   []byte
	gone   uint64 // held back of keys that gave way, since the last summary
	goneOf uint64 // number of these keys

	passed, held, keys, evicted atomic.Uint64
}

// New makes a filter.
func New(cfg Config, env plugin.Env) (plugin.Filter, error) {
	f := &Filter{cfg: cfg, burst: float64(cfg.Burst), now: env.NowFunc(), table: keyed.New[bucket](cfg.MaxKeys)}
	if f.burst == 0 {
		f.burst = max(1, math.Ceil(cfg.Rate))
	}
	f.table.Evicted = func(_ string, b *bucket) {
		f.evicted.Add(1)
		if b.held > 0 {
			f.gone += b.held
			f.goneOf++
		}
	}
	var err error
	if f.key, err = interp.Compile(cfg.Key, nil); err != nil {
		return nil, err
	}
	f.copier, err = passon.New(cfg.Type)
	return f, err
}

// Process passes on what has a token left. What cannot be injected is told; the
// others go on.
func (f *Filter) Process(in *message.Selection, out plugin.Emitter) error {
	var failed error
	now := f.now().UnixNano()
	passed, held := uint64(0), uint64(0)
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !f.view.Parse(in.At(i), nil) {
			failed = message.ErrDamaged
			continue
		}
		f.text, _ = f.key.Append(f.text[:0], &f.view, nil)
		f.text = shorten(f.text)
		b, known := f.table.Get(f.text)
		if !b.take(known, now, f.cfg.Rate, f.burst) {
			b.held++
			held++
			continue
		}
		f.copier.Begin(out, &f.view)
		if err := out.Inject(); err != nil {
			failed = fmt.Errorf("inject a copy of %q: %w", f.view.Type(), err)
			continue
		}
		passed++
	}
	f.passed.Add(passed)
	f.held.Add(held)
	f.keys.Store(uint64(f.table.Len()))
	return failed
}

// take takes a token, if there is one. A clock that was set back gives none.
func (b *bucket) take(known bool, now int64, rate, burst float64) bool {
	if !known {
		b.tokens, b.at = burst, now
	} else if now > b.at {
		b.tokens = min(burst, b.tokens+float64(now-b.at)*rate/1e9)
		b.at = now
	} else if b.at-now > int64(time.Minute) {
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// maxKey is the longest key that is kept, in bytes.
const maxKey = 256

// shorten makes a long key a short one that is still its own.
func shorten(key []byte) []byte {
	if len(key) <= maxKey {
		return key
	}
	h := uint64(14695981039346656037)
	for _, c := range key {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return fmt.Appendf(key[:maxKey-20], "… %016x", h)
}

// Report tells how many messages were passed on and held back.
func (f *Filter) Report(r *plugin.Report) {
	r.Int("PassedMessageCount", int64(f.passed.Load()), "count")
	r.Int("HeldBackMessageCount", int64(f.held.Load()), "count")
	r.Int("Keys", int64(f.keys.Load()), "count")
	r.Int("EvictedKeys", int64(f.evicted.Load()), "count")
}
