package regexsplit

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/plugin"
)

func TestSplit(t *testing.T) {
	const lines = "test1\ntest12\ntest123\npartial"
	for _, tt := range []struct {
		name, delimiter string
		eol             bool
		stream          string
		want            []string
		rest            string
	}{
		{"no group", `\n`, true, lines, []string{"test1", "test12", "test123"}, "partial"},
		{"no group, start", `\n`, false, "\ntest", nil, "test"},
		{"group at the end", `(\n)`, true, lines, []string{"test1\n", "test12\n", "test123\n"}, "partial"},
		{"group at the start", `(\n)`, false, lines, []string{"test1", "\ntest12", "\ntest123"}, "\npartial"},
		{"only one record, group at the start", `(\n)`, false, "\ntest", nil, "\ntest"},
		{"part of the match captured, start", `\n(# User@Host:)`, false, "# User@Host: a\nb\n# User@Host: c\nd\n# User@Host: e\n",
			[]string{"# User@Host: a\nb", "# User@Host: c\nd"}, "# User@Host: e\n"},
		{"part of the match captured, end", `(;)\n`, true, "a;b;\nc;\nd;", []string{"a;b;", "c;"}, "d;"},
		{"text behind the group, start", `\n(>) `, false, "a\n> b\n> c", []string{"a", "> b"}, "> c"},
		{"empty records", `\n`, true, "\n\na\n\nb\n", []string{"a", "b"}, ""},
		{"group takes no part, end", `(;)|\n`, true, "a;b\nc;", []string{"a;", "b", "c;"}, ""},
		{"group takes no part, start", `(;)|\n`, false, "a;b\nc;d", []string{"a", ";b", "c"}, ";d"},
		{"empty group, start", `()\n`, false, "a\nb\nc", []string{"a", "\nb"}, "\nc"},
		{"delimiters side by side, start", `(\n)`, false, "a\n\nb\nc", []string{"a", "\n", "\nb"}, "\nc"},
		{"dates at line starts", `(?m)^(\d\d:)`, false, "12:a\nb\n13:c\n14:d\n", []string{"12:a\nb\n", "13:c\n"}, "14:d\n"},
		{"carriage returns", `\r?\n`, true, "a\r\nb\nc\r\n", []string{"a", "b", "c"}, ""},
		{"blank lines part", `\n{2,}`, true, "a\nb\n\nc\n\n\nd\n\n", []string{"a\nb", "c", "d"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := newSplitter(Config{tt.delimiter, tt.eol}, plugin.Env{})
			if err != nil {
				t.Fatal(err)
			}
			got, rest := splittest.Laws(t, s, []byte(tt.stream))
			if !slices.Equal(got, tt.want) || rest != tt.rest {
				t.Errorf("%q splits into %q and %q, want %q and %q", tt.stream, got, rest, tt.want, tt.rest)
			}
		})
	}
}

func TestLineIsDeliveredAtOnce(t *testing.T) {
	for _, d := range []string{`\n`, `\r?\n`, `(\n)`} {
		s, _ := newSplitter(Config{d, true}, plugin.Env{})
		if _, end, advance := s.Split([]byte("line\n"), false); end <= 0 || advance != 5 {
			t.Errorf("Split(line) by %s waits for more", d)
		}
	}
}

func TestValidate(t *testing.T) {
	for d, want := range map[string]string{`\y`: "invalid escape sequence", `(\r)(\n)`: "more than one capture group", `a*`: "where there is nothing"} {
		if err := (Config{Delimiter: d}).Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("delimiter %q: error %v, want one that says %q", d, err, want)
		}
	}
}

// FuzzSplit: the records are the same at any chunking, and without a group they
// are what regexp.Split gives, but for the empty ones.
func FuzzSplit(f *testing.F) {
	for _, d := range []string{`\n`, `(\n)`, `\n(\d\d:)`, `;+`, `(;)|\n`, `()\n`, `a?(b)`, `\n(\n?)`, `(?m)^(x)`, `\b(b)`, `x(\n*)`, `\Ba`} {
		f.Add(d, true, "ab;;\nx\n12:b;\n\n")
		f.Add(d, false, "ab;;\nx\n12:b;\n\n")
	}
	f.Fuzz(func(t *testing.T, delimiter string, eol bool, stream string) {
		if len(delimiter) > 40 || len(stream) > 300 {
			return
		}
		s, err := newSplitter(Config{delimiter, eol}, plugin.Env{})
		if err != nil {
			return
		}
		got, rest := splittest.Laws(t, s, []byte(stream))
		if strings.ContainsAny(delimiter, `(^$\`) {
			return
		}
		want := regexp.MustCompile(delimiter).Split(stream, -1)
		if last := want[len(want)-1]; last != rest {
			t.Fatalf("%q by %q leaves %q, want %q", stream, delimiter, rest, last)
		}
		if want = slices.DeleteFunc(want[:len(want)-1], func(s string) bool { return s == "" }); !slices.Equal(got, want) {
			t.Fatalf("%q by %q = %q, want %q", stream, delimiter, got, want)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	line := strings.Repeat("x", 190) + "\n2026-11-25 "
	stream := []byte(strings.Repeat(line, 1000))
	for _, d := range []string{`\n`, `\r?\n`, `\n(\d{4}-\d\d-\d\d )`} {
		b.Run(d, func(b *testing.B) {
			s, _ := newSplitter(Config{d, true}, plugin.Env{})
			b.SetBytes(int64(len(line)))
			for i := 0; b.Loop(); i++ {
				s.Split(stream[i%999*len(line):], false)
			}
		})
	}
}
