package journal

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/heka-project/heka/message"
)

// quiet drops the log of journals that are broken on purpose.
var quiet = slog.New(slog.DiscardHandler)

// testPool holds the batches of all tests.
var testPool = message.NewPool(256 << 20)

// batchOf makes one frame for each payload, so that a test reads them back.
func batchOf(t testing.TB, payloads ...string) *message.Batch {
	t.Helper()
	return batchRows(t, nil, payloads...)
}

// batchRows makes a batch whose message i has the row of bits rows[i].
func batchRows(t testing.TB, rows []uint64, payloads ...string) *message.Batch {
	t.Helper()
	return batchIn(t, testPool, rows, payloads...)
}

func batchIn(t testing.TB, pool *message.Pool, rows []uint64, payloads ...string) *message.Batch {
	t.Helper()
	size := 0
	for _, s := range payloads {
		size += len(s) + 64
	}
	ch, err := pool.Get(context.Background(), size)
	if err != nil {
		t.Fatal(err)
	}
	b := message.NewBatch(ch, 0)
	at := 0
	index := map[uint64]uint16{}
	for i, s := range payloads {
		bits := uint64(1)
		if rows != nil {
			bits = rows[i]
		}
		r, ok := index[bits]
		if !ok {
			r = b.AddRow([]uint64{bits})
			index[bits] = r
		}
		at = len(message.AppendFrame(ch.Buf[:at], []byte(s)))
		b.Add(at, r)
	}
	ch.Release()
	return b
}

// put appends payloads for c and waits until they are safe.
func put(t testing.TB, j *Journal, c *Cursor, payloads ...string) {
	t.Helper()
	b := batchOf(t, payloads...)
	done := make(chan error, 1)
	err := j.Append(context.Background(), Entry{
		Batch: b, Takers: []Taker{{Cursor: c}}, Done: func(_ *message.Batch, err error) { done <- err },
	})
	if err == nil {
		err = <-done
	}
	if err != nil {
		t.Fatalf("Append(%q) = %v", payloads, err)
	}
	b.Release()
}

// payloads copies what a batch holds.
func payloads(b *message.Batch) (list []string) {
	for i := range b.Len() {
		list = append(list, string(b.At(i)))
	}
	return list
}

// drain reads and acknowledges everything there is.
func drain(t testing.TB, c *Cursor) (list []string) {
	t.Helper()
	for {
		b, pos, err := c.TryNext(context.Background())
		if err != nil {
			t.Fatalf("TryNext() = %v", err)
		}
		if b == nil {
			return list
		}
		list = append(list, payloads(b)...)
		b.Release()
		c.Ack(pos)
	}
}

func account(t testing.TB, c *Cursor) {
	t.Helper()
	s := c.Stats()
	if got := s.Acked.plus(s.Held).plus(s.Dropped.Total()); got != s.In {
		t.Errorf("account of %q: in %v, acked %v + held %v + dropped %v = %v", s.Name, s.In, s.Acked, s.Held, s.Dropped, got)
	}
}

func mustOpen(t testing.TB, dir string, o Options) *Journal {
	t.Helper()
	if o.Log == nil {
		o.Log = quiet
	}
	j, err := Open(dir, o)
	if err != nil {
		t.Fatalf("Open() = %v", err)
	}
	return j
}

func mustConsumer(t testing.TB, j *Journal, name string, o ConsumerOptions) *Cursor {
	t.Helper()
	c, err := j.Consumer(name, o)
	if err != nil {
		t.Fatalf("Consumer(%q) = %v", name, err)
	}
	return c
}

func TestAppendAndRead(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{})
	a := mustConsumer(t, j, "a", ConsumerOptions{})
	put(t, j, a, "one", "two")
	put(t, j, a, "three")
	want := "[one two three]"
	if got := fmt.Sprint(drain(t, a)); got != want {
		t.Errorf("read %v, want %v", got, want)
	}
	put(t, j, a, "four")
	account(t, a)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, Options{})
	defer j.Close()
	a = mustConsumer(t, j, "a", ConsumerOptions{})
	if lag := a.Lag(); lag.Messages != 1 {
		t.Errorf("lag after reopening = %v, want one message", lag)
	}
	if got := fmt.Sprint(drain(t, a)); got != "[four]" {
		t.Errorf("read %v after reopening, want [four]", got)
	}
	account(t, a)
}

func TestRowsSayWhoTakesWhat(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{SegmentSize: 4096})
	defer j.Close()
	a, b := mustConsumer(t, j, "a", ConsumerOptions{}), mustConsumer(t, j, "b", ConsumerOptions{})
	var wantA, wantB []string
	for i := range 200 {
		x, y, z, both := fmt.Sprint("x", i), fmt.Sprint("y", i), fmt.Sprint("z", i), fmt.Sprint("both", i)
		m := batchRows(t, []uint64{1 << 3, 1 << 5, 1, 1<<3 | 1<<5}, x, y, z, both)
		err := j.Append(context.Background(), Entry{Batch: m, Takers: []Taker{{Cursor: a, Route: 3}, {Cursor: b, Route: 5}}})
		if err != nil {
			t.Fatal(err)
		}
		m.Release()
		wantA, wantB = append(wantA, x, both), append(wantB, y, both)
	}
	read := func(c *Cursor, n int) (got []string) {
		for len(got) < n {
			m, pos, err := c.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, payloads(m)...)
			m.Release()
			c.Ack(pos)
		}
		return got
	}
	if got := read(a, len(wantA)); fmt.Sprint(got) != fmt.Sprint(wantA) {
		t.Errorf("a read %v, want %v", got, wantA)
	}
	if got := read(b, len(wantB)); fmt.Sprint(got) != fmt.Sprint(wantB) {
		t.Errorf("b read %v, want %v", got, wantB)
	}
	account(t, a)
	account(t, b)
}
