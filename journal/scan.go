package journal

import (
	"bytes"
	"errors"
	"io"

	"github.com/heka-project/heka/internal/fsx"
)

const windowSize = 64 << 10 // bytes read at once where records are small

// scanner walks the records of one segment file. What is damaged it passes over
// and counts. One goroutine uses it; nothing is allocated once its window has
// grown.
//
//	file  ──┬────────┬────────┬──▒▒▒▒▒▒──┬────────┬─▶ limit
//	        record   record   skipped    off: h, meta
type scanner struct {
	f     fsx.File
	epoch uint64
	off   int64 // of the next record; after next has found one, of that
	limit int64 // nothing at or behind this offset is looked at

	h    header
	meta []byte // of the record at off, borrowed until the next call

	sound   int64 // offset behind the last sound record
	skipped int64 // bytes passed over between sound records
	torn    int64 // bytes behind the last one that are neither zero nor marked as free

	win    []byte // content of the file from winOff on
	winOff int64
}

// open makes s read f from offset off on.
func (s *scanner) open(f fsx.File, epoch uint64, off, limit int64) {
	s.f, s.epoch, s.off, s.limit = f, epoch, off, limit
	s.sound, s.skipped, s.torn = off, 0, 0
	s.win, s.winOff = s.win[:0], 0
}

// next finds the first record at or behind off whose header and meta part are
// sound. False without an error means that there is none.
func (s *scanner) next() (bool, error) {
	for {
		left := s.limit - s.off
		if left <= 0 {
			return false, nil
		}
		b, err := s.peek(s.off, int(min(left, headSize)))
		if err == io.ErrUnexpectedEOF {
			continue // the file is shorter than it was
		}
		if err != nil {
			return false, err
		}
		if isMark(b, s.epoch) {
			return false, nil
		}
		if left < headSize || !s.h.decode(b, s.epoch) || s.h.size() > left {
			if found, err := s.resync(); !found || err != nil {
				return false, err
			}
			continue
		}
		b, err = s.peek(s.off, headSize+int(s.h.meta))
		if err == io.ErrUnexpectedEOF {
			continue
		}
		if err != nil {
			return false, err
		}
		if s.meta = b[headSize:]; crc(s.meta) == s.h.metaCRC {
			return true, nil
		}
		s.bad()
	}
}

// skip goes on behind the record at off.
func (s *scanner) skip() {
	s.off += s.h.size()
	s.sound = s.off
}

// bad goes on behind the record at off and counts it as damaged.
func (s *scanner) bad() {
	s.skipped += s.h.size()
	s.off += s.h.size()
}

// frames reads the frames of the record at off into dst, which has their size,
// and reports whether they are what was written.
func (s *scanner) frames(dst []byte) (bool, error) {
	off := s.off + headSize + int64(s.h.meta)
	n := 0
	if i := off - s.winOff; i >= 0 && i < int64(len(s.win)) {
		n = copy(dst, s.win[i:])
	}
	if n < len(dst) {
		if _, err := s.f.ReadAt(dst[n:], off+int64(n)); err == io.EOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return crc(dst) == s.h.frameCRC, nil
}

// peek returns n bytes at off. io.ErrUnexpectedEOF means that the file ends
// before: limit says where.
func (s *scanner) peek(off int64, n int) ([]byte, error) {
	i := off - s.winOff
	if i < 0 || i+int64(n) > int64(len(s.win)) {
		if err := s.fill(off, n); err != nil {
			return nil, err
		}
		i = 0
	}
	return s.win[i : i+int64(n)], nil
}

// fill makes the window start at off and hold at least n bytes.
func (s *scanner) fill(off int64, n int) error {
	var rest []byte
	if i := off - s.winOff; i >= 0 && i < int64(len(s.win)) {
		rest = s.win[i:]
	}
	win := s.win[:cap(s.win)]
	if want := max(n, int(min(windowSize, s.limit-off))); want > cap(win) {
		win = make([]byte, max(want, min(windowSize, 2*cap(win))))
	}
	keep := copy(win, rest)
	want := int(min(int64(len(win)), s.limit-off))
	got, err := s.f.ReadAt(win[keep:max(want, keep)], off+int64(keep))
	if err != nil && !errors.Is(err, io.EOF) && keep < n { // what is asked for may be readable all the same
		got, err = s.f.ReadAt(win[keep:n], off+int64(keep))
	}
	s.win, s.winOff = win[:keep+got], off
	if len(s.win) >= n {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		s.limit = off + int64(len(s.win))
		return io.ErrUnexpectedEOF
	}
	return err
}

// resync moves off to the next header of the right epoch behind it. False means
// that there is none: what is left is torn or was never written.
func (s *scanner) resync() (bool, error) {
	empty := true
	for at := s.off; at < s.limit; {
		n := int(min(s.limit-at, int64(max(cap(s.win), windowSize))))
		b, err := s.peek(at, n)
		if err == io.ErrUnexpectedEOF {
			continue
		}
		if err != nil {
			return false, err
		}
		from := 0
		if at == s.off {
			from = 1
			empty = empty && b[0] == 0
		}
		if p := s.find(b, from); p >= 0 {
			s.skipped += at + int64(p) - s.off
			s.off = at + int64(p)
			return true, nil
		}
		zero := allZero(b)
		empty = empty && zero
		at += int64(max(1, n-headSize+1))
		if sp, ok := s.f.(fsx.Sparse); ok && zero {
			if data, ok := sp.NextData(at); !ok {
				break
			} else if data > at+headSize {
				at = data - headSize
			}
		}
	}
	if !empty {
		s.torn += s.limit - s.off
	}
	s.off = s.limit
	return false, nil
}

// find returns the offset in b, at or behind from, of what looks like a header
// of the scanner's epoch, or -1.
func (s *scanner) find(b []byte, from int) int {
	for i := from; ; i++ {
		k := bytes.Index(b[i:], []byte(recMagic))
		if k < 0 || len(b)-i-k < headSize {
			return -1
		}
		if i += k; le.Uint64(b[i+8:]) == s.epoch {
			return i
		}
	}
}

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if le.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
