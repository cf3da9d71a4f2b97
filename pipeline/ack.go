package pipeline

import "sync"

// tracker moves a stream's position over what has been dealt with: batches
// finish in any order, the position follows the oldest that has not. One lock a
// batch.
type tracker struct {
	acked func(pos uint64) // fixed after newTracker, as is waits
	waits bool             // the source stands still until it hears

	mu   sync.Mutex
	head uint64 // sequence of ring[at]
	next uint64 // sequence of the next batch
	ring []pending
	at   int
	n    int
}

type pending struct {
	pos  uint64
	refs int // batches that still carry this sequence
}

func newTracker(acked func(pos uint64)) *tracker {
	return &tracker{acked: acked, ring: make([]pending, 16)}
}

// begin registers a batch that ends at pos and returns its sequence.
func (t *tracker) begin(pos uint64) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == len(t.ring) {
		grown := make([]pending, 2*t.n)
		for i := range t.n {
			grown[i] = t.ring[(t.at+i)%t.n]
		}
		t.ring, t.at = grown, 0
	}
	t.ring[(t.at+t.n)%len(t.ring)] = pending{pos: pos, refs: 1}
	t.n++
	t.next++
	return t.next - 1
}

func (t *tracker) slot(seq uint64) *pending { return &t.ring[(t.at+int(seq-t.head))%len(t.ring)] }

// keep says that one more batch carries the sequence: a compact copy.
func (t *tracker) keep(seq uint64) {
	t.mu.Lock()
	t.slot(seq).refs++
	t.mu.Unlock()
}

// Done implements message.Source. The position is told while the lock is held,
// so that positions only grow; acked must not block.
func (t *tracker) Done(seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slot(seq).refs--
	var pos uint64
	moved := false
	for t.n > 0 && t.ring[t.at].refs == 0 {
		pos, moved = t.ring[t.at].pos, true
		t.at = (t.at + 1) % len(t.ring)
		t.n--
		t.head++
	}
	if moved {
		t.acked(pos)
	}
}

// skip says that everything up to pos gave no message.
func (t *tracker) skip(pos uint64) { t.Done(t.begin(pos)) }

// held is the number of batches that are not dealt with.
func (t *tracker) held() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}
