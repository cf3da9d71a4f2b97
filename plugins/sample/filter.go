// Package sample holds SamplingFilter, which injects copies of some of the messages
// that it gets: each with the same chance, or all those of some keys, so that what
// belongs together is there whole or not at all.
package sample

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/passon"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed sample.toml
var sample string

// Config holds the options of SamplingFilter.
type Config struct {
	Rate float64 `toml:"rate" required:"true" doc:"Share of the messages, or of the keys, to pass on: more than 0, at most 1."`
	Key  string  `toml:"key" doc:"Text in which %{…} is filled in: messages for which it is the same are passed on together or not at all; when empty, chance decides for each."`
	Seed string  `toml:"seed" doc:"Any text; filters with different ones choose different keys."`
	Type string  `toml:"message_type" default:"%{Type}.sampled" doc:"Type of the copies, in which %{…} is filled in; the filter's own matcher must not take it."`
}

// Validate checks the rate and the texts.
func (c Config) Validate() error {
	if !(c.Rate > 0 && c.Rate <= 1) {
		return &plugin.OptionError{Option: "rate", What: fmt.Sprintf("%v is no share", c.Rate), Fix: "write more than 0 and at most 1, such as 0.01 for one in a hundred"}
	}
	for option, text := range map[string]string{"key": c.Key, "message_type": c.Type} {
		if _, err := interp.Compile(text, nil); err != nil {
			return &plugin.OptionError{Option: option, What: err.Error(), Fix: "write names as in %{Hostname}"}
		}
	}
	return nil
}

func init() {
	plugin.RegisterFilter("SamplingFilter", plugin.About{
		Doc:    "Injects copies of a share of the messages, by chance or by key.",
		Sample: sample,
		Readme: readme,
	}, New)
}

var rateField = message.NewFieldHead("sample_rate", message.Double, "")

// Filter passes a share on.
type Filter struct {
	rate   float64
	limit  uint64       // hashes below are passed on
	key    *interp.Text // nil: chance decides
	seed   uint64
	copier *passon.Copier
	view   message.View
	text   []byte
	random func() float64

	seen, passed atomic.Uint64
}

// New makes a filter.
func New(cfg Config, _ plugin.Env) (plugin.Filter, error) {
	f := &Filter{rate: cfg.Rate, seed: hash(14695981039346656037, []byte(cfg.Seed)), random: rand.Float64}
	if f.limit = ^uint64(0); cfg.Rate < 1 {
		f.limit = uint64(cfg.Rate * (1 << 63) * 2)
	}
	var err error
	if cfg.Key != "" {
		if f.key, err = interp.Compile(cfg.Key, nil); err != nil {
			return nil, err
		}
	}
	f.copier, err = passon.New(cfg.Type)
	return f, err
}

// Process injects copies of what is chosen. What cannot be injected is told; the
// others go on.
func (f *Filter) Process(in *message.Selection, out plugin.Emitter) error {
	var failed error
	n := uint64(0)
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if f.key == nil && f.rate < 1 && f.random() >= f.rate {
			continue
		}
		if !f.view.Parse(in.At(i), nil) {
			failed = message.ErrDamaged
			continue
		}
		if f.key != nil && !f.chosen() {
			continue
		}
		b := f.copier.Begin(out, &f.view)
		b.PutDouble(&rateField, f.rate)
		if err := out.Inject(); err != nil {
			failed = fmt.Errorf("inject a sample of %q: %w", f.view.Type(), err)
			continue
		}
		n++
	}
	f.seen.Add(uint64(in.Len()))
	f.passed.Add(n)
	return failed
}

// chosen reports whether the message's key is among those that are passed on. It
// is the same on every machine and after every start.
func (f *Filter) chosen() bool {
	f.text, _ = f.key.Append(f.text[:0], &f.view, nil)
	return mix(hash(f.seed, f.text)) <= f.limit
}

// hash is FNV-1a.
func hash(h uint64, b []byte) uint64 {
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// mix spreads a hash over all bits, as SplitMix64 does.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Report tells how many messages were passed on.
func (f *Filter) Report(r *plugin.Report) {
	r.Int("SampledMessageCount", int64(f.passed.Load()), "count")
	r.Int("PassedOverMessageCount", int64(f.seen.Load()-f.passed.Load()), "count")
}
