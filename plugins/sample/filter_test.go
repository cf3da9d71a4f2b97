package sample

import (
	"errors"
	"fmt"
	"testing"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "SamplingFilter", "") }

func newFilter(t testing.TB, cfg Config) *Filter {
	t.Helper()
	if cfg.Type == "" {
		cfg.Type = "%{Type}.sampled"
	}
	return plugintest.Make(t, New, cfg).(*Filter)
}

func TestByChance(t *testing.T) {
	f := newFilter(t, Config{Rate: 0.25})
	n := 0
	f.random = func() float64 { n++; return float64(n%4) / 4 }
	var em plugintest.Emitter
	if err := f.Process(plugintest.Select(func(i int) bool { return i != 1 }, plugintest.Payloads("a", "b", "c", "d", "e", "f", "g", "h", "i")...), &em); err != nil {
		t.Fatal(err)
	}
	if len(em.Injected) != 2 || em.Injected[0].Payload != "e" || em.Injected[1].Payload != "i" {
		t.Errorf("injected %+v", em.Injected)
	}
	if s := decodetest.Show(em.Injected[0]); s != "1970-01-01T00:00:00Z type=.sampled host= sev=0 sample_rate:d=0.25 | e" {
		t.Errorf("injected %s", s)
	}
	var r plugin.Report
	f.Report(&r)
	if s := fmt.Sprint(r.Metrics); s != "[{SampledMessageCount 2 count} {PassedOverMessageCount 6 count}]" {
		t.Errorf("report %s", s)
	}
}

// A key is passed on whole or not at all, alike everywhere, and about as many keys
// as asked for; another seed chooses others.
func TestByKey(t *testing.T) {
	const keys = 20000
	var list []message.Draft
	for i := range keys {
		d := message.Draft{Header: message.Header{Type: "t"}, Fields: []message.DraftField{message.NewField("id", fmt.Sprint("request-", i), "")}}
		list = append(list, d)
	}
	got := map[string][2]bool{}
	for k, seed := range []string{"", "other"} {
		var em plugintest.Emitter
		for range 2 {
			f := newFilter(t, Config{Rate: 0.1, Key: "%{id}", Seed: seed})
			for from := 0; from < keys; from += message.MaxBatch / 2 {
				f.Process(plugintest.Select(nil, list[from:min(keys, from+message.MaxBatch/2)]...), &em)
			}
		}
		count := map[string]int{}
		for _, d := range em.Injected {
			count[d.Fields[0].Values[0].(string)]++
		}
		for id, n := range count {
			if n != 2 {
				t.Fatalf("%s is passed on %d times of 2", id, n)
			}
			x := got[id]
			x[k] = true
			got[id] = x
		}
		if n := len(count); n < keys/10-200 || n > keys/10+200 {
			t.Errorf("seed %q: %d of %d keys", seed, n, keys)
		}
	}
	both := 0
	for _, x := range got {
		if x[0] && x[1] {
			both++
		}
	}
	if both < keys/100-80 || both > keys/100+80 {
		t.Errorf("%d keys are chosen by both seeds, want about %d", both, keys/100)
	}
}

func TestAll(t *testing.T) {
	var em plugintest.Emitter
	for _, key := range []string{"", "%{Payload}"} {
		newFilter(t, Config{Rate: 1, Key: key}).Process(plugintest.Select(nil, plugintest.Payloads("a", "b", "c")...), &em)
	}
	if len(em.Injected) != 6 {
		t.Errorf("%d injected, want 6", len(em.Injected))
	}
	em.Refuse = plugin.ErrSelf
	if err := newFilter(t, Config{Rate: 1}).Process(plugintest.Select(nil, plugintest.Payloads("a")...), &em); !errors.Is(err, plugin.ErrSelf) {
		t.Errorf("refused: %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	for option, cfg := range map[string]Config{"rate": {}, "key": {Rate: 1, Key: "%{"}, "message_type": {Rate: 1, Type: "%{}"}} {
		plugintest.BadOption(t, cfg, option)
	}
	if err := (Config{Rate: 1.5}).Validate(); err == nil {
		t.Error("a rate above 1 is taken")
	}
}

func FuzzProcess(f *testing.F) {
	f.Add("t", "k", "p")
	x := newFilter(f, Config{Rate: 0.5, Key: "%{Type}/%{k}"})
	f.Fuzz(func(t *testing.T, typ, key, payload string) {
		d := message.Draft{Header: message.Header{Type: typ, Payload: payload}, Fields: []message.DraftField{message.NewField("k", key, "")}}
		var em plugintest.Emitter
		if err := x.Process(plugintest.Select(nil, d, d), &em); err != nil || len(em.Injected)%2 != 0 {
			t.Fatalf("%d injected, %v", len(em.Injected), err)
		}
	})
}
