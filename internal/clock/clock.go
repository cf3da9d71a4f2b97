// Package clock hands time in, so that tests and replays can turn it by hand.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and wakes who waits for it.
type Clock interface {
	Now() time.Time
	// Passed is the time that has gone by since the clock was made. Now may be set
	// by the operator or by NTP, back and forth; Passed only grows. Deadlines and
	// pauses are reckoned in it, as timers are.
	Passed() time.Duration
	// NewTimer sends the time once, d from now.
	NewTimer(d time.Duration) *Timer
}

// Timer is a time.Timer that a Clock made.
type Timer struct {
	C    <-chan time.Time
	stop func() bool
}

// Stop prevents the timer from firing; false means that it has fired or was
// stopped before.
func (t *Timer) Stop() bool { return t.stop() }

// Real is the machine's clock.
type Real struct{}

var began = time.Now()

// Passed returns the time since the program started.
func (Real) Passed() time.Duration { return time.Since(began) }

// Now returns the current time.
func (Real) Now() time.Time { return time.Now() }

// NewTimer returns a timer of package time.
func (Real) NewTimer(d time.Duration) *Timer {
	t := time.NewTimer(d)
	return &Timer{C: t.C, stop: t.Stop}
}

// Sim is a clock that stands still until Advance or Set moves it. Safe for any
// number of goroutines.
type Sim struct {
	mu     sync.Mutex
	now    time.Time
	jumped time.Duration // how far Jump has set now off what has passed
	start  time.Time
	timers map[*simTimer]struct{}
}

type simTimer struct {
	at time.Duration // in time passed
	c  chan time.Time
}

// NewSim returns a clock that shows start.
func NewSim(start time.Time) *Sim {
	return &Sim{now: start, start: start, timers: map[*simTimer]struct{}{}}
}

// Now returns the time that the clock shows.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// NewTimer returns a timer that fires when the clock has been moved by d.
func (s *Sim) NewTimer(d time.Duration) *Timer {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &simTimer{at: s.passed() + d, c: make(chan time.Time, 1)}
	if d <= 0 {
		t.c <- s.now
	} else {
		s.timers[t] = struct{}{}
	}
	return &Timer{C: t.c, stop: func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, waiting := s.timers[t]
		delete(s.timers, t)
		return waiting
	}}
}

// Advance moves the clock by d and fires what has come due.
func (s *Sim) Advance(d time.Duration) { s.Set(s.Now().Add(d)) }

// Set moves the clock to now, which may lie in the past, and fires what has come
// due.
func (s *Sim) Set(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
	for t := range s.timers {
		if t.at <= s.passed() {
			t.c <- now
			delete(s.timers, t)
		}
	}
}

// Jump sets what the clock shows by d, as an operator does or NTP: no time passes
// and no timer fires.
func (s *Sim) Jump(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
	s.jumped += d
}

// Passed returns by how much Advance and Set have moved the clock.
func (s *Sim) Passed() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passed()
}

func (s *Sim) passed() time.Duration { return s.now.Sub(s.start) - s.jumped }

// Waiting is the number of timers that have not fired.
func (s *Sim) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.timers)
}
