package ratelimit

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "RateLimitFilter", "") }

var start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

type bench struct {
	*Filter
	now time.Time
	em  plugintest.Emitter
}

func newBench(t testing.TB, cfg Config) *bench {
	t.Helper()
	if cfg.Type == "" {
		cfg.Type = "%{Type}.limited"
	}
	if cfg.MaxKeys == 0 {
		cfg.MaxKeys = 100
	}
	if cfg.Summary == "" {
		cfg.Summary = "heka.ratelimit"
	}
	b := &bench{Filter: plugintest.Make(t, New, cfg).(*Filter), now: start}
	b.Filter.now = func() time.Time { return b.now }
	return b
}

// send gives n messages of a host and tells how many were passed on.
func (b *bench) send(t testing.TB, host string, n int) int {
	t.Helper()
	list := make([]message.Draft, n)
	for i := range list {
		list[i] = message.Draft{Header: message.Header{Type: "t", Hostname: host, Payload: "p"}}
	}
	return len(b.em.Process(t, b, list...))
}

func (b *bench) tick(t testing.TB) string {
	t.Helper()
	if injected := b.em.Tick(t, b, b.now); len(injected) > 0 {
		return decodetest.Show(injected[0])
	}
	return ""
}

func TestLimit(t *testing.T) {
	b := newBench(t, Config{Rate: 2, Burst: 5, Key: "%{Hostname}"})
	for _, step := range []struct {
		after time.Duration
		host  string
		n     int
		want  int
	}{
		{0, "a", 7, 5}, {0, "b", 3, 3}, {400 * time.Millisecond, "a", 2, 0}, {100 * time.Millisecond, "a", 2, 1}, {time.Hour, "a", 9, 5},
		{-30 * time.Second, "a", 1, 0}, {-2 * time.Hour, "a", 1, 0}, {time.Second, "a", 3, 2},
	} {
		b.now = b.now.Add(step.after)
		if got := b.send(t, step.host, step.n); got != step.want {
			t.Errorf("after %v, %d of %s: %d are passed on, want %d", step.after, step.n, step.host, got, step.want)
		}
	}
	if m := b.em.Injected[0]; m.Type != "t.limited" || m.Hostname != "a" || m.Payload != "p" {
		t.Errorf("injected %+v", m)
	}
	if got := b.tick(t); got != "1970-01-01T00:00:00Z type=heka.ratelimit host= sev=4 held_back:i=12(count) keys:i=1(count) | held back 12 messages of 1 keys\n12 \"a\"\n" {
		t.Errorf("summary %s", got)
	}
	if got := b.tick(t); got != "" {
		t.Errorf("second summary %s", got)
	}
	var r plugin.Report
	b.Report(&r)
	if s := fmt.Sprint(r.Metrics[:2]); s != "[{PassedMessageCount 16 count} {HeldBackMessageCount 12 count}]" {
		t.Errorf("report %s", s)
	}
}

func TestSlowRate(t *testing.T) {
	b := newBench(t, Config{Rate: 0.1})
	n := 0
	for range 100 {
		n += b.send(t, "h", 1)
		b.now = b.now.Add(time.Second)
	}
	if n != 10 {
		t.Errorf("%d are passed on in 100 s at one in 10 s", n)
	}
}

// Keys without end cost bounded memory, and what they were held back is told.
func TestManyKeys(t *testing.T) {
	b := newBench(t, Config{Rate: 1, Burst: 1, Key: "%{Hostname}", MaxKeys: 10})
	for i := range 150 {
		b.send(t, fmt.Sprint("host\n", i), 2)
	}
	if n := b.table.Len(); n != 10 {
		t.Errorf("%d keys are known, want 10", n)
	}
	got := b.tick(t)
	if !strings.Contains(got, "held_back:i=150(count) keys:i=150(count) | held back 150 messages of 150 keys\n1 \"host\\n140\"\n") || !strings.HasSuffix(got, "140 of 140 other keys\n") {
		t.Errorf("summary %s", got)
	}
	b.now = b.now.Add(time.Hour)
	if b.tick(t); b.table.Len() != 0 {
		t.Errorf("%d full buckets are kept", b.table.Len())
	}
	long := strings.Repeat("é", 300)
	if a, c := string(shorten([]byte(long+"a"))), string(shorten([]byte(long+"b"))); a == c || len(a) > maxKey || len(c) > maxKey {
		t.Errorf("long keys become %q and %q", a, c)
	}
}

func TestState(t *testing.T) {
	cfg := Config{Rate: 1, Burst: 3, Key: "%{Hostname}"}
	a := newBench(t, cfg)
	a.send(t, "x", 5)
	a.send(t, "y", 1)
	state, err := a.SaveState([]byte("head"))
	if err != nil || string(state[:4]) != "head" {
		t.Fatal(err)
	}
	b := newBench(t, cfg)
	if err := b.RestoreState(state[4:]); err != nil {
		t.Fatal(err)
	}
	if x, y := b.send(t, "x", 5), b.send(t, "y", 5); x != 0 || y != 2 {
		t.Errorf("after a restart %d and %d are passed on, want 0 and 2", x, y)
	}
	if got := b.tick(t); !strings.HasSuffix(got, "held back 10 messages of 2 keys\n7 \"x\"\n3 \"y\"\n") {
		t.Errorf("summary %s", got)
	}
	for _, bad := range []string{"", "\x02", string(state[4:6]), string(state[4 : len(state)-1])} {
		if err := newBench(t, cfg).RestoreState([]byte(bad)); err == nil {
			t.Errorf("the state %x is taken", bad)
		}
	}
}

func TestBadConfig(t *testing.T) {
	ok := Config{Rate: 1, MaxKeys: 1}
	for option, change := range map[string]func(*Config){
		"rate": func(c *Config) { c.Rate = 0 }, "burst": func(c *Config) { c.Burst = -1 }, "max_keys": func(c *Config) { c.MaxKeys = 0 },
		"key": func(c *Config) { c.Key = "%{" }, "message_type": func(c *Config) { c.Type = "%{}" },
	} {
		c := ok
		change(&c)
		plugintest.BadOption(t, c, option)
	}
}

func TestRefused(t *testing.T) {
	b := newBench(t, Config{Rate: 1})
	b.em.Refuse = plugin.ErrSelf
	if err := b.Process(plugintest.Select(nil, plugintest.Payloads("a")...), &b.em); !errors.Is(err, plugin.ErrSelf) {
		t.Errorf("refused: %v", err)
	}
}

// FuzzState: no state makes it fail; one that is taken is saved alike.
func FuzzState(f *testing.F) {
	a := newBench(f, Config{Rate: 1, Burst: 3, Key: "%{Hostname}"})
	a.send(f, "x", 5)
	a.send(f, "y", 1)
	state, _ := a.SaveState(nil)
	f.Add(state)
	f.Fuzz(func(t *testing.T, state []byte) {
		b := newBench(t, Config{Rate: 1, Burst: 3, Key: "%{Hostname}"})
		if b.RestoreState(state) != nil {
			return
		}
		first, _ := b.SaveState(nil)
		c := newBench(t, Config{Rate: 1, Burst: 3, Key: "%{Hostname}"})
		if err := c.RestoreState(first); err != nil {
			t.Fatal(err)
		}
		if second, _ := c.SaveState(nil); string(second) != string(first) {
			t.Fatalf("%x is saved as %x, then as %x", state, first, second)
		}
		b.send(t, "x", 3)
		b.tick(t)
	})
}
