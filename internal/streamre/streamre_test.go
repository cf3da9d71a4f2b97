package streamre

import (
	"errors"
	"regexp"
	"testing"
)

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		name, expr, text string
		eof              bool
		want             Match
		ok               bool
	}{
		{"text", `\n`, "ab\ncd", false, Match{2, 3, -1, -1}, true},
		{"text at the very end", `\n`, "ab\n", false, Match{2, 3, -1, -1}, true},
		{"half a text", "\r\n", "ab\r", false, Match{}, false},
		{"captured text", `(\n)`, "ab\ncd", false, Match{2, 3, 2, 3}, true},
		{"optional head, complete", `\r?\n`, "ab\n", false, Match{2, 3, -1, -1}, true},
		{"optional head, both", `\r?\n`, "ab\r\n", false, Match{2, 4, -1, -1}, true},
		{"greedy at the end waits", `\n+`, "ab\n", false, Match{}, false},
		{"greedy at the end of the stream", `\n+`, "ab\n\n", true, Match{2, 4, -1, -1}, true},
		{"greedy with an end", `\n+`, "ab\n\nc", false, Match{2, 4, -1, -1}, true},
		{"lazy at the end", `\n+?`, "ab\n", false, Match{2, 3, -1, -1}, true},
		{"an earlier match may still come", `a.*z|b`, "xab", false, Match{}, false},
		{"it did not come", `a.*z|b`, "xab", true, Match{2, 3, -1, -1}, true},
		{"it did come", `a.*z|b`, "xabz", true, Match{1, 4, -1, -1}, true},
		{"preferred alternative complete", `a|ab`, "xa", false, Match{1, 2, -1, -1}, true},
		{"preferred alternative open", `ab|a`, "xa", false, Match{}, false},
		{"group within", `\n(# User@Host:)`, "x\n# User@Host: y", false, Match{1, 14, 2, 14}, true},
		{"group takes no part", `\n|(;)`, "x\ny", false, Match{1, 2, -1, -1}, true},
		{"end of line waits", `(?m)b$`, "ab", false, Match{}, false},
		{"end of line seen", `(?m)b$`, "ab\n", false, Match{1, 2, -1, -1}, true},
		{"end of text", `b\z`, "ab", true, Match{1, 2, -1, -1}, true},
		{"word boundary waits", `b\b`, "ab", false, Match{}, false},
		{"half a character waits", `é`, "a\xc3", false, Match{}, false},
		{"half a character at the end of the stream", `[^a]`, "a\xc3", true, Match{1, 2, -1, -1}, true},
		{"fold", `(?i)end`, "the EnD.", false, Match{4, 7, -1, -1}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Compile(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := r.Find([]byte(tt.text), 0, tt.eof); got != tt.want || ok != tt.ok {
				t.Errorf("Find(%q, %v) with %s = %v, %v, want %v, %v", tt.text, tt.eof, tt.expr, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for expr, want := range map[string]error{
		`(\r)(\n)`: ErrGroups, `a*`: ErrEmpty, `(?m)^`: ErrEmpty, `x|`: ErrEmpty, `(?:a?b*){0,3}`: ErrEmpty, `\b`: ErrEmpty, ``: ErrEmpty,
	} {
		if _, err := Compile(expr); !errors.Is(err, want) {
			t.Errorf("Compile(%q) = %v, want %v", expr, err, want)
		}
	}
	if _, err := Compile(`\y`); err == nil {
		t.Error(`Compile(\y) took a wrong escape`)
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	r, err := Compile(`\n(\d\d:)`)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("12:00 one\ntwo\n12:01 three\n")
	if n := testing.AllocsPerRun(100, func() { r.Find(text, 3, false) }); n != 0 {
		t.Errorf("Find allocates %v times", n)
	}
}

// FuzzFind: on the whole text the answer is regexp's, and what any beginning of
// the text is sure of is the same.
func FuzzFind(f *testing.F) {
	for _, expr := range []string{`\n`, `\r?\n`, `\n+`, `(\n)`, `\n(\d\d:)`, `a.*z|b`, `(?m)^x`, `(?m)x$`, `\bfoo\b`, `(?i)k+`, `é|[^\x00-\x7f]`,
		`(?:ab|a)(c|bcd)`, `x(\n?)`, `(a+?)(?:b|$)`, `\Bx`, `(?s)a.`, `[^\n]\n`, `(?:a|b|ab)+c`} {
		f.Add(expr, "12:00 foo\nab\r\n\nxabcd Kk é\xff\xc3 foo bar z")
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 60 || len(text) > 200 {
			return
		}
		r, err := Compile(expr)
		if err != nil {
			return
		}
		b := []byte(text)
		got, ok := r.Find(b, 0, true)
		want := Match{}
		loc := regexp.MustCompile(expr).FindSubmatchIndex(b)
		if loc != nil {
			want = Match{loc[0], loc[1], -1, -1}
			if len(loc) == 4 {
				want.Group, want.GroupEnd = loc[2], loc[3]
			}
		}
		if ok != (loc != nil) || got != want {
			t.Fatalf("Find(%q) with %q = %v, %v, want %v", text, expr, got, ok, loc)
		}
		for n := range len(b) + 1 {
			if early, sure := r.Find(b[:n], 0, false); sure && early != got {
				t.Fatalf("Find(%q) with %q = %v, but the whole text gives %v", b[:n], expr, early, got)
			}
		}
	})
}
