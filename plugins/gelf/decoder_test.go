package gelf

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func with(f func(*Config)) Config {
	c := Config{Options: keys.Options{TZ: "UTC"}, ChunkTimeout: 5 * time.Second, MaxChunked: 3, MaxChunkBytes: 10000, MaxInflated: 20000}
	if f != nil {
		f(&c)
	}
	return c
}

func newDecoder(t testing.TB, cfg Config, env plugin.Env) *Decoder {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	return d.(*Decoder)
}

const line = `{"version":"1.1","host":"web07","short_message":"request failed","full_message":"request failed\n at x","timestamp":1385053862.3072,"level":3,"_user_id":9001,"_took":0.25,"_path":"/a"}`

const want = `2013-11-21T17:11:02.3072Z env=1.1 host=web07 sev=3 short_message="request failed" full_message="request failed\n at x" _user_id=9001 _took=0.25 _path="/a" | `

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func zl(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// cut makes chunks of n bytes.
func cut(id, s string, n int) (list []string) {
	count := (len(s) + n - 1) / n
	for i := range count {
		list = append(list, "\x1e\x0f"+id+string([]byte{byte(i), byte(count)})+s[i*n:min(len(s), (i+1)*n)])
	}
	return list
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name, rec, want string
		cfg             Config
	}{
		{"plain", line, want, with(nil)},
		{"over TCP", line + "\x00", want, with(nil)},
		{"gzip", gz(line), want, with(nil)},
		{"zlib", zl(line), want, with(nil)},
		{"time as text", `{"timestamp":"1385053862.3072","host":"h"}`, `2013-11-21T17:11:02.3072Z host=h sev=7 | `, with(nil)},
		{"no time", `{"host":"h","level":"4"}`, `host=h sev=4 | `, with(nil)},
		{"nested", `{"_a":{"b":[1]},"timestamp":"soon"}`, `sev=7 _a.b.1=1 timestamp="soon" | `, with(nil)},
		{"without underscores", `{"_a":1,"__b":2,"_":3,"a_b":4}`, `sev=7 a=1 _b=2 _=3 a_b=4 | `, with(func(c *Config) { c.StripUnderscore = true })},
		{"mapped", line, `2013-11-21T17:11:02.3072Z type=gelf env=1.1 host=/a sev=3 host="web07" full_message="request failed\n at x" _user_id=9001 _took=0.25 | request failed`,
			with(func(c *Config) {
				c.PayloadKey, c.HostnameKey, c.MessageType = []string{"short_message"}, []string{"_path"}, "gelf"
			})},
		{"kept", gz(`{"a":1}`), `sev=7 a=1 | {"a":1}`, with(func(c *Config) { c.PayloadKeep = true })},
		{"empty", "\x00", "error: GELF record is empty", with(nil)},
		{"not JSON", "hello", "error: JSON record is not an object", with(nil)},
		{"damaged gzip", gz(line)[:40], "error: GELF message is damaged: it cannot be inflated", with(nil)},
		{"damaged zlib", zl(line)[:30], "error: GELF message is damaged: it cannot be inflated", with(nil)},
		{"bomb", gz(strings.Repeat(" ", 30000)), "error: GELF message inflates to more than max_inflated", with(nil)},
		{"short chunk", "\x1e\x0f123", "error: GELF chunk is shorter than its header", with(nil)},
		{"chunk of none", "\x1e\x0f12345678\x00\x00", "error: GELF chunk has a number or count that is not in 1 to 128", with(nil)},
		{"chunk beyond", "\x1e\x0f12345678\x02\x02", "error: GELF chunk has a number or count that is not in 1 to 128", with(nil)},
		{"many chunks", "\x1e\x0f12345678\x00\x81", "error: GELF chunk has a number or count that is not in 1 to 128", with(nil)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDecoder(t, tt.cfg, dectest.Env())
			for range 2 {
				got := dectest.Decode(t, d, tt.rec)
				if got != tt.want {
					t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, tt.want)
				}
			}
		})
	}
}

// A key is told from another that begins like what is left of it.
func TestStripped(t *testing.T) {
	d := newDecoder(t, with(func(c *Config) { c.StripUnderscore = true }), dectest.Env())
	for _, tt := range []struct{ rec, want string }{{`{"_a":1}`, `sev=7 a=1 | `}, {`{"ax":2}`, `sev=7 ax=2 | `}, {`{"_a":1}`, `sev=7 a=1 | `}} {
		if got := dectest.Decode(t, d, tt.rec); got != tt.want {
			t.Errorf("Decode(%q) = %s, want %s", tt.rec, got, tt.want)
		}
	}
}

// Chunks of several messages come in any order, and some twice.
func TestChunks(t *testing.T) {
	d := newDecoder(t, with(nil), dectest.Env())
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		var all []string
		for k := range 3 {
			body := line
			if k > 0 {
				body = gz(line)
			}
			all = append(all, cut(fmt.Sprintf("id%02d%04d", k, round), body, 50)...)
		}
		all = append(all, all[1])
		rnd.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		n := 0
		for _, c := range all {
			switch got := dectest.Decode(t, d, c); got {
			case "":
			case want:
				n++
			default:
				t.Fatal(got)
			}
		}
		d.chunks.list, d.chunks.bytes = nil, 0 // a chunk that came again after its message was whole
		if n != 3 {
			t.Fatalf("%d messages came of 3", n)
		}
	}
}

func TestChunkLimits(t *testing.T) {
	var log bytes.Buffer
	sim := clock.NewSim(dectest.Start)
	env := dectest.Env()
	env.Clock = sim
	d := newDecoder(t, with(nil), env)
	d.chunks.log = func(why string, n int) { fmt.Fprintln(&log, why, n) }
	first := func(id string) string { return cut(id, line, 100)[0] }
	give := func(c, want string) {
		t.Helper()
		if got := dectest.Decode(t, d, c); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for i := range 5 { // two too many
		give(first(fmt.Sprintf("message%d", i)), "")
	}
	if n := d.chunks.dropped.Load(); n != 2 {
		t.Errorf("%d were dropped, want 2", n)
	}
	sim.Advance(6 * time.Second)
	give(`{"a":1}`, "2026-11-25T13:00:06Z sev=7 a=1 | ") // whatever comes looks at the time
	if n := d.chunks.dropped.Load(); n != 5 || d.chunks.bytes != 0 || d.chunks.waiting != 0 {
		t.Errorf("%d were dropped, want 5; %d bytes wait", n, d.chunks.bytes)
	}
	if log.String() != "too many messages wait 1\n" {
		t.Errorf("the log is %q", log.String())
	}
	give("\x1e\x0fabcdefgh\x00\x03"+strings.Repeat("x", 6000), "")
	give("\x1e\x0fabcdefgh\x01\x04x", "error: GELF chunk has another count than those before it")
	give("\x1e\x0fABCDEFGH\x00\x03"+strings.Repeat("x", 6000), "") // drops the other
	give("\x1e\x0fABCDEFGH\x01\x03"+strings.Repeat("x", 6000), "error: GELF message in chunks is larger than max_chunk_bytes")
	give("\x1e\x0fABCDEFGH\x01\x03"+strings.Repeat("x", 10001), "error: GELF message in chunks is larger than max_chunk_bytes")
	if d.chunks.bytes != 0 || d.chunks.waiting != 0 {
		t.Errorf("%d bytes wait", d.chunks.bytes)
	}
	var r plugin.Report
	d.Report(&r)
	if r.Metrics[2].Name != "DroppedChunked" || r.Metrics[2].Value != int64(7) {
		t.Errorf("report is %v", r.Metrics)
	}
}

func TestBadConfig(t *testing.T) {
	for option, f := range map[string]func(*Config){
		"chunk_timeout": func(c *Config) { c.ChunkTimeout = 0 }, "max_chunked": func(c *Config) { c.MaxChunked = 0 }, "max_chunk_bytes": func(c *Config) { c.MaxChunkBytes = -1 },
		"max_inflated": func(c *Config) { c.MaxInflated = 0 }, "tz": func(c *Config) { c.TZ = "Nowhere" },
	} {
		plugintest.BadOption(t, with(f), option)
	}
}

func TestAllocs(t *testing.T) {
	d := newDecoder(t, with(nil), dectest.Env())
	dectest.Allocs(t, d, line, `{"damaged`)
	out := message.NewBuilder(0)
	h := message.Header{}
	var list []plugin.Record
	for _, c := range cut("12345678", line, 50) {
		list = append(list, plugin.Record{Data: []byte(c), Default: &h})
	}
	if n := testing.AllocsPerRun(50, func() {
		out.Reset()
		for i := range list {
			d.Decode(&list[i], out)
		}
	}); n != 0 {
		t.Errorf("a message in chunks allocates %v times", n)
	}
}

// FuzzDecode: any sequence of records makes sound messages, and what waits stays
// within its limits.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(line), []byte(gz(line)))
	f.Add([]byte(cut("12345678", line, 100)[0]), []byte(cut("12345678", line, 100)[1]))
	f.Add([]byte(zl("{}")), []byte("\x1e\x0f"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d := newDecoder(t, with(nil), dectest.Env())
		out := message.NewBuilder(64 << 10)
		h := message.Header{}
		for _, rec := range [][]byte{a, b, a, b} {
			d.Decode(&plugin.Record{Data: rec, Default: &h}, out)
			if d.chunks.bytes > 10000 || d.chunks.bytes < 0 || d.chunks.waiting > 3 {
				t.Fatalf("%d messages and %d bytes wait", d.chunks.waiting, d.chunks.bytes)
			}
		}
		dectest.Messages(t, out)
	})
}

func BenchmarkDecode(b *testing.B) { dectest.Bench(b, newDecoder(b, with(nil), dectest.Env()), line) }

func BenchmarkGzip(b *testing.B) { dectest.Bench(b, newDecoder(b, with(nil), dectest.Env()), gz(line)) }

// The corpus is the same plain, compressed and in chunks.
func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, with(nil), dectest.Env())
	dectest.Golden(t, "testdata/messages.want", dectest.Lines(t, d, text))
	for line := range strings.Lines(string(text)) {
		want := dectest.Decode(t, d, line)
		if got := dectest.Decode(t, d, gz(line)); got != want {
			t.Errorf("with gzip got %s, want %s", got, want)
		}
		for i, c := range cut("chunkid1", zl(line), 40) {
			if got := dectest.Decode(t, d, c); got != want && got != "" {
				t.Errorf("after chunk %d got %s, want %s", i, got, want)
			}
		}
	}
}
