package logfmt

import (
	"fmt"
	"math/rand/v2"
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

func mapped() Config {
	return Config{InferTypes: true, Options: keys.Options{TimestampKey: []string{"ts"}, SeverityKey: []string{"level"}, PayloadKey: []string{"msg"}}}
}

const line = `ts=2026-11-25T12:00:00.123Z caller=main.go:42 level=info msg="request served" method=GET path="/api/v1/users/42" status=200 took=0.0125 bytes=5123 ok=true user="alice \"a\" b"`

func TestCorpus(t *testing.T) {
	text, err := os.ReadFile("testdata/lines.log")
	if err != nil {
		t.Fatal(err)
	}
	dectest.Golden(t, "testdata/lines.want", dectest.Lines(t, newDecoder(t, mapped()), text))
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		cfg       Config
		rec, want string
	}{
		{Config{}, "a=1 b=true c", `sev=7 a="1" b="true" c=true | `},
		{Config{PayloadKeep: true, MessageType: "app"}, "a=1\n", `type=app sev=7 a="1" | a=1` + "\n"},
		{Config{InferTypes: true, Options: keys.Options{FieldTypes: map[string]string{"a": "text", "b": "double|s", "c": "bool", "d": "integer"}}}, "a=1 b=2 c=yes d=x", `sev=7 a="1" b|s=2.0 c=true d="x" | `},
		{Config{InferTypes: true, Options: keys.Options{DropFields: []string{"a"}, HostnameKey: []string{"h"}, PidKey: []string{"p"}}}, "a=1 b=2 h=web p=12 a", `host=web sev=7 pid=12 b=2 | `},
	} {
		if got := dectest.Decode(t, newDecoder(t, tt.cfg), tt.rec); got != tt.want {
			t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, got, tt.want)
		}
	}
	if err := (Config{Options: keys.Options{TZ: "Nowhere"}}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "tz: ") {
		t.Errorf("Validate = %v, want a complaint about tz", err)
	}
}

// What Go's %q writes is read back.
func TestQuoted(t *testing.T) {
	d := newDecoder(t, mapped())
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		b := make([]byte, rnd.IntN(20))
		for i := range b {
			b[i] = byte(rnd.IntN(256)) >> rnd.IntN(3)
		}
		s := string(b) + string(rune(rnd.IntN(0x20000)))
		want := fmt.Sprintf("sev=7 a=%q b=1 | ", s)
		if got := dectest.Decode(t, d, fmt.Sprintf("a=%q b=1", s)); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

func TestAllocs(t *testing.T) {
	dectest.Allocs(t, newDecoder(t, mapped()), line, "a", `a="`, `a="\u00e9\x41" b`, "ts=never level=loud")
}

// FuzzDecode: any line makes one sound message or is refused for a known reason.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{line, `a="\u00e9\ud83d\ude00\x4" b c=`, `a="\`, `=`, `a="b"c`} {
		f.Add([]byte(s))
	}
	d := newDecoder(f, mapped())
	out := message.NewBuilder(0)
	f.Fuzz(func(t *testing.T, rec []byte) {
		out.Reset()
		h := message.Header{}
		err := d.Decode(&plugin.Record{Data: rec, Default: &h}, out)
		if err == nil && len(dectest.Messages(t, out)) != 1 || err != nil && !strings.Contains(err.Error(), "logfmt") {
			t.Fatalf("Decode(%q) = %v", rec, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) { dectest.Bench(b, newDecoder(b, mapped()), line) }
