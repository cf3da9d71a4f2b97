// Package topfilter is an example of a plugin that lives outside Heka's source: a
// filter that names the most frequent values of a field.
//
//	messages ──▶ TopFilter ──every tick──▶ message of type top, one line a value
//
// hekad build --with examples/plugin makes a hekad that has it.
package topfilter

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed top.toml
var sample string

func init() {
	plugin.RegisterFilter("TopFilter", plugin.About{
		Doc:    "Names the most frequent values of a field.",
		Sample: sample,
		Ticker: 10 * time.Second,
	}, newFilter)
}

// Config holds the options of TopFilter.
type Config struct {
	Field string `toml:"field" required:"true" doc:"Name of the string field whose values are counted."`
	Top   int    `toml:"top" default:"10" doc:"How many values are named, the most frequent first."`
	Most  int    `toml:"max_values" default:"100000" doc:"How many different values are counted between two reports; the rest count as other."`
}

// Validate checks what the tags cannot say.
func (c *Config) Validate() error {
	if c.Top < 1 {
		return &plugin.OptionError{Option: "top", What: fmt.Sprintf("%d names nothing", c.Top), Fix: "give at least 1"}
	}
	return nil
}

// Filter counts values. All of it belongs to the engine's goroutine for it.
type Filter struct {
	cfg    Config
	view   message.View
	want   *message.Want
	counts map[string]int
	other  int // messages whose value was one too many
}

func newFilter(cfg Config, env plugin.Env) (plugin.Filter, error) {
	if env.Ticker == 0 {
		return nil, errors.New("TopFilter reports by the clock; set ticker_interval to a number of seconds")
	}
	return &Filter{cfg: cfg, want: message.NewWant([]string{cfg.Field}), counts: map[string]int{}}, nil
}

// Process counts the field's value in each message. Messages without it are
// passed over.
func (f *Filter) Process(in *message.Selection, _ plugin.Emitter) error {
	var field message.Field
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !f.view.Parse(in.At(i), f.want) || !f.view.Wanted(0, &field) || field.Len() == 0 {
			continue
		}
		// The value is borrowed from the message: look it up, and copy it only when
		// it is new.
		value := field.Text(0)
		if _, known := f.counts[value]; known {
			f.counts[value]++
		} else if len(f.counts) < f.cfg.Most {
			f.counts[strings.Clone(value)] = 1
		} else {
			f.other++
		}
	}
	return nil
}

// Tick injects the report and starts anew.
func (f *Filter) Tick(_ time.Time, out plugin.Emitter) error {
	if len(f.counts) == 0 {
		return nil
	}
	values := make([]string, 0, len(f.counts))
	for v := range f.counts {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int {
		if d := f.counts[b] - f.counts[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var text strings.Builder
	for _, v := range values[:min(f.cfg.Top, len(values))] {
		fmt.Fprintf(&text, "%d %s\n", f.counts[v], v)
	}
	b := out.Begin()
	b.Type = "top"
	b.Payload = text.String()
	b.String("field", f.cfg.Field, "")
	b.Int("values", int64(len(values)), "count")
	b.Int("other", int64(f.other), "count")
	clear(f.counts)
	f.other = 0
	return out.Inject()
}
