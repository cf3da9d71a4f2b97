package logstream

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/heka-project/heka/internal/fsx"
)

// rig is a directory of logs with a follower on stream "s".
type rig struct {
	t    testing.TB
	dir  string
	p    *Pattern
	w    *Watcher
	f    *Follower
	out  bytes.Buffer
	now  time.Time
	warn []string
}

func newRig(t testing.TB, match string, priority ...string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), now: time.Now()}
	p, err := Compile(Config{Name: "s", Directory: r.dir, FileMatch: match, Priority: priority})
	if err != nil {
		t.Fatal(err)
	}
	r.p = p
	r.start()
	return r
}

// start makes a new watcher and follower, as after a restart.
func (r *rig) start() {
	r.w = NewWatcher(r.p, fsx.OS{}, time.Now)
	r.f = NewFollower("s", fsx.OS{}, r.w, func(err error) { r.warn = append(r.warn, err.Error()) })
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) add(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) rename(from, to string) {
	r.t.Helper()
	if err := os.Rename(r.path(from), r.path(to)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) truncate(name string) {
	r.t.Helper()
	if err := os.Truncate(r.path(name), 0); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) copy(from, to string) {
	r.t.Helper()
	b, err := os.ReadFile(r.path(from))
	if err != nil {
		r.t.Fatal(err)
	}
	r.add(to, string(b))
}

// pack compresses a file and removes it.
func (r *rig) pack(name string) {
	r.t.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b[:len(b)/2])
	w.Close()
	w.Reset(&z) // a second member
	w.Write(b[len(b)/2:])
	w.Close()
	r.add(name+".gz", z.String())
	os.Remove(r.path(name))
}

func (r *rig) settle() {
	for !r.w.Refresh(false) {
		time.Sleep(time.Millisecond) // the directory's time stamp must get older than a tick
	}
}

// drain reads all there is, late lines included.
func (r *rig) drain() string {
	r.t.Helper()
	r.out.Reset()
	buf := make([]byte, 37)
	for pass := 0; pass < 2; {
		r.settle()
		r.now = r.now.Add(Grace)
		partial := r.out.Len() > 0 && r.out.Bytes()[r.out.Len()-1] != '\n' && r.out.Bytes()[r.out.Len()-1] != '|'
		switch r.f.Next(r.now, partial) {
		case Data:
			pass = 0
			n, _ := r.f.Read(buf)
			r.out.Write(buf[:n])
		case End:
			r.out.WriteByte('|')
		case Wait:
			pass++
			for t := r.f.Late(r.now); t != nil; t = r.f.Late(r.now) {
				for n, _ := t.Read(buf); n > 0; n, _ = t.Read(buf) {
					r.out.WriteString("late:" + string(buf[:n]))
				}
			}
		}
	}
	return r.out.String()
}

func (r *rig) want(step, want string) {
	r.t.Helper()
	if got := r.drain(); got != want {
		r.t.Errorf("%s: read %q, want %q; complaints: %v", step, got, want, r.warn)
	}
}

func (r *rig) state() State {
	p, ok := r.f.Position(0)
	if !ok {
		r.t.Fatal("no position")
	}
	s := State{Position: p}
	for _, t := range r.f.Held() {
		p, _ := t.Position(0)
		s.Late = append(s.Late, p)
	}
	return s
}

const numbered = `log(?:\.(?P<N>\d+))?(?:\.gz)?`

func TestFollowOldestToNewest(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log.2", "a\n")
	r.pack("log.2")
	r.add("log.1", "b\n")
	r.add("log", "c\n")
	r.want("three files", "a\nb\nc\n")
	r.add("log", "d\n")
	r.want("growth", "d\n")
}

func TestFollowRename(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", "a\n")
	r.want("first", "a\n")
	for i := range 3 {
		r.add("log", fmt.Sprintf("before %d\n", i))
		if i > 0 {
			r.rename("log.1", fmt.Sprint("log.", 9-i))
		}
		r.rename("log", "log.1")
		r.add("log", fmt.Sprintf("after %d\n", i))
		r.want("rotated", fmt.Sprintf("before %d\nafter %d\n", i, i))
		r.add("log.1", "x\n")
		r.want("late line", "late:x\n")
	}
}

func TestFollowRenameOutOfPattern(t *testing.T) {
	r := newRig(t, `app\.log`)
	r.add("app.log", "a\n")
	r.want("first", "a\n")
	r.rename("app.log", "app.log.old")
	r.add("app.log.old", "still written\n")
	r.want("renamed", "still written\n")
	r.add("app.log", "b\n")
	r.want("created", "b\n")
	os.Remove(r.path("app.log"))
	r.want("removed", "")
	r.add("app.log", "c\n")
	r.want("created again", "c\n")
}

func TestFollowWaitsForTheNewFileToFill(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", "a\n")
	r.want("first", "a\n")
	r.rename("log", "log.1")
	r.add("log", "")
	r.add("log.1", "b\n")
	r.want("new file is empty", "b\n")
	r.add("log.1", "c\n")
	r.add("log", "d\n")
	r.want("new file has filled", "c\nd\n")
}

func TestFollowCopyTruncate(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", "a\nb\n")
	r.want("first", "a\nb\n")
	r.add("log", "c\n")
	r.copy("log", "log.1")
	r.truncate("log")
	r.add("log", "d\n")
	r.want("rest from the copy, then the file", "c\nd\n")
	r.add("log", "e\n")
	r.rename("log.1", "log.2")
	r.copy("log", "log.1")
	r.truncate("log")
	r.add("log", "grown past the old size\n")
	r.want("again, grown past what was read", "e\ngrown past the old size\n")
}

func TestFollowTruncateWithoutCopy(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", "a long first line\nhalf")
	r.want("first", "a long first line\nhalf")
	r.truncate("log")
	r.add("log", "b\n")
	r.want("truncated", "b\n")
	f, _ := os.OpenFile(r.path("log"), os.O_WRONLY, 0)
	f.WriteAt([]byte("cc\n"), 2)
	r.want("growth", "cc\n")
	r.truncate("log")
	f.WriteAt([]byte("B\nCC\n"), 0)
	r.want("truncated and grown to its old size", "B\nCC\n")
	r.truncate("log")
	f.WriteAt([]byte("at its old offset\n"), 100<<10)
	f.Close()
	r.want("hole", "at its old offset\n")
}

// TestFollowCopiesWithHoles: the writer goes on at its old offset after each
// truncation, so that the copies begin with zeros too.
func TestFollowCopiesWithHoles(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", "a\n")
	f, err := os.OpenFile(r.path("log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := int64(1000)
	line := func(text string) {
		f.WriteAt([]byte(text), at)
		at += int64(len(text))
	}
	r.want("first", "a\n")
	r.truncate("log")
	line("b\n")
	r.want("a hole", "b\n")
	r.copy("log", "log.1")
	r.truncate("log")
	line("c\n")
	r.want("a copy with a hole", "c\n")
	r.rename("log.1", "log.2")
	r.copy("log", "log.1")
	r.pack("log.1")
	r.truncate("log")
	line("d\n")
	r.want("a compressed copy", "d\n")
	r.start()
	r.want("all from the beginning", "b\nc\nd\n")
	r.add("log.3", "\x00\x00\x00\x02ab")
	r.start()
	r.want("few zeros are content", "\x00\x00\x00\x02ab|b\nc\nd\n")
}

func TestFollowNoFinalNewline(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log.1", "a\nlast")
	r.add("log", "b\n")
	r.want("unfinished line ends with its file", "a\nlast|b\n")
}

func TestFollowDated(t *testing.T) {
	r := newRig(t, `app-(?P<D>\d+)\.log`, "D")
	r.add("app-20240101.log", "a\n")
	r.want("first", "a\n")
	r.add("app-20240102.log", "b\n")
	r.want("second", "b\n")
	r.add("app-20240101.log", "late\n")
	r.add("app-20240102.log", "c\n")
	r.want("late", "c\nlate:late\n")
	os.Remove(r.path("app-20240101.log"))
	os.Remove(r.path("app-20240102.log"))
	r.add("app-20240103.log", "d\n")
	r.want("older removed", "d\n")
}

func TestFollowCompressedWhileReading(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", strings.Repeat("line\n", 300))
	r.settle()
	if r.f.Next(r.now, false) != Data {
		t.Fatal("nothing to read")
	}
	buf := make([]byte, 500)
	r.f.Read(buf)
	r.rename("log", "log.1")
	r.pack("log.1")
	r.add("log", "new\n")
	r.want("rest of the old handle, then the new file", strings.Repeat("line\n", 200)+"new\n")
}

func TestFollowSymlinkSwap(t *testing.T) {
	r := newRig(t, `app\.log`)
	r.add("one", "a\n")
	r.add("two", "b\n")
	os.Symlink("one", r.path("app.log"))
	r.want("first", "a\n")
	os.Symlink("two", r.path("new"))
	r.rename("new", "app.log")
	r.want("swapped", "b\n")
}

func TestFollowDeletedFileIsLetGo(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log", "a\n")
	r.want("first", "a\n")
	os.Remove(r.path("log"))
	r.now = r.now.Add(2 * Linger)
	r.want("removed", "")
	if r.f.Current() != nil {
		t.Error("a deleted file is still open")
	}
	r.add("log", "b\n") // often gets the same inode
	r.want("created again", "b\n")
}

func TestResume(t *testing.T) {
	long := strings.Repeat("0123456789\n", 100)
	for _, tt := range []struct {
		name string
		down func(r *rig)
		want string
	}{
		{"nothing happened", func(r *rig) {}, ""},
		{"growth", func(r *rig) { r.add("log", "b\n") }, "b\n"},
		{"renamed", func(r *rig) { r.add("log", "b\n"); r.rename("log", "log.1"); r.add("log", "c\n") }, "b\nc\n"},
		{"renamed twice", func(r *rig) {
			r.rename("log", "log.2")
			r.add("log.1", "b\n")
			r.add("log", "c\n")
		}, "b\nc\n"},
		{"renamed and compressed", func(r *rig) {
			r.add("log", "b\n")
			r.rename("log", "log.1")
			r.pack("log.1")
			r.add("log", "c\n")
		}, "b\nc\n"},
		{"the same text in a new file", func(r *rig) {
			r.rename("log", "log.1")
			r.add("log", long+"c\n")
		}, long + "c\n"},
		{"copied and truncated", func(r *rig) {
			r.add("log", "b\n")
			r.copy("log", "log.1")
			r.truncate("log")
			r.add("log", "c\n")
		}, "b\nc\n"},
		{"late line in an old file", func(r *rig) { r.add("log.5", "late\n") }, "late:late\n"},
		{"gone: start at the oldest", func(r *rig) {
			os.Remove(r.path("log"))
			os.Remove(r.path("log.5"))
			r.add("log.1", "b\n")
			r.add("log", "c\n")
		}, "b\nc\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, numbered, "^N")
			r.add("log.5", "old\n")
			r.add("log", long)
			r.want("first", "old\n"+long)
			s, err := DecodeState(r.state().Encode())
			if err != nil {
				t.Fatal(err)
			}
			r.f.Close()
			tt.down(r)
			r.start()
			r.settle()
			r.f.Resume(s, r.now)
			r.want("after the restart", tt.want)
			r.add("log", "more\n")
			r.want("then", "more\n")
		})
	}
}

// moving is a file system in which something happens when a file is opened.
type moving struct {
	fsx.OS
	before func(name string)
}

func (m *moving) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	m.before(name)
	return m.OS.OpenFile(name, flag, perm)
}

// TestResumeWhileTheFileIsCompressed: the listing has the plain file, but by the
// time it is opened only its compressed form is there.
func TestResumeWhileTheFileIsCompressed(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log.1", "old\n")
	r.add("log", "read\n")
	r.want("first", "old\nread\n")
	s := r.state()
	r.rename("log.1", "log.2")
	r.rename("log", "log.1")
	r.add("log", "new\n")
	disk := new(moving)
	disk.before = func(name string) {
		if name == r.path("log.1") {
			disk.before = func(string) {}
			r.pack("log.1")
		}
	}
	r.start()
	r.settle()
	r.f = NewFollower("s", disk, r.w, func(err error) { r.warn = append(r.warn, err.Error()) })
	if !r.f.Resume(s, r.now) {
		t.Errorf("not found: %v", r.warn)
	}
	r.want("after the restart", "new\n")
}

func TestTailAtTheEnd(t *testing.T) {
	r := newRig(t, numbered, "^N")
	r.add("log.1", "old\n")
	r.add("log", "old\n")
	r.settle()
	r.f.Tail()
	r.want("nothing old", "")
	r.add("log", "new\n")
	r.want("growth", "new\n")
}

func TestDamagedCompressedFile(t *testing.T) {
	r := newRig(t, `log(\.(?P<N>\d+))?(\.(gz|zst))?`, "^N")
	var z bytes.Buffer
	w, _ := zstd.NewWriter(&z)
	w.Write([]byte("zstd\n"))
	w.Close()
	r.add("log.3.zst", z.String())
	r.add("log.2", strings.Repeat("x", 100)+"\n")
	r.pack("log.2")
	os.Truncate(r.path("log.2.gz"), 12)
	r.add("log.1.gz", "\x1f\x8b\x08garbage that is no gzip file")
	r.add("log", "next\n")
	if got := r.drain(); got != "zstd\nnext\n" || len(r.warn) == 0 {
		t.Errorf("read %q with complaints %v", got, r.warn)
	}
}
