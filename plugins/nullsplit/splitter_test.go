package nullsplit

import "testing"

func TestSplit(t *testing.T) {
	for _, b := range []string{"", "a", "a\nb\n"} {
		if start, end, advance := (Splitter{}).Split([]byte(b), false); start != 0 || end != len(b) || advance != len(b) {
			t.Errorf("Split(%q) = %d, %d, %d, want all of it", b, start, end, advance)
		}
	}
}
