package journal

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

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
