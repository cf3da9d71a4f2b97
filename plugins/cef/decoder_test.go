package cef

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if cfg.TZ == "" {
		cfg.TZ = "UTC"
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, dectest.Env())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/events.log")
	if err != nil {
		t.Fatal(err)
	}
	dectest.Golden(t, "testdata/events.want", dectest.Lines(t, newDecoder(t, Config{Labels: true, InferTypes: true}), text))
}

func TestOptions(t *testing.T) {
	const rec = `CEF:0|V|P|1|5|N|5|cs1=x cs1Label=Rule msg=hello there rt=1764072000123 dhost=h1`
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, `2025-11-25T12:00:00.123Z sev=4 deviceVendor="V" deviceProduct="P" deviceVersion="1" deviceEventClassId="5" name="N" severity="5" cs1="x" cs1Label="Rule" msg="hello there" dhost="h1" | `},
		{Config{Labels: true, InferTypes: true, MessageType: "cef", Options: keys.Options{PayloadKey: []string{"msg"}, HostnameKey: []string{"dhost"}, TypeKey: []string{"name"}, DropFields: []string{"deviceVersion"}}},
			`2025-11-25T12:00:00.123Z type=N host=h1 sev=4 deviceVendor="V" deviceProduct="P" deviceEventClassId="5" severity=5 Rule="x" | hello there`},
		{Config{PayloadKeep: true, Options: keys.Options{KeepFields: []string{"rt"}, TimestampKey: []string{"when"}}}, `sev=4 rt="1764072000123" | ` + rec},
	} {
		if got := dectest.Decode(t, newDecoder(t, tt.cfg), rec); got != tt.want {
			t.Errorf("%+v:\n got %s\nwant %s", tt.cfg, got, tt.want)
		}
	}
	if err := (Config{Options: keys.Options{TZ: "Nowhere"}}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "tz: ") {
		t.Errorf("Validate = %v, want a complaint about tz", err)
	}
}

// Many labels do not cost more than many pairs.
func TestHostileRecord(t *testing.T) {
	d := newDecoder(t, Config{Labels: true})
	rec := "CEF:0|V|P|1|5|N|5|" + strings.Repeat("xLabel=y ", 5000)
	if got := dectest.Decode(t, d, rec); !strings.Contains(got, "deviceVendor") {
		t.Error(got[:100])
	}
}

const line = `<134>Mar 14 09:26:53 fw1 CEF:0|Vendor|Firewall|9.1.2|TRAFFIC|end of session|3|rt=1773480413000 src=192.0.2.10 dst=198.51.100.7 spt=51515 dpt=443 proto=TCP act=allow cs1Label=Rule cs1=allow web out cn1Label=SessionID cn1=123456 in=5123 out=912 request=https://example.com/a?b=c msg=session ended by client`

func TestAllocs(t *testing.T) {
	dectest.Allocs(t, newDecoder(t, Config{Labels: true, InferTypes: true}), line, `CEF:0|V\|\\|P|1|5|N|5|a=\=\n b=`, "CEF:0|x", "none", "LEEF:1.0|V|P|1|1|a=1\tb=2")
}

// FuzzDecode: any record makes one sound message or is refused for a known reason.
func FuzzDecode(f *testing.F) {
	text, _ := os.ReadFile("testdata/events.log")
	for l := range bytes.Lines(text) {
		f.Add(l)
	}
	d := newDecoder(f, Config{Labels: true, InferTypes: true})
	out := message.NewBuilder(0)
	f.Fuzz(func(t *testing.T, rec []byte) {
		out.Reset()
		h := message.Header{}
		err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out)
		if err == nil && len(dectest.Messages(t, out)) != 1 || err != nil && !strings.Contains(err.Error(), "EF") {
			t.Fatalf("Decode(%q) = %v", rec, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	dectest.Bench(b, newDecoder(b, Config{Labels: true, InferTypes: true}), line)
}
