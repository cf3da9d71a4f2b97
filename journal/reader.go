package journal

import (
	"path/filepath"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// Reader reads the files of a journal and changes none, so it may be used while
// a daemon writes them. A segment that is used again meanwhile is left out. One
// goroutine uses it.
type Reader struct {
	fs     fsx.FS
	dir    string
	secret uint64
	names  map[int]string // consumers by id, as known from the files so far
}

// OpenReader looks at the journal in dir. fsys nil is the operating system's.
func OpenReader(fsys fsx.FS, dir string) (*Reader, error) {
	if fsys == nil {
		fsys = fsx.OS{}
	}
	r := &Reader{fs: fsys, dir: dir, names: map[int]string{}}
	var err error
	if r.secret, err = readSecret(fsys, filepath.Join(dir, idName)); err != nil {
		return nil, err
	}
	cursors, err := loadCursors(fsys, dir)
	if err != nil {
		return nil, err
	}
	for _, l := range cursors {
		r.names[l.id] = l.name
	}
	if _, err := fsys.ReadDir(dir); err != nil {
		return nil, err
	}
	return r, nil
}

// SegmentInfo tells of one segment file.
type SegmentInfo struct {
	Number  uint64
	Path    string
	Size    int64
	Base    uint64    // sequence number of its first record
	Created time.Time // zero when the header is damaged
	Sound   bool      // the header is
}

// Segments lists the segment files, oldest first.
func (r *Reader) Segments() ([]SegmentInfo, error) {
	segs, err := listSegments(r.fs, r.dir)
	if err != nil {
		return nil, err
	}
	var list []SegmentInfo
	for _, s := range segs {
		i := SegmentInfo{Number: s.number, Path: s.path(r.dir), Size: s.size}
		if h, ok := headerOf(r.fs, r.dir, s.number); ok {
			i.Base, i.Created, i.Sound = h.base, time.Unix(0, h.created), true
			if r.secret == 0 {
				r.secret = h.epoch ^ h.number
			}
		}
		list = append(list, i)
	}
	return list, nil
}

// ConsumerInfo tells of one consumer as its file says.
type ConsumerInfo struct {
	Name    string
	ID      int
	Pos     Pos
	Acked   Count
	Dropped Drops
	State   int   // bytes of saved state
	Behind  int64 // bytes of the log behind its position, whoever they are for
	Sound   bool  // the file is
}

// Consumers lists the consumers that have a position.
func (r *Reader) Consumers() ([]ConsumerInfo, error) {
	cursors, err := loadCursors(r.fs, r.dir)
	if err != nil {
		return nil, err
	}
	segs, err := listSegments(r.fs, r.dir)
	if err != nil {
		return nil, err
	}
	var list []ConsumerInfo
	for _, l := range cursors {
		i := ConsumerInfo{
			Name: l.name, ID: l.id, Pos: l.s.pos, Acked: l.s.ackedOut, Dropped: l.s.settled,
			State: len(l.s.state), Sound: l.ok,
		}
		for _, s := range segs {
			switch {
			case s.number > i.Pos.Segment:
				i.Behind += s.size
			case s.number == i.Pos.Segment:
				i.Behind += max(s.size-i.Pos.Offset, 0)
			}
		}
		list = append(list, i)
	}
	return list, nil
}
