package sandbox

import "time"

// sampleEvery is the share of calls that is timed.
const sampleEvery = 256

// sampling times one call in some, or every one for a while.
type sampling struct {
	n       uint32
	profile int // calls that are still timed each, for the profile
}

// Profile has the next n calls timed each.
func (s *Sandbox) Profile(n int) { s.sampling.profile = n }

// timed is process, timed now and then.
func (s *Sandbox) timed() (int, string, error) {
	p := &s.sampling
	p.n++
	if p.profile == 0 && p.n%sampleEvery != 1 {
		return s.process()
	}
	began := time.Now()
	status, text, err := s.process()
	took := int64(time.Since(began))
	if p.profile > 0 {
		p.profile--
		s.counts.profiled.Add(1)
		s.counts.profileNanos.Add(took)
	}
	s.counts.samples.Add(1)
	s.counts.nanos.Add(took)
	return status, text, err
}
