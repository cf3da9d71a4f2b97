// Package null takes messages and does nothing with them: the end of a route
// that is there to be measured.
//
//	Selection ──▶ counters
package null

import (
	"context"
	_ "embed"
	"sync/atomic"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed null.toml
var sample string

//go:embed README.md
var readme string

func init() {
	plugin.RegisterOutput("NullOutput", plugin.About{
		Doc:    "Counts messages and discards them.",
		Sample: sample,
		Readme: readme,
	}, newOutput)
}

// Config has no options.
type Config struct{}

// Output is NullOutput.
type Output struct {
	messages, bytes atomic.Int64
}

func newOutput(Config, plugin.Env) (plugin.Output, error) { return new(Output), nil }

// Deliver counts; it never looks inside a message.
func (o *Output) Deliver(_ context.Context, in []message.Selection) error {
	for i := range in {
		n, size := in[i].Left()
		o.messages.Add(int64(n))
		o.bytes.Add(int64(size))
	}
	return nil
}

// Count implements plugin.Counter: the engine counts where messages are made and
// queues nothing.
func (o *Output) Count(messages, bytes int) {
	o.messages.Add(int64(messages))
	o.bytes.Add(int64(bytes))
}

// Report tells what was counted; bytes are those of the framed messages.
func (o *Output) Report(r *plugin.Report) {
	r.Int("DiscardedMessages", o.messages.Load(), "count")
	r.Int("DiscardedBytes", o.bytes.Load(), "B")
}
