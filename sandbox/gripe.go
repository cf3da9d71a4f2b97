package sandbox

import "time"

// gripe lets one line a minute through of what scripts say of messages that they
// could not deal with.
type gripe struct {
	next  time.Time
	count int
}

func (s *Sandbox) complain(text string) {
	g := &s.gripe
	g.count++
	now := s.opts.Now()
	if now.Before(g.next) {
		return
	}
	s.opts.Log.Warn("the script failed on a message", "err", text, "message", s.cur.describe(), "times", g.count)
	g.next, g.count = now.Add(time.Minute), 0
}
