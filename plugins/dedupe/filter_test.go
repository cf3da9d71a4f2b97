package dedupe

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

func TestContract(t *testing.T) { plugintest.Run(t, "DedupeFilter", "") }

var start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

type bench struct {
	*Filter
	now time.Time
	em  plugintest.Emitter
}

func newBench(t testing.TB, maxKeys int) *bench {
	t.Helper()
	cfg := Config{Window: time.Minute, Key: "%{Hostname}\x00%{Payload}", MaxKeys: maxKeys, Type: "%{Type}.deduped", Summary: "heka.dedupe"}
	b := &bench{Filter: plugintest.Make(t, New, cfg).(*Filter), now: start}
	b.Filter.now = func() time.Time { return b.now }
	return b
}

// send gives messages and shows what is injected.
func (b *bench) send(t testing.TB, payloads ...string) string {
	t.Helper()
	var list []message.Draft
	for _, p := range payloads {
		list = append(list, message.Draft{Header: message.Header{Type: "t", Logger: "l", Hostname: "h", Severity: 3, Payload: p}})
	}
	return shown(b.em.Process(t, b, list...))
}

func (b *bench) tick(t testing.TB) string {
	t.Helper()
	return shown(b.em.Tick(t, b, b.now))
}

func shown(injected []message.Draft) string {
	var s []string
	for _, d := range injected {
		s = append(s, strings.TrimPrefix(decodetest.Show(d), "1970-01-01T00:00:00Z "))
	}
	return strings.Join(s, "; ")
}

const first = "type=t.deduped host=h sev=3 | "

func TestDedupe(t *testing.T) {
	b := newBench(t, 100)
	summary := func(n string, d string, payload string) string {
		return "type=heka.dedupe host=h sev=3 message_type=t repeated:i=" + n + "(count) duration:d=" + d + "(s) | last message repeated " + n + " " + payload
	}
	for i, step := range []struct {
		after    time.Duration
		payloads []string // nil: a tick
		want     string
	}{
		{0, []string{"a", "b", "a", "a"}, first + "a; " + first + "b"},
		{30 * time.Second, []string{"a"}, ""},
		{0, nil, ""},
		{30 * time.Second, nil, summary("3", "30", "times: a")},
		{0, nil, ""},
		{0, []string{"a", "a"}, first + "a"},
		{61 * time.Second, []string{"a"}, summary("1", "0", "time: a") + "; " + first + "a"},
		{-10 * time.Second, []string{"a"}, ""},
		{-time.Hour, []string{"a"}, summary("1", "-10", "time: a") + "; " + first + "a"},
	} {
		b.now = b.now.Add(step.after)
		got := ""
		if step.payloads == nil {
			got = b.tick(t)
		} else {
			got = b.send(t, step.payloads...)
		}
		if got != step.want {
			t.Errorf("step %d: injected\n %s\nwant %s", i, got, step.want)
		}
	}
	var r plugin.Report
	b.Report(&r)
	if s := fmt.Sprint(r.Metrics); s != "[{PassedMessageCount 5 count} {HeldBackMessageCount 5 count} {EvictedKeys 0 count}]" {
		t.Errorf("report %s", s)
	}
}

func TestManyMessages(t *testing.T) {
	b := newBench(t, 3)
	if got := b.send(t, "a", "a", "b", "c", "a", "d", "e"); strings.Count(got, "deduped") != 5 {
		t.Errorf("injected %s", got)
	}
	if got := b.send(t, "f", "g"); !strings.Contains(got, "last message repeated 2 times: a") {
		t.Errorf("what gives way is not told: %s", got)
	}
	long := strings.Repeat("é", 500)
	b.send(t, long+"1", long+"2", long+"1\n")
	if n := b.table.Len(); n != 3 {
		t.Errorf("%d messages are known, want 3", n)
	}
	b.table.Filter(func(_ string, e *entry) bool {
		if len(e.texts[3]) > maxExcerpt+len("…") {
			t.Errorf("%d bytes of a payload are kept", len(e.texts[3]))
		}
		return false
	})
}

func TestState(t *testing.T) {
	a := newBench(t, 10)
	a.send(t, "a", "a", "b", strings.Repeat("x", 1000))
	state, err := a.SaveState([]byte("head"))
	if err != nil || string(state[:4]) != "head" {
		t.Fatal(err)
	}
	b := newBench(t, 10)
	if err := b.RestoreState(state[4:]); err != nil {
		t.Fatal(err)
	}
	if got := b.send(t, "a", "b"); got != "" {
		t.Errorf("after a restart injected %s", got)
	}
	b.now = b.now.Add(time.Hour)
	if got := b.tick(t); !strings.Contains(got, "repeated 2 times: a") || !strings.Contains(got, "repeated 1 time: b") {
		t.Errorf("summaries %s", got)
	}
	for _, bad := range []string{"", "\x02", string(state[4:10]), string(state[4 : len(state)-1])} {
		if err := newBench(t, 10).RestoreState([]byte(bad)); err == nil {
			t.Errorf("the state %.20q is taken", bad)
		}
	}
}

func TestRefused(t *testing.T) {
	b := newBench(t, 10)
	b.em.Refuse = plugin.ErrSelf
	if err := b.Process(plugintest.Select(nil, plugintest.Payloads("a", "a")...), &b.em); !errors.Is(err, plugin.ErrSelf) {
		t.Errorf("refused: %v", err)
	}
	b.now = b.now.Add(time.Hour)
	if err := b.Tick(b.now, &b.em); !errors.Is(err, plugin.ErrSelf) {
		t.Errorf("refused summary: %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	ok := Config{Window: 1, MaxKeys: 1}
	for option, change := range map[string]func(*Config){
		"window": func(c *Config) { c.Window = 0 }, "max_keys": func(c *Config) { c.MaxKeys = 0 },
		"key": func(c *Config) { c.Key = "%{" }, "message_type": func(c *Config) { c.Type = "%{}" },
	} {
		c := ok
		change(&c)
		plugintest.BadOption(t, c, option)
	}
}

// FuzzState: no state makes it fail; one that is taken is saved alike.
func FuzzState(f *testing.F) {
	a := newBench(f, 10)
	a.send(f, "a", "a", "b")
	state, _ := a.SaveState(nil)
	f.Add(state)
	f.Fuzz(func(t *testing.T, state []byte) {
		b := newBench(t, 10)
		if b.RestoreState(state) != nil {
			return
		}
		one, _ := b.SaveState(nil)
		c := newBench(t, 10)
		if err := c.RestoreState(one); err != nil {
			t.Fatal(err)
		}
		if two, _ := c.SaveState(nil); string(two) != string(one) {
			t.Fatalf("%x is saved as %x, then as %x", state, one, two)
		}
		b.send(t, "a", "b")
		b.tick(t)
	})
}
