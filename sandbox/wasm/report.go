package wasm

import (
	"time"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// sampleEvery is the share of calls that is timed.
const sampleEvery = 256

// sampling times one call in some, or every one for a while.
type sampling struct {
	n       uint32
	profile int // calls that are still timed each, for the profile
}

// Profile has the next n calls timed each.
func (in *Instance) Profile(n int) { in.sampling.profile = n }

// timed is call, timed now and then.
func (in *Instance) timed() (int, string, error) {
	p := &in.sampling
	p.n++
	if p.profile == 0 && p.n%sampleEvery != 1 {
		return in.call()
	}
	began := time.Now()
	status, text, err := in.call()
	took := int64(time.Since(began))
	if p.profile > 0 {
		p.profile--
		in.counts.profiled.Add(1)
		in.counts.profileNanos.Add(took)
	}
	in.counts.samples.Add(1)
	in.counts.nanos.Add(took)
	return status, text, err
}

// publish lets other goroutines see what was counted.
func (in *Instance) publish() {
	u := &in.use
	if m := in.linear.used.Load(); m > u.maxMemory.Load() {
		u.maxMemory.Store(m)
	}
	in.counts.messages.Store(in.calls)
	if in.stop != nil {
		in.counts.terminated.Store(true)
	}
}

// Report adds the figures of the instance, under the names that a script's have.
func (in *Instance) Report(r *plugin.Report) {
	u, n := &in.use, &in.counts
	r.Int("Memory", in.linear.used.Load(), "B")
	r.Int("MaxMemory", u.maxMemory.Load(), "B")
	r.Int("MemoryLimit", in.opts.Memory, "B")
	r.Int("Instructions", u.instructions.Load(), "count")
	r.Int("MaxInstructions", u.maxInstructions.Load(), "count")
	r.Int("InstructionLimit", in.opts.Instructions, "count")
	r.Int("Output", 0, "B")
	r.Int("MaxOutput", u.maxOutput.Load(), "B")
	r.Int("OutputLimit", int64(in.opts.Output), "B")
	r.Int("ProcessMessageFailures", n.failures.Load(), "count")
	r.Int("ProcessMessageSamples", n.samples.Load(), "count")
	r.Int("ProcessMessageAvgDuration", average(n.nanos.Load(), n.samples.Load()), "ns")
	if in.opts.Kind == sandbox.Filter {
		r.Int("TimerEventSamples", n.ticks.Load(), "count")
		r.Int("TimerEventAvgDuration", average(n.tickNanos.Load(), n.ticks.Load()), "ns")
	}
	if k := n.profiled.Load(); k > 0 {
		r.Int("ProfileMessageSamples", k, "count")
		r.Int("ProfileMessageAvgDuration", average(n.profileNanos.Load(), k), "ns")
	}
	if n.terminated.Load() {
		r.Text("State", "terminated")
	}
}

// Calls is how often process_message was called. From any goroutine.
func (in *Instance) Calls() int64 { return in.counts.messages.Load() }

// Failures is how many of them failed. From any goroutine.
func (in *Instance) Failures() int64 { return in.counts.failures.Load() }

func average(sum, n int64) int64 {
	if n == 0 {
		return 0
	}
	return sum / n
}
