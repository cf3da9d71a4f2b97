package framing

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func frame(msg string) string { return string(message.AppendFrame(nil, []byte(msg))) }

func signed(t *testing.T, msg, key string, version uint32, h message.Hash) string {
	t.Helper()
	b, err := message.AppendSigned(nil, []byte(msg), message.Signer{Name: "ops", Version: version, Hash: h, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSplit(t *testing.T) {
	unproven := "\x1e\x07\x08\x02\x22\x03ops\x1fno"
	for _, tt := range []struct {
		name, stream string
		skip         bool
		want         []string
	}{
		{"frames", frame("one") + frame("two"), false, []string{"one", "two"}},
		{"noise before and between", "BOGUS" + frame("one") + "\x1e\x03BOGUS\x1f" + frame("two") + "BOGUS", false, []string{"one", "two"}},
		{"header without unit separator", "\x1e\x02\x08\x3e\xff" + frame("one"), false, []string{"one"}},
		{"separators inside", frame("\x1e\x02\x08\x05\x1f") + frame("two"), false, []string{"\x1e\x02\x08\x05\x1f", "two"}},
		{"too long a message", "\x1e\x06\x08\xff\xff\xff\xff\x07\x1f" + frame("one"), false, []string{"one"}},
		{"longest message", frame(strings.Repeat("x", 300)) + frame(strings.Repeat("x", 301)) + frame("one"), false, []string{strings.Repeat("x", 300), "one"}},
		{"unfinished at the end", frame("one") + frame("two")[:6], false, []string{"one"}},
		{"signed", signed(t, "a", "key", 1, message.MD5) + signed(t, "b", "key", 1, message.SHA1) + signed(t, "c", "key", 1, message.SHA256), false, []string{"a", "b", "c"}},
		{"wrong key, wrong version", signed(t, "a", "kex", 1, message.MD5) + signed(t, "b", "key", 11, message.SHA1) + frame("c"), false, []string{"c"}},
		{"signer without digest", unproven + frame("c"), false, []string{"c"}},
		{"authentication off", unproven + signed(t, "a", "kex", 1, message.MD5), true, []string{"no", "a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Config{Signer: map[string]Signer{"ops_1": {"key"}}, SkipAuth: tt.skip}
			s, err := newSplitter(c, plugin.Env{MaxMessageSize: 300})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := splittest.Laws(t, s, []byte(tt.stream)); !slices.Equal(got, tt.want) {
				t.Errorf("%q splits into %q, want %q", tt.stream, got, tt.want)
			}
			if keys := s.(plugin.Framed).Keys(); (keys == nil) != tt.skip {
				t.Errorf("Keys() = %v with skip_authentication = %v", keys, tt.skip)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		key  string
		want string
	}{
		"ops_0": {"key", ""}, "a_b_12": {"key", ""},
		"ops": {"key", "signer.ops: "}, "ops_": {"key", "signer.ops_: "}, "_1": {"key", "signer._1: "}, "ops_x": {"key", "signer.ops_x: "}, "ops_01": {"key", "signer.ops_01: "},
		"ops_1": {"", "signer.ops_1.hmac_key: "},
	} {
		err := Config{Signer: map[string]Signer{name: {c.key}}}.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("signer %q: error %v, want %q", name, err, c.want)
		}
	}
}

// FuzzSplit: any bytes split without a panic, the same at any chunking, and what
// is cut frames again to bytes of the stream.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(frame("one") + "\x1e\x02" + frame("two")))
	f.Add([]byte("\x1e\x07\x08\x02\x22\x03ops\x1fno"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		s, _ := newSplitter(Config{Signer: map[string]Signer{"ops_1": {"key"}}}, plugin.Env{MaxMessageSize: 300})
		records, _ := splittest.Laws(t, s, stream)
		for _, r := range records {
			if !bytes.Contains(stream, []byte("\x1f"+r)) {
				t.Fatalf("record %q is not in %q", r, stream)
			}
		}
	})
}
