package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

// eventually waits for what another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestManyAppenders: several goroutines append for several consumers that read
// meanwhile; each sees each appender's messages in order, once.
func TestManyAppenders(t *testing.T) {
	for _, window := range []time.Duration{0, 10 * time.Millisecond} {
		t.Run(fmt.Sprint(window), func(t *testing.T) {
			const appenders, batches = 3, 150
			j := mustOpen(t, t.TempDir(), Options{SegmentSize: 32 << 10, Sync: window})
			var cs []*Cursor
			for i := range 3 {
				cs = append(cs, mustConsumer(t, j, fmt.Sprint("c", i), ConsumerOptions{CursorUpdateCount: uint(i * 10)}))
			}
			var wg sync.WaitGroup
			for a := range appenders {
				wg.Go(func() {
					rng := rand.New(rand.NewPCG(uint64(a), 1))
					for i := range batches {
						b := batchRows(t, []uint64{7, rng.Uint64N(8), 7}, fmt.Sprintf("%d %d", a, i), "noise", strings.Repeat("y", rng.IntN(2000)))
						e := Entry{Batch: b}
						for k, c := range cs {
							e.Takers = append(e.Takers, Taker{Cursor: c, Route: k})
						}
						if err := j.Append(context.Background(), e); err != nil {
							t.Error(err)
						}
						b.Release()
					}
				})
			}
			for _, c := range cs {
				wg.Go(func() {
					var next [appenders]int
					for sum := 0; sum < appenders*batches; {
						b, pos, err := c.Next(context.Background())
						if err != nil {
							t.Error(err)
							return
						}
						for _, s := range payloads(b) {
							var a, i int
							if n, _ := fmt.Sscanf(s, "%d %d", &a, &i); n == 2 {
								if i != next[a] {
									t.Errorf("%s: appender %d: got %d, want %d", c.Name(), a, i, next[a])
								}
								next[a]++
								sum++
							}
						}
						b.Release()
						c.Ack(pos)
					}
				})
			}
			wg.Wait()
			for _, c := range cs {
				drain(t, c)
				account(t, c)
				if s := c.Stats(); s.Held.Messages != 0 || s.Dropped.Total().Messages != 0 {
					t.Errorf("at the end %+v", s)
				}
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func appendTo(j *Journal, c *Cursor, b *message.Batch, done func(error)) error {
	return j.Append(context.Background(), Entry{Batch: b, Takers: []Taker{{Cursor: c}}, Done: func(_ *message.Batch, err error) {
		if done != nil {
			done(err)
		}
	}})
}

// TestDiskFails: what each policy does when the disk is full, fails or is
// read-only, and that work goes on once it is not.
func TestDiskFails(t *testing.T) {
	for _, trouble := range []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS} {
		for _, action := range []FullAction{Block, Drop, Shutdown} {
			t.Run(fmt.Sprintf("%s/%v", action, trouble), func(t *testing.T) { diskFails(t, action, trouble) })
		}
	}
}

func diskFails(t *testing.T, action FullAction, trouble error) {
	mem, clk := fsx.NewMem(), clock.NewSim(time.Unix(1e9, 0))
	var broken atomic.Bool
	fault := &fsx.Fault{FS: mem, Hook: func(op fsx.Op) error {
		if !broken.Load() || op.Kind == "read" || op.Kind == "stat" || op.Kind == "readdir" {
			return nil
		}
		if op.Kind == "write" {
			return &fsx.Short{N: op.Size / 2, Err: trouble}
		}
		return trouble
	}}
	j := mustOpen(t, "/j", Options{FS: fault, Clock: clk, SegmentSize: 4096})
	c := mustConsumer(t, j, "c", ConsumerOptions{FullAction: action})
	var good, bad, full atomic.Int64
	const n, before = 60, 10
	for i := range n {
		b := batchOf(t, fmt.Sprint(i), strings.Repeat("z", 400))
		err := appendTo(j, c, b, func(err error) {
			var fe *FullError
			if errors.As(err, &fe) {
				full.Add(1)
			} else if err != nil {
				bad.Add(1)
			} else {
				good.Add(1)
			}
		})
		var fe *FullError
		if errors.As(err, &fe) {
			full.Add(1)
		} else if err != nil {
			t.Fatal(err)
		}
		b.Release()
		if i+1 == before {
			eventually(t, "the first are safe", func() bool { return good.Load() == before })
			broken.Store(true)
		}
	}
	eventually(t, "the writer notices", func() bool { return j.Summary().WriteErrors > 0 })
	if action == Block && good.Load() != before {
		t.Errorf("%d appends were answered while the disk was away", good.Load()-before)
	}
	broken.Store(false)
	eventually(t, "all are answered", func() bool {
		clk.Advance(time.Second)
		return good.Load()+bad.Load()+full.Load() == n
	})
	clk.Advance(time.Second)
	put(t, j, c, "after")
	got := drain(t, c)
	s := c.Stats()
	account(t, c)
	eventually(t, "the failure is over", func() bool { return j.Summary().Failure == nil })
	if got[len(got)-1] != "after" || bad.Load() > 0 || s.Held.Messages > 0 {
		t.Errorf("last is %q, %d odd errors, %+v", got[len(got)-1], bad.Load(), s)
	}
	switch action {
	case Block:
		if len(got) != 2*n+1 {
			t.Errorf("%d messages came, want all %d", len(got), 2*n+1)
		}
	case Drop:
		if d := s.Dropped[ReasonDisk].Messages; d == 0 || int(d)+len(got) != 2*n+1 {
			t.Errorf("%d came and %d were dropped of %d", len(got), d, 2*n+1)
		}
	case Shutdown:
		if f := int(full.Load()); f == 0 || len(got) != 2*(n-f)+1 {
			t.Errorf("%d came, %d appends were refused", len(got), f)
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// TestMaxSize: what each policy does when the consumer's share is full.
func TestMaxSize(t *testing.T) {
	for _, action := range []FullAction{Block, Drop, Shutdown} {
		t.Run(string(action), func(t *testing.T) {
			j := mustOpen(t, t.TempDir(), Options{})
			defer j.Close()
			c := mustConsumer(t, j, "c", ConsumerOptions{FullAction: action, MaxSize: 1000})
			other := mustConsumer(t, j, "other", ConsumerOptions{})
			for i := range 8 { // 8 × 106 bytes fit
				put(t, j, c, fmt.Sprint(i, strings.Repeat("x", 99)))
			}
			eventually(t, "written", func() bool { return c.Stats().Pending == 0 })
			b := batchRows(t, []uint64{3, 3}, "big"+strings.Repeat("x", 97), "big"+strings.Repeat("x", 97))
			ctx, cancel := context.WithCancel(context.Background())
			if action == Block {
				go func() {
					eventually(t, "somebody waits", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.space != nil })
					cancel()
				}()
			}
			err := j.Append(ctx, Entry{Batch: b, Takers: []Taker{{Cursor: c, Route: 0}, {Cursor: other, Route: 1}}})
			b.Release()
			cancel()
			var fe *FullError
			switch action {
			case Block:
				if err != context.Canceled {
					t.Errorf("Append = %v, want to wait", err)
				}
			case Shutdown:
				if !errors.As(err, &fe) || fe.Consumer != "c" {
					t.Errorf("Append = %v, want FullError", err)
				}
			case Drop:
				if err != nil {
					t.Errorf("Append = %v", err)
				}
				eventually(t, "written", func() bool { return c.Stats().Pending == 0 })
				if d := c.Stats().Dropped[ReasonFull]; d.Messages != 1 {
					t.Errorf("dropped %v, want the oldest one", d)
				}
				if got := drain(t, c); len(got) != 9 || got[0][0] != '1' {
					t.Errorf("%d messages came, first %.1s, want 9 from 1 on", len(got), got[0])
				}
			}
			account(t, c)
			account(t, other)
		})
	}
}

// TestJournalFull: at the size limit of the whole journal the oldest of those
// that may drop goes, and one that blocks waits.
func TestJournalFull(t *testing.T) {
	clk := clock.NewSim(time.Unix(1e9, 0))
	j := mustOpen(t, "/j", Options{FS: fsx.NewMem(), Clock: clk, MaxSize: 16 << 10})
	defer j.Close()
	c := mustConsumer(t, j, "c", ConsumerOptions{FullAction: Drop})
	var done atomic.Int64
	for i := range 100 {
		b := batchOf(t, fmt.Sprint(i), strings.Repeat("x", 500))
		if err := appendTo(j, c, b, func(error) { done.Add(1) }); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	eventually(t, "all are answered", func() bool { clk.Advance(time.Second); return done.Load() == 100 })
	if size := j.Summary().Size; size > 16<<10 {
		t.Errorf("journal has %d bytes", size)
	}
	got := drain(t, c)
	s := c.Stats()
	account(t, c)
	if d := s.Dropped[ReasonJournal].Messages; d == 0 || int(d)+len(got) != 200 || got[len(got)-2] != "99" {
		t.Errorf("%d came, dropped %v, last %q", len(got), s.Dropped, got[len(got)-2])
	}
}

// TestMaxAge: what is too old goes, by the segment.
func TestMaxAge(t *testing.T) {
	clk := clock.NewSim(time.Unix(1e9, 0))
	j := mustOpen(t, "/j", Options{FS: fsx.NewMem(), Clock: clk, SegmentSize: 4096, MaxAge: time.Hour})
	defer j.Close()
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	for i := range 20 {
		put(t, j, c, fmt.Sprint(i), strings.Repeat("x", 500))
	}
	clk.Advance(2 * time.Hour)
	for i := range 10 {
		put(t, j, c, fmt.Sprint("new", i), strings.Repeat("x", 500))
	}
	eventually(t, "the old are gone", func() bool { clk.Advance(time.Second); return c.Stats().Dropped[ReasonAge].Messages > 0 })
	got := strings.Join(drain(t, c), " ")
	if !strings.Contains(got, "new0 ") || !strings.Contains(got, "new9 ") || strings.Contains(got, " 3 ") {
		t.Errorf("after an hour there is %.200q", got)
	}
	account(t, c)
}

// route is how an engine uses the journal for a route that spills: the test and
// the pattern in one.
type route struct {
	j   *Journal
	c   *Cursor
	mu  sync.Mutex
	mem []*message.Batch
	max int
	// disk is true while the route is behind: what comes goes to the journal.
	disk           bool
	spills, caught int
	wake           chan struct{}
}

// publish takes one reference of b over.
func (r *route) publish(b *message.Batch) error {
	r.mu.Lock()
	if !r.disk && len(r.mem) < r.max {
		r.mem = append(r.mem, b)
		r.mu.Unlock()
		signal(r.wake)
		return nil
	}
	if !r.disk {
		r.disk = true
		r.spills++
	}
	r.c.Reserve() // under mu: from here on the route cannot go back to memory
	r.mu.Unlock()
	err := r.j.Append(context.Background(), Entry{Batch: b, Takers: []Taker{{Cursor: r.c, Reserved: true}}})
	b.Release()
	return err
}

// next hands out what comes next: first memory, then the journal, then memory
// again. ok false: nothing now.
func (r *route) next() (b *message.Batch, ack func(), ok bool) {
	r.mu.Lock()
	if len(r.mem) > 0 {
		b, r.mem = r.mem[0], r.mem[1:]
		r.mu.Unlock()
		return b, func() {}, true
	}
	disk := r.disk
	r.mu.Unlock()
	if !disk {
		return nil, nil, false
	}
	b, pos, err := r.c.TryNext(context.Background())
	if err != nil {
		panic(err)
	}
	if b != nil {
		return b, func() { r.c.Ack(pos) }, true
	}
	r.mu.Lock()
	if r.c.CaughtUp() {
		r.disk = false
		r.caught++
	}
	r.mu.Unlock()
	return nil, nil, false
}

// TestSpillAndBack: a route falls behind and catches up again and again; each
// stream's messages come in order, once.
func TestSpillAndBack(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{SegmentSize: 64 << 10, Sync: time.Millisecond})
	defer j.Close()
	r := &route{j: j, c: mustConsumer(t, j, "out", ConsumerOptions{}), max: 3, wake: make(chan struct{}, 1)}
	const streams, n = 3, 2000
	var wg sync.WaitGroup
	var over atomic.Bool
	for s := range streams {
		wg.Go(func() {
			for i := range n {
				if err := r.publish(batchOf(t, fmt.Sprintf("%d %d", s, i))); err != nil {
					t.Error(err)
				}
				for i%50 == 49 { // now and then the source pauses, and the route catches up
					r.mu.Lock()
					idle := len(r.mem) == 0 && !r.disk
					r.mu.Unlock()
					if idle || over.Load() || t.Failed() {
						break
					}
					time.Sleep(10 * time.Microsecond)
				}
			}
		})
	}
	var next [streams]int
	for got := 0; got < streams*n; {
		b, ack, ok := r.next()
		if !ok {
			select {
			case <-r.wake:
			case <-r.c.Ready():
			case <-time.After(time.Millisecond):
			}
			continue
		}
		for _, p := range payloads(b) {
			var s, i int
			fmt.Sscanf(p, "%d %d", &s, &i)
			if i != next[s] {
				t.Fatalf("stream %d: got %d, want %d", s, i, next[s])
			}
			next[s]++
			got++
		}
		b.Release()
		ack()
	}
	over.Store(true)
	wg.Wait()
	t.Logf("%d times to disk, %d times back", r.spills, r.caught)
	if r.spills < 2 || r.caught < 2 {
		t.Errorf("%d times to disk, %d times back: want some", r.spills, r.caught)
	}
	account(t, r.c)
}

// TestStateWithCursor: what Commit saved comes back together with its position.
func TestStateWithCursor(t *testing.T) {
	mem := fsx.NewMem()
	clk := clock.NewSim(time.Unix(1e9, 0))
	o := Options{FS: mem, Clock: clk}
	j := mustOpen(t, "/j", o)
	c := mustConsumer(t, j, "f", ConsumerOptions{Stateful: true})
	if c.State() != nil {
		t.Errorf("new consumer has state %q", c.State())
	}
	for i := range 4 {
		put(t, j, c, fmt.Sprint(i))
	}
	b, pos, _ := c.Next(context.Background())
	n := b.Len()
	b.Release()
	c.Commit(pos, []byte("sum"))
	eventually(t, "saved", func() bool { clk.Advance(time.Second); return c.Stats().Saved.Seq == pos.Seq })
	put(t, j, c, "later")
	b, pos, _ = c.Next(context.Background())
	b.Release()
	c.Ack(pos) // without state: a restart must not begin behind it
	j.Close()
	j = mustOpen(t, "/j", o)
	defer j.Close()
	c = mustConsumer(t, j, "f", ConsumerOptions{Stateful: true})
	if got := string(c.State()); got != "sum" {
		t.Errorf("state = %q, want sum", got)
	}
	if got := drain(t, c); len(got) != 5-n || got[len(got)-1] != "later" {
		t.Errorf("after the state of %d messages came %q", n, got)
	}
}

// TestForget: a consumer goes with all that waits, and its id is not used again
// while a record may carry it.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{SegmentSize: 4096})
	a := mustConsumer(t, j, "a", ConsumerOptions{})
	b := mustConsumer(t, j, "b", ConsumerOptions{})
	put(t, j, a, "for a")
	put(t, j, b, "for b")
	if err := j.Forget("a"); err != nil {
		t.Fatal(err)
	}
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	if c.id == a.id {
		t.Errorf("id %d is used again at once", c.id)
	}
	if got := drain(t, c); len(got) != 0 {
		t.Errorf("a new consumer reads %q", got)
	}
	j.Close()
	j = mustOpen(t, dir, Options{})
	defer j.Close()
	if got := fmt.Sprint(j.Consumers()); got != "[b c]" {
		t.Errorf("consumers are %v", got)
	}
	if got := fmt.Sprint(drain(t, mustConsumer(t, j, "b", ConsumerOptions{}))); got != "[for b]" {
		t.Errorf("b reads %v", got)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{})
	defer j.Close()
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("a second Open succeeded")
	}
}

// TestRecycle: under a steady load files are used again instead of being made.
func TestRecycle(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{SegmentSize: 8 << 10})
	defer j.Close()
	c := mustConsumer(t, j, "c", ConsumerOptions{CursorUpdateCount: 1})
	eventually(t, "files are used again", func() bool {
		put(t, j, c, strings.Repeat("x", 1000))
		drain(t, c)
		return j.Summary().Recycled > 5
	})
	if n := j.Summary().Segments; n > 6 {
		t.Errorf("%d segments", n)
	}
}

func TestDeadLetters(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDeadLetters(dir, DeadLetterOptions{Options: Options{Log: quiet}, Keep: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	b := batchOf(t, "zero", "one", "two")
	b.Origin = "TcpInput"
	for i := range 3 {
		if err := d.Add(context.Background(), b, i, "es_out", fmt.Sprint("mapping error ", i), i+1); err != nil {
			t.Fatal(err)
		}
	}
	b.Release()
	if err := d.AddLetter(context.Background(), &Letter{Plugin: "decoder", Reason: "not JSON", Raw: true, Message: []byte("{")}); err != nil {
		t.Fatal(err)
	}
	list := func() (s []string, ids []uint64) {
		for l, err := range d.List() {
			if err != nil {
				t.Fatal(err)
			}
			s = append(s, fmt.Sprintf("%s|%s|%s|%d|%s|%v", l.Message, l.Plugin, l.Reason, l.Attempts, l.Origin, l.Raw))
			ids = append(ids, l.ID)
		}
		return s, ids
	}
	got, ids := list()
	want := "zero|es_out|mapping error 0|1|TcpInput|false\none|es_out|mapping error 1|2|TcpInput|false\n" +
		"two|es_out|mapping error 2|3|TcpInput|false\n{|decoder|not JSON|0||true"
	if strings.Join(got, "\n") != want {
		t.Fatalf("List() = %v", strings.Join(got, "\n"))
	}
	if n, err := d.Drop(ids[1]); n != 1 || err != nil {
		t.Errorf("Drop() = %d, %v", n, err)
	}
	if _, err := d.Get(ids[1]); !errors.Is(err, ErrNoLetter) {
		t.Errorf("Get of a dropped letter = %v", err)
	}
	d.Close()
	if d, err = OpenDeadLetters(dir, DeadLetterOptions{Options: Options{Log: quiet}, Keep: 64 << 10}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got, _ := list(); len(got) != 3 {
		t.Errorf("after reopening there are %v", got)
	}
	var sent []string
	refuse := errors.New("still refused")
	n, err := d.Requeue(nil, func(l *Letter) error {
		if l.Raw {
			return refuse
		}
		sent = append(sent, string(l.Message))
		return nil
	})
	if n != 2 || !errors.Is(err, refuse) || fmt.Sprint(sent) != "[zero two]" {
		t.Errorf("Requeue() = %d, %v, sent %v", n, err, sent)
	}
	if s := d.Account(); s.Held.Messages != 1 || s.Acked.Messages != 3 || s.In.Messages != 4 {
		t.Errorf("account %+v", s)
	}
}

// TestPoolUsedUp: a consumer that holds all memory neither stops another nor
// itself.
func TestPoolUsedUp(t *testing.T) {
	pool := message.NewPool(0)
	j := mustOpen(t, t.TempDir(), Options{Pool: pool})
	defer j.Close()
	dead, live := mustConsumer(t, j, "dead", ConsumerOptions{}), mustConsumer(t, j, "live", ConsumerOptions{})
	const n = 20
	for range n {
		b := batchRows(t, []uint64{3}, strings.Repeat("x", 200<<10))
		if err := j.Append(context.Background(), Entry{Batch: b, Takers: []Taker{{Cursor: dead, Route: 0}, {Cursor: live, Route: 1}}}); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	eventually(t, "written", func() bool { return dead.Stats().Pending+live.Stats().Pending == 0 })
	var held []*message.Batch
	for {
		b, _, err := dead.TryNext(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		held = append(held, b)
	}
	if len(held) < 4 || len(held) > 10 || dead.CaughtUp() {
		t.Errorf("%d batches before memory was used up", len(held))
	}
	if got := len(drain(t, live)); got != n {
		t.Errorf("the other consumer got %d of %d", got, n)
	}
	k := len(held)
	for _, b := range held {
		b.Release()
	}
	if got := len(drain(t, dead)); got != n-k {
		t.Errorf("the first got %d after it gave back, want %d", got, n-k)
	}
}
