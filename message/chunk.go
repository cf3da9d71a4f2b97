package message

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Sizes of the two pooled classes of chunk, in bytes.
const (
	SmallChunk = 16 << 10
	LargeChunk = 256 << 10
)

// Chunk is a buffer that batches share. The reader that got it writes behind
// what it has published; nobody writes what is published. The last Release
// gives it back to its pool.
type Chunk struct {
	Buf  []byte // length = size; owned by the reader past the published mark
	pool *Pool
	refs atomic.Int32
}

// Keep adds a reference.
func (c *Chunk) Keep() { c.refs.Add(1) }

// Release drops a reference; the chunk may not be touched after.
func (c *Chunk) Release() {
	if n := c.refs.Add(-1); n == 0 && c.pool != nil {
		c.pool.put(c)
	} else if n < 0 {
		panic("bug: chunk released more often than kept")
	}
}

// LooseChunk returns a chunk that belongs to no pool and no budget, with one
// reference, for who may not wait; it is the caller's duty to make few.
func LooseChunk(size int) *Chunk {
	c := &Chunk{Buf: make([]byte, size)}
	c.refs.Store(1)
	return c
}

// Pool hands out chunks within one budget of bytes. The chunk released last is
// handed out first, while it is still in the processor's cache. Safe for any
// number of goroutines; the lock is taken once a chunk, not once a message.
type Pool struct {
	budget int

	mu      sync.Mutex
	free    [2][]*Chunk // small, large
	used    int         // bytes handed out, with what lies in free
	waiting []*waiter   // oldest first; served in this order
	low     int         // fewest free large chunks since Trim
}

// waiter is a call of Get that found no room.
type waiter struct {
	size int
	got  chan *Chunk // with room for the one that it is sent
}

// NewPool makes a pool that never holds more than budget bytes of chunks.
func NewPool(budget int) *Pool { return &Pool{budget: max(budget, 4*LargeChunk)} }

// Budget is the pool's limit in bytes.
func (p *Pool) Budget() int { return p.budget }

// Used is the number of bytes in chunks that are held by somebody.
func (p *Pool) Used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used - len(p.free[0])*SmallChunk - len(p.free[1])*LargeChunk
}

// Get returns a chunk of at least size bytes with one reference, or waits until
// the budget allows one, behind those who came before. The error is the
// context's.
func (p *Pool) Get(ctx context.Context, size int) (*Chunk, error) {
	p.mu.Lock()
	if len(p.waiting) == 0 {
		if c := p.try(size); c != nil {
			p.mu.Unlock()
			return c, nil
		}
	}
	w := &waiter{size, make(chan *Chunk, 1)}
	p.waiting = append(p.waiting, w)
	p.mu.Unlock()
	select {
	case c := <-w.got:
		return c, nil
	case <-ctx.Done():
		p.leave(w)
		return nil, ctx.Err()
	}
}

// TryGet is Get that returns nil instead of waiting.
func (p *Pool) TryGet(size int) *Chunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.try(size)
}

// try takes a free chunk or makes one within the budget. Called with mu held.
func (p *Pool) try(size int) *Chunk {
	class, n := 1, LargeChunk
	if size <= SmallChunk {
		class, n = 0, SmallChunk
	}
	if size > LargeChunk {
		class, n = -1, size
	} else if f := p.free[class]; len(f) > 0 {
		c := f[len(f)-1]
		f[len(f)-1] = nil
		p.free[class] = f[:len(f)-1]
		if class == 1 {
			p.low = min(p.low, len(f)-1)
		}
		c.refs.Store(1)
		return c
	}
	for p.used+n > p.budget && p.drop() {
	}
	if p.used+n > p.budget && !(class < 0 && p.used == 0) {
		return nil
	}
	p.used += n
	c := &Chunk{Buf: make([]byte, n), pool: p}
	c.refs.Store(1)
	return c
}

// drop gives one free chunk to the garbage collector. Called with mu held.
func (p *Pool) drop() bool {
	for class, n := range [2]int{SmallChunk, LargeChunk} {
		if k := len(p.free[class]); k > 0 {
			p.free[class][k-1] = nil
			p.free[class] = p.free[class][:k-1]
			p.used -= n
			return true
		}
	}
	return false
}

// put takes back a chunk that nobody holds and serves who waits.
func (p *Pool) put(c *Chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch len(c.Buf) {
	case SmallChunk:
		p.free[0] = append(p.free[0], c)
	case LargeChunk:
		p.free[1] = append(p.free[1], c)
	default:
		p.used -= len(c.Buf)
	}
	p.serve()
}

// serve hands out chunks to those that wait, while there is room for the first
// of them. Called with mu held.
func (p *Pool) serve() {
	for len(p.waiting) > 0 {
		w := p.waiting[0]
		c := p.try(w.size)
		if c == nil {
			return
		}
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
		w.got <- c
	}
}

// leave takes w out of the queue. Who stands behind it may need less room; what
// it was handed meanwhile goes back.
func (p *Pool) leave(w *waiter) {
	p.mu.Lock()
	if i := slices.Index(p.waiting, w); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		p.serve()
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	(<-w.got).Release()
}

// Trim gives half of the chunks that nobody needed since the last call back to
// the garbage collector. The engine calls it every few seconds.
func (p *Pool) Trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := (p.low + 1) / 2; n > 0 && len(p.free[1]) > 0; n-- {
		k := len(p.free[1])
		p.free[1][0], p.free[1][k-1] = p.free[1][k-1], nil
		p.free[1] = p.free[1][:k-1]
		p.used -= LargeChunk
	}
	if k := len(p.free[0]); k > 64 {
		clear(p.free[0][64:])
		p.free[0] = p.free[0][:64]
		p.used -= (k - 64) * SmallChunk
	}
	p.low = len(p.free[1])
}
