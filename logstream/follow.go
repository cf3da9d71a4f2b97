package logstream

import (
	"fmt"
	"io"
	"io/fs"
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
	// maxMoved is how often a file is looked for anew while files are moved.
	maxMoved = 100
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
func (f *Follower) Resume(s State, now time.Time) bool {
	files := f.files()
	t, i, moved, err := locate(f.fs, files, s.Position)
	for tries := 0; i < 0 && tries < maxMoved; tries++ {
		_, had := f.w.Listing()
		whole := f.w.Refresh(moved)
		if _, gen := f.w.Listing(); gen != had {
			files = f.files()
			t, i, moved, err = locate(f.fs, files, s.Position)
			continue
		}
		if whole {
			break
		}
		time.Sleep(tick / 2) // files are renamed or compressed just now
	}
	f.gen = 0 // judge the listing again, whatever comes of this
	if err != nil {
		f.complain(err)
	}
	if i < 0 {
		if len(files) > 0 {
			f.complain(fmt.Errorf("resume stream %q: no file holds what was read last (%s at %d); it starts at its oldest file", f.name, s.File, s.Seek))
		}
		return false
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
	return true
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

// enter makes t the present file.
func (f *Follower) enter(t *Tail) {
	_, f.opened = f.w.Listing()
	f.cur, f.gen, f.next, f.ended = t, 0, nil, false
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
