package payload

import (
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

const format = "[%Y/%b/%d:%H:%M:%S %z]"

func TestEncode(t *testing.T) {
	env := plugin.Env{Clock: clock.NewSim(time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC))}
	for _, tt := range []struct {
		name, payload, want string
		cfg                 Config
	}{
		{"newline added", "a", "a\n", Config{AppendNewlines: true}},
		{"newline there", "a\n", "a\n", Config{AppendNewlines: true}},
		{"no payload", "", "\n", Config{AppendNewlines: true}},
		{"no newlines", "a", "a", Config{}},
		{"time of the message", "a", "[2014/Mar/18:10:40:00 +0000] a\n", Config{AppendNewlines: true, PrefixTS: true, TSFromMessage: true, TSFormat: format, TZ: "UTC"}},
		{"time of the clock", "a", "[2026/Nov/25:13:00:00 +0000] a", Config{PrefixTS: true, TSFormat: format, TZ: "UTC"}},
		{"another zone", "a", "[2014/Mar/18:11:40:00 +0100] a", Config{PrefixTS: true, TSFromMessage: true, TSFormat: format, TZ: "Europe/Berlin"}},
		{"fractions", "a", "10:40:00.120000 a", Config{PrefixTS: true, TSFromMessage: true, TSFormat: "%H:%M:%S.%f", TZ: "UTC"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			e, err := New(tt.cfg, env)
			if err != nil {
				t.Fatal(err)
			}
			d := message.Draft{Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Payload: tt.payload}}
			var v message.View
			v.Parse(d.Encode(), nil)
			for range 2 {
				if got, err := e.Encode(nil, &v); err != nil || string(got) != tt.want {
					t.Errorf("Encode = %q, %v, want %q", got, err, tt.want)
				}
			}
		})
	}
}

func TestTimeChanges(t *testing.T) {
	e, _ := New(Config{PrefixTS: true, TSFromMessage: true, TSFormat: "%s", TZ: "UTC"}, plugin.Env{})
	var v message.View
	for _, tt := range []struct {
		ns   int64
		want string
	}{{0, "0 "}, {999_999_999, "0 "}, {1e9, "1 "}, {-1, "-1 "}} {
		d := message.Draft{Header: message.Header{Timestamp: tt.ns}}
		v.Parse(d.Encode(), nil)
		if got, _ := e.Encode(nil, &v); string(got) != tt.want {
			t.Errorf("at %d ns: %q, want %q", tt.ns, got, tt.want)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for option, cfg := range map[string]Config{
		"ts_format": {PrefixTS: true, TSFormat: "2006-01-02"},
		"tz":        {TZ: "Nowhere"},
	} {
		plugintest.BadOption(t, cfg, option)
	}
}

func BenchmarkEncode(b *testing.B) {
	e, _ := New(Config{AppendNewlines: true, PrefixTS: true, TSFromMessage: true, TSFormat: format, TZ: "UTC"}, plugin.Env{})
	d := message.Draft{Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Payload: "request served upstream cache miss hit timeout"}}
	var v message.View
	v.Parse(d.Encode(), nil)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out, _ = e.Encode(out[:0], &v)
	}
}
