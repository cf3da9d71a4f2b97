package sandbox

import (
	"time"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/internal/usage"
)

// timed is process, timed now and then.
func (s *Sandbox) timed() (int, string, error) {
	if !s.use.Begin() {
		return s.process()
	}
	began := time.Now()
	status, text, err := s.process()
	s.use.Took(time.Since(began))
	return status, text, err
}

// Profile has the next n calls timed each.
func (s *Sandbox) Profile(n int) { s.use.Profile(n) }

// complain tells of a message that the script could not deal with.
func (s *Sandbox) complain(text string) {
	if n := s.gripe.Speak(s.opts.Now()); n > 0 {
		s.opts.Log.Warn("the script failed on a message", "err", text, "message", s.cur.Describe(), "times", n)
	}
}

// Report adds the figures of the sandbox. From any goroutine.
func (s *Sandbox) Report(r *plugin.Report) {
	o := &s.opts
	limits := usage.Limits{Memory: o.Memory, Instructions: o.Instructions, Output: int64(o.Output)}
	s.use.Report(r, limits, o.Kind == Filter || o.Kind == Output)
}

// Calls is how often process_message was called. From any goroutine.
func (s *Sandbox) Calls() int64 { return s.use.Calls.Load() }

// Failures is how many of them failed. From any goroutine.
func (s *Sandbox) Failures() int64 { return s.use.Failures.Load() }
