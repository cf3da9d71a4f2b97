package sandbox

import "github.com/heka-project/heka/plugin"

// Report adds the figures of the sandbox. From any goroutine.
func (s *Sandbox) Report(r *plugin.Report) {
	u, n := &s.use, &s.counts
	r.Int("Memory", u.memory.Load(), "B")
	r.Int("MaxMemory", u.maxMemory.Load(), "B")
	r.Int("MemoryLimit", s.opts.Memory, "B")
	r.Int("Instructions", u.instructions.Load(), "count")
	r.Int("MaxInstructions", u.maxInstructions.Load(), "count")
	r.Int("InstructionLimit", s.opts.Instructions, "count")
	r.Int("Output", u.output.Load(), "B")
	r.Int("MaxOutput", u.maxOutput.Load(), "B")
	r.Int("OutputLimit", int64(s.opts.Output), "B")
	r.Int("ProcessMessageFailures", n.failures.Load(), "count")
	r.Int("ProcessMessageSamples", n.samples.Load(), "count")
	r.Int("ProcessMessageAvgDuration", average(n.nanos.Load(), n.samples.Load()), "ns")
	if s.opts.Kind == Filter || s.opts.Kind == Output {
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
func (s *Sandbox) Calls() int64 { return s.counts.messages.Load() }

// Failures is how many of them failed. From any goroutine.
func (s *Sandbox) Failures() int64 { return s.counts.failures.Load() }

func average(sum, n int64) int64 {
	if n == 0 {
		return 0
	}
	return sum / n
}
