package journal

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/heka-project/heka/internal/fsx"
)

// kindVoid fills a stretch that was damaged: nobody reads it.
const kindVoid = 3

// Damage is a stretch of a file that holds no sound record.
type Damage struct {
	Segment uint64
	Offset  int64
	Size    int64
	What    string // in words
}

func (d Damage) String() string {
	return fmt.Sprintf("segment %016x: %d bytes at %d: %s", d.Segment, d.Size, d.Offset, d.What)
}

// Verdict is what Verify found.
type Verdict struct {
	Segments, Records, Messages int
	Bytes                       int64 // of sound records
	Damages                     []Damage
	Cursors                     []string // damaged cursor files
}

// Sound reports whether nothing is damaged.
func (v *Verdict) Sound() bool { return len(v.Damages)+len(v.Cursors) == 0 }

// Verify reads everything and checks every checksum.
func (r *Reader) Verify() (*Verdict, error) {
	v := &Verdict{}
	segs, err := r.Segments()
	if err != nil {
		return nil, err
	}
	for i := range segs {
		v.Segments++
		if !segs[i].Sound {
			v.Damages = append(v.Damages, Damage{segs[i].Number, 0, headSize, "header is damaged"})
		}
		if err := r.check(&segs[i], v); err != nil {
			return nil, err
		}
	}
	cursors, err := loadCursors(r.fs, r.dir)
	for _, l := range cursors {
		if !l.ok {
			v.Cursors = append(v.Cursors, cursorPath(r.dir, l.key, l.id))
		}
	}
	return v, err
}

// check verifies one segment.
func (r *Reader) check(info *SegmentInfo, v *Verdict) error {
	f, err := r.fs.OpenFile(info.Path, os.O_RDONLY, 0)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var s scanner
	var m meta
	var buf []byte
	s.open(f, epochOf(f, info.Number, r.secret), headSize, info.Size)
	add := func(from, to int64, what string) {
		v.Damages = append(v.Damages, Damage{info.Number, from, to - from, what})
	}
	for {
		from := s.off
		ok, err := s.next()
		if err != nil {
			return err
		}
		if !ok {
			if s.torn > 0 || s.skipped > 0 && from < s.limit && s.off > from {
				add(from, s.limit, "torn or stale end")
			}
			return nil
		}
		if s.off > from {
			add(from, s.off, "no record")
		}
		size := int(s.h.frames)
		if size > cap(buf) {
			buf = make([]byte, size)
		}
		ok, err = s.frames(buf[:size])
		if err != nil {
			return err
		}
		if ok && s.h.kind == kindMessages {
			ok = m.parse(s.meta, &s.h) && whole(&m, buf[:size])
		}
		if !ok {
			add(s.off, s.off+s.h.size(), "messages do not match their checksum")
		} else if v.Records++; s.h.kind == kindMessages {
			v.Messages += m.n
			v.Bytes += s.h.size()
		}
		s.skip()
	}
}

// Repair puts a journal that no daemon has open in order: damaged headers are
// written anew, damaged stretches are made into records that nobody reads, a torn
// end is cut off. Nothing that is sound is touched or moved. A damaged cursor file
// stays: its consumer begins at the oldest record. It returns what was found.
func Repair(fsys fsx.FS, dir string) (*Verdict, error) {
	if fsys == nil {
		fsys = fsx.OS{}
	}
	if l, ok := fsys.(fsx.Locker); ok {
		lock, err := l.Lock(filepath.Join(dir, "lock"))
		if err != nil {
			return nil, fmt.Errorf("repair journal %s: %w; stop the daemon first", dir, err)
		}
		defer lock.Close()
	}
	r, err := OpenReader(fsys, dir)
	if err != nil {
		return nil, err
	}
	v, err := r.Verify()
	if err != nil {
		return nil, err
	}
	for _, d := range v.Damages {
		if err := r.mend(d); err != nil {
			return v, fmt.Errorf("repair %s: %w", segPath(dir, d.Segment), err)
		}
	}
	return v, nil
}

// mend makes one damaged stretch harmless.
func (r *Reader) mend(d Damage) error {
	f, err := r.fs.OpenFile(segPath(r.dir, d.Segment), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	epoch := epochOf(f, d.Segment, r.secret)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch {
	case d.Offset == 0:
		err = r.newHeader(f, d.Segment, epoch)
	case d.Offset+d.Size >= info.Size():
		err = f.Truncate(d.Offset)
	case d.Size >= headSize:
		h := header{epoch: epoch, frames: uint32(d.Size - headSize), metaCRC: crc(nil), kind: kindVoid}
		b := make([]byte, d.Size)
		if _, err = f.ReadAt(b, d.Offset); err == nil {
			h.frameCRC = crc(b[headSize:])
			h.encode(b)
			_, err = f.WriteAt(b[:headSize], d.Offset)
		}
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// newHeader writes a segment's header anew.
func (r *Reader) newHeader(f fsx.File, number, epoch uint64) error {
	h := segHeader{epoch: epoch, number: number, base: 1}
	var s scanner
	s.open(f, epoch, headSize, 1<<62)
	if ok, err := s.next(); err != nil {
		return err
	} else if ok {
		h.base, h.created = s.h.seq, s.h.time
		if s.h.kind == kindConsumers {
			h.base++
		}
	}
	var b [headSize]byte
	h.encode(b[:])
	_, err := f.WriteAt(b[:], 0)
	return err
}
