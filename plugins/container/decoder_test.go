package container

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func with(f func(*Config)) Config {
	c := Config{Join: true, PartialTimeout: 5 * time.Second, SourceFields: true, MaxLine: 20}
	if f != nil {
		f(&c)
	}
	return c
}

// finisher is both decoders.
type finisher interface {
	plugin.Decoder
	Finish(*plugin.Record, *message.Builder) error
	Holding() bool
}

func newDecoder(t testing.TB, kind string, cfg Config) finisher {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	mk := NewCri
	if kind == "docker" {
		mk = NewDocker
	}
	d, err := mk(cfg, dectest.Env())
	if err != nil {
		t.Fatal(err)
	}
	return d.(finisher)
}

func finish(t testing.TB, d finisher) string {
	t.Helper()
	b := message.NewBuilder(0)
	if err := d.Finish(&plugin.Record{Default: &message.Header{Severity: 7}}, b); err != nil {
		return err.Error()
	}
	var lines []string
	for _, m := range dectest.Messages(t, b) {
		lines = append(lines, dectest.Show(&m))
	}
	return strings.Join(lines, "\n")
}

const at = "2026-11-25T12:00:00.5Z"

// dockerOf writes a CRI line as Docker would.
func dockerOf(cri string) string {
	p := strings.SplitN(cri, " ", 4)
	if p[2] == "F" {
		p[3] += "\n"
	}
	b, _ := json.Marshal(struct {
		Log    string `json:"log"`
		Stream string `json:"stream"`
		Time   string `json:"time"`
	}{p[3], p[1], p[0]})
	return string(b) + "\n"
}

// Both decoders make the same of the same lines.
func TestJoin(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cfg   Config
		lines []string
		want  string
		end   string
	}{
		{"one", with(nil), []string{at + " stdout F hello there"}, `2026-11-25T12:00:00.5Z sev=7 stream="stdout" | hello there`, ""},
		{"empty", with(nil), []string{at + " stderr F "}, `2026-11-25T12:00:00.5Z sev=7 stream="stderr" | `, ""},
		{"joined", with(nil), []string{at + " stdout P hel", "2026-11-25T12:00:01Z stdout P lo ", "2026-11-25T12:00:02Z stdout F there"}, `;;2026-11-25T12:00:00.5Z sev=7 stream="stdout" | hello there`, ""},
		{"streams between each other", with(nil), []string{at + " stdout P a", at + " stderr F whole", at + " stderr P x", at + " stdout F b", at + " stderr F y"},
			`;2026-11-25T12:00:00.5Z sev=7 stream="stderr" | whole;;2026-11-25T12:00:00.5Z sev=7 stream="stdout" | ab;2026-11-25T12:00:00.5Z sev=7 stream="stderr" | xy`, ""},
		{"too long", with(nil), []string{at + " stdout P 0123456789", at + " stdout P abcdefghij", at + " stdout P +", at + " stdout F -"},
			`;;2026-11-25T12:00:00.5Z sev=7 stream="stdout" partial=true | 0123456789abcdefghij;2026-11-25T12:00:00.5Z sev=7 stream="stdout" | +-`, ""},
		{"not ended", with(nil), []string{at + " stdout P a", at + " stderr P b"}, `;`,
			`2026-11-25T12:00:00.5Z sev=7 stream="stdout" partial=true | a` + "\n" + `2026-11-25T12:00:00.5Z sev=7 stream="stderr" partial=true | b`},
		{"not joined", with(func(c *Config) { c.Join = false; c.MessageType = "box" }), []string{at + " stdout P a", at + " stdout F b"},
			`2026-11-25T12:00:00.5Z type=box sev=7 stream="stdout" partial=true | a;2026-11-25T12:00:00.5Z type=box sev=7 stream="stdout" | b`, ""},
	} {
		for _, kind := range []string{"cri", "docker"} {
			t.Run(tt.name+" "+kind, func(t *testing.T) {
				d := newDecoder(t, kind, tt.cfg)
				var got []string
				for _, l := range tt.lines {
					if kind == "docker" {
						l = dockerOf(l)
					}
					got = append(got, dectest.Decode(t, d, l))
				}
				if s := strings.Join(got, ";"); s != tt.want {
					t.Errorf("got  %s\nwant %s", s, tt.want)
				}
				if s := finish(t, d); s != tt.end {
					t.Errorf("at the end got %s\nwant %s", s, tt.end)
				}
				if s := finish(t, d); s != "" {
					t.Errorf("a second end gave %s", s)
				}
			})
		}
	}
}

func TestTimeout(t *testing.T) {
	d := newDecoder(t, "cri", with(nil))
	h := message.Header{Severity: 7, Timestamp: 1e18, Logger: "l"}
	dectest.DecodeWith(t, d, at+" stdout P old", &h)
	h.Timestamp += 6e9
	want := `2026-11-25T12:00:00.5Z logger=l sev=7 stream="stdout" partial=true | old` + "\n" + `2026-11-25T12:00:00.5Z logger=l sev=7 stream="stderr" | x`
	if got := dectest.DecodeWith(t, d, at+" stderr F x", &h); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestCri(t *testing.T) {
	d := newDecoder(t, "cri", with(nil))
	for _, tt := range []struct{ rec, want string }{
		{"2026-11-25T12:00:00.123456789+08:00 stdout F a b\r\n", `2026-11-25T04:00:00.123456789Z sev=7 stream="stdout" | a b`},
		{at + " stdout F", `2026-11-25T12:00:00.5Z sev=7 stream="stdout" | `},
		{at + " stdout F:tag:other text", `2026-11-25T12:00:00.5Z sev=7 stream="stdout" | text`},
		{"", "error: " + errCriTime.Error()}, {"hello", "error: " + errCriTime.Error()}, {at, "error: " + errCriStream.Error()}, {at + " stdin F x", "error: " + errCriStream.Error()},
		{at + " stdout X x", "error: " + errCriTag.Error()}, {at + " stdout Fx y", "error: " + errCriTag.Error()}, {at + " stdout ", "error: " + errCriTag.Error()},
	} {
		if got := dectest.Decode(t, d, tt.rec); got != tt.want {
			t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, tt.want)
		}
	}
}

func TestDocker(t *testing.T) {
	d := newDecoder(t, "docker", with(nil))
	for _, tt := range []struct{ rec, want string }{
		{`{"log":"it is \"so\" \u00e9\tx\r\n","stream":"stderr","time":"` + at + `"}`, `2026-11-25T12:00:00.5Z sev=7 stream="stderr" | it is "so" é` + "\tx"},
		{` { "time" : "` + at + `" , "attrs" : {"tag":"a\"b","n":1} , "log" : "\n" } ` + "\n", `2026-11-25T12:00:00.5Z sev=7 stream="stdout" attrs.tag="a\"b" attrs.n="1" | `},
		{"", "error: " + errDocker.Error()}, {"{", "error: " + errDocker.Error()}, {"{}", "error: " + errDockerLog.Error()}, {`{"log":"a\n"}`, "error: " + errDockerTime.Error()},
		{`{"log":"a\n","time":"soon"}`, "error: " + errDockerTime.Error()}, {`{"log":1,"time":"` + at + `"}`, "error: " + errDockerLog.Error()},
		{`{"log":"a\n","time":"` + at + `",}`, "error: " + errDocker.Error()}, {`{"log":"a\n" "time":"` + at + `"}`, "error: " + errDocker.Error()}, {`{"log":"a}`, "error: " + errDocker.Error()},
		{`{"log":"a\n","time":}`, "error: " + errDocker.Error()}, {`{"log"}`, "error: " + errDocker.Error()}, {`{"log":}`, "error: " + errDocker.Error()},
	} {
		if got := dectest.Decode(t, d, tt.rec); got != tt.want {
			t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, tt.want)
		}
	}
}

func TestSource(t *testing.T) {
	id := strings.Repeat("0a", 32)
	d := newDecoder(t, "cri", with(nil))
	for logger, want := range map[string]string{
		"web-7d9f_default_nginx-" + id:                                       `pod="web-7d9f" namespace="default" container="nginx" container_id="` + id + `"`,
		"/var/log/containers/web-7d9f_kube-system_kube-proxy-" + id + ".log": `pod="web-7d9f" namespace="kube-system" container="kube-proxy" container_id="` + id + `"`,
		"/var/log/pods/ns_web-1_0123-45/app/0.log":                           `pod="web-1" namespace="ns" container="app"`,
		"ns_web-1_0123-45/app/3":                                             `pod="web-1" namespace="ns" container="app"`,
		id:                                                                   `container_id="` + id + `"`,
		"/var/lib/docker/containers/" + id + "/" + id + "-json.log": `container_id="` + id + `"`,
		"some logger": "", "a_b_c": "", "": "", "a_b_c-d": "",
	} {
		h := message.Header{Severity: 7, Logger: logger}
		got := dectest.DecodeWith(t, d, at+" stdout F x", &h)
		_, got, _ = strings.Cut(got, `stream="stdout"`)
		if got = strings.TrimSpace(strings.TrimSuffix(got, "| x")); got != want {
			t.Errorf("%s: got %s, want %s", logger, got, want)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for option, f := range map[string]func(*Config){"max_line": func(c *Config) { c.MaxLine = -1 }, "partial_timeout": func(c *Config) { c.PartialTimeout = 0 }} {
		plugintest.BadOption(t, with(f), option)
	}
}

const criLine = `2026-03-14T09:26:53.589793123Z stdout F request served upstream cache miss hit timeout retry session token user account payment order`

func TestAllocs(t *testing.T) {
	c := with(func(c *Config) { c.MaxLine = 0 })
	dectest.Allocs(t, newDecoder(t, "cri", c), criLine, at+" stdout P a", at+" stdout F b", "x")
	dectest.Allocs(t, newDecoder(t, "docker", c), dockerOf(criLine), dockerOf(at+" stdout P a"), `{"log":"\u00e9\n","attrs":{"a":"b"},"time":"`+at+`"}`, "x")
}

// FuzzDecode: any sequence of records makes sound messages and holds no more than
// it may.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(criLine), []byte(at+" stdout P a"), []byte(at+" stdout F b"))
	f.Add([]byte(dockerOf(criLine)), []byte(dockerOf(at+" stdout P a")), []byte(`{"log":"a","attrs":{"a":[1]},"time":"`+at+`"}`))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		for _, kind := range []string{"cri", "docker"} {
			d := newDecoder(t, kind, with(nil))
			out := message.NewBuilder(0)
			h := message.Header{}
			for _, rec := range [][]byte{a, b, c, b, a} {
				d.Decode(&plugin.Record{Data: rec, Default: &h}, out)
			}
			d.Finish(&plugin.Record{Default: &h}, out)
			if d.Holding() {
				t.Fatal("something is held after the end")
			}
			for _, m := range dectest.Messages(t, out) {
				if len(m.Payload) > 20+max(len(a), len(b), len(c)) {
					t.Fatalf("a message of %d bytes", len(m.Payload))
				}
			}
		}
	})
}

func BenchmarkCri(b *testing.B) { dectest.Bench(b, newDecoder(b, "cri", with(nil)), criLine) }

func BenchmarkDocker(b *testing.B) {
	dectest.Bench(b, newDecoder(b, "docker", with(nil)), dockerOf(criLine))
}

// Both corpora hold the same lines.
func TestCorpus(t *testing.T) {
	for _, kind := range []string{"cri", "docker"} {
		text, err := os.ReadFile("testdata/" + kind + ".log")
		if err != nil {
			t.Fatal(err)
		}
		d := newDecoder(t, kind, with(func(c *Config) { c.MaxLine = 0 }))
		dectest.Golden(t, "testdata/lines.want", dectest.Lines(t, d, text)+finish(t, d))
	}
}
