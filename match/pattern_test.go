package match

import (
	"regexp"
	"strings"
	"testing"
)

func TestPatternForms(t *testing.T) {
	for _, tt := range []struct {
		src, lit string
		form     form
		needs    string
	}{
		{"", "", formAlways, ""},
		{"^", "", formAlways, ""},
		{"$", "", formAlways, ""},
		{"^$", "", formExact, ""},
		{"^web", "web", formPrefix, ""},
		{"web$", "web", formSuffix, ""},
		{"^web$", "web", formExact, ""},
		{`we(b\.)x`, "web.x", formContains, ""},
		{`\x47ET`, "GET", formContains, ""},
		{"(?m)^web", "", formGeneral, "web"},
		{"(?i)web", "", formGeneral, ""},
		{"web|shop", "", formGeneral, "web shop"},
		{"(web|shop)+[0-9]*x", "", formGeneral, "web shop"},
		{"a.*bcd.*ef", "", formGeneral, "bcd"},
		{"[a-z]+", "", formGeneral, ""},
		{"(abc)?", "", formGeneral, ""},
		{"\uFFFD", "", formGeneral, ""},
	} {
		p, err := newPattern(tt.src)
		if err != nil {
			t.Errorf("newPattern(%q): %v", tt.src, err)
			continue
		}
		if p.form != tt.form || p.lit != tt.lit || strings.Join(p.needs, " ") != tt.needs {
			t.Errorf("newPattern(%q) = form %d, text %q, needs %q; want %d, %q, %q", tt.src, p.form, p.lit, p.needs, tt.form, tt.lit, tt.needs)
		}
	}
}

// FuzzPattern: shapes and needed texts answer like the regular expression.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"", "^", "$", "^web", "web$", "^web$", "(?i)wEb", "web|shop", "a.*bc.*d", "(ab)+c?", "\uFFFD", `\bx`, "(?m)^x$", "a{2,3}"} {
		f.Add(s, "the web shop")
		f.Add(s, "")
		f.Add(`\x{D800}`, "\uFFFD")
		f.Add(s, "\xff\uFFFDaabcx\nweb")
	}
	f.Fuzz(func(t *testing.T, src, text string) {
		if len(src) > 200 || len(text) > 2000 {
			return
		}
		p, err := newPattern(src)
		if err != nil {
			return
		}
		if got, want := p.match(text), regexp.MustCompile(src).MatchString(text); got != want {
			t.Fatalf("pattern %q on %q = %v, want %v (%+v)", src, text, got, want, p)
		}
	})
}
