package message

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestPoolClasses(t *testing.T) {
	p := NewPool(0)
	if p.Budget() != 4*LargeChunk {
		t.Errorf("Budget() = %d", p.Budget())
	}
	small, large := p.TryGet(1), p.TryGet(SmallChunk+1)
	if len(small.Buf) != SmallChunk || len(large.Buf) != LargeChunk || p.Used() != SmallChunk+LargeChunk {
		t.Errorf("chunks of %d and %d bytes, %d used", len(small.Buf), len(large.Buf), p.Used())
	}
	large.Release()
	if again := p.TryGet(LargeChunk); again != large {
		t.Error("the chunk released last is not handed out first")
	}
	own := p.TryGet(2*LargeChunk + 1)
	if own == nil || len(own.Buf) != 2*LargeChunk+1 {
		t.Fatal("no chunk of its own size")
	}
	if p.TryGet(LargeChunk) != nil {
		t.Error("over budget")
	}
	if p.TryGet(SmallChunk) == nil {
		t.Error("a small chunk that fits is refused")
	}
	own.Release()
	if p.Used() != LargeChunk+2*SmallChunk {
		t.Errorf("%d used", p.Used())
	}
	if loose := LooseChunk(100); len(loose.Buf) != 100 {
		t.Error("a loose chunk has another size")
	} else {
		loose.Release()
	}
}

// TestPoolGivesWay: free chunks of one class make room for another, and one that
// is larger than the budget comes when nothing else is held.
func TestPoolGivesWay(t *testing.T) {
	p := NewPool(4 * LargeChunk)
	var cs []*Chunk
	for range 4 {
		cs = append(cs, p.TryGet(LargeChunk))
	}
	for _, c := range cs {
		c.Release()
	}
	if own := p.TryGet(3*LargeChunk + 5); own == nil {
		t.Error("free chunks stand in the way")
	} else {
		own.Release()
	}
	c := p.TryGet(1)
	if p.TryGet(5*LargeChunk) != nil {
		t.Error("over budget while something is held")
	}
	c.Release()
	huge := p.TryGet(5 * LargeChunk)
	if huge == nil {
		t.Fatal("larger than the budget, nothing held, and refused")
	}
	if p.TryGet(1) != nil {
		t.Error("over budget beside the huge one")
	}
	huge.Release()
	if p.Used() != 0 {
		t.Errorf("%d used", p.Used())
	}
}

// TestPoolWaits: who waits is served in turn, whatever the sizes, and who gives
// up does not hold up those behind.
func TestPoolWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(4 * LargeChunk)
		var held []*Chunk
		for range 4 {
			held = append(held, p.TryGet(LargeChunk))
		}
		var mu sync.Mutex // guards order and held
		var order []int
		wait := func(ctx context.Context, id, size int) {
			go func() {
				c, err := p.Get(ctx, size)
				if err != nil {
					id = -id
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, id)
				if err == nil {
					if len(c.Buf) < size {
						t.Errorf("%d gets %d bytes, wants %d", id, len(c.Buf), size)
					}
					held = append(held, c)
				}
			}()
			synctest.Wait()
		}
		ctx, cancel := context.WithCancel(t.Context())
		wait(t.Context(), 1, SmallChunk)
		wait(ctx, 2, 2*LargeChunk) // gives up
		wait(t.Context(), 3, LargeChunk)
		wait(t.Context(), 4, 1)
		release := func() {
			c := held[0]
			held = held[1:]
			c.Release()
			synctest.Wait()
		}
		release() // serves 1; 2 needs more
		if len(order) != 1 || order[0] != 1 {
			t.Fatalf("after one release: %v", order)
		}
		cancel()
		synctest.Wait() // now 3 is first, for which there is no room
		if len(order) != 2 || order[1] != -2 {
			t.Fatalf("after giving up: %v", order)
		}
		release()
		if len(order) != 4 { // both at once
			t.Fatalf("in the end: %v", order)
		}
		for len(held) > 0 {
			release()
		}
		if p.Used() != 0 {
			t.Errorf("%d bytes used", p.Used())
		}
	})
}

func TestPoolGivesUp(t *testing.T) {
	p := NewPool(4 * LargeChunk)
	huge := p.TryGet(4 * LargeChunk)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Get(ctx, 1); err != context.Canceled {
		t.Errorf("Get = %v", err)
	}
	huge.Release()
	c, err := p.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	c.Release()
	if p.Used() != 0 {
		t.Errorf("%d bytes used", p.Used())
	}
}

// TestPoolRace: many takers, some of whom give up, never get more than the
// budget, and all is back in the end.
func TestPoolRace(t *testing.T) {
	p := NewPool(4 * LargeChunk)
	var held atomic.Int64
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				size := []int{1, SmallChunk, LargeChunk, LargeChunk + 1, 3 * LargeChunk}[(g+i)%5]
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					go cancel()
				}
				c, err := p.Get(ctx, size)
				cancel()
				if err != nil {
					continue
				}
				n := int64(len(c.Buf))
				if held.Add(n) > int64(p.Budget()) {
					t.Errorf("%d bytes held", held.Load())
				}
				c.Buf[0], c.Buf[n-1] = byte(g), byte(i)
				held.Add(-n)
				c.Release()
				if i%50 == 0 {
					p.Trim()
				}
			}
		})
	}
	wg.Wait()
	if p.Used() != 0 || len(p.waiting) != 0 {
		t.Errorf("%d bytes used, %d wait", p.Used(), len(p.waiting))
	}
}

func TestTrim(t *testing.T) {
	p := NewPool(8 * LargeChunk)
	var cs []*Chunk
	for range 8 {
		cs = append(cs, p.TryGet(LargeChunk))
	}
	for _, c := range cs {
		c.Release()
	}
	for range 10 {
		p.Trim()
	}
	if len(p.free[1]) > 1 || p.used != len(p.free[1])*LargeChunk {
		t.Errorf("after ten rounds of rest %d chunks are kept, %d bytes", len(p.free[1]), p.used)
	}
}
