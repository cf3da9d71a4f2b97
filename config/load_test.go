package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestHostileFiles: what is made to be slow is refused, or read, in no more than
// the time that its size explains.
func TestHostileFiles(t *testing.T) {
	lines := func(format string) string {
		var b strings.Builder
		for i := range 4000 {
			b.WriteString(strings.ReplaceAll(format, "N", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"unknown options":      "[TcpInput]\n" + lines("oN = 1\n"),
		"mistakes of syntax":   lines("a = b c\n"),
		"open brackets":        strings.Repeat("[", 1<<15),
		"open braces":          "a = " + strings.Repeat("{a=", 1<<15),
		"quotes":               strings.Repeat(`"`, 1<<15),
		"variables in one":     "[a]\nx = '" + strings.Repeat("%ENV[X]", 1<<15) + "'\n",
		"variables":            "[a]\n" + lines("xN = %ENV[X]\n"),
		"bars":                 "[a]\n" + strings.Repeat("a|", 1<<16),
		"array of tables":      lines("[[a]]\n"),
		"headers without ends": lines("[a\n"),
		"a name of many parts": strings.Repeat("a.", 1<<16) + "a = 1",
	} {
		if _, err := Parse([]Source{{"x.toml", text}}, Options{Env: testEnv}); err == nil {
			t.Errorf("%s: loads", name)
		} else if n := len(err.(Errors)); n > maxErrors {
			t.Errorf("%s: %d complaints", name, n)
		}
	}
	text := lines("[sN]\ntype = 'LogOutput'\nmessage_matcher = 'Type == \"N\"'\nencoder = 'PayloadEncoder'\n")[:100000]
	text = text[:strings.LastIndex(text, "[")] + "[PayloadEncoder]\n"
	if _, err := Parse([]Source{{"x.toml", text}}, Options{}); err != nil {
		t.Error(err)
	}
}

func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "[s%d]\ntype = 'LogOutput'\nmessage_matcher = 'Type == \"x%d\"'\nencoder = 'PayloadEncoder'\n", i, i)
	}
	text.WriteString("[PayloadEncoder]\n")
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := Parse([]Source{{"x.toml", text.String()}}, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
