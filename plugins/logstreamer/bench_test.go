package logstreamer

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/cputime"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// sink is a host that takes bytes, confirms them and does nothing else.
type sink struct{ bytes, lines atomic.Int64 }

type sinkStream struct {
	h   *sink
	o   plugin.StreamOptions
	buf []byte
	pos uint64
	b   *message.Builder
}

func (h *sink) Open(o plugin.StreamOptions) (plugin.Stream, error) {
	return &sinkStream{h: h, o: o}, nil
}
func (s *sinkStream) Grab() ([]byte, error) {
	if s.buf == nil {
		s.buf = make([]byte, 256<<10)
	}
	return s.buf, nil
}
func (s *sinkStream) Commit(n int) error {
	s.pos += uint64(n)
	s.h.lines.Add(int64(bytes.Count(s.buf[:n], []byte{'\n'})))
	s.h.bytes.Add(int64(n))
	return nil
}
func (s *sinkStream) Write(b []byte) (int, error) { return len(b), nil }
func (s *sinkStream) Record([]byte) error         { return nil }
func (s *sinkStream) Flush() error                { return nil }
func (s *sinkStream) Send() error                 { s.o.Acked(s.pos); return nil }
func (s *sinkStream) Idle()                       { s.buf = nil }
func (s *sinkStream) Builder() *message.Builder   { return s.b }
func (s *sinkStream) Default() *message.Header    { return &s.o.Default }
func (s *sinkStream) Pos() uint64                 { return s.pos }
func (s *sinkStream) Mark(uint64)                 {}
func (s *sinkStream) Close() error                { return nil }

func (r *rig) runInto(h plugin.Host) (stop func()) {
	in, err := newInput(r.cfg, plugin.Env{
		Name: "logs", Log: slog.New(slog.DiscardHandler), Hostname: "me", BaseDir: r.t.TempDir(), Clock: clock.Real{}, FS: fsx.OS{},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- in.Run(ctx, h) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
}

// BenchmarkRead reads one file of lines of 200 bytes from its beginning.
func BenchmarkRead(b *testing.B) {
	r := newRig(b, `a\.log`)
	const lines = 250_000
	line := bytes.Repeat([]byte("x"), 199)
	r.add("a.log", string(bytes.Repeat(append(line, '\n'), lines)))
	b.SetBytes(lines * 200)
	b.ReportAllocs()
	cpu := cputime.Spent()
	for b.Loop() {
		h := new(sink)
		stop := r.runInto(h)
		for h.lines.Load() < lines {
			time.Sleep(time.Millisecond)
		}
		stop()
	}
	b.ReportMetric((cputime.Spent()-cpu).Seconds()*1e6/float64(b.N)/lines, "cpu-s/Mrec")
}

// BenchmarkIdle holds 2,000 files that nobody writes and tells what that costs.
func BenchmarkIdle(b *testing.B) {
	const files = 2000
	r := newRig(b, `(?P<N>\d+)\.log`)
	r.cfg.Differentiator = []string{"N"}
	r.cfg.CheckDataInterval = 250 * time.Millisecond
	for i := range files {
		r.add(fmt.Sprintf("%d.log", i), "line\n")
	}
	h := new(sink)
	stop := r.runInto(h)
	for h.lines.Load() < files {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(3 * time.Second) // positions are saved by then
	var m runtime.MemStats
	cpu := cputime.Spent()
	n := 0
	for b.Loop() {
		time.Sleep(100 * time.Millisecond)
		n++
	}
	spent := cputime.Spent() - cpu
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(spent.Seconds()*10/float64(n)*100, "%core")
	b.ReportMetric(float64(m.HeapAlloc+m.StackInuse)/files/1024, "KiB/file")
	stop()
}
