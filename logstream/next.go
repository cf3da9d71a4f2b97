package logstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// This file holds how a Follower finds the file that comes next.

// maxBad bounds what is remembered of files that cannot be opened.
const maxBad = 64

// maxSeen bounds what is remembered of files that were read.
const maxSeen = 4096

// begin opens the first file that was not seen.
func (f *Follower) begin() bool {
	if _, gen := f.w.Listing(); gen == f.gen && gen > 0 {
		return false
	}
	for _, file := range f.files() {
		if file.Old || sawAlready(f.fs, f.seen, file) {
			continue
		}
		t, ok := f.open(file)
		if !ok {
			continue
		}
		f.enter(t)
		return true
	}
	return false
}

// open opens a listed file; false when it cannot be, or when another file has
// its name now.
func (f *Follower) open(file *File) (*Tail, bool) {
	t, err := OpenTail(f.fs, file.Path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			f.complain(err)
			if f.bad = append(f.bad, file.Info); len(f.bad) > maxBad {
				f.bad = f.bad[1:]
			}
		}
		return nil, false
	}
	if !file.Is(t.info) {
		t.Close()
		return nil, false
	}
	return t, true
}

// following finds the file to read after the present one, nil for none yet.
func (f *Follower) following(cur fs.FileInfo) *File {
	_, gen := f.w.Listing()
	if gen == f.gen {
		return f.filled(f.next)
	}
	files := f.files()
	f.next = nil
	i := len(files) - 1
	for i >= 0 && !os.SameFile(files[i].Info, cur) {
		i--
	}
	if i >= 0 {
		f.cur.Path = files[i].Path
	} else {
		i = f.compressed(files)
	}
	var empty *File
	for k, file := range files[i+1:] {
		if file.Old || i < 0 && sawAlready(f.fs, f.seen, file) {
			continue
		}
		if i+1+k < len(files)-1 && slices.ContainsFunc(f.bad, file.Is) {
			continue
		}
		if f.filled(file) != nil {
			return file
		}
		empty = file
	}
	f.next = empty
	return nil
}

// filled returns file when it holds bytes by now.
func (f *Follower) filled(file *File) *File {
	if file == nil {
		return nil
	}
	if file.Info.Size() > 0 {
		return file
	}
	if info, err := f.fs.Stat(file.Path); err == nil && file.Is(info) && info.Size() > 0 {
		return file
	}
	return nil
}

// compressed finds the present file among files under its new, compressed form.
func (f *Follower) compressed(files []*File) int {
	pos, ok := f.cur.Position(0)
	if !ok || pos.Seek == 0 {
		return -1
	}
	for i, file := range files {
		if _, packed := uncompressedName(file.Rel); !packed || sawAlready(f.fs, f.seen, file) {
			continue
		}
		if t, ok, _ := openAt(f.fs, file, pos); ok {
			t.Close()
			return i
		}
	}
	return -1
}

// advance goes on to the next file; the present one is held for late lines.
func (f *Follower) advance(next *File, info fs.FileInfo, now time.Time) bool {
	t, ok := f.open(next)
	if !ok {
		f.gen = 0
		f.w.Refresh(false)
		return false
	}
	old := f.cur
	s := seenFile{info, old.start()}
	if old.file != nil && old.z == nil && !old.finished {
		f.hold(old, now)
	} else {
		if old.err != nil {
			f.complain(fmt.Errorf("stream %q goes on without the rest of a damaged file: %w", f.name, old.err))
		}
		old.Close()
	}
	f.forget()
	f.seen = append(f.seen, s)
	if f.origin != nil && next.Is(f.origin) {
		f.origin = nil
	}
	f.enter(t)
	return true
}

// forget drops the oldest files seen when there are too many.
func (f *Follower) forget() {
	if over := len(f.seen) - maxSeen; over > 0 {
		f.seen = append(f.seen[:0], f.seen[over:]...)
	}
}

// current reports whether listing gen still says how things are.
func (f *Follower) current(gen uint64) bool {
	if !f.w.Refresh(false) {
		return false
	}
	_, now := f.w.Listing()
	return now == gen
}

// leave closes a file that was deleted, so that its space can be used again.
func (f *Follower) leave(info fs.FileInfo) {
	f.seen = append(f.seen, seenFile{info, f.cur.start()})
	f.cur.Close()
	f.cur, f.gen = nil, 0
}
