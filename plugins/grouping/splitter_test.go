package grouping

import (
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/plugin"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		stream string
		want   []string
		rest   string
	}{
		{"trace among lines", Config{`\n`, `^\s+at |Exception`, 99}, "one\nIOException: x\n  at a\n  at b\ntwo\nthree\n",
			[]string{"one\n", "IOException: x\n  at a\n  at b\n", "two\n", "three\n"}, ""},
		{"group at the end of the stream", Config{`\n`, `^ `, 99}, "one\n a\n b\n", []string{"one\n", " a\n b\n"}, ""},
		{"unterminated line at the end", Config{`\n`, `^ `, 99}, " a\n b\n c", []string{" a\n b\n"}, " c"},
		{"most lines", Config{`\n`, `^ `, 2}, " a\n b\n c\nd\n", []string{" a\n b\n", " c\n", "d\n"}, ""},
		{"empty pattern matches all", Config{`\n`, ``, 3}, "a\nb\nc\nd\n", []string{"a\nb\nc\n", "d\n"}, ""},
		{"one line a group", Config{`\n`, ``, 1}, "a\nb\n", []string{"a\n", "b\n"}, ""},
		{"end of line", Config{`\r?\n`, `\\$`, 9}, "a\\\r\nb\\\r\nc\r\n", []string{"a\\\r\nb\\\r\n", "c\r\n"}, ""},
		{"empty lines", Config{`\n`, `^ `, 9}, "\n\n a\n\n", []string{"\n", "\n", " a\n", "\n"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := newSplitter(tt.config, plugin.Env{})
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

func TestGroupIsCutBelowTheLargestMessage(t *testing.T) {
	s, err := newSplitter(Config{`\n`, ``, 1000}, plugin.Env{MaxMessageSize: 2 << 10})
	if err != nil {
		t.Fatal(err)
	}
	records, _ := splittest.Laws(t, s, []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 25)+strings.Repeat("y", 1500)+"\nz\n"))
	var sizes []int
	for _, r := range records {
		sizes = append(sizes, len(r))
	}
	if want := []int{1000, 1000, 500, 1501, 2}; !slices.Equal(sizes, want) {
		t.Errorf("records of %v bytes, want %v", sizes, want)
	}
}

func TestValidate(t *testing.T) {
	for want, c := range map[string]Config{
		"delimiter: ": {`(a)(b)`, ``, 1}, "grouping: ": {`\n`, `(`, 1}, "max_lines: ": {`\n`, ``, 0},
	} {
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c, err, want)
		}
	}
}

// FuzzSplit: any chunking gives the same records, and nothing is lost.
func FuzzSplit(f *testing.F) {
	f.Add(`\n`, `^ `, 3, "a\n b\n c\nd")
	f.Add(`;+`, `b`, 9, "a;b;;b;c")
	f.Fuzz(func(t *testing.T, delimiter, grouping string, maxLines int, stream string) {
		if len(delimiter) > 30 || len(grouping) > 30 || len(stream) > 200 {
			return
		}
		s, err := newSplitter(Config{delimiter, grouping, maxLines}, plugin.Env{})
		if err != nil {
			return
		}
		s.(*Splitter).maxBytes = 50
		records, rest := splittest.Laws(t, s, []byte(stream))
		if got := strings.Join(records, "") + rest; got != stream {
			t.Fatalf("%q became %q", stream, got)
		}
	})
}
