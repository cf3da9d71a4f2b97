package counter

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestCountAndSummary(t *testing.T) {
	start := time.Unix(1000, 0)
	f, err := newFilter(Config{}, plugin.Env{Start: start})
	if err != nil {
		t.Fatal(err)
	}
	var out plugintest.Emitter
	sel := plugintest.Select(func(i int) bool { return i > 0 }, plugintest.Payloads("a", "b", "c", "d", "e", "f")...)
	for i := range 10 {
		for range i % 3 {
			if err := f.Process(sel, &out); err != nil {
				t.Fatal(err)
			}
		}
		start = start.Add(2 * time.Second)
		if err := f.(plugin.Ticked).Tick(start, &out); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range out.Injected {
		if m.Type != "heka.counter-output" {
			t.Errorf("Type = %q", m.Type)
		}
		got = append(got, m.Payload)
	}
	want := []string{
		"Got 0 messages. 0.00 msg/sec", "Got 5 messages. 2.50 msg/sec", "Got 15 messages. 5.00 msg/sec",
		"Got 15 messages. 0.00 msg/sec", "Got 20 messages. 2.50 msg/sec", "Got 30 messages. 5.00 msg/sec",
		"Got 30 messages. 0.00 msg/sec", "Got 35 messages. 2.50 msg/sec", "Got 45 messages. 5.00 msg/sec",
		"Got 45 messages. 0.00 msg/sec", "AGG Sum. Min: 0.00 Max: 5.00 Mean: 2.25",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("injected\n%s\nwant\n%s", g, w)
	}
}

func TestClockThatStandsOrGoesBack(t *testing.T) {
	start := time.Unix(1000, 0)
	f, _ := newFilter(Config{}, plugin.Env{Start: start})
	var out plugintest.Emitter
	f.Process(plugintest.Select(nil, plugintest.Payloads("a")...), &out)
	for _, now := range []time.Time{start, start.Add(-time.Hour)} {
		f.(plugin.Ticked).Tick(now, &out)
	}
	for _, m := range out.Injected {
		if m.Payload != "Got 1 messages. 0.00 msg/sec" {
			t.Errorf("payload %q", m.Payload)
		}
	}
	out.Refuse = plugin.ErrSelf
	if err := f.(plugin.Ticked).Tick(start, &out); !errors.Is(err, plugin.ErrSelf) {
		t.Errorf("Tick = %v, want ErrSelf", err)
	}
}
