package template

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "TemplateEncoder", "") }

func encode(t testing.TB, cfg Config, d message.Draft) string {
	t.Helper()
	return plugintest.Encode(t, plugintest.Make(t, New, cfg), d)
}

var full = message.Draft{
	Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Severity: 3, Payload: "a <\"b\">\r\n\x1b[2J\xff é\n", Hostname: "host"},
	Fields: []message.DraftField{message.NewField("n", int64(-5), ""), message.NewField("s", "x y/z", "")},
}

func TestEncode(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{Template: "%{Timestamp|%F %T} %{Hostname} %{Severity|name} %{user:-nobody}: %{n}", TZ: "Etc/GMT-1", Newline: true}, "2014-03-18 11:40:00 host err nobody: -5\n"},
		{Config{Template: "%{Payload}|%{none}|"}, `a <"b">\r\n\x1b[2J\xff é||`},
		{Config{Template: "%{Payload}", Escape: "none"}, full.Payload},
		{Config{Template: `{"a":"%{Payload}","b":%{Payload|json}}`, Escape: "json"}, `{"a":"a <\"b\">\r\n\u001b[2J\ufffd é\n","b":"a <\"b\">\r\n\u001b[2J\ufffd é\n"}`},
		{Config{Template: "<b>%{Payload}</b>", Escape: "html"}, "<b>a &lt;&#34;b&#34;&gt; \n [2J\ufffd é\n</b>"},
		{Config{Template: "http://h/%{s}?q=%{Type}", Escape: "url"}, "http://h/x%20y%2Fz?q=TEST"},
		{Config{Template: "x%{none}", OnMissing: "skip", Newline: true}, ""},
		{Config{Template: "x%{none:-y}", OnMissing: "skip"}, "xy"},
		{Config{}, ""},
	} {
		if got := encode(t, tt.cfg, full); got != tt.want {
			t.Errorf("%+v\n got %q\nwant %q", tt.cfg, got, tt.want)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg    Config
		option string
	}{{Config{Template: "%{"}, "template"}, {Config{Template: "%{a|b}"}, "template"}, {Config{TZ: "Nowhere"}, "tz"}} {
		plugintest.BadOption(t, tt.cfg, tt.option)
	}
}

func TestAllocs(t *testing.T) {
	for name := range escapes {
		e, _ := New(Config{Template: "%{Timestamp} %{Payload} %{s:-x} %{n}", Escape: name}, plugin.Env{})
		plugintest.EncodeAllocs(t, e, full)
	}
}

// FuzzEscape: no value leaves its place.
func FuzzEscape(f *testing.F) {
	f.Add("a\n\x00\u0085\"<\\ %\xff")
	f.Fuzz(func(t *testing.T, s string) {
		d := message.Draft{Header: message.Header{Payload: s}}
		for _, r := range encode(t, Config{Template: "%{Payload}"}, d) {
			if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("line: %q holds %q", s, r)
			}
		}
		if out := encode(t, Config{Template: `["%{Payload}"]`, Escape: "json"}, d); !json.Valid([]byte(out)) {
			t.Fatalf("json: %q becomes %q", s, out)
		}
		if out := encode(t, Config{Template: "%{Payload}", Escape: "html"}, d); strings.ContainsAny(out, "<>\"'\x00") {
			t.Fatalf("html: %q becomes %q", s, out)
		}
		if out := encode(t, Config{Template: "%{Payload}", Escape: "url"}, d); strings.ContainsAny(out, "/?#& <>\n\"") {
			t.Fatalf("url: %q becomes %q", s, out)
		}
	})
}
