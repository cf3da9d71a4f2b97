package logfmtenc

import (
	"math"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "LogfmtEncoder", "") }

var all = []string{"Timestamp", "Severity", "Hostname", "Type", "Logger", "Pid", "Payload", "Fields"}

func encode(t testing.TB, cfg Config, d message.Draft) string {
	t.Helper()
	return plugintest.Encode(t, plugintest.Make(t, New, cfg), d)
}

var full = message.Draft{
	UUID: [16]byte{0x87, 0xcf, 0x1a, 0xc2, 0xe8, 0x10, 0x4d, 0xdf, 0xa0, 0x2d, 0xa5, 0xce, 0x44, 0xd1, 0x3a, 0x85},
	Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Logger: "GoSpec", Severity: 6,
		Payload: "Test \"Payload\"\n", EnvVersion: "0.8", Pid: 9283, Hostname: "hostname"},
	Fields: []message.DraftField{
		message.NewField("plain", `a\b`, ""), message.NewField("n", []int64{-5, 7}, "B"), message.NewField("f", 0.25, ""), message.NewField("nan", math.NaN(), ""),
		message.NewField("ok", true, ""), message.NewField("raw", []byte("data"), ""), message.NewField("a b=\"é\xff", "x=y", ""), message.NewField("", "", ""),
	},
}

func TestEncode(t *testing.T) {
	const dynamic = `plain=a\b n=-5 n=7 f=0.25 nan=NaN ok=true raw=ZGF0YQ== a_b__é_="x=y" _=""`
	for _, tt := range []struct {
		name string
		cfg  Config
		in   message.Draft
		want string
	}{
		{"everything", Config{Fields: all}, full, `ts=2014-03-18T10:40:00.12Z level=info host=hostname type=TEST logger=GoSpec pid=9283 msg="Test \"Payload\"\n" ` + dynamic},
		{"unset", Config{Fields: all}, message.Draft{Header: message.Header{Severity: 99}}, `ts=1970-01-01T00:00:00Z level=99`},
		{"names and forms", Config{Fields: []string{"Severity", "Timestamp", "Uuid", "EnvVersion"}, Names: map[string]string{"Severity": "sev"}, Timestamp: "%F %T", Severity: "number"}, full,
			`sev=6 ts="2014-03-18 10:40:00" uuid=87cf1ac2-e810-4ddf-a02d-a5ce44d13a85 env_version=0.8`},
		{"some dynamic fields", Config{Fields: []string{"DynamicFields"}, DynamicFields: []string{"f", "ok"}}, full, `f=0.25 ok=true`},
		{"nothing", Config{}, full, ""},
	} {
		if got := encode(t, tt.cfg, tt.in); got != tt.want+"\n" {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg    Config
		option string
	}{
		{Config{Fields: []string{"Uid"}}, "fields"},
		{Config{Fields: []string{"Fields", "DynamicFields"}}, "fields"},
		{Config{Names: map[string]string{"Uid": "x"}}, "names"},
		{Config{Names: map[string]string{"Uuid": "a b"}}, "names.Uuid"},
		{Config{Timestamp: "rfc822"}, "timestamp"},
	} {
		plugintest.BadOption(t, tt.cfg, tt.option)
	}
}

func TestAllocs(t *testing.T) {
	e, _ := New(Config{Fields: all}, plugin.Env{})
	plugintest.EncodeAllocs(t, e, full)
}

// FuzzEncode: whatever a view takes becomes one line without control bytes.
func FuzzEncode(f *testing.F) {
	f.Add(full.Encode())
	e, _ := New(Config{Fields: append([]string{"Uuid", "EnvVersion"}, all...)}, plugin.Env{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v message.View
		if !v.Parse(raw, nil) {
			return
		}
		out, err := e.Encode(nil, &v)
		if err != nil {
			return
		}
		for _, r := range string(out[:len(out)-1]) {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("Encode(%x) = %q", raw, out)
			}
		}
	})
}
