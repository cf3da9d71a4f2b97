package logstream

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/heka-project/heka/internal/fsx"
)

var (
	gzipMagic = []byte{0x1f, 0x8b, 0x08}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// maxWindow bounds the memory that a zstd file may ask for.
const maxWindow = 32 << 20

// Tail is one open file of a stream, plain or compressed, which is told by its
// first bytes. One goroutine uses it.
type Tail struct {
	Path string // under which it was opened

	fs   fsx.FS
	file fsx.File // nil once closed
	info fs.FileInfo
	z    io.Reader // uncompresses; nil for a plain file
	zend func()
	off  int64 // bytes of content read
	mem  *memory

	first []byte // up to headSize bytes of a compressed file's content

	holey    bool  // zeros are to be passed over
	replaced bool  // the content is another than that which was read
	finished bool  // a compressed file was read to its end
	broken   int64 // size at which a compressed file broke off, 0 for sound
	err      error // why
}

// OpenTail opens a file at the beginning of its content.
func OpenTail(fsys fsx.FS, path string) (*Tail, error) {
	f, err := fsys.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open log file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open log file: %w", err)
	}
	t := &Tail{Path: path, fs: fsys, file: f, info: info, mem: new(memory)}
	if err := t.detect(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// detect looks for the magic bytes of a compressed file.
func (t *Tail) detect() error {
	var head [4]byte
	n, err := t.file.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read log file: %w", err)
	}
	src := io.NewSectionReader(t.file, 0, 1<<62)
	switch {
	case bytes.HasPrefix(head[:n], gzipMagic):
		z, err := gzip.NewReader(src)
		if err != nil {
			return t.breakOff(err)
		}
		t.z, t.zend = z, func() { z.Close() }
	case bytes.HasPrefix(head[:n], zstdMagic):
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return t.breakOff(err)
		}
		t.z, t.zend = z, z.Close
	default:
		t.holey = t.holey || t.hollow(src)
	}
	return nil
}

// minHole is how many zeros a file begins with, at least, that has a hole: fewer may
// be the length in front of a record.
const minHole = 16

// hollow reports whether the content of r begins with a hole, as that of a file
// does whose writer went on at its old offset after a truncation, and its copies.
func (t *Tail) hollow(r io.Reader) bool {
	var b [minHole]byte
	n, _ := io.ReadFull(r, b[:])
	return n == len(b) && b == [minHole]byte{}
}

// Close closes the file; position and path stay.
func (t *Tail) Close() {
	t.unpack()
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
}

func (t *Tail) unpack() {
	if t.zend != nil {
		t.zend()
	}
	t.z, t.zend = nil, nil
}

// breakOff notes that a compressed file cannot be read on, at its present size.
func (t *Tail) breakOff(err error) error {
	t.err = fmt.Errorf("uncompress %s at %d: %w", t.Path, t.off, err)
	t.finished = true
	t.broken = -1
	if info, serr := t.file.Stat(); serr == nil {
		t.broken = info.Size()
	}
	t.unpack()
	return nil
}

// Read fills p with what follows. io.EOF means that there is no more now.
func (t *Tail) Read(p []byte) (int, error) {
	if t.file == nil || t.finished {
		return 0, io.EOF
	}
	if t.z == nil && t.off == 0 {
		if err := t.detect(); err != nil || t.finished {
			return 0, err
		}
	}
	for t.z == nil {
		n, err := t.file.ReadAt(p, t.off)
		if n > 0 && !t.same() {
			t.replaced = true
			return 0, io.EOF
		}
		if k := t.hole(p[:n]); k > 0 {
			if k == n {
				continue
			}
			n = copy(p, p[k:n])
		}
		return t.took(p[:n], err)
	}
	for {
		n, err := t.z.Read(p)
		if t.off == 0 && t.hollow(bytes.NewReader(p[:n])) {
			t.holey = true
		}
		if k := t.hole(p[:n]); k > 0 {
			n = copy(p, p[k:n])
		}
		if n == 0 && err == nil {
			continue
		}
		n, rerr := t.took(p[:n], err)
		if err == io.EOF {
			t.finished = true
			t.unpack()
		} else if err != nil {
			t.breakOff(err)
			rerr = io.EOF
		}
		if n > 0 {
			rerr = nil
		}
		return n, rerr
	}
}

// hole passes over the zeros at the head of a file with a hole. It returns their number in b, which was read at t.off.
func (t *Tail) hole(b []byte) int {
	if !t.holey {
		return 0
	}
	k := 0
	for k < len(b) && b[k] == 0 {
		k++
	}
	t.holey = k == len(b)
	t.mem.add(b[:k])
	t.off += int64(k)
	return k
}

func (t *Tail) took(b []byte, err error) (int, error) {
	if n := headSize - len(t.first); t.z != nil && n > 0 {
		t.first = append(t.first, b[:min(n, len(b))]...)
	}
	t.off += int64(len(b))
	t.mem.add(b)
	if len(b) > 0 {
		return len(b), nil
	}
	if err != nil && err != io.EOF {
		return 0, fmt.Errorf("read log file: %w", err)
	}
	return 0, io.EOF
}

// skip moves to offset seek of the content and remembers what lies before it;
// false when there is less.
func (t *Tail) skip(seek int64) (bool, error) {
	if t.finished {
		return seek == 0, nil
	}
	if t.z != nil {
		return t.skipPacked(seek), nil
	}
	info, err := t.file.Stat()
	if err != nil || info.Size() < seek {
		return false, err
	}
	t.mem = new(memory)
	from := max(0, seek-int64(len(t.mem.buf)))
	b := make([]byte, seek-from)
	if _, err := t.file.ReadAt(b, from); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, fmt.Errorf("read log file: %w", err)
	}
	t.mem.add(b)
	t.mem.total, t.off = seek, seek
	return true, nil
}

// skipPacked is skip for a compressed file. A hole is content here: the place may lie
// in it, or at its end.
func (t *Tail) skipPacked(seek int64) bool {
	buf := make([]byte, 64<<10)
	hollow := seek >= minHole
	for t.off < seek {
		n, err := t.z.Read(buf[:min(int64(len(buf)), seek-t.off)])
		hollow = hollow && len(bytes.TrimLeft(buf[:n], "\x00")) == 0
		t.took(buf[:n], nil)
		switch {
		case err == io.EOF:
			t.finished = true
			t.unpack()
			return t.off == seek
		case err != nil:
			t.breakOff(err)
			return t.off == seek
		}
	}
	t.holey = hollow
	return true
}

// Position is the place that lies back bytes before what was read last; false
// when it cannot be told, as it lies too far back in a compressed file.
func (t *Tail) Position(back int) (Position, bool) {
	h, ok := t.mem.hash(back)
	if !ok {
		h, ok = t.hashFile(t.off - int64(back))
	}
	if !ok {
		return Position{}, false
	}
	id, _ := IDOf(t.info)
	return Position{Seek: t.off - int64(back), File: t.Path, ID: id, Hash: h}, true
}

// hashFile reads what lies before seek from the file.
func (t *Tail) hashFile(seek int64) (Hash, bool) {
	if t.z != nil || t.finished || t.file == nil || seek < 0 {
		return Hash{}, false
	}
	var w [hashed]byte
	n := min(seek, hashed)
	if _, err := t.file.ReadAt(w[hashed-n:], seek-n); err != nil {
		return Hash{}, false
	}
	return sha1.Sum(w[:]), true
}

// Offset is the number of bytes of content read.
func (t *Tail) Offset() int64 { return t.off }

// more is what a look at an open file tells.
type more uint8

const (
	atEnd  more = iota // all was read
	grown              // there is more
	shrunk             // the file is shorter than what was read
)

// look compares the file with what was read.
func (t *Tail) look() (more, fs.FileInfo, error) {
	if t.file == nil {
		return atEnd, t.info, nil
	}
	if t.z != nil {
		return grown, t.info, nil
	}
	info, err := t.file.Stat()
	if err != nil {
		return atEnd, t.info, fmt.Errorf("look at log file: %w", err)
	}
	switch size := info.Size(); {
	case t.finished && t.broken > 0 && size > t.broken:
		return t.reopen(info)
	case t.finished || size == t.off:
		return atEnd, info, nil
	case size < t.off:
		return shrunk, info, nil
	}
	return grown, info, nil
}

// reopen reads a compressed file that was not complete from its beginning to
// where it broke off.
func (t *Tail) reopen(info fs.FileInfo) (more, fs.FileInfo, error) {
	off := t.off
	t.restart()
	if err := t.detect(); err != nil {
		return atEnd, info, err
	}
	if ok, err := t.skip(off); !ok || err != nil {
		t.off = off
		return atEnd, info, err
	}
	return grown, info, nil
}

// same reports whether the bytes before the present offset are still those that
// were read: a file may have been truncated and grown past it, be it between two
// reads of a reader that had to wait.
func (t *Tail) same() bool {
	if t.z != nil || t.finished || t.file == nil {
		return true
	}
	var b [256]byte
	last := t.mem.last(len(b))
	n, err := t.file.ReadAt(b[:len(last)], t.off-int64(len(last)))
	return err == nil && bytes.Equal(b[:n], last)
}

// restart goes back to the beginning of the file.
func (t *Tail) restart() {
	t.unpack()
	t.off, t.mem, t.finished, t.replaced, t.holey, t.broken, t.err, t.first = 0, new(memory), false, false, false, 0, nil, nil
}
