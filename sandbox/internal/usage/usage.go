// Package usage holds the figures of a sandbox: what a script uses of its limits, how
// often it was called and how long that took.
//
//	the goroutine that calls the script ──▶ Usage (atomic) ──▶ Report, of any goroutine
package usage

import (
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/plugin"
)

// every is the share of calls that is timed, or after which the figures are published.
const every = 256

// Usage is that of one script.
type Usage struct {
	// atomic: what the limits are about, as last published

	Memory, MaxMemory             atomic.Int64 // bytes
	Instructions, MaxInstructions atomic.Int64 // of a call
	Output, MaxOutput             atomic.Int64 // bytes

	// atomic: calls

	Calls, Failures        atomic.Int64 // of process_message
	samples, nanos         atomic.Int64
	ticks, tickNanos       atomic.Int64
	profiled, profileNanos atomic.Int64
	terminated             atomic.Bool

	// owned by the goroutine that calls the script

	calls   int64 // of process_message, as they are counted
	profile int   // calls that are still timed each
}

// Limits are the options that stand beside what is used.
type Limits struct{ Memory, Instructions, Output int64 }

// Profile has the next n calls timed each.
func (u *Usage) Profile(n int) { u.profile = n }

// Begin counts a call of process_message, and reports whether it is one of those that
// are timed: then Took is called after it.
func (u *Usage) Begin() (timed bool) {
	u.calls++
	return u.profile > 0 || u.calls%every == 1
}

// Due reports whether the figures are to be published after the call.
func (u *Usage) Due() bool { return u.calls%every == 1 }

// Publish lets other goroutines see the calls, and whether the script has ended.
func (u *Usage) Publish(terminated bool) {
	u.Calls.Store(u.calls)
	if terminated {
		u.terminated.Store(true)
	}
}

// Took notes how long a timed call of process_message took.
func (u *Usage) Took(d time.Duration) {
	if u.profile > 0 {
		u.profile--
		u.profiled.Add(1)
		u.profileNanos.Add(int64(d))
	}
	u.samples.Add(1)
	u.nanos.Add(int64(d))
}

// Ticked notes how long a call of timer_event took.
func (u *Usage) Ticked(d time.Duration) {
	u.ticks.Add(1)
	u.tickNanos.Add(int64(d))
}

// Wrote notes the size of an output.
func (u *Usage) Wrote(n int) { most(&u.MaxOutput, int64(n)) }

// Used notes the instructions of a call.
func (u *Usage) Used(instructions int64) {
	u.Instructions.Store(instructions)
	most(&u.MaxInstructions, instructions)
}

func most(m *atomic.Int64, n int64) {
	if n > m.Load() {
		m.Store(n)
	}
}

// Report adds the figures; timer tells whether the kind has timer events.
func (u *Usage) Report(r *plugin.Report, limits Limits, timer bool) {
	r.Int("Memory", u.Memory.Load(), "B")
	r.Int("MaxMemory", u.MaxMemory.Load(), "B")
	r.Int("MemoryLimit", limits.Memory, "B")
	r.Int("Instructions", u.Instructions.Load(), "count")
	r.Int("MaxInstructions", u.MaxInstructions.Load(), "count")
	r.Int("InstructionLimit", limits.Instructions, "count")
	r.Int("Output", u.Output.Load(), "B")
	r.Int("MaxOutput", u.MaxOutput.Load(), "B")
	r.Int("OutputLimit", limits.Output, "B")
	r.Int("ProcessMessageFailures", u.Failures.Load(), "count")
	r.Int("ProcessMessageSamples", u.samples.Load(), "count")
	r.Int("ProcessMessageAvgDuration", average(&u.nanos, &u.samples), "ns")
	if timer {
		r.Int("TimerEventSamples", u.ticks.Load(), "count")
		r.Int("TimerEventAvgDuration", average(&u.tickNanos, &u.ticks), "ns")
	}
	if n := u.profiled.Load(); n > 0 {
		r.Int("ProfileMessageSamples", n, "count")
		r.Int("ProfileMessageAvgDuration", average(&u.profileNanos, &u.profiled), "ns")
	}
	if u.terminated.Load() {
		r.Text("State", "terminated")
	}
}

func average(sum, n *atomic.Int64) int64 { return sum.Load() / max(1, n.Load()) }
