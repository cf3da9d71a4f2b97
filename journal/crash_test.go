package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

var errDead = errors.New("the process has ended")

// ledger is what happened to each message, over all lives.
type ledger struct {
	mu        sync.Mutex
	accepted  map[uint64]bool // Done said nil
	delivered map[uint64]int
}

// TestCrashUnderLoad cuts the power or kills the process while several
// goroutines append, read, acknowledge, save and sync; then the next life goes
// on with what is left. Each message that was accepted comes.
func TestCrashUnderLoad(t *testing.T) {
	n := 40
	if s, err := strconv.Atoi(os.Getenv("HEKA_CRASHES")); err == nil {
		n = s
	}
	if testing.Short() {
		n = 10
	}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 9))
	t.Logf("seed %d", seed)
	mem := fsx.NewMem()
	l := &ledger{accepted: map[uint64]bool{}, delivered: map[uint64]int{}}
	var ids atomic.Uint64
	for i := range n {
		var dead atomic.Bool
		fault := &fsx.Fault{FS: mem, Hook: func(fsx.Op) error {
			if dead.Load() {
				return errDead
			}
			return nil
		}}
		j, err := Open("/j", Options{FS: fault, SegmentSize: 16 << 10, Log: quiet, Pool: testPool})
		if err != nil {
			t.Fatalf("life %d: %v", i, err)
		}
		last := i == n-1
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for k := range 2 {
			c := mustConsumer(t, j, []string{"a", "b"}[k], ConsumerOptions{CursorUpdateCount: uint(k)})
			wg.Go(func() { consume(t, ctx, c, l, uint64(k), last) })
			if seed := rng.Uint64(); !last {
				wg.Go(func() { produce(ctx, j, c, l, &ids, uint64(k), seed) })
			}
		}
		if last {
			wg.Wait()
		} else {
			time.Sleep(time.Duration(rng.IntN(5000)) * time.Microsecond)
			dead.Store(true)
			if i%3 == 0 {
				mem.Kill()
			} else {
				mem.Crash(rng)
			}
		}
		cancel()
		wg.Wait()
		j.Close()
	}
	twice, lost := 0, 0
	for id := range l.accepted {
		if l.delivered[id] == 0 {
			lost++
		}
		twice += max(0, l.delivered[id]-1)
	}
	t.Logf("%d lives, %d accepted, %d lost, %d came again", n, len(l.accepted), lost, twice)
	if lost > 0 {
		t.Errorf("%d of %d were lost", lost, len(l.accepted))
	}
}

// produce appends messages for one consumer, whose number is in the low bit.
func produce(ctx context.Context, j *Journal, c *Cursor, l *ledger, ids *atomic.Uint64, low, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for ctx.Err() == nil {
		n := 1 + rng.IntN(4)
		ch, err := testPool.Get(ctx, 16<<10)
		if err != nil {
			return
		}
		b := message.NewBatch(ch, 0)
		ch.Release()
		b.AddRow(taken)
		var mine []uint64
		at := 0
		for range n {
			id := ids.Add(1)<<1 | low
			mine = append(mine, id)
			body := append(binary.BigEndian.AppendUint64(nil, id), make([]byte, rng.IntN(900))...)
			at = len(message.AppendFrame(ch.Buf[:at], body))
			b.Add(at, 0)
		}
		j.Append(ctx, Entry{Batch: b, Takers: []Taker{{Cursor: c}}, Done: func(_ *message.Batch, err error) {
			if err == nil {
				l.mu.Lock()
				for _, id := range mine {
					l.accepted[id] = true
				}
				l.mu.Unlock()
			}
		}})
		b.Release()
	}
}

// consume reads and acknowledges until ctx ends, or until it has caught up.
func consume(t *testing.T, ctx context.Context, c *Cursor, l *ledger, low uint64, untilEnd bool) {
	for !untilEnd || !c.CaughtUp() {
		b, pos, err := c.Next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		l.mu.Lock()
		for i := range b.Len() {
			id := binary.BigEndian.Uint64(b.At(i))
			if id&1 != low {
				t.Errorf("message %d came to the wrong consumer", id)
			}
			l.delivered[id]++
		}
		l.mu.Unlock()
		b.Release()
		c.Ack(pos)
	}
}
