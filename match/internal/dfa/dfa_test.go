package dfa

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// check compares the set of patterns with package regexp on one text.
func check(t *testing.T, c *Cache, res []*regexp.Regexp, text string) {
	t.Helper()
	all := uint64(1)<<len(res) - 1
	got, ok := c.Match(text, all)
	if !ok {
		return
	}
	for k, re := range res {
		if want := re.MatchString(text); want != (got>>k&1 == 1) {
			t.Fatalf("pattern %q on %q = %v, want %v", re, text, !want, want)
		}
	}
	for k := range res { // asked for one only
		if one, ok := c.Match(text, 1<<k); ok && one>>k&1 != got>>k&1 {
			t.Fatalf("pattern %q alone on %q = %v", res[k], text, one>>k&1 == 1)
		}
	}
}

func compile(t testing.TB, patterns ...string) (*Cache, []*regexp.Regexp) {
	t.Helper()
	s, err := Compile(patterns)
	if err != nil {
		t.Fatalf("Compile(%q): %v", patterns, err)
	}
	var res []*regexp.Regexp
	for _, p := range patterns {
		res = append(res, regexp.MustCompile(p))
	}
	return s.NewCache(), res
}

var patterns = []string{
	"", "a", "abc", "^abc", "abc$", "^abc$", "^$", "$", "^", "a*", "a+b", "(a|b)*c", "[a-c]+x", "[^a-c]", ".", "(?s).", "(?s)^.$", "^.$",
	"(?i)straße", "(?i)k", "(?i)ſ", "(?i)[k-s]x", "é", "[é-ü]", "[^é]b", `\x{10FFFF}`, "\uFFFD", "[\uFFFD]a", `\bab\b`, `\Bb`, `\b`, `\B`, "(?m)^b", "(?m)a$", "(?m)^$", `a\z`, `\Aa`,
	`\d+\.\d`, `\w\W\w`, `\s`, `\pL+\d`, `\p{Greek}`, `[[:alpha:]]+1`, "a{2,4}b", "(ab){3}", "x(y|z)?$", "(?U)a+", "(a*)*b", "(a|aa)+$", "(x+x+)+y", "[a-z]+=[0-9.]+:9090", "(?i)error|timeout",
	"(?:^|b)a", "a(?:$|b)", "(?m)(?:^|b)a\n", `(?m)\n$`, `^\b`, `\b$`, `^\B$`, "(?i)(?:^é)", "(^a|b$)", `a\bb`,
}

var samples = []string{
	"", "a", "b", "abc", "xabc", "abcx", "aab", "\n", "a\nb", "\na\n", "b\n", "é", "É", "eé", "STRASSE", "straße", "STRAẞE", "K", "\u212A", "s", "ſ", "Sx", "\xff", "\xffa", "\uFFFDa",
	"\xe2\x82", "\xe2\x82a", "\xf0\x9f\x98", "😀", "ab ab", "ab_ab", "1.5", "a b", "α1", "aaab", "aaaaab", "ababab", "xyz", "xz", strings.Repeat("a", 50), strings.Repeat("x", 40), "host=10.0.0.1:9090", "an ERROR", "TimeOut", "\U0010FFFF",
}

func TestOneByOne(t *testing.T) {
	for _, p := range patterns {
		c, res := compile(t, p)
		for _, s := range samples {
			check(t, c, res, s)
		}
	}
}

func TestTogether(t *testing.T) {
	c, res := compile(t, patterns[:min(len(patterns), MaxPatterns)]...)
	for _, s := range samples {
		for _, u := range samples {
			check(t, c, res, s+u)
		}
	}
}

// TestBounds: whatever the patterns and the text, time and memory stay bounded.
func TestBounds(t *testing.T) {
	if _, err := Compile(make([]string, MaxPatterns+1)); err == nil {
		t.Errorf("Compile of %d patterns succeeds", MaxPatterns+1)
	}
	if _, err := Compile([]string{"(a{1000}b{1000}){3}", `(\pL{300}\pN{300}){3}`, strings.Repeat("(?i)[a-z]{50}", 100), strings.Repeat("x{900}", 20)}); err == nil {
		t.Error("Compile of huge patterns succeeds")
	}
	s, err := Compile([]string{"(a|b)*a(a|b){14}c", "(?i)x.{12}y", `\pL.{10}\pN`})
	if err != nil {
		t.Fatal(err)
	}
	c := s.NewCache()
	x := uint32(1)
	text := make([]byte, 64<<10)
	for i := range text {
		x = x*1664525 + 1013904223
		text[i] = "abxyé1"[x>>24%6]
	}
	start := time.Now()
	for range 4 {
		c.Match(string(text), 7)
	}
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("4 texts of 64 KiB took %v", d)
	}
	if len(c.states) > MaxStates || len(c.trans) > maxTrans+1<<c.shift {
		t.Errorf("%d states, %d transitions", len(c.states), len(c.trans))
	}
}

// FuzzDFA: the machine answers like package regexp, whatever patterns and text.
func FuzzDFA(f *testing.F) {
	for i, p := range patterns {
		f.Add(p, patterns[(i*7+3)%len(patterns)], samples[i%len(samples)])
	}
	f.Fuzz(func(t *testing.T, p, q, text string) {
		if len(p) > 100 || len(q) > 100 || len(text) > 1000 {
			return
		}
		var res []*regexp.Regexp
		for _, src := range []string{p, q} {
			re, err := regexp.Compile(src)
			if err != nil {
				return
			}
			res = append(res, re)
		}
		s, err := Compile([]string{p, q})
		if err != nil {
			return // too large
		}
		c := s.NewCache()
		check(t, c, res, text)
		check(t, c, res, text+text)
	})
}

func BenchmarkMatch(b *testing.B) {
	text := strings.Repeat("GET /api/v1/items/4711?expand=true&lang=en HTTP/1.1 upstream=10.1.2.3:8080 request completed status ok cache=miss tenant=alpha ", 8)[:900]
	eight := []string{"error", "(?i)timeout", "panic|fatal", "[a-z]+=[0-9.]+:9090", "segfault", "denied [a-z]+", "refused.*x", "oom"}
	for _, ps := range [][]string{{"(?i)error|timeout"}, {"[a-z]+=[0-9.]+:9090"}, {"anton|berta|cäsar|dora|emil|friedrich|gustav|heinrich"}, eight} {
		b.Run(fmt.Sprint(len(ps), " ", ps[0]), func(b *testing.B) {
			c, _ := compile(b, ps...)
			b.SetBytes(900)
			b.ReportAllocs()
			for b.Loop() {
				c.Match(text, 1<<len(ps)-1)
			}
		})
	}
}
