package journal

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/fsx"
)

// rolling opens a journal whose next put for b begins a new segment; f is then
// called once while that segment is being made.
func rolling(t *testing.T, mem *fsx.Mem, f func(*Journal)) (*Journal, *Cursor) {
	var j *Journal
	armed := false
	fault := &fsx.Fault{FS: mem, Hook: func(op fsx.Op) error {
		if armed && op.Kind == "syncdir" && op.Name == "/j" {
			armed = false
			f(j)
		}
		return nil
	}}
	j = mustOpen(t, "/j", Options{FS: fault, SegmentSize: 4096})
	b := mustConsumer(t, j, "b", ConsumerOptions{})
	put(t, j, b, strings.Repeat("x", 4000))
	armed = true
	return j, b
}

// TestSavedWhileASegmentIsMade: a consumer that has nothing to do goes along with
// the end of the log. While a segment is being made the end is that segment, not
// the one behind it, or what is written to it for the consumer is lost.
func TestSavedWhileASegmentIsMade(t *testing.T) {
	mem := fsx.NewMem()
	j, b := rolling(t, mem, func(j *Journal) {
		if err := j.savePass(true); err != nil {
			t.Error(err)
		}
	})
	a := mustConsumer(t, j, "a", ConsumerOptions{})
	put(t, j, b, "y")
	put(t, j, a, "z")
	mem.Kill()
	j.Close()
	j = mustOpen(t, "/j", Options{FS: mem})
	defer j.Close()
	a = mustConsumer(t, j, "a", ConsumerOptions{})
	if got := drain(t, a); len(got) != 1 || got[0] != "z" {
		t.Errorf("got %q after the restart, want z", got)
	}
	account(t, a)
}

// TestConsumerOpenedWhileASegmentIsMade: the new consumer holds back the segment
// that is being made, though it reads nothing for long.
func TestConsumerOpenedWhileASegmentIsMade(t *testing.T) {
	var a *Cursor
	j, b := rolling(t, fsx.NewMem(), func(j *Journal) { a = mustConsumer(t, j, "a", ConsumerOptions{}) })
	defer j.Close()
	put(t, j, b, "y")
	put(t, j, a, "z")
	for range 4 {
		put(t, j, b, strings.Repeat("x", 4000))
		drain(t, b)
		if err := j.savePass(true); err != nil {
			t.Error(err)
		}
		j.removeSpare(0)
	}
	if got := drain(t, a); len(got) != 1 || got[0] != "z" {
		t.Errorf("got %q, want z", got)
	}
	account(t, a)
}
