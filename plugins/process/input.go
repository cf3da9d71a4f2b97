package process

import (
	"context"
	"time"

	"github.com/heka-project/heka/plugin"
)

func init() {
	plugin.RegisterInput("ProcessInput", plugin.About{
		Doc:    "Runs a chain of programs, once or by the clock, and takes what they write.",
		Readme: readme,
		Sample: sample,
		Ticker: 15 * time.Second,
	}, newInput)
}

// Input runs one chain.
type Input struct {
	cfg   Config
	env   plugin.Env
	count counters
}

func newInput(cfg Config, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Input{cfg: cfg, env: prepare(env)}, nil
}

// Run runs the chain until ctx ends. A chain that is to run once and goes wrong is
// an error: the engine runs it again, as `retries` says.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	chain, err := in.cfg.chain()
	if err != nil {
		return err
	}
	r := &runner{
		cfg: in.cfg, chain: chain, name: in.env.Name, ticker: in.env.Ticker, open: host.Open,
		env: in.env, log: in.env.Log, count: &in.count,
	}
	return r.run(ctx)
}

// Report tells how often the chain was run.
func (in *Input) Report(r *plugin.Report) { in.count.report(r) }

func (c *counters) report(r *plugin.Report) {
	r.Int("Runs", c.runs.Load(), "count")
	r.Int("RunsFailed", c.failed.Load(), "count")
	r.Int("RunsTimedOut", c.timedOut.Load(), "count")
	r.Int("BytesReceived", c.bytes.Load(), "B")
}
