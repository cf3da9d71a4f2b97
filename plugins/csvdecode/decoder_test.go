package csvdecode

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func with(f func(*Config)) Config {
	c := Config{Options: keys.Options{TZ: "UTC"}, Separator: ",", Quote: `"`, InferTypes: true}
	if f != nil {
		f(&c)
	}
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

func TestDecode(t *testing.T) {
	abc := func(c *Config) { c.Columns = []string{"a", "b", "c"} }
	for _, tt := range []struct {
		name string
		cfg  Config
		recs []string
		want string
	}{
		{"types", with(abc), []string{"1,2.5,x\n", `"1",true,` + "\r\n"}, `sev=7 a=1 b=2.5 c="x" | ;sev=7 a="1" b=true c="" | `},
		{"quotes", with(abc), []string{`"a ""b"", c","","x` + "\n" + `y"`}, `sev=7 a="a \"b\", c" b="" c="x\ny" | `},
		{"quotes inside", with(abc), []string{`5" disk,a"b"c,`}, `sev=7 a="5\" disk" b="a\"b\"c" c="" | `},
		{"more and fewer", with(abc), []string{"1,2,3,4,5", "1", "9,8,7,6"}, `sev=7 a=1 b=2 c=3 column_4=4 column_5=5 | ;sev=7 a=1 | ;sev=7 a=9 b=8 c=7 column_4=6 | `},
		{"strict", with(func(c *Config) { abc(c); c.Strict = true }), []string{"1,2", "1,2,3", "1,2,3,"},
			`error: CSV record has more or fewer cells than there are columns;sev=7 a=1 b=2 c=3 | ;error: CSV record has more or fewer cells than there are columns`},
		{"no names", with(nil), []string{"1,x"}, `sev=7 column_1=1 column_2="x" | `},
		{"nameless column", with(func(c *Config) { c.Columns = []string{"a", "", "c"} }), []string{"1,2,3"}, `sev=7 a=1 c=3 | `},
		{"names from the first", with(func(c *Config) { c.Header = true }), []string{"\xef\xbb\xbfa, b ,c", "1,2,3", "a,b,c", "\xef\xbb\xbfa, b ,c"}, `;sev=7 a=1 b=2 c=3 | ;sev=7 a="a" b="b" c="c" | ;`},
		{"nameless columns in the first", with(func(c *Config) { c.Header = true }), []string{",a,b,", "0,1,2,3"}, `;sev=7 a=1 b=2 | `},
		{"no names in the first", with(func(c *Config) { c.Header = true }), []string{"1,2,3", "a,a", ",", "x,y", "5,6"}, "error: " + errHeader.Error() + ";error: " + errHeader.Error() + ";error: " + errHeader.Error() + `;;sev=7 x=5 y=6 | `},
		{"names repeated", with(func(c *Config) { abc(c); c.Header = true }), []string{"1,2,3", "a,b,c", `a,b,c`, "4,5,6"}, `sev=7 a=1 b=2 c=3 | ;;;sev=7 a=4 b=5 c=6 | `},
		{"tabs", with(func(c *Config) { abc(c); c.Separator = "\t" }), []string{"1\tx y\t\"q\tr\""}, `sev=7 a=1 b="x y" c="q\tr" | `},
		{"tabs in single quotes", with(func(c *Config) { abc(c); c.Separator = `\t` }), []string{"1\tx\ty"}, `sev=7 a=1 b="x" c="y" | `},
		{"trimmed in front of quotes", with(func(c *Config) { abc(c); c.Trim = true }), []string{`1,  "x, ""y""" , z`}, `sev=7 a=1 b="x, \"y\"" c="z" | `},
		{"no quotes", with(func(c *Config) { abc(c); c.Quote = "" }), []string{`"1","x`}, `sev=7 a="\"1\"" b="\"x" | `},
		{"comments and blank lines", with(func(c *Config) { abc(c); c.Comment = "#" }), []string{"# 1,2", "", "\r\n", "1"}, `;;;sev=7 a=1 | `},
		{"trimmed", with(func(c *Config) { abc(c); c.Trim = true }), []string{` 1 ,"x "  , y `}, `sev=7 a=1 b="x " c="y" | `},
		{"empty cells", with(func(c *Config) { abc(c); c.SkipEmpty = true }), []string{`,"",1`}, `sev=7 c=1 | `},
		{"no types", with(func(c *Config) { abc(c); c.InferTypes = false; c.FieldTypes = map[string]string{"b": "integer|B"} }), []string{`1,2,3`}, `sev=7 a="1" b|B=2 c="3" | `},
		{"header", with(func(c *Config) {
			c.Columns = []string{"when", "sev", "text", "x"}
			c.TimestampKey, c.SeverityKey, c.PayloadKey, c.MessageType = []string{"when"}, []string{"sev"}, []string{"text"}, "csv"
		}), []string{"2026-11-25 12:00:00,warn,hello,1"}, `2026-11-25T12:00:00Z type=csv sev=4 x=1 | hello`},
		{"damaged", with(abc), []string{`"a`, `"a"b,c`, `"a""`}, "error: " + errQuote.Error() + ";error: " + errBehind.Error() + ";error: " + errQuote.Error()},
		{"kept", with(func(c *Config) { abc(c); c.PayloadKeep = true }), []string{"1"}, `sev=7 a=1 | 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDecoder(t, tt.cfg)
			var got []string
			for _, r := range tt.recs {
				got = append(got, dectest.Decode(t, d, r))
			}
			if s := strings.Join(got, ";"); s != tt.want {
				t.Errorf("Decode(%q)\n got %s\nwant %s", tt.recs, s, tt.want)
			}
		})
	}
}

func TestBadConfig(t *testing.T) {
	for option, f := range map[string]func(*Config){
		"separator": func(c *Config) { c.Separator = ",," }, "separator ": func(c *Config) { c.Separator = "\n" }, "quote": func(c *Config) { c.Quote = "," },
		"quote ": func(c *Config) { c.Quote = "«" }, "tz": func(c *Config) { c.TZ = "Nowhere" },
	} {
		plugintest.BadOption(t, with(f), strings.TrimSpace(option))
	}
}

func splitter(t testing.TB) plugin.Splitter {
	s, err := NewSplitter(SplitterConfig{Separator: ",", Quote: `"`}, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func split(s plugin.Splitter, b []byte) (recs []string) {
	for {
		from, end, adv := s.Split(b, true)
		if adv == 0 {
			return recs
		}
		recs, b = append(recs, string(b[from:end])), b[adv:]
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string]string{
		"a,b\nc\n": "a,b\n|c\n", "a,\"x\ny\",b\nc\n": "a,\"x\ny\",b\n|c\n", "\"a\"\"\n\"\"\"\nb\n": "\"a\"\"\n\"\"\"\n|b\n",
		"5\" x\"\"\nb\n": "5\" x\"\"\n|b\n", "a\nrest": "a\n", "\"open\nb\n": "", "\n\n": "\n|\n",
	} {
		if got := strings.Join(split(splitter(t), []byte(in)), "|"); got != want {
			t.Errorf("Split(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAllocs(t *testing.T) {
	dectest.Allocs(t, newDecoder(t, with(func(c *Config) { c.Columns = []string{"a"} })), line, `"a ""b"" c",2,3`, `"a`, "# x")
}

const line = `2026-03-14T09:26:53Z,web07,api,12345,200,51234,0.125,GET,/api/v1/items/42,"curl/8.5.0, like ""Gecko""",true`

// FuzzDecode: where encoding/csv reads a record strictly, so do we, alike.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{line, `"a`, `a"b,c`, "\"x\ny\",z"} {
		f.Add([]byte(s))
	}
	d := newDecoder(f, with(func(c *Config) { c.InferTypes = false }))
	out := message.NewBuilder(0)
	f.Fuzz(func(t *testing.T, rec []byte) {
		splittest.Laws(t, splitter(t), rec)
		out.Reset()
		h := message.Header{}
		err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out)
		if err != nil && !strings.Contains(err.Error(), "CSV") {
			t.Fatalf("Decode(%q) = %v", rec, err)
		}
		r := csv.NewReader(bytes.NewReader(rec))
		r.FieldsPerRecord = -1
		want, werr := r.ReadAll()
		if werr != nil || len(want) != 1 || bytes.ContainsAny(rec, "\r") || len(rec) == 0 || rec[0] == '\n' || bytes.HasSuffix(rec, []byte("\n\n")) {
			return
		}
		msgs := dectest.Messages(t, out)
		if err != nil || len(msgs) != 1 || len(msgs[0].Fields) != len(want[0]) {
			t.Fatalf("Decode(%q) = %v, %v, want %q", rec, msgs, err, want[0])
		}
		for i, fd := range msgs[0].Fields {
			if fd.Values[0] != want[0][i] {
				t.Fatalf("Decode(%q): cell %d is %q, want %q", rec, i, fd.Values[0], want[0][i])
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) { dectest.Bench(b, newDecoder(b, with(nil)), line) }

// The corpus goes through splitter and decoder.
func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/export.csv")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, with(func(c *Config) { c.Header, c.TimestampKey = true, []string{"time"} }))
	var got strings.Builder
	for _, rec := range split(splitter(t), text) {
		got.WriteString(dectest.Decode(t, d, rec) + "\n")
	}
	dectest.Golden(t, "testdata/export.want", got.String())
}
