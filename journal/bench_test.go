//go:build unix

package journal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/message"
)

// full makes a batch of n-byte messages that fills a large chunk.
func full(b *testing.B, n int) *message.Batch {
	ch, err := testPool.Get(context.Background(), message.LargeChunk)
	if err != nil {
		b.Fatal(err)
	}
	m := message.NewBatch(ch, 0)
	ch.Release()
	m.AddRow([]uint64{1})
	body := bytes.Repeat([]byte("x"), n)
	for at := 0; at+n+8 < len(ch.Buf) && m.Len() < message.MaxBatch; {
		at = len(message.AppendFrame(ch.Buf[:at], body))
		m.Add(at, 0)
	}
	return m
}

// benchDir is a folder on a disk, not in memory.
func benchDir(b *testing.B) string {
	dir, err := os.MkdirTemp(os.Getenv("HEKA_BENCH_DIR"), "journal")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func report(b *testing.B, size int64, start time.Duration) {
	used := cputime.Spent() - start
	b.SetBytes(size)
	b.ReportMetric(used.Seconds()/(float64(size)*float64(b.N)/1e9), "cpu-s/GB")
}

// BenchmarkRawWrite is what the disk does with the same bytes: 256 KiB at a time
// into files of a segment's size that are written over again.
func BenchmarkRawWrite(b *testing.B) {
	m := full(b, 1024)
	defer m.Release()
	f, err := os.Create(filepath.Join(benchDir(b), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ResetTimer()
	start, off := cputime.Spent(), int64(0)
	for b.Loop() {
		f.WriteAt(m.Frames(), off)
		if off += int64(m.Size()); off > 64<<20 {
			off = 0
		}
	}
	report(b, int64(m.Size()), start)
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{100, 300, 1024, 10240} {
		for _, window := range []time.Duration{time.Second, 0} {
			b.Run(fmt.Sprintf("%dB/sync=%v", size, window), func(b *testing.B) {
				j := mustOpen(b, benchDir(b), Options{Sync: window, SegmentSize: 64 << 20})
				c := mustConsumer(b, j, "c", ConsumerOptions{})
				m := full(b, size)
				defer m.Release()
				var left atomic.Int64
				e := Entry{Batch: m, Takers: []Taker{{Cursor: c}}, Done: func(_ *message.Batch, err error) {
					if err != nil {
						b.Error(err)
					}
					left.Add(-1)
				}}
				b.ReportAllocs()
				b.ResetTimer()
				start := cputime.Spent()
				for n := 0; b.Loop(); n++ {
					left.Add(1)
					if err := j.Append(context.Background(), e); err != nil {
						b.Fatal(err)
					}
					if n%256 == 0 {
						c.Skip(time.Time{}) // nobody reads: let the segments be used again
					}
				}
				for left.Load() > 0 {
					time.Sleep(time.Millisecond)
				}
				b.StopTimer()
				report(b, int64(m.Size()), start)
				b.ReportMetric(float64(m.Len()), "msg/op")
				j.Close()
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, size := range []int{100, 1024, 10240} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			j := mustOpen(b, benchDir(b), Options{Sync: time.Second, SegmentSize: 64 << 20})
			defer j.Close()
			c := mustConsumer(b, j, "c", ConsumerOptions{})
			m := full(b, size)
			defer m.Release()
			for range 512 { // 128 MiB
				if err := j.Append(context.Background(), Entry{Batch: m, Takers: []Taker{{Cursor: c}}}); err != nil {
					b.Fatal(err)
				}
			}
			for !(c.Stats().Pending == 0) {
				time.Sleep(time.Millisecond)
			}
			b.ReportAllocs()
			b.ResetTimer()
			start := cputime.Spent()
			for b.Loop() {
				r, _, err := c.TryNext(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				if r == nil {
					c.Rewind()
					continue
				}
				r.Release()
			}
			report(b, int64(m.Size()), start)
		})
	}
}

// BenchmarkThrough appends and reads at once, as a route does that is journalled
// from the start.
func BenchmarkThrough(b *testing.B) {
	for _, size := range []int{300, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			j := mustOpen(b, benchDir(b), Options{Sync: time.Second, SegmentSize: 128 << 20})
			defer j.Close()
			c := mustConsumer(b, j, "c", ConsumerOptions{CursorUpdateCount: 1})
			m := full(b, size)
			defer m.Release()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done := make(chan struct{})
			b.ReportAllocs()
			b.ResetTimer()
			start := cputime.Spent()
			go func() {
				defer close(done)
				for n := 0; n < b.N*m.Len(); {
					r, pos, err := c.Next(ctx)
					if err != nil {
						b.Error(err)
						return
					}
					n += r.Len()
					r.Release()
					c.Ack(pos)
				}
			}()
			for range b.N {
				if err := j.Append(ctx, Entry{Batch: m, Takers: []Taker{{Cursor: c}}}); err != nil {
					b.Fatal(err)
				}
			}
			<-done
			b.StopTimer()
			report(b, int64(m.Size()), start)
			s := j.Summary()
			b.ReportMetric(float64(s.Recycled), "recycled")
			b.ReportMetric(float64(s.Made), "segments")
		})
	}
}
