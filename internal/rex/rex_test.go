package rex

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var exprs = []string{
	`^(?P<Timestamp>\S+ \S+) \[(?P<Severity>[A-Z]+)\] (?P<host>[^:]+): (?P<text>.*)$`,
	`^(\S+) (\S+) (\S+) \[([^\]]+)\] "([^"]*)" (\d+) (\d+|-) "([^"]*)" "([^"]*)"`,
	`(\d+)-(\d+)`, `a*`, `a*?b`, `(a|ab)(c|bcd)(d*)`, `(?i)error: (.*)`, `\bfoo\b`, `(?m)^x.*$`, `x*$`, `[^"]*"`, `"[^"]*?"`, `(a+)(b+)?`,
	`((a)|b)*`, `.*(\d)`, `.*?(\d)`, `(\w+)\s*=\s*("[^"]*"|\S+)`, `é+(x)`, `[^é]+`, `(?s).+`, `()`, `$`, `^`, `a{2,4}(b)`, `(x*)(x*)y`, `[\x{212a}k]`, `(?i)k`,
	`(\S+)x`, `a*(b|)`, `(a*)*`, `(a*)+b`, `\Aab\z`, `(ab|cd)+?e`, `\W+(\w)`, `[[:alpha:]]+$`, `q(?:\.\d+)?`,
}

var texts = []string{
	"", "a", "b", "aab", "abcd", "foo", "a foo b", "xfoo", "x\nxy\nz", `say "this" and "that"`, "2026-11-25 13:00:00 [WARN] web1: all is well",
	`1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 612 "-" "curl"`, "12-34", "key = \"a b\" other=5", "éééx", "\xff\xfe", "aé\xffb", "ERROR: x",
	"K\u212ak", "xxxxxxxxy", "q.5", "cdabe", "日本語 12",
}

func same(t testing.TB, r *Regexp, std *regexp.Regexp, b []byte) {
	t.Helper()
	got, want := r.Find(b), std.FindSubmatchIndex(b)
	if !slices.Equal(got, want) {
		t.Fatalf("%q in %q: got %v, want %v", std, b, got, want)
	}
}

// Every answer is package regexp's.
func TestFind(t *testing.T) {
	for _, e := range exprs {
		r, err := Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		std := regexp.MustCompile(e)
		for _, s := range texts {
			same(t, r, std, []byte(s))
			same(t, r, std, []byte(s+"\n"+s))
		}
	}
}

func FuzzFind(f *testing.F) {
	for i, e := range exprs {
		f.Add(e, []byte(texts[i%len(texts)]))
	}
	f.Fuzz(func(t *testing.T, expr string, b []byte) {
		if len(expr) > 100 || len(b) > 1000 {
			return
		}
		std, err := regexp.Compile(expr)
		if err != nil {
			return
		}
		r, err := Compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		same(t, r, std, b)
	})
}

// Searches that share a program do not share their memory.
func TestShared(t *testing.T) {
	a, _ := Compile(`(\w)(\w)`)
	b, _ := Compile(`(\w)(\w)`)
	if a.program != b.program {
		t.Error("the program is there twice")
	}
	x := a.Find([]byte("ab"))
	b.Find([]byte("..cd"))
	if x[0] != 0 || x[1] != 2 {
		t.Errorf("another search changed the answer to %v", x)
	}
	for i := range 2 * maxPrograms {
		Compile("x{" + strconv.Itoa(i%500) + "}" + strconv.Itoa(i))
	}
	if n := len(programs.m); n > maxPrograms {
		t.Errorf("%d programs are kept", n)
	}
}

// No expression takes more than linear time.
func TestLinear(t *testing.T) {
	text := []byte(strings.Repeat("a", 64<<10))
	begin := time.Now()
	for _, e := range []string{`(\S+)x`, `(a*)*b`, `(a|aa)+$b`, `(a?){20}a{20}b`, `(x+x+)+y`, `.*.*.*=.*`, `(\w+\s?)+z`} {
		r, err := Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		r.Find(text)
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}

func TestAllocs(t *testing.T) {
	for _, e := range exprs {
		r, _ := Compile(e)
		for _, s := range texts {
			b := []byte(s)
			r.Find(b)
			if n := testing.AllocsPerRun(20, func() { r.Find(b) }); n != 0 {
				t.Errorf("%q in %q allocates %v times", e, s, n)
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	line := []byte(`1.2.3.4 - frank [17/May/2015:10:05:03 +0000] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/presentations/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1)"`)
	r, _ := Compile(exprs[1])
	b.Run("rex", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r.Find(line) == nil {
				b.Fatal("no match")
			}
		}
	})
	std := regexp.MustCompile(exprs[1])
	b.Run("regexp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			std.FindSubmatchIndex(line)
		}
	})
}
