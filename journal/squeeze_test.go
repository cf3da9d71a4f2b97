package journal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
)

// TestPositionsAreSavedOnAFullDisk: the journal has used up the disk to the last
// byte, so that not even a position can be saved. What is delivered makes room
// all the same, and nothing is lost.
func TestPositionsAreSavedOnAFullDisk(t *testing.T) {
	mem, clk := fsx.NewMem(), clock.NewSim(time.Unix(1e9, 0))
	j := mustOpen(t, "/j", Options{FS: mem, Clock: clk, SegmentSize: 4096})
	c := mustConsumer(t, j, "c", ConsumerOptions{FullAction: Block})
	put(t, j, c, "first")
	var good atomic.Int64
	const n = 40
	for i := range n {
		b := batchOf(t, fmt.Sprint(i), strings.Repeat("z", 400))
		if err := appendTo(j, c, b, func(err error) {
			if err == nil {
				good.Add(1)
			}
		}); err != nil {
			t.Fatal(err)
		}
		b.Release()
		if i == 19 {
			eventually(t, "half are written", func() bool { return good.Load() == 20 })
			mem.SetCapacity(mem.Used())
		}
	}
	eventually(t, "the disk is full", func() bool { return j.Summary().Failure != nil })
	var got []string
	eventually(t, "all are written and read", func() bool {
		clk.Advance(time.Second)
		got = append(got, drain(t, c)...)
		return good.Load() == n && len(got) == 2*n+1
	})
	account(t, c)
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// TestPowerCutAfterSqueeze: the power goes after the oldest segment was emptied
// and before the positions behind it are saved. What was acknowledged in it is
// not taken for damaged, the rest comes.
func TestPowerCutAfterSqueeze(t *testing.T) {
	for seed := range uint64(40) {
		mem := fsx.NewMem()
		o := Options{FS: mem, Clock: clock.NewSim(time.Unix(1e9, 0)), SegmentSize: 4096, Log: quiet}
		j, err := open("/j", o)
		if err != nil {
			t.Fatal(err)
		}
		c := mustConsumer(t, j, "c", ConsumerOptions{})
		for _, s := range []string{strings.Repeat("x", 4000), strings.Repeat("y", 4000), "z"} {
			drain(t, c)
			b := batchOf(t, s)
			if err := appendTo(j, c, b, nil); err != nil {
				t.Fatal(err)
			}
			b.Release()
			j.writer.take(<-j.queue)
			if err := j.writer.writeGroup(); err != nil {
				t.Fatal(err)
			}
		}
		j.saving.Lock()
		if !j.squeeze() {
			t.Fatal("nothing was emptied")
		}
		j.saving.Unlock()
		mem.Crash(rand.New(rand.NewPCG(seed, 3)))
		j = mustOpen(t, "/j", o)
		c = mustConsumer(t, j, "c", ConsumerOptions{})
		if got := drain(t, c); len(got) == 0 || got[len(got)-1] != "z" {
			t.Errorf("seed %d: got %d messages, the last is not z", seed, len(got))
		}
		account(t, c)
		if s := c.Stats(); s.Dropped.Total() != (Count{}) {
			t.Errorf("seed %d: %v counted as lost", seed, s.Dropped)
		}
		j.Close()
	}
}
