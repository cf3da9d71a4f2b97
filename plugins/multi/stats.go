package multi

import (
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/plugin"
)

// every is how many calls there are for one that is timed.
const every = 1000

// stats counts the calls of one decoder. Its stream's goroutine writes, anyone
// may read.
type stats struct {
	n, failed      atomic.Int64
	samples, spent atomic.Int64 // timed calls and their ns
}

// begin counts a call and returns when it began, zero when it is not timed.
func (s *stats) begin() time.Time {
	if s.n.Add(1)%every != 1 {
		return time.Time{}
	}
	return time.Now()
}

func (s *stats) end(begin time.Time, err error) {
	if err != nil {
		s.failed.Add(1)
	}
	if !begin.IsZero() {
		s.samples.Add(1)
		s.spent.Add(int64(time.Since(begin)))
	}
}

func (s *stats) report(r *plugin.Report, suffix string) {
	samples := s.samples.Load()
	r.Int("ProcessMessageCount"+suffix, s.n.Load(), "count")
	r.Int("ProcessMessageFailures"+suffix, s.failed.Load(), "count")
	r.Int("ProcessMessageSamples"+suffix, samples, "count")
	r.Int("ProcessMessageAvgDuration"+suffix, s.spent.Load()/max(samples, 1), "ns")
}

// Report adds the account of the whole and of each decoder, with its name behind
// the metrics'.
func (d *Decoder) Report(r *plugin.Report) {
	d.self.report(r, "")
	for _, s := range d.subs {
		s.report(r, "-"+s.name)
	}
}
