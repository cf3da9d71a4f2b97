// Package splittest tries splitters: it feeds them a stream in pieces, as an
// input would, and checks the laws that every splitter keeps.
package splittest

import (
	"slices"
	"testing"

	"github.com/heka-project/heka/plugin"
)

// Records splits stream as it comes in pieces of size bytes, and returns the
// records and what was left at its end.
func Records(t testing.TB, s plugin.Splitter, stream []byte, size int) (records []string, rest string) {
	t.Helper()
	var b []byte
	for len(stream) > 0 {
		n := min(size, len(stream))
		b, stream = append(b, stream[:n]...), stream[n:]
		records, b = drain(t, s, records, b, false)
	}
	records, b = drain(t, s, records, b, true)
	return records, string(b)
}

func drain(t testing.TB, s plugin.Splitter, records []string, b []byte, atEOF bool) ([]string, []byte) {
	t.Helper()
	for {
		start, end, advance := s.Split(b, atEOF)
		switch {
		case advance == 0:
			return records, b
		case advance < 0 || advance > len(b) || end != -1 && (start < 0 || start > end || end > advance):
			t.Fatalf("Split of %d bytes = %d, %d, %d: out of bounds", len(b), start, end, advance)
		case end != -1:
			records = append(records, string(b[start:end]))
		}
		b = b[advance:]
	}
}

// Laws checks that the stream gives the same records at any chunking, and
// returns them.
func Laws(t testing.TB, s plugin.Splitter, stream []byte) (records []string, rest string) {
	t.Helper()
	records, rest = Records(t, s, stream, len(stream)+1)
	for _, size := range []int{1, 2, 3, 7, 64, len(stream)/2 + 1} {
		got, left := Records(t, s, stream, size)
		if !slices.Equal(got, records) || left != rest {
			t.Fatalf("%q in pieces of %d gives %q and %q, whole %q and %q", stream, size, got, left, records, rest)
		}
	}
	return records, rest
}
