package logstream

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// TestFailedScanKeepsWhatWasFound: a directory that cannot be read for a reason of the
// machine says nothing about its files; it is read again without being asked.
func TestFailedScanKeepsWhatWasFound(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		past := time.Now().Add(-time.Minute) // the directory is at rest
		if err := os.Chtimes(dir, past, past); err != nil {
			t.Fatal(err)
		}
	}
	write("a.log")
	p, err := Compile(Config{Directory: dir, FileMatch: `(?P<Name>\w+)\.log`, Differentiator: []string{"Name"}})
	if err != nil {
		t.Fatal(err)
	}
	failing := error(nil)
	fsys := &fsx.Fault{FS: fsx.OS{}, Hook: func(op fsx.Op) error {
		if op.Kind == "readdir" {
			return failing
		}
		return nil
	}}
	w := NewWatcher(p, fsys, time.Now)
	look := func(step string, streams, problems int) {
		t.Helper()
		if !w.Refresh(false) {
			t.Fatalf("%s: not whole", step)
		}
		if l, _ := w.Listing(); len(l.Streams) != streams || len(l.Problems) != problems {
			t.Errorf("%s: %d streams and %v, want %d streams and %d problems", step, len(l.Streams), l.Problems, streams, problems)
		}
	}
	look("at first", 1, 0)
	failing = syscall.EMFILE
	write("b.log")
	if err := os.Chtimes(dir, time.Now().Add(-time.Hour), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	look("while it fails", 1, 1)
	look("while it still fails", 1, 1)
	failing = nil
	look("once it works", 2, 0)
}
