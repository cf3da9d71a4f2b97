package journal

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
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

// Record is one record of the log. It is valid until the next one is asked for.
type Record struct {
	Pos    Pos // Offset is that of the record
	Time   time.Time
	Signer string
	Origin string
	Depth  int
	Token  []byte
	Marked bool // a dead letter that was dealt with

	r      *Reader
	m      meta
	frames []byte
	ends   []int
}

// Len is the number of messages.
func (r *Record) Len() int { return len(r.ends) }

// Frame is message i with its framing.
func (r *Record) Frame(i int) []byte {
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	return r.frames[from:r.ends[i]]
}

// Message is message i without framing.
func (r *Record) Message(i int) []byte {
	f := r.Frame(i)
	return f[message.FramingOverhead+int(f[1]):]
}

// Frames is all messages with their framing.
func (r *Record) Frames() []byte { return r.frames }

// Takers lists who takes message i. A name that is not known any more is left out.
func (r *Record) Takers(i int) (names []string) {
	row := r.m.row(i)
	for id := range r.m.nWords() * 64 {
		if r.m.has(row, id) && r.r.names[id] != "" {
			names = append(names, r.r.names[id])
		}
	}
	return names
}

// Takes reports whether consumer takes message i.
func (r *Record) Takes(i int, consumer string) bool {
	row := r.m.row(i)
	for id := range r.m.nWords() * 64 {
		if r.m.has(row, id) && r.r.names[id] == consumer {
			return true
		}
	}
	return false
}

func (m *meta) nWords() int { return (m.rowSize - 8) / 8 }

// Range limits what Records yields. The zero value is everything.
type Range struct {
	From         Pos       // not before this record
	Since, Until time.Time // appended within; Until itself is left out
}

// Records yields the sound records of the log in order, and an error for a file
// that cannot be read, after which it goes on with the next. What is damaged is
// left out: Verify tells.
func (r *Reader) Records(o Range) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		segs, err := r.Segments()
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range segs {
			if segs[i].Number < o.From.Segment {
				continue
			}
			if i+1 < len(segs) && !o.Since.IsZero() && segs[i+1].Sound && segs[i+1].Created.Before(o.Since) {
				continue
			}
			var next uint64
			for k := i + 1; k < len(segs) && next == 0; k++ {
				next = segs[k].Base
			}
			if !r.segment(&segs[i], next, &o, yield) {
				return
			}
		}
	}
}

// segment yields the records of one segment; false when the caller has enough.
func (r *Reader) segment(info *SegmentInfo, bound uint64, o *Range, yield func(*Record, error) bool) bool {
	f, err := r.fs.OpenFile(info.Path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		return yield(nil, err)
	}
	defer f.Close()
	var s scanner
	epoch := r.secret // of a lone file
	if info.Number > 0 {
		epoch = epochOf(f, info.Number, r.secret)
	}
	s.open(f, epoch, headSize, info.Size)
	if info.Number == o.From.Segment {
		s.off = max(s.off, o.From.Offset)
	}
	rec := Record{r: r}
	for {
		ok, err := s.next()
		if err != nil {
			return yield(nil, err)
		}
		if !ok {
			return true
		}
		if s.h.kind == kindConsumers {
			r.learn(&s)
		}
		t := time.Unix(0, s.h.time)
		if bound > 0 && s.h.seq >= bound || t.Before(o.Since) || !o.Until.IsZero() && !t.Before(o.Until) || !rec.read(&s) {
			s.skip()
			continue
		}
		rec.Pos = Pos{Segment: info.Number, Offset: s.off, Seq: s.h.seq}
		if !yield(&rec, nil) {
			return false
		}
		s.skip()
	}
}

// SegmentFile yields the sound records of one segment file, wherever it lies.
// fsys nil is the operating system's.
func SegmentFile(fsys fsx.FS, path string) iter.Seq2[*Record, error] {
	if fsys == nil {
		fsys = fsx.OS{}
	}
	return func(yield func(*Record, error) bool) {
		f, err := fsys.OpenFile(path, os.O_RDONLY, 0)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			yield(nil, err)
			return
		}
		h, ok := readHeader(f)
		var b [headSize]byte
		if _, err := f.ReadAt(b[:], headSize); !ok && err == nil {
			h.epoch = le.Uint64(b[8:]) // the header is damaged: what the first record says
		}
		r := &Reader{fs: fsys, secret: h.epoch, names: map[int]string{}}
		r.segment(&SegmentInfo{Path: path, Size: info.Size()}, 0, &Range{}, yield)
	}
}

// learn takes over the names in a list of consumers.
func (r *Reader) learn(s *scanner) {
	list, _ := parseConsumers(s.meta, &s.h)
	for _, k := range list {
		r.names[k.id] = k.name
	}
}

// read fills r with the record at hand; false when it holds no sound messages.
func (r *Record) read(s *scanner) bool {
	if !r.m.parse(append([]byte(nil), s.meta...), &s.h) {
		return false
	}
	if n := int(s.h.frames); n > cap(r.frames) {
		r.frames = make([]byte, n)
	}
	r.frames = r.frames[:s.h.frames]
	if ok, err := s.frames(r.frames); !ok || err != nil || !whole(&r.m, r.frames) {
		return false
	}
	r.Time, r.Signer, r.Origin, r.Depth = time.Unix(0, s.h.time), r.m.signer, r.m.origin, int(s.h.depth)
	r.Token, r.Marked = r.m.token, s.h.mark == dropMark
	r.ends = r.ends[:0]
	at := 0
	for i := range r.m.n {
		at += r.m.length(i)
		r.ends = append(r.ends, at)
	}
	return true
}

// Export writes what lies within o as a stream of framed messages: all, or what
// one consumer takes. It returns how many were written.
func (r *Reader) Export(w io.Writer, o Range, consumer string) (n int, err error) {
	for rec, err := range r.Records(o) {
		if err != nil {
			return n, err
		}
		for i := range rec.Len() {
			if consumer != "" && !rec.Takes(i, consumer) {
				continue
			}
			if _, err := w.Write(rec.Frame(i)); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}
