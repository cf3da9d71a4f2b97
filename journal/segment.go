package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/heka-project/heka/internal/fsx"
)

// segment is one file of the log.
type segment struct {
	number uint64 // fixed; never used twice
	base   uint64 // guarded by Journal.mu: sequence number of its first record, 0: not read yet

	created int64 // guarded by Journal.mu: nanoseconds since the Unix epoch, 0: not read yet
	first   int64 // fixed: offset behind the list of consumers
	room    int64 // fixed: bytes that the file had when it was used again
	end     int64 // guarded by Journal.mu: bytes that are records, -1: to be seen from the file
	size    int64 // guarded by Journal.mu: bytes of the file
}

func (s *segment) path(dir string) string { return segPath(dir, s.number) }

func segPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x.seg", number))
}

// segNumber reads the number from a segment's file name.
func segNumber(name string) (uint64, bool) {
	hex, ok := strings.CutSuffix(name, ".seg")
	if !ok || len(hex) != 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(hex, 16, 64)
	return n, err == nil && n > 0
}

// listSegments reads which segments a directory has, oldest first.
func listSegments(fsys fsx.FS, dir string) ([]*segment, error) {
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var segs []*segment
	for _, e := range entries {
		n, ok := segNumber(e.Name())
		if !ok {
			continue
		}
		s := &segment{number: n, end: -1}
		if info, err := fsys.Stat(s.path(dir)); err == nil {
			s.size = info.Size()
		}
		segs = append(segs, s)
	}
	sort.Slice(segs, func(i, k int) bool { return segs[i].number < segs[k].number })
	return segs, nil
}

// readHeader reads a segment's header; false means that it is damaged or gone.
func readHeader(f io.ReaderAt) (h segHeader, ok bool) {
	h, ok, _ = tryHeader(f)
	return h, ok
}

// tryHeader is readHeader that tells a header which is not there from one that
// cannot be read now.
func tryHeader(f io.ReaderAt) (h segHeader, ok bool, err error) {
	var b [headSize]byte
	if _, err := f.ReadAt(b[:], 0); errors.Is(err, io.EOF) {
		return h, false, nil
	} else if err != nil {
		return h, false, err
	}
	return h, h.decode(b[:]), nil
}

// headerOf opens the segment for its header.
func headerOf(fsys fsx.FS, dir string, number uint64) (h segHeader, ok bool) {
	f, err := fsys.OpenFile(segPath(dir, number), os.O_RDONLY, 0)
	if err != nil {
		return h, false
	}
	defer f.Close()
	h, ok = readHeader(f)
	return h, ok && h.number == number
}

// epochOf finds out the epoch of segment number in f: from its header, else by
// the journal's secret. Records of another epoch are what the file held before.
func epochOf(f io.ReaderAt, number, secret uint64) uint64 {
	epoch, _ := epochAndRun(f, number, secret)
	return epoch
}

// epochAndRun is epochOf with the run that wrote the segment, zero when its header
// does not say.
func epochAndRun(f io.ReaderAt, number, secret uint64) (epoch uint64, run [16]byte) {
	if h, ok := readHeader(f); ok && h.number == number {
		return h.epoch, h.run
	}
	return secret ^ number, run
}

func (j *Journal) epochOf(f io.ReaderAt, number uint64) uint64 { return epochOf(f, number, j.secret) }

// at returns the segment of that number or the next higher one, nil when there
// is none, and the sequence number with which those behind it begin, 0 when there
// is none. The error says that one of them cannot be read now: then the number is
// that of one further on, or 0, and may be too high.
func (j *Journal) at(number uint64) (s *segment, bound uint64, err error) {
	j.mu.Lock()
	i := sort.Search(len(j.segs), func(i int) bool { return j.segs[i].number >= number })
	behind := j.segs[min(i, len(j.segs)):]
	if len(behind) > 0 {
		behind = append([]*segment(nil), behind[:min(len(behind), 4)]...)
	}
	j.mu.Unlock()
	if len(behind) == 0 {
		return nil, 0, nil
	}
	if s = behind[0]; s.number != number {
		return s, 0, nil
	}
	for _, next := range behind[1:] {
		base, berr := j.baseOf(next)
		err = cmp.Or(err, berr)
		if bound = base; bound > 0 {
			break
		}
	}
	return s, bound, err
}

// baseOf is the sequence number with which the segment begins, 0 when nothing
// sound in it says so. An error means that it may say so another time.
func (j *Journal) baseOf(s *segment) (uint64, error) {
	j.mu.Lock()
	base := s.base
	j.mu.Unlock()
	if base > 0 {
		return base, nil
	}
	f, err := j.fs.OpenFile(s.path(j.dir), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) { // used again meanwhile
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	h, ok, err := tryHeader(f)
	if err != nil {
		return 0, err
	}
	if !ok || h.number != s.number {
		if h.base, err = j.firstSeq(f, s.number); err != nil || h.base == 0 {
			return 0, err
		}
		h.created = 0
	}
	j.mu.Lock()
	s.base, s.created = h.base, h.created
	j.mu.Unlock()
	return h.base, nil
}

// firstSeq is the sequence number of the first sound record of the segment in f,
// 0 when there is none: what a segment without a header begins with, as far as
// anybody can tell.
func (j *Journal) firstSeq(f fsx.File, number uint64) (uint64, error) {
	var s scanner
	s.open(f, j.epochOf(f, number), headSize, 1<<62)
	for {
		ok, err := s.next()
		switch {
		case err != nil || !ok:
			return 0, err
		case s.h.kind == kindConsumers:
			return s.h.seq + 1, nil
		case s.h.kind == kindMessages:
			return s.h.seq, nil
		}
		s.skip()
	}
}

// endOf is the number of bytes of the segment that are records.
func (j *Journal) endOf(s *segment) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s.end >= 0 {
		return s.end
	}
	return s.size
}

// active reports whether s is written to.
func (j *Journal) active(s *segment) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return s == j.act
}
