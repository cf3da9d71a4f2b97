package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// FuzzParse: any text is a plan or complaints, never a panic. Each complaint has
// its place inside the file and its cure. What TOML forbids is refused, what it
// allows is never called a mistake of syntax.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.toml", "testdata/good/*.toml"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil {
				f.Add(string(text))
			}
		}
	}
	f.Add("[a]\nb.c = 1\n[a.b.d]\ne = 2\n[[a.x]]\ny = 1\n[[a.x]]\n[a.x.z]\n")
	f.Add("[a]\nx = 1979-05-27 07:32:00z\ny = 07:32\nz = [{a = 1, b.c = 2}, {}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		checkSyntax(t, text)
		p, err := Parse([]Source{{"f.toml", text}}, Options{Env: testEnv})
		if err == nil {
			for _, s := range p.Sections {
				s.Redacted()
				s.Signature()
			}
			return
		}
		var es Errors
		if !errors.As(err, &es) || len(es) == 0 {
			t.Fatalf("the error is a %T", err)
		}
		lines := strings.Split(text, "\n")
		for _, e := range es {
			if e.What == "" || e.Fix == "" {
				t.Fatalf("incomplete complaint %#v", e)
			}
			if e.Pos.Line > len(lines) || e.Pos.Line > 0 && e.Pos.Col > len(lines[e.Pos.Line-1])+1 {
				t.Fatalf("complaint outside the file: %v", e)
			}
		}
	})
}

// checkSyntax compares the tree builder with a complete TOML decoder.
func checkSyntax(t *testing.T, text string) {
	if strings.Contains(text, envOpen) || strings.HasPrefix(text, byteOrderMark) || len(text) > 1<<16 {
		return
	}
	var doc map[string]any
	want := toml.Unmarshal([]byte(text), &doc)
	var got []string
	root := buildTree(newSource(Source{"f", text}), func(pos Pos, _, what, _ string) { got = append(got, pos.String()+": "+what) })
	if all := strings.Join(got, "\n"); strings.Contains(all, "nested too deeply") || strings.Contains(all, "more than 1000 letters") {
		return // allowed by TOML, not by us
	}
	if (want == nil) != (len(got) == 0) {
		t.Fatalf("TOML says %v, the tree builder %q", want, got)
	}
	if want == nil {
		compare(t, "", root, doc)
	}
}

func compare(t *testing.T, path string, n *node, want any) {
	switch w := want.(type) {
	case map[string]any:
		if n == nil || n.kind != tableNode || len(w) != len(n.keys) {
			t.Fatalf("%s: table of %d, want %d", path, len(n.keys), len(w))
		}
		for k, x := range w {
			compare(t, path+"."+k, n.kids[k], x)
		}
	case []any:
		if n == nil || n.kind != listNode || len(w) != len(n.items) {
			t.Fatalf("%s: not a list of %d", path, len(w))
		}
		for i, x := range w {
			compare(t, path, n.items[i], x)
		}
	case string:
		if n == nil || n.kind != stringNode || n.text != w {
			t.Fatalf("%s: want the string %q", path, w)
		}
		raw := string(n.src.text[n.off:n.end])
		if raw[0] != '"' && raw[0] != '\'' || rawOffset(raw, len(w)) > len(raw) {
			t.Fatalf("%s: the string is said to stand at %q", path, raw)
		}
	case int64:
		if x, ok, fits := n.whole(); !ok || !fits || x != w {
			t.Fatalf("%s: %d, want %d", path, x, w)
		}
	case float64:
		if x, ok := n.number(); !ok || x != w && w == w {
			t.Fatalf("%s: %v, want %v", path, x, w)
		}
	case bool:
		if n.kind != boolNode || (n.text == "true") != w {
			t.Fatalf("%s: want %v", path, w)
		}
	}
}

func TestStringPlaces(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		at   int // byte of the decoded text
		want int // byte of raw
	}{
		{`"abc"`, 0, 1}, {`"abc"`, 2, 3}, {`"abc"`, 3, 4},
		{`'a\b'`, 2, 3},
		{`"\tb"`, 0, 1}, {`"\tb"`, 1, 3},
		{`"\u00e4b"`, 2, 7}, {`"\U0001F600b"`, 4, 11}, {`"\x41b"`, 1, 5}, {`"\eb"`, 1, 3},
		{"\"\"\"\nab\"\"\"", 1, 5}, {"\"\"\"\r\nab\"\"\"", 0, 5}, {"'''\nab'''", 0, 4},
		{"\"\"\"a\\\n   b\"\"\"", 1, 9}, {"\"\"\"a\"b\"\"\"", 2, 5},
	} {
		if got := rawOffset(tt.raw, tt.at); got != tt.want {
			t.Errorf("rawOffset(%q, %d) = %d, want %d", tt.raw, tt.at, got, tt.want)
		}
	}
}
