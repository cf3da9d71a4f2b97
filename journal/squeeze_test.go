package journal

import (
	"fmt"
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
