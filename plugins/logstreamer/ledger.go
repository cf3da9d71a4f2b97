package logstreamer

import (
	"sync"

	"github.com/heka-project/heka/logstream"
)

// ledger knows, for one plugin.Stream, which place in the files each position of
// the stream stands for, and which of them is confirmed. Its mutex is a leaf.
type ledger struct {
	changed func() // called without the lock after a confirmation

	mu    sync.Mutex
	marks []mark             // not confirmed yet, oldest first
	acked logstream.Position // guarded by mu, as are the two below
	place uint64             // position of the stream that it stands for
	known bool               // acked is set
}

type mark struct {
	pos uint64
	at  logstream.Position
}

// maxMarks bounds the marks: with more, every second is forgotten, so that a
// crash repeats a little more.
const maxMarks = 64

// note records that position pos of the stream stands for at.
func (l *ledger) note(pos uint64, at logstream.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.marks); n > 0 && l.marks[n-1].pos == pos {
		l.marks[n-1].at = at
		return
	}
	if len(l.marks) == maxMarks {
		for i := range maxMarks / 2 {
			l.marks[i] = l.marks[2*i+1]
		}
		clear(l.marks[maxMarks/2:])
		l.marks = l.marks[:maxMarks/2]
	}
	l.marks = append(l.marks, mark{pos, at})
}

// confirm takes the engine's word that all up to pos is safe. Any goroutine.
func (l *ledger) confirm(pos uint64) {
	l.mu.Lock()
	n := 0
	for n < len(l.marks) && l.marks[n].pos <= pos {
		n++
	}
	if n > 0 {
		l.acked, l.place, l.known = l.marks[n-1].at, l.marks[n-1].pos, true
		l.marks = append(l.marks[:0], l.marks[n:]...)
	}
	l.mu.Unlock()
	if n > 0 {
		l.changed()
	}
}

// set starts the ledger at a place in the files that is confirmed, and the
// stream's position there.
func (l *ledger) set(at logstream.Position, pos uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked, l.place, l.known = at, pos, true
}

// get returns what is confirmed.
func (l *ledger) get() (at logstream.Position, pos uint64, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked, l.place, l.known
}

// settled reports that nothing waits for confirmation.
func (l *ledger) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.marks) == 0
}
