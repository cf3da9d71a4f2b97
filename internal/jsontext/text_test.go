package jsontext

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzString: any bytes become a JSON string that reads back as those bytes,
// what is not UTF-8 replaced.
func FuzzString(f *testing.F) {
	f.Add("plain text that is longer than eight bytes")
	f.Add("a\x00\"\\\x7f\u0085\xff\xe2\x82\xac€")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		out := AppendString(nil, s)
		if err := json.Unmarshal(out, &got); err != nil || got != string([]rune(s)) {
			t.Fatalf("AppendString(%q) = %s, which reads as %q, %v", s, out, got, err)
		}
		if !utf8.Valid(out) {
			t.Fatalf("AppendString(%q) = %q, not UTF-8", s, out)
		}
	})
}
