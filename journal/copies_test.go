package journal

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/heka-project/heka/internal/fsx"
)

// twoCopies is a journal of three segments and a message each for "c", of which
// the first has the second's too: a write that failed was done all the same, and
// could not be cut off.
func twoCopies(t *testing.T) *fsx.Mem {
	mem := fsx.NewMem()
	failing := false
	j := mustOpen(t, "/j", Options{FS: &fsx.Fault{FS: mem, Hook: func(op fsx.Op) error {
		switch {
		case failing && op.Kind == "truncate":
			failing = false
			return syscall.EIO
		case failing && op.Kind == "write":
			return &fsx.Short{N: op.Size, Err: syscall.EIO}
		}
		return nil
	}}})
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	put(t, j, c, "one")
	failing = true
	put(t, j, c, "two")
	j.giveUp.Store(true) // a third segment
	put(t, j, c, "three")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return mem
}

// threeOnce checks that c gets each of the three messages once.
func threeOnce(t *testing.T, c *Cursor) {
	t.Helper()
	if got := drain(t, c); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("got %q", got)
	}
	account(t, c)
	if s := c.Stats(); s.Held != (Count{}) || s.Dropped.Total() != (Count{}) {
		t.Errorf("held %v, dropped %v", s.Held, s.Dropped)
	}
}

// TestSecondCopyWhileAHeaderCannotBeRead: the process has no file descriptor free
// when the reader asks with which number the next segment begins. The reader says
// so; it does not guess, as a copy too many would take the place of the last
// message.
func TestSecondCopyWhileAHeaderCannotBeRead(t *testing.T) {
	mem := twoCopies(t)
	for name, trouble := range map[string]error{"no descriptor": syscall.EMFILE, "disk": syscall.EIO} {
		t.Run(name, func(t *testing.T) {
			fails := 0
			j, err := open("/j", Options{Log: quiet, FS: &fsx.Fault{FS: mem.Clone(), Hook: func(op fsx.Op) error {
				if fails > 0 && op.Kind == "open" && op.Name == segPath("/j", 2) {
					fails--
					return trouble
				}
				return nil
			}}})
			if err != nil {
				t.Fatal(err)
			}
			c := mustConsumer(t, j, "c", ConsumerOptions{})
			fails = 2
			for range 2 {
				if b, _, err := c.TryNext(context.Background()); b != nil || !errors.Is(err, trouble) {
					t.Errorf("TryNext() = batch %t, %v, want %v", b != nil, err, trouble)
				}
			}
			threeOnce(t, c)
		})
	}
}

// TestSecondCopyBeforeALostHeader: a power cut took the beginning of the segment
// that has the message again. Its first record says where it begins.
func TestSecondCopyBeforeALostHeader(t *testing.T) {
	mem := twoCopies(t)
	patch(t, mem, segPath("/j", 2), func(f fsx.File) {
		if _, err := f.WriteAt(make([]byte, 2*headSize+21), 0); err != nil {
			t.Fatal(err)
		}
	})
	j := mustOpen(t, "/j", Options{FS: mem})
	defer j.Close()
	threeOnce(t, mustConsumer(t, j, "c", ConsumerOptions{}))
}
