package autodetect_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	_ "github.com/heka-project/heka/plugins/all"
	"github.com/heka-project/heka/plugins/autodetect"
)

// newDecoder makes a decoder with the others as the engine makes them.
func newDecoder(t testing.TB, f func(*autodetect.Config)) plugin.Decoder {
	t.Helper()
	env := dectest.Env()
	env.NewDecoder = func(typ, options string) (plugin.Decoder, error) {
		plan, err := config.Parse([]config.Source{{Name: "x", Text: "[unnamed]\ntype = \"" + typ + "\"\n" + options}}, config.Options{})
		if err != nil {
			return nil, err
		}
		if len(plan.Warnings) > 0 {
			return nil, fmt.Errorf("warnings: %v", plan.Warnings)
		}
		sec := plan.Find(plugin.KindDecoder, "unnamed")
		d, err := sec.Info.New(sec.Config, env)
		if err != nil {
			return nil, err
		}
		return d.(plugin.Decoder), nil
	}
	cfg := autodetect.Config{FormatField: "format", TZ: "UTC", PlainTimes: true}
	if f != nil {
		f(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := autodetect.New(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func corpus(t testing.TB) []byte {
	text, err := os.ReadFile("testdata/mixed.log")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The corpus holds lines of all formats. Each is told by itself, and in the stream
// of all of them.
func TestCorpus(t *testing.T) {
	var alone strings.Builder
	for line := range bytes.Lines(corpus(t)) {
		alone.WriteString(dectest.Decode(t, newDecoder(t, nil), string(line)) + "\n")
	}
	dectest.Golden(t, "testdata/mixed.want", alone.String())
	d := newDecoder(t, nil)
	if got := dectest.Lines(t, d, corpus(t)); got != alone.String() {
		g, w := strings.Split(got, "\n"), strings.Split(alone.String(), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Errorf("in the stream of all, line %d is\n%s\nalone\n%s", i+1, g[i], w[i])
			}
		}
	}
	var r plugin.Report
	d.(plugin.Reporter).Report(&r)
	sum := int64(0)
	for _, m := range r.Metrics {
		if strings.HasPrefix(m.Name, "Records-") {
			sum += m.Value.(int64)
		}
	}
	if n := int64(bytes.Count(corpus(t), []byte("\n"))); sum != n {
		t.Errorf("the report counts %d records of %d: %v", sum, n, r.Metrics)
	}
}

// A stream stays with its format where two would do.
func TestSticky(t *testing.T) {
	d := newDecoder(t, nil)
	var got []string
	for _, rec := range []string{"a=1 b=2", "a=1 b=2 c=3 word", "a=1 b=2", "x", "a=1 b=2 c=3"} {
		s := dectest.Decode(t, d, rec)
		_, s, _ = strings.Cut(s, `format="`)
		s, _, _ = strings.Cut(s, `"`)
		got = append(got, s)
	}
	if s := strings.Join(got, " "); s != "logfmt keyvalue keyvalue plain keyvalue" && s != "logfmt keyvalue logfmt plain logfmt" {
		t.Errorf("formats are %s", s)
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		name, rec, want string
		f               func(*autodetect.Config)
	}{
		{"type", `{"a":1}`, `type=app sev=7 format="json" a=1 | `, func(c *autodetect.Config) { c.MessageType = "app" }},
		{"kept", `{"a":1}`, `type=json sev=7 format="json" a=1 | {"a":1}`, func(c *autodetect.Config) { c.PayloadKeep = true }},
		{"no field", `{"a":1}`, `type=json sev=7 a=1 | `, func(c *autodetect.Config) { c.FormatField = "" }},
		{"other formats only", `{"a":1}`, `sev=7 format="plain" | {"a":1}`, func(c *autodetect.Config) { c.Formats = []string{"syslog"} }},
		{"zone", `2026-07-01 12:00:00 WARN x`, `2026-07-01T10:00:00Z sev=4 format="plain" | 2026-07-01 12:00:00 WARN x`, func(c *autodetect.Config) { c.TZ = "Europe/Berlin" }},
		{"no times", `2026-07-01 12:00:00 WARN x`, `sev=7 format="plain" | 2026-07-01 12:00:00 WARN x`, func(c *autodetect.Config) { c.PlainTimes = false }},
		{"empty", "\n", `sev=7 format="plain" | ` + "\n", nil},
	} {
		if got := dectest.Decode(t, newDecoder(t, tt.f), tt.rec); got != tt.want {
			t.Errorf("%s: Decode(%q)\n got %s\nwant %s", tt.name, tt.rec, got, tt.want)
		}
	}
	if err := (autodetect.Config{TZ: "Nowhere"}).Validate(); err == nil {
		t.Error("Validate = nil, want a complaint about tz")
	}
	if _, err := autodetect.New(autodetect.Config{TZ: "UTC"}, plugin.Env{}); err == nil {
		t.Error("New without an engine = nil error")
	}
}

// What is held back comes out at the end, marked.
func TestFinish(t *testing.T) {
	d := newDecoder(t, nil)
	if got := dectest.Decode(t, d, "2026-11-25T12:00:00.5Z stdout P begun"); got != "" {
		t.Fatal(got)
	}
	b := message.NewBuilder(0)
	if !d.(plugin.Finisher).Holding() {
		t.Error("nothing is held")
	}
	d.(plugin.Finisher).Finish(&plugin.Record{Default: &message.Header{Severity: 7}}, b)
	if d.(plugin.Finisher).Holding() {
		t.Error("something is held after the end")
	}
	if m := dectest.Messages(t, b); len(m) != 1 || dectest.Show(&m[0]) != `2026-11-25T12:00:00.5Z sev=7 format="cri" stream="stdout" partial=true | begun` {
		t.Errorf("Finish gave %v", m)
	}
	if err := d.(plugin.Stopper).Stop(); err != nil {
		t.Error(err)
	}
}

func TestAllocs(t *testing.T) {
	d := newDecoder(t, nil)
	for line := range bytes.Lines(corpus(t)) {
		if !bytes.Contains(line, []byte("damaged")) {
			dectest.Allocs(t, d, string(line))
		}
	}
}

// FuzzDecode: no record is refused.
func FuzzDecode(f *testing.F) {
	for line := range bytes.Lines(corpus(f)) {
		f.Add(line)
	}
	d := newDecoder(f, nil)
	out := message.NewBuilder(1 << 20)
	f.Fuzz(func(t *testing.T, rec []byte) {
		out.Reset()
		h := message.Header{}
		if err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out); err != nil {
			t.Fatalf("Decode(%q) = %v", rec, err)
		}
		dectest.Messages(t, out)
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, rec := range []string{
		`{"ts":"2026-03-14T09:26:53.589793Z","level":"info","host":"web07","status":200,"path":"/api/v1/items/42","msg":"request served"}`,
		`1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /images/kibana-search.png HTTP/1.1" 200 203023 "http://example.com/" "Mozilla/5.0"`,
		`<34>Mar 14 09:26:53 web07 app03[12345]: request served upstream cache miss`, `just some plain text without any form`,
	} {
		b.Run(rec[:10], func(b *testing.B) { dectest.Bench(b, newDecoder(b, nil), rec) })
	}
}
