package wasm

import (
	"time"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/internal/usage"
)

// timed is call, timed now and then.
func (in *Instance) timed() (int, string, error) {
	if !in.use.Begin() {
		return in.call()
	}
	began := time.Now()
	status, text, err := in.call()
	in.use.Took(time.Since(began))
	return status, text, err
}

// publish lets other goroutines see what was counted.
func (in *Instance) publish() {
	u := &in.use
	u.MaxMemory.Store(max(u.MaxMemory.Load(), u.Memory.Load()))
	u.Publish(in.stop != nil)
}

// Profile has the next n calls timed each.
func (in *Instance) Profile(n int) { in.use.Profile(n) }

// Report adds the figures of the instance, under the names that a script's have.
func (in *Instance) Report(r *plugin.Report) {
	o := &in.opts
	limits := usage.Limits{Memory: o.Memory, Instructions: o.Instructions, Output: int64(o.Output)}
	in.use.Report(r, limits, o.Kind == sandbox.Filter)
}

// Calls is how often process_message was called. From any goroutine.
func (in *Instance) Calls() int64 { return in.use.Calls.Load() }

// Failures is how many of them failed. From any goroutine.
func (in *Instance) Failures() int64 { return in.use.Failures.Load() }
