package token

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/plugin"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name      string
		delimiter string
		count     uint
		stream    string
		want      []string
		rest      string
	}{
		{"lines", "\n", 1, "test1\ntest12\ntest123\npartial", []string{"test1\n", "test12\n", "test123\n"}, "partial"},
		{"tabs", "\t", 1, "test1\ttest2\t", []string{"test1\t", "test2\t"}, ""},
		{"empty lines", "\n", 1, "\n\na\n", []string{"\n", "\n", "a\n"}, ""},
		{"pairs of lines", "\n", 2, "a\nb\nc\nd\ne\n", []string{"a\nb\n", "c\nd\n"}, "e\n"},
		{"a count of 0 is 1", "\n", 0, "a\nb\n", []string{"a\n", "b\n"}, ""},
		{"zero bytes", "\x00", 1, "a\x00b", []string{"a\x00"}, "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := newSplitter(Config{tt.delimiter, tt.count}, plugin.Env{})
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

func TestDelimiterIsOneByte(t *testing.T) {
	for _, d := range []string{"", "\r\n", "é"} {
		if _, err := newSplitter(Config{Delimiter: d, Count: 1}, plugin.Env{}); err == nil || !strings.HasPrefix(err.Error(), "delimiter: ") {
			t.Errorf("delimiter %q: error %v, want a complaint about it", d, err)
		}
	}
}

// FuzzSplit: nothing is lost at any chunking.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("a\n\nbc\nd"), byte('\n'), uint(2))
	f.Fuzz(func(t *testing.T, stream []byte, delimiter byte, count uint) {
		s := &Splitter{delimiter, count%5 + 1}
		records, rest := splittest.Laws(t, s, stream)
		if got := strings.Join(records, "") + rest; got != string(stream) {
			t.Fatalf("%q became %q", stream, got)
		}
		for _, r := range records {
			if n := bytes.Count([]byte(r), []byte{delimiter}); uint(n) != s.count || r[len(r)-1] != delimiter {
				t.Fatalf("record %q has %d delimiters, want %d", r, n, s.count)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	line := []byte(strings.Repeat("x", 199) + "\n")
	stream := bytes.Repeat(line, 1000)
	s := &Splitter{'\n', 1}
	b.SetBytes(int64(len(line)))
	for i := 0; b.Loop(); i++ {
		s.Split(stream[i%1000*200:], false)
	}
}
