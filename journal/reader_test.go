package journal

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

// TestReader reads a journal that is open: segments, consumers, records by time,
// and what one consumer takes.
func TestReader(t *testing.T) {
	mem, clk := fsx.NewMem(), clock.NewSim(time.Unix(1000, 0))
	j := mustOpen(t, "/j", Options{FS: mem, Clock: clk, SegmentSize: 4096})
	defer j.Close()
	a, b := mustConsumer(t, j, "a", ConsumerOptions{}), mustConsumer(t, j, "out/b", ConsumerOptions{})
	for i := range 30 {
		clk.Set(time.Unix(int64(1000+10*i), 0))
		m := batchRows(t, []uint64{1, 2, 3}, fmt.Sprint("a", i), fmt.Sprint("b", i), strings.Repeat("both", 50))
		m.Signer, m.Origin, m.Depth = "ops", "TcpInput", 2
		done := make(chan error, 1)
		err := j.Append(context.Background(), Entry{Batch: m, Takers: []Taker{{Cursor: a, Route: 0}, {Cursor: b, Route: 1}},
			Token: []byte(fmt.Sprint("tok", i)), Done: func(_ *message.Batch, err error) { done <- err }})
		if err != nil || <-done != nil {
			t.Fatal(err)
		}
		m.Release()
	}
	r, err := OpenReader(mem, "/j")
	if err != nil {
		t.Fatal(err)
	}
	segs, err := r.Segments()
	if err != nil || len(segs) < 3 || !segs[0].Sound || segs[0].Base != 1 || !segs[0].Created.Equal(time.Unix(1000, 0)) {
		t.Errorf("Segments() = %+v, %v", segs, err)
	}
	if list, err := r.Consumers(); err != nil || len(list) != 2 || list[1].Name != "out/b" || list[1].Behind == 0 || !list[1].Sound {
		t.Errorf("Consumers() = %+v, %v", list, err)
	}
	n := 0
	for rec, err := range r.Records(Range{Since: time.Unix(1100, 0), Until: time.Unix(1200, 0)}) {
		if err != nil {
			t.Fatal(err)
		}
		i := 10 + n
		if got := string(rec.Message(1)); got != fmt.Sprint("b", i) || string(rec.Token) != fmt.Sprint("tok", i) ||
			rec.Signer != "ops" || rec.Origin != "TcpInput" || rec.Depth != 2 || rec.Len() != 3 {
			t.Errorf("record %d: %q %+v", i, got, rec)
		}
		if x, y, z := rec.Takers(0), rec.Takers(1), rec.Takers(2); fmt.Sprint(x, y, z) != "[a] [out/b] [a out/b]" {
			t.Errorf("record %d is taken by %v %v %v", i, x, y, z)
		}
		n++
	}
	if n != 10 {
		t.Errorf("%d records within the range, want 10", n)
	}
	var out bytes.Buffer
	if n, err := r.Export(&out, Range{}, "a"); n != 60 || err != nil {
		t.Errorf("Export of a = %d, %v, want 60", n, err)
	}
	var f message.Frame
	if !message.NextFrame(out.Bytes(), 0, 1<<16, &f) || string(out.Bytes()[f.Start:f.End]) != "a0" {
		t.Errorf("export begins with %q", out.Bytes()[:20])
	}
	v, err := r.Verify()
	if err != nil || !v.Sound() || v.Messages != 90 {
		t.Errorf("Verify() = %+v, %v", v, err)
	}
	n = 0
	for rec, err := range SegmentFile(mem, segs[1].Path) {
		if err != nil || rec.Len() != 3 {
			t.Fatal(err)
		}
		n++
	}
	if n == 0 {
		t.Error("SegmentFile yields nothing")
	}
}

// TestReadError: a place that the disk cannot read is passed over after some
// tries; what lies before and behind it is delivered, what is missing is counted.
func TestReadError(t *testing.T) {
	for _, k := range []int{20, 56, 59} {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			m, list := specimen(t, 60)
			readError(t, m, list, k, &badSector{Fault: &fsx.Fault{FS: m}, path: list[k].path, off: list[k].off + 10})
		})
	}
	t.Run("position", func(t *testing.T) {
		m, list := specimen(t, 60)
		readError(t, m, list, -1, &badSector{Fault: &fsx.Fault{FS: m}, path: cursorPath("/j", "c", 0), off: 20})
	})
	t.Run("secret", func(t *testing.T) {
		m, list := specimen(t, 60)
		readError(t, m, list, -1, &badSector{Fault: &fsx.Fault{FS: m}, path: "/j/journal.id", off: 2})
	})
}

// readError reads a journal whose record k cannot be read; -1: all can.
func readError(t *testing.T, m *fsx.Mem, list []extent, k int, f fsx.FS) {
	t.Helper()
	j, err := open("/j", Options{FS: f, SegmentSize: 4096, Log: quiet, Pool: testPool, Sync: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	got := map[string]bool{}
	errs := 0
	for !c.CaughtUp() {
		b, pos, err := c.TryNext(context.Background())
		if err != nil {
			if errs++; errs > 100 {
				t.Fatal(err)
			}
			continue
		}
		if b != nil {
			for _, s := range payloads(b) {
				got[s] = true
			}
			b.Release()
			c.Ack(pos)
		}
	}
	account(t, c)
	missing := 0
	for i, e := range list {
		if !got[e.text] {
			missing++
			if k < 0 || e.path != list[k].path || i < k {
				t.Errorf("record %d, which can be read, is missing", i)
			}
		}
	}
	if d := c.Stats().Dropped[ReasonDamage].Messages; (missing > 0) != (k >= 0) || int(d) > missing || k < 50 && int(d) != missing || k >= 0 && k < 50 && errs == 0 {
		t.Errorf("%d missing, %d counted as damaged, %d errors", missing, d, errs)
	}
}

// badSector is a file system on which one byte cannot be read.
type badSector struct {
	*fsx.Fault
	path string
	off  int64
}

func (b *badSector) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	f, err := b.Fault.OpenFile(name, flag, perm)
	if err != nil || name != b.path {
		return f, err
	}
	return &badFile{f, b.off}, nil
}

type badFile struct {
	fsx.File
	off int64
}

func (f *badFile) ReadAt(p []byte, off int64) (int, error) {
	if off <= f.off && f.off < off+int64(len(p)) {
		return 0, syscall.EIO
	}
	return f.File.ReadAt(p, off)
}

// TestTruncate: what is older goes for everybody and is counted.
func TestTruncate(t *testing.T) {
	clk := clock.NewSim(time.Unix(1000, 0))
	j := mustOpen(t, "/j", Options{FS: fsx.NewMem(), Clock: clk, SegmentSize: 4096})
	defer j.Close()
	a := mustConsumer(t, j, "a", ConsumerOptions{})
	for i := range 30 {
		clk.Set(time.Unix(int64(1000+i), 0))
		put(t, j, a, fmt.Sprint(i), strings.Repeat("x", 400))
	}
	before := j.Summary().Segments
	lost, err := j.Truncate(time.Unix(1020, 0))
	if err != nil || lost["a"].Messages != 40 {
		t.Errorf("Truncate() = %v, %v, want 40 messages of a", lost, err)
	}
	if after := j.Summary().Segments; after >= before {
		t.Errorf("%d segments before, %d after", before, after)
	}
	if got := drain(t, a); len(got) != 20 || got[0] != "20" {
		t.Errorf("%d messages are left, the first is %q", len(got), got[0])
	}
	if d := a.Stats().Dropped[ReasonSkipped]; d.Messages != 40 {
		t.Errorf("dropped %v", d)
	}
	account(t, a)
}
