package logstream

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// Event is what a Follower has for its caller.
type Event uint8

// The events.
const (
	Wait Event = iota // nothing to read now; ask again later
	Data              // Read gives bytes
	End               // no more will come of the unfinished record: flush, then ask again
)

const (
	// Linger is how long a file is watched for late lines after its stream went
	// on to the next one: writers keep a renamed file open until they are told.
	Linger = 30 * time.Second
	// maxLate is how many such files are held at a time.
	maxLate = 4
	// Grace is how long an unfinished last line may wait for its end when the
	// next file is there already.
	Grace = 250 * time.Millisecond
)

// Follower reads one stream. One goroutine uses it.
//
//	Next ──Data──▶ Read ─┐
//	  ▲ ──Wait──▶ sleep  │
//	  └──────────────────┘
type Follower struct {
	name string // fixed after NewFollower, as are the four below
	fs   fsx.FS
	w    *Watcher
	warn func(error)

	cur  *Tail // nil before the first file
	late []lateFile
	seen []seenFile
	bad  []fs.FileInfo // files that could not be opened

	origin fs.FileInfo // the truncated file whose copies are being read
	opened uint64      // listing in which cur was opened at its beginning

	gen      uint64    // listing that following has judged last
	next     *File     // stands behind cur, but is empty so far
	calm     bool      // Next found all read and nothing that follows
	ended    bool      // End was reported for what cur holds now
	mod      time.Time // cur's time of change when last looked at
	lastData time.Time // when cur gave bytes last
	warned   string    // last complaint, said once
}

type lateFile struct {
	*Tail
	until time.Time
}

// NewFollower makes a follower for the stream of that name. Complaints about
// single files go to warn, in the caller's goroutine.
func NewFollower(name string, fsys fsx.FS, w *Watcher, warn func(error)) *Follower {
	return &Follower{name: name, fs: fsys, w: w, warn: warn}
}

func (f *Follower) complain(err error) {
	if s := err.Error(); s != f.warned {
		f.warned = s
		f.warn(err)
	}
}

func (f *Follower) files() []*File {
	l, gen := f.w.Listing()
	f.gen = gen
	if st := l.Stream(f.name); st != nil && st.Err == nil {
		return st.Files
	}
	return nil
}

// Resume goes to a saved state. When its file cannot be found, the stream starts
// at its oldest file.
func (f *Follower) Resume(s State, now time.Time) {
	files := f.files()
	f.gen = 0 // judge the listing again, whatever comes of this
	t, i, err := Locate(f.fs, files, s.Position)
	if err != nil {
		f.complain(err)
	}
	if i < 0 {
		if len(files) > 0 {
			f.complain(fmt.Errorf("resume stream %q: no file holds what was read last (%s at %d); it starts at its oldest file", f.name, s.File, s.Seek))
		}
		return
	}
	f.cur = t
	f.skipped(files[:i])
	for _, p := range s.Late {
		for k, file := range files[:i] {
			id, _ := IDOf(file.Info)
			if id != p.ID || id == (FileID{}) {
				continue
			}
			if t, ok, _ := openAt(f.fs, files[k], p); ok && t.z == nil {
				f.hold(t, now)
			}
		}
	}
}

// Tail goes to the end of the newest file.
func (f *Follower) Tail() {
	files := f.files()
	f.gen = 0
	if len(files) == 0 {
		return
	}
	last := len(files) - 1
	f.skipped(files[:last])
	t, err := OpenTail(f.fs, files[last].Path)
	if err != nil {
		f.complain(err)
		return
	}
	info, err := t.file.Stat()
	if err != nil {
		f.complain(err)
		t.Close()
		return
	}
	seek := info.Size()
	if t.z != nil {
		seek = 1<<63 - 1
	}
	if _, err := t.skip(seek); err != nil {
		f.complain(err)
	}
	f.cur = t
}

// skipped notes files that are not to be read.
func (f *Follower) skipped(files []*File) {
	for _, file := range files {
		f.seen = append(f.seen, seenFile{info: file.Info})
	}
}

// Next says what there is to do. partial says that an unfinished record has been
// read.
func (f *Follower) Next(now time.Time, partial bool) Event {
	f.calm = false
	for range 64 {
		if f.cur == nil {
			if !f.begin() {
				return Wait
			}
		}
		m, info, err := f.cur.look()
		if err != nil {
			f.complain(err)
			return Wait
		}
		// A file may be truncated and grow to its old size, or past it, unseen.
		if m == atEnd && !info.ModTime().Equal(f.mod) && !f.cur.same() {
			f.cur.replaced = true
		}
		if f.mod = info.ModTime(); f.cur.replaced {
			m = shrunk
		}
		switch m {
		case grown:
			if f.cur.off == 0 {
				if !f.w.Refresh(false) {
					return Wait
				}
				switch back, ok := f.lookBack(); {
				case !ok:
					return Wait
				case back:
					continue
				}
			}
			f.ended, f.lastData = false, now
			return Data
		case shrunk:
			if !f.w.Refresh(false) {
				return Wait // directories are changing: a copy could be missed
			}
			switch moved, err := f.toCopy(); {
			case err != nil:
				return Wait // it was renamed or compressed since it was listed
			case moved:
				continue
			case partial && !f.ended:
				f.ended = true
				return End
			}
			f.restart()
			continue
		}
		next := f.following(info)
		if next == nil {
			if now.Sub(f.lastData) > Linger {
				if partial && f.next != nil && !f.ended {
					f.ended = true
					return End
				}
				if fsx.Deleted(info) {
					f.leave(info)
					return Wait
				}
			}
			f.calm = f.next == nil
			return Wait
		}
		if f.isOriginal(next) {
			continue
		}
		if partial && !f.ended {
			if now.Sub(f.lastData) < Grace && time.Since(info.ModTime()) < Grace {
				f.gen = 0 // ask following again
				return Wait
			}
			f.ended, f.gen = true, 0
			return End
		}
		if !f.current(f.gen) {
			// A copy may stand before next by now, with what was in next.
			f.gen = 0
			return Wait
		}
		if !f.advance(next, info, now) {
			return Wait
		}
	}
	return Wait
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

// Read reads from the present file. It answers io.EOF when there is nothing now.
func (f *Follower) Read(p []byte) (int, error) {
	if f.cur == nil {
		return 0, io.EOF
	}
	n, err := f.cur.Read(p)
	if f.cur.err != nil {
		f.complain(f.cur.err)
	}
	return n, err
}

// Position is the place back bytes before what was read last. False: it cannot
// be told, nothing was read or it lies too far back.
func (f *Follower) Position(back int) (Position, bool) {
	if f.cur == nil {
		return Position{}, false
	}
	return f.cur.Position(back)
}

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

// maxBad bounds what is remembered of files that cannot be opened.
const maxBad = 64

// maxSeen bounds what is remembered of files that were read.
const maxSeen = 4096

// forget drops the oldest files seen when there are too many.
func (f *Follower) forget() {
	if over := len(f.seen) - maxSeen; over > 0 {
		f.seen = append(f.seen[:0], f.seen[over:]...)
	}
}

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

// enter makes t the present file.
func (f *Follower) enter(t *Tail) {
	_, f.opened = f.w.Listing()
	f.cur, f.gen, f.next, f.ended = t, 0, nil, false
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

// hold keeps a file for late lines.
func (f *Follower) hold(t *Tail, now time.Time) {
	if len(f.late) >= maxLate {
		f.late[0].Close()
		f.late = append(f.late[:0], f.late[1:]...)
	}
	f.late = append(f.late, lateFile{t, now.Add(Linger)})
}

// Late returns a file that was left behind and has got more lines since, nil
// when there is none. Read them from it to the end before the next call.
func (f *Follower) Late(now time.Time) *Tail {
	for i := 0; i < len(f.late); {
		l := &f.late[i]
		m, _, err := l.look()
		if m == grown && err == nil && l.same() {
			l.until = now.Add(Linger)
			return l.Tail
		}
		if err != nil || m == shrunk || now.After(l.until) {
			l.Close()
			f.late = append(f.late[:i], f.late[i+1:]...)
			continue
		}
		i++
	}
	return nil
}

// Held lists the files that are watched for late lines.
func (f *Follower) Held() []*Tail {
	list := make([]*Tail, len(f.late))
	for i := range f.late {
		list[i] = f.late[i].Tail
	}
	return list
}

// Settled reports that only the present file and the listing need watching: no
// file is held for late lines, and no empty one waits to be filled.
func (f *Follower) Settled() bool {
	return f.calm && f.cur.file != nil && len(f.late) == 0
}

// Current is the present file, nil before the first.
func (f *Follower) Current() *Tail { return f.cur }

// Close closes all files.
func (f *Follower) Close() {
	if f.cur != nil {
		f.cur.Close()
	}
	for _, l := range f.late {
		l.Close()
	}
	f.late = nil
}
