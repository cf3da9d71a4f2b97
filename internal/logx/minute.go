package logx

import "time"

// Minute lets one line a minute through of what would be said too often. The zero
// value is ready; it belongs to one goroutine.
type Minute struct {
	next  time.Time
	times int // since a line was written
}

// Speak counts one more to be said at now. It returns how many the line stands for
// that may be written, or 0 for none.
func (m *Minute) Speak(now time.Time) (times int) {
	m.times++
	if now.Before(m.next) {
		return 0
	}
	times, m.times, m.next = m.times, 0, now.Add(window)
	return times
}
