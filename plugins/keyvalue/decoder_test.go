package keyvalue

import (
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func standard() Config {
	return Config{Options: keys.Options{TZ: "UTC"}, PairSeparator: " ", ValueSeparator: "=", Quotes: `"'`, Escape: `\`, Bare: "field", InferTypes: true}
}

func with(f func(*Config)) Config {
	c := standard()
	f(&c)
	return c
}

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, dectest.Env())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const line = `IN=eth0 OUT= MAC=00:11:22:33:44:55 SRC=192.0.2.1 DST=198.51.100.7 LEN=60 TOS=0x00 TTL=52 ID=0 DF PROTO=TCP SPT=51515 DPT=22 WINDOW=29200 SYN URGP=0`

func TestDecode(t *testing.T) {
	colon := func(c *Config) { c.PairSeparator, c.ValueSeparator = ";", ":" }
	for _, tt := range []struct {
		name      string
		cfg       Config
		rec, want string
	}{
		{"packet filter", standard(), line + "\n", `sev=7 IN="eth0" OUT="" MAC="00:11:22:33:44:55" SRC="192.0.2.1" DST="198.51.100.7" LEN=60 TOS="0x00" TTL=52 ID=0 DF=true PROTO="TCP" SPT=51515 DPT=22 WINDOW=29200 SYN=true URGP=0 | `},
		{"quotes", standard(), `a="x \"y\" \n" b='it is "so"' c="1" 'd e'=2 f="open g=3`, `sev=7 a="x \"y\" \\n" b="it is \"so\"" c="1" d e=2 f="\"open" g=3 | `},
		{"text behind quotes", standard(), `a="b"c d=1`, `sev=7 a="\"b\"c" d=1 | `},
		{"other separators", with(colon), `user: 'alice'; action : "log; in" ;took: 0.25;; last:`, `sev=7 user="alice" action="log; in" took=0.25 last="" | `},
		{"long separators", with(func(c *Config) { c.PairSeparator, c.ValueSeparator = ", ", "=>" }), `a=>1, b=>x,y, c=>"z, w", d`, `sev=7 a=1 b="x,y" c="z, w" d=true | `},
		{"values with the separator", standard(), `q=a=b&c=d`, `sev=7 q="a=b&c=d" | `},
		{"spaces around the separator", standard(), `a = 1 b= c =  "x y" d =`, `sev=7 a=1 b="" c="x y" d="" | `},
		{"bare in the payload", with(func(c *Config) { c.Bare = "payload" }), `[12.5] DROP a=1 SYN`, `sev=7 a=1 | [12.5] DROP SYN`},
		{"bare dropped", with(func(c *Config) { c.Bare = "drop" }), `DROP a=1 SYN`, `sev=7 a=1 | `},
		{"bare refused", with(func(c *Config) { c.Bare = "error" }), `DROP a=1`, `error: record holds text that is no pair of key and value`},
		{"none", standard(), `plain text`, `error: record holds no pair of key and value`},
		{"empty", standard(), ``, `error: record holds no pair of key and value`},
		{"header", with(func(c *Config) {
			c.TimestampKey, c.SeverityKey, c.PidKey, c.PayloadKey, c.MessageType = []string{"date"}, []string{"lvl"}, []string{"pid"}, []string{"msg"}, "kv"
		}), `date="2026-11-25 12:00:00" lvl=error pid=7 msg="hello" x=1`, `2026-11-25T12:00:00Z type=kv sev=3 pid=7 x=1 | hello`},
		{"no escapes", with(func(c *Config) { c.Escape = "" }), `a="c:\" b=1`, `sev=7 a="c:\\" b=1 | `},
		{"no quotes", with(func(c *Config) { c.Quotes = "" }), `a="b c=1`, `sev=7 a="\"b" c=1 | `},
		{"no types", with(func(c *Config) { c.InferTypes = false }), `a=1 b=true`, `sev=7 a="1" b="true" | `},
		{"kept", with(func(c *Config) { c.PayloadKeep = true }), `a=1`, `sev=7 a=1 | a=1`},
		{"twice", standard(), `a=1 a=2`, `sev=7 a=1 a=2 | `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := dectest.Decode(t, newDecoder(t, tt.cfg), tt.rec); got != tt.want {
				t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, tt.want)
			}
		})
	}
}

func TestBadConfig(t *testing.T) {
	for option, f := range map[string]func(*Config){
		"pair_separator":   func(c *Config) { c.PairSeparator = "" },
		"value_separator":  func(c *Config) { c.ValueSeparator = "" },
		"value_separator ": func(c *Config) { c.ValueSeparator = "\t" },
		"escape":           func(c *Config) { c.Escape = "ab" },
		"escape ":          func(c *Config) { c.Escape = "'" },
		"quotes":           func(c *Config) { c.Quotes = "«" },
		"tz":               func(c *Config) { c.TZ = "Nowhere" },
	} {
		plugintest.BadOption(t, with(f), strings.TrimSpace(option))
	}
}

func TestAllocs(t *testing.T) {
	dectest.Allocs(t, newDecoder(t, standard()), line, `a="x \"y\"" b`, `"`, "none")
	dectest.Allocs(t, newDecoder(t, with(func(c *Config) { c.Bare = "payload" })), "x y=1 z")
}

// FuzzDecode: any record makes one sound message or is refused for a known reason.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(line), " ", "=", `"'`)
	f.Add([]byte(`user: 'alice'; action: "log; \"in"; x`), ";", ":", `"`)
	f.Add([]byte(`a=>1, b=>"x`), ", ", "=>", "")
	f.Fuzz(func(t *testing.T, rec []byte, pair, value, quotes string) {
		c := with(func(c *Config) { c.PairSeparator, c.ValueSeparator, c.Quotes = pair, value, quotes })
		if c.Validate() != nil {
			return
		}
		d, _ := New(c, dectest.Env())
		out := message.NewBuilder(0)
		h := message.Header{}
		if err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out); err == nil && len(dectest.Messages(t, out)) != 1 || err != nil && err != errNoPair {
			t.Fatalf("Decode(%q) = %v", rec, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) { dectest.Bench(b, newDecoder(b, standard()), line) }

func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/firewall.log")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, with(func(c *Config) { c.Bare = "payload" }))
	dectest.Golden(t, "testdata/firewall.want", dectest.Lines(t, d, text))
}
