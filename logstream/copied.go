package logstream

import (
	"errors"
	"io/fs"
	"slices"
)

// This file holds the ways of a Follower with files that are copied and truncated.

// toCopy goes on in the copy that was made of the present file before it was
// truncated, where that holds what was read. An error asks to try again.
func (f *Follower) toCopy() (bool, error) {
	pos, ok := f.cur.Position(0)
	if !ok || pos.Seek == 0 {
		return false, nil
	}
	var read []*File
	for _, file := range f.files() {
		if file.Is(f.cur.info) {
			continue
		}
		if sawAlready(f.fs, f.seen, file) {
			read = append(read, file)
			continue
		}
		t, ok, err := openAt(f.fs, file, pos)
		if errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if ok {
			f.enterCopy(t)
			return true, nil
		}
	}
	// A copy that was read already: what follows it comes next.
	for _, file := range read {
		if _, packed := uncompressedName(file.Rel); packed {
			continue
		}
		t, ok, err := openAt(f.fs, file, pos)
		if errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if !ok {
			continue
		}
		if info, err := t.file.Stat(); err == nil {
			t.skip(info.Size())
		}
		f.enterCopy(t)
		return true, nil
	}
	return false, nil
}

// enterCopy goes on in a copy of the present file.
func (f *Follower) enterCopy(t *Tail) {
	if f.origin == nil {
		f.origin = f.cur.info
	}
	f.cur.Close()
	f.enter(t)
}

// restart reads the present file, which was truncated, from its beginning. What
// stands before it now has no more to give.
func (f *Follower) restart() {
	for _, file := range f.files() {
		if file.Is(f.cur.info) {
			break
		}
		if !sawAlready(f.fs, f.seen, file) {
			h, _ := headOf(f.fs, file.Path)
			f.seen = append(f.seen, seenFile{file.Info, h})
		}
	}
	f.forget()
	f.cur.restart()
	f.cur.holey = true
	f.enter(f.cur)
}

// lookBack is asked before the first byte of a file is read: when the file was
// empty for a time, it may have been filled, copied and truncated meanwhile.
// Then the copies, which stand before it, come first. It is not ok when a copy has
// another name by now: ask again.
func (f *Follower) lookBack() (back, ok bool) {
	files := f.files()
	judged := f.gen
	f.gen = 0
	if judged == f.opened {
		return false, true
	}
	i := slices.IndexFunc(files, func(file *File) bool { return file.Is(f.cur.info) })
	j := i
	for j > 0 && !files[j-1].Old && !sawAlready(f.fs, f.seen, files[j-1]) {
		j--
	}
	if j == i {
		f.opened = judged
		return false, true
	}
	t, ok := f.open(files[j])
	if !ok {
		return false, slices.ContainsFunc(f.bad, files[j].Is)
	}
	f.enterCopy(t)
	return true, true
}

// isOriginal goes on in next at the present offset when the present file is a
// copy of next, made but now, and next is not truncated yet.
func (f *Follower) isOriginal(next *File) bool {
	if f.origin == nil || !next.Is(f.origin) {
		return false
	}
	pos, ok := f.cur.Position(0)
	if !ok || pos.Seek == 0 {
		return false
	}
	t, ok, _ := openAt(f.fs, next, pos)
	if !ok {
		return false
	}
	f.cur.Close()
	f.enter(t)
	return true
}
