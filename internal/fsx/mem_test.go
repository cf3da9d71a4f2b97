package fsx

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
)

func write1(t *testing.T, fsys FS, name, text string) File {
	t.Helper()
	f, err := fsys.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCrashKeepsWhatWasSynced: content and names that were synced are there after
// any crash; those that were not are there in some and missing in others.
func TestCrashKeepsWhatWasSynced(t *testing.T) {
	lost, kept := 0, 0
	for seed := range uint64(100) {
		m := NewMem()
		m.MkdirAll("/d", 0o700)
		f := write1(t, m, "/d/synced", "one")
		if err := errors.Join(f.Sync(), m.SyncDir("/d")); err != nil {
			t.Fatal(err)
		}
		f.WriteAt([]byte("two"), 3)
		g := write1(t, m, "/d/named", "x")
		g.Sync()
		m.Crash(rand.New(rand.NewPCG(seed, 0)))
		if _, err := f.WriteAt([]byte("dead"), 0); !errors.Is(err, fs.ErrClosed) {
			t.Fatalf("seed %d: write to a file opened before the crash = %v, want closed", seed, err)
		}
		b, err := ReadFile(m, "/d/synced", 100)
		if err != nil || !bytes.HasPrefix(b, []byte("one")) {
			t.Fatalf("seed %d: synced file holds %q, %v", seed, b, err)
		}
		if string(b) == "one" {
			lost++
		} else {
			kept++
		}
	}
	if lost == 0 || kept == 0 {
		t.Errorf("unsynced write: lost %d times, kept %d times; want both", lost, kept)
	}
}

// TestWriteAtomic: after a crash at any call there is the old content or the new.
func TestWriteAtomic(t *testing.T) {
	for seed := range uint64(300) {
		m := NewMem()
		m.MkdirAll("/d", 0o700)
		if err := WriteAtomic(m, "/d/f", []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		at := int64(rng.IntN(6)) + 1
		f := &Fault{FS: m, Hook: func(op Op) error {
			if op.Nth >= at {
				return io.ErrClosedPipe
			}
			return nil
		}}
		werr := WriteAtomic(f, "/d/f", []byte("new"), 0o600)
		m.Crash(rng)
		b, err := ReadFile(m, "/d/f", 10)
		if err != nil || string(b) != "old" && string(b) != "new" || werr == nil && string(b) != "new" {
			t.Fatalf("seed %d: after a stop at call %d (%v) the file holds %q, %v", seed, at, werr, b, err)
		}
	}
}

func TestCapacity(t *testing.T) {
	m := NewMem()
	m.SetCapacity(5)
	f, _ := m.OpenFile("/f", os.O_RDWR|os.O_CREATE, 0o600)
	if n, err := f.WriteAt([]byte("1234567"), 0); n != 5 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("WriteAt past the capacity = %d, %v, want 5 and ENOSPC", n, err)
	}
	if _, err := f.WriteAt([]byte("abc"), 0); err != nil {
		t.Errorf("WriteAt within = %v", err)
	}
}

// TestMemIsLikeOS runs the same calls on both and compares what they answer.
func TestMemIsLikeOS(t *testing.T) {
	for name, fsys := range map[string]FS{"os": OS{}, "mem": NewMem()} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := fsys.MkdirAll(dir+"/a/b", 0o700); err != nil {
				t.Fatal(err)
			}
			f := write1(t, fsys, dir+"/a/f", "hello")
			if err := f.Truncate(8); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 10)
			if n, err := f.ReadAt(b, 2); n != 6 || err != io.EOF || string(b[:6]) != "llo\x00\x00\x00" {
				t.Errorf("ReadAt = %d, %v, %q", n, err, b[:n])
			}
			if _, err := fsys.OpenFile(dir+"/a/f", os.O_CREATE|os.O_EXCL, 0); !errors.Is(err, fs.ErrExist) {
				t.Errorf("exclusive open = %v", err)
			}
			if err := fsys.Rename(dir+"/a/f", dir+"/a/g"); err != nil {
				t.Error(err)
			}
			if _, err := fsys.Stat(dir + "/a/f"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Stat of the old name = %v", err)
			}
			list, err := fsys.ReadDir(dir + "/a")
			if err != nil || len(list) != 2 || list[0].Name() != "b" || list[1].Name() != "g" {
				t.Errorf("ReadDir = %v, %v", list, err)
			}
			if err := fsys.Remove(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Remove of nothing = %v", err)
			}
			if l, ok := fsys.(Locker); ok {
				c, err := l.Lock(dir + "/lock")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := l.Lock(dir + "/lock"); err == nil {
					t.Error("second Lock succeeded")
				}
				c.Close()
			}
			f.Close()
		})
	}
}
