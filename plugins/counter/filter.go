// Package counter counts the messages that a matcher takes and tells their rate.
//
//	Selection.Len ──▶ total ──Tick──▶ "Got N messages. R msg/sec"
//	                            └─each 10th─▶ "AGG Sum. Min: … Max: … Mean: …"
package counter

import (
	_ "embed"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed counter.toml
var sample string

//go:embed README.md
var readme string

// outputType is the Type of the messages that the filter injects.
const outputType = "heka.counter-output"

// summaryEvery is the number of ticks that a summary covers.
const summaryEvery = 10

func init() {
	plugin.RegisterFilter("CounterFilter", plugin.About{
		Doc:     "Counts messages and injects their number and rate.",
		Sample:  sample,
		Readme:  readme,
		Matcher: "Type != '" + outputType + "'",
		Ticker:  5 * time.Second,
	}, newFilter)
}

// Config has no options of its own; ticker_interval is common to all filters.
type Config struct{}

// Filter is CounterFilter. All fields but total belong to its goroutine.
type Filter struct {
	total atomic.Uint64 // messages since the start
	last  uint64        // and at the previous tick
	since time.Time     // previous tick
	rates []float64     // messages a second, since the last summary
}

func newFilter(_ Config, env plugin.Env) (plugin.Filter, error) {
	return &Filter{since: env.Start}, nil
}

// Process counts the messages; it never looks inside one.
func (f *Filter) Process(in *message.Selection, _ plugin.Emitter) error {
	f.Count(in.Len(), in.Size())
	return nil
}

// Count implements plugin.Counter: the engine counts where messages are made and
// queues nothing.
func (f *Filter) Count(messages, _ int) { f.total.Add(uint64(messages)) }

// Tick injects the number of messages so far and the rate since the previous
// tick, and every tenth time a summary of the rates.
func (f *Filter) Tick(now time.Time, out plugin.Emitter) error {
	total, rate := f.total.Load(), 0.0
	if s := now.Sub(f.since).Seconds(); s > 0 {
		rate = float64(total-f.last) / s
	}
	f.last, f.since = total, now
	f.rates = append(f.rates, rate)
	if err := inject(out, fmt.Sprintf("Got %d messages. %.2f msg/sec", total, rate)); err != nil {
		return err
	}
	if len(f.rates) < summaryEvery {
		return nil
	}
	sum := 0.0
	for _, r := range f.rates {
		sum += r
	}
	text := fmt.Sprintf("AGG Sum. Min: %.2f Max: %.2f Mean: %.2f", slices.Min(f.rates), slices.Max(f.rates), sum/float64(len(f.rates)))
	f.rates = f.rates[:0]
	return inject(out, text)
}

func inject(out plugin.Emitter, text string) error {
	m := out.Begin()
	m.Type, m.Payload = outputType, text
	if err := out.Inject(); err != nil {
		return fmt.Errorf("inject count: %w", err)
	}
	return nil
}
