package payloadregex

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if cfg.TimestampLocation == "" {
		cfg.TimestampLocation = "UTC"
	}
	d, err := New(cfg, dectest.Env())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type fields = map[string]string

const line = `2026-11-25 12:00:00,250 [WARN] web1 GET /a took 35 ms`

func full() Config {
	return Config{
		MatchRegex:  `^(?P<Timestamp>\S+ \S+) \[(?P<Severity>[A-Z]+)\] (?P<host>\S+) (?P<method>GET|POST) (?P<path>\S+) took (?P<ms>\d+) ms(?P<rest> .*)?`,
		SeverityMap: map[string]int32{"WARN": 5},
		MessageFields: fields{"Type": "app.%method%", "Logger": "app", "Hostname": "%host%", "Pid": "%ms%", "request": "%method% %path% 100% of %nothing%",
			"took|ms": "%ms%", "Payload": "%path%", "rest": "%rest%", "EnvVersion": "1", "where": "%Hostname%:%Pid%:%Severity%", "plain": "x"},
		FieldTypes: fields{"took": "double"},
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name, rec, want string
		cfg             Config
	}{
		{"everything", line, `2026-11-25T12:00:00.25Z type=app.GET logger=app host=web1 sev=5 pid=35 EnvVersion="1" plain="x" request="GET /a 100% of <nothing>" rest="" took|ms=35.0 where="web1:35:WARN" | /a`, full()},
		{"no match", "hello", "error: record does not match match_regex", full()},
		{"unread time and severity", "z z [HELP] h GET /a took 1 ms", `type=app.GET logger=app host=h sev=7 pid=1 Timestamp="z z" Severity="HELP" EnvVersion="1" plain="x" request="GET /a 100% of <nothing>" rest="" took|ms=1.0 where="h:1:HELP" | /a`, full()},
		{"severity by name and number", "error 3", `sev=3 n="3" | error 3`, Config{MatchRegex: `(?P<Severity>\w+) (?P<n>\d)`, MessageFields: fields{"n": "%n%"}}},
		{"captures of their own", "a=1 b=2 c=3", `sev=7 a="1" x=1 b="2" | a=1 b=2 c=3`, Config{MatchRegex: `a=(?P<a>\d) b=(?P<b>\d)(?P<none>d)?`, MessageFields: fields{"x": "%a%", "a": "%a%"}, CaptureFields: true, FieldTypes: fields{"x": "integer"}}},
		{"a value that does not fit its type", "v=abc", `sev=7 v="abc" | v=abc`, Config{MatchRegex: `v=(?P<v>\w+)`, CaptureFields: true, FieldTypes: fields{"v": "integer"}}},
		{"truth", "v=yes", `sev=7 v=true | v=yes`, Config{MatchRegex: `v=(?P<v>\w+)`, CaptureFields: true, FieldTypes: fields{"v": "bool"}}},
		{"a header that does not fit", "p=abc", "error: message_fields.Pid: the text is not a number", Config{MatchRegex: `p=(?P<p>\w+)`, MessageFields: fields{"Pid": "%p%"}}},
		{"a UUID", "u=00112233445566778899aabbccddeeff", `sev=7 u="00112233-4455-6677-8899-aabbccddeeff" | u=00112233445566778899aabbccddeeff`, Config{MatchRegex: `u=(?P<x>\w+)`, MessageFields: fields{"Uuid": "%x%", "u": "%Uuid%"}}},
		{"epoch", "1395139200123 x", `2014-03-18T10:40:00.123Z sev=7 | 1395139200123 x`, Config{MatchRegex: `(?P<Timestamp>\d+)`, TimestampLayout: "EpochMilli"}},
		{"a layout that does not fit gives way", "2026-11-25T12:00:00Z", `2026-11-25T12:00:00Z sev=7 | 2026-11-25T12:00:00Z`, Config{MatchRegex: `(?P<Timestamp>\S+)`, TimestampLayout: "02/Jan/2006:15:04:05 -0700"}},
		{"a layout that is none gives way, too", "2026-11-25T12:00:00+00:00", `2026-11-25T12:00:00Z sev=7 | 2026-11-25T12:00:00+00:00`, Config{MatchRegex: `(?P<Timestamp>\S+)`, TimestampLayout: "2006-01-02T15:04:05+00:00"}},
		{"zone", "02/Jul/2026 10:00:00", `2026-07-02T08:00:00Z sev=7 | 02/Jul/2026 10:00:00`, Config{MatchRegex: `(?P<Timestamp>.+)`, TimestampLayout: "%d/%b/%Y %T", TimestampLocation: "Europe/Berlin"}},
		{"groups without names", "x=1", `type=t sev=7 | x=1`, Config{MatchRegex: `x=(\d)`, MessageFields: fields{"Type": "t"}, SeverityMap: map[string]int32{"a": 1}}},
		{"no year", "Dec 31 23:59:59", `2025-12-31T23:59:59Z sev=7 | Dec 31 23:59:59`, Config{MatchRegex: `(?P<Timestamp>.+)`, TimestampLayout: "Stamp"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := dectest.Decode(t, newDecoder(t, tt.cfg), tt.rec)
			if got != tt.want {
				t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, tt.want)
			}
		})
	}
}

func TestBadConfig(t *testing.T) {
	for option, cfg := range map[string]Config{
		"match_regex":             {MatchRegex: `(?=x)`},
		"message_fields.Pid":      {MatchRegex: `(?P<a>x)`, MessageFields: fields{"Pid": "x"}},
		"message_fields.|x":       {MatchRegex: `(?P<a>x)`, MessageFields: fields{"|x": "x"}},
		"timestamp_layout":        {MatchRegex: `(?P<a>x)`, TimestampLayout: "%Y-%q"},
		"timestamp_location":      {MatchRegex: `(?P<a>x)`, TimestampLocation: "Nowhere"},
		"field_types.b":           {MatchRegex: `(?P<a>x)`, FieldTypes: fields{"b": "integer"}},
		"field_types.a":           {MatchRegex: `(?P<a>x)`, CaptureFields: true, FieldTypes: fields{"a": "number"}},
		"message_fields.Uuid":     {MatchRegex: `(?P<a>x)`, MessageFields: fields{"Uuid": "12"}},
		"match_regex ":            {MatchRegex: `x`},
		"message_fields.Severity": {MatchRegex: `(?P<a>x)`, MessageFields: fields{"Severity": "dreadful"}},
	} {
		if cfg.TimestampLocation == "" {
			cfg.TimestampLocation = "UTC"
		}
		plugintest.BadOption(t, cfg, strings.TrimSpace(option))
	}
}

func TestWarning(t *testing.T) {
	var log bytes.Buffer
	env := dectest.Env()
	env.Log = slog.New(slog.NewTextHandler(&log, nil))
	New(full(), env)
	if !strings.Contains(log.String(), "nothing") || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log is %s, want one line about %%nothing%%", log.String())
	}
}

func TestReport(t *testing.T) {
	d := newDecoder(t, full())
	dectest.Decode(t, d, "z z [HELP] h GET /a took 1 ms")
	var r plugin.Report
	d.(plugin.Reporter).Report(&r)
	if len(r.Metrics) != 2 || r.Metrics[0].Value != int64(1) || r.Metrics[1].Value != int64(1) {
		t.Errorf("report is %v, want 1 and 1", r.Metrics)
	}
}

func TestAllocs(t *testing.T) {
	dectest.Allocs(t, newDecoder(t, full()), line, "hello", "z z [HELP] h GET /a took 1 ms", "2026-11-25 12:00:00 [INFO] h POST /b took 99 ms and more")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(line))
	f.Add([]byte("z z [HELP] h GET /a took 1 ms"))
	d := newDecoder(f, full())
	out := message.NewBuilder(64 << 10)
	f.Fuzz(func(t *testing.T, rec []byte) {
		out.Reset()
		h := message.Header{}
		if err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out); err == nil && len(dectest.Messages(t, out)) != 1 {
			t.Fatalf("Decode(%q) makes no message", rec)
		}
	})
}

func BenchmarkDecode(b *testing.B) { dectest.Bench(b, newDecoder(b, full()), line) }

func BenchmarkCombined(b *testing.B) {
	d := newDecoder(b, Config{
		MatchRegex:      `^(?P<RemoteIP>\S+) \S+ (?P<user>\S+) \[(?P<Timestamp>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d+) (?P<size>\d+) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"`,
		TimestampLayout: "02/Jan/2006:15:04:05 -0700", CaptureFields: true, FieldTypes: fields{"status": "integer", "size": "integer|B"},
	})
	dectest.Bench(b, d, `1.2.3.4 - frank [17/May/2015:10:05:03 +0000] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/presentations/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1)"`)
}

// The corpus is read with the expression that the original's documentation gives.
func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/access.log")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, Config{
		MatchRegex:      `^(?P<RemoteIP>\S+) \S+ \S+ \[(?P<Timestamp>[^\]]+)\] "(?P<Method>[A-Z]+) (?P<Url>[^\s]+)[^"]*" (?P<StatusCode>\d+) (?P<RequestSize>\d+) "(?P<Referer>[^"]*)" "(?P<Browser>[^"]*)"`,
		TimestampLayout: "02/Jan/2006:15:04:05 -0700",
		SeverityMap:     map[string]int32{"DEBUG": 7},
		MessageFields: fields{"Type": "ApacheLogfile", "Logger": "apache", "Url|uri": "%Url%", "Method": "%Method%", "Status": "%StatusCode%",
			"RequestSize|B": "%RequestSize%", "Referer": "%Referer%", "Browser": "%Browser%"},
	})
	dectest.Golden(t, "testdata/access.want", dectest.Lines(t, d, text))
}
