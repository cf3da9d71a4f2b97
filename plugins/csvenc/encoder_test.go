package csvenc

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "CsvEncoder", "") }

func newOne(t testing.TB, cfg Config) plugin.Encoder {
	t.Helper()
	if cfg.Separator == "" {
		cfg.Separator = ","
	}
	return plugintest.Make(t, New, cfg)
}

var full = message.Draft{
	Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Severity: 6, Payload: "a \"b\",\r\nc;d", Hostname: "host"},
	Fields: []message.DraftField{message.NewField("n", int64(-5), ""), message.NewField("s", []string{"x", ""}, "")},
}

func TestEncode(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"plain", Config{Columns: []string{"Timestamp", "n", "Fields[s][0][0]", "Severity|name", "missing:-none", "missing"}}, "2014-03-18T10:40:00.12Z,-5,x,info,none,\n"},
		{"quotes", Config{Columns: []string{"Payload", "Hostname"}}, "\"a \"\"b\"\",\r\nc;d\",host\n"},
		{"all quotes", Config{Columns: []string{"Type", "missing"}, Quote: "all", CRLF: true}, "\"TEST\",\"\"\r\n"},
		{"no quotes", Config{Columns: []string{"Payload", "Type"}, Quote: "never"}, "a \"b\"   c;d,TEST\n"},
		{"tabs", Config{Columns: []string{"Timestamp|%F %T", "Payload", "Type"}, Quote: "never", Separator: "\t", TZ: "Etc/GMT-1"}, "2014-03-18 11:40:00\ta \"b\",  c;d\tTEST\n"},
		{"tabs in single quotes", Config{Columns: []string{"Type", "Hostname"}, Separator: `\t`}, "TEST\thost\n"},
		{"wide separator", Config{Columns: []string{"Payload", "Type"}, Separator: "§"}, "\"a \"\"b\"\",\r\nc;d\"§TEST\n"},
		{"one empty value", Config{Columns: []string{"missing"}}, "\"\"\n"},
		{"one empty value without quotes", Config{Columns: []string{"missing"}, Quote: "never"}, "\n"},
		{"titles", Config{Columns: []string{"Timestamp|%F", "user:-x"}, Header: true}, "Timestamp,user\n2014-03-18,x\n"},
	} {
		if got := plugintest.Encode(t, newOne(t, tt.cfg), full); got != tt.want {
			t.Errorf("%s\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	e := newOne(t, Config{Columns: []string{"Type", "n"}, Titles: []string{"a,b", "c"}, Header: true})
	if got := plugintest.Encode(t, e, full) + plugintest.Encode(t, e, full); got != "\"a,b\",c\nTEST,-5\nTEST,-5\n" {
		t.Errorf("titles come once: %q", got)
	}
}

func TestBadConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg    Config
		option string
	}{
		{Config{Separator: ","}, "columns"},
		{Config{Separator: ",", Columns: []string{"a", "b|xml"}}, "columns[1]"},
		{Config{Separator: ",", Columns: []string{"a}b"}}, "columns[0]"},
		{Config{Separator: ",", Columns: []string{""}}, "columns[0]"},
		{Config{Separator: ",", Columns: []string{"a"}, Titles: []string{"a", "b"}}, "titles"},
		{Config{Separator: "", Columns: []string{"a"}}, "separator"},
		{Config{Separator: "ab", Columns: []string{"a"}}, "separator"},
		{Config{Separator: "\"", Columns: []string{"a"}}, "separator"},
		{Config{Separator: ",", Columns: []string{"a"}, TZ: "Nowhere"}, "tz"},
	} {
		plugintest.BadOption(t, tt.cfg, tt.option)
	}
}

func TestAllocs(t *testing.T) {
	e := newOne(t, Config{Columns: []string{"Timestamp|%F %T", "Payload", "n", "s|upper"}})
	plugintest.EncodeAllocs(t, e, full)
}

// FuzzRow: any values come back from a reader of RFC 4180; without quotes, rows
// have as many columns as they should.
func FuzzRow(f *testing.F) {
	f.Add("plain", "a,\"b\"\n")
	f.Add("", "\x00\xff")
	e, bare := newOne(f, Config{Columns: []string{"a", "Payload", "Type"}}), newOne(f, Config{Columns: []string{"a", "Payload"}, Quote: "never"})
	f.Fuzz(func(t *testing.T, a, b string) {
		d := message.Draft{Header: message.Header{Payload: b, Type: "t"}, Fields: []message.DraftField{message.NewField("a", a, "")}}
		out := plugintest.Encode(t, e, d)
		r := csv.NewReader(strings.NewReader(out))
		row, err := r.Read()
		// That reader turns \r\n inside quotes into \n.
		same := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
		if err != nil || len(row) != 3 || row[0] != same(a) || row[1] != same(b) {
			t.Fatalf("%q, %q become %q, which reads as %q, %v", a, b, out, row, err)
		}
		if out = plugintest.Encode(t, bare, d); strings.Count(out, ",") != 1 || strings.Count(out, "\n") != 1 {
			t.Fatalf("%q, %q become %q", a, b, out)
		}
	})
}
