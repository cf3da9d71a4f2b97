package file

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// repair cuts an unfinished member or frame off the end of a packed file: what a
// crash left in the middle of a write would keep all behind it from being read.
// What stood in it was not confirmed, and comes again. Called once for each path.
func (m *Many) repair(path string) error {
	f, err := m.env.FS.OpenFile(path, os.O_RDWR|nofollow(m.env.FS, path), 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return openError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return err
	}
	sound := zstdEnd
	if m.cfg.Compression == "gzip" {
		sound = gzipEnd
	}
	end, err := sound(f, info.Size())
	if err != nil || end == info.Size() {
		return err
	}
	if end == 0 && !m.begins(f) {
		return fmt.Errorf("open file %s: it does not begin with %s data; move it away, or change path", path, m.cfg.Compression)
	}
	m.env.Log.Warn("an unfinished write of an earlier run is cut off the packed file", "file", path, "bytes", info.Size()-end)
	return f.Truncate(end)
}

// begins reports whether a file begins as one of its kind, if not whole.
func (m *Many) begins(r io.ReaderAt) bool {
	magic := []byte{0x28, 0xb5, 0x2f, 0xfd}
	if m.cfg.Compression == "gzip" {
		magic = []byte{0x1f, 0x8b}
	}
	b := make([]byte, len(magic))
	n, _ := r.ReadAt(b, 0)
	return n > 0 && bytes.Equal(b[:n], magic[:n])
}

// gzipEnd returns where the last whole member ends.
func gzipEnd(r io.Reader, _ int64) (int64, error) {
	c := &counter{r: bufio.NewReaderSize(r, 256<<10)}
	end := int64(0)
	var z gzip.Reader
	for {
		if err := z.Reset(c); err != nil {
			return end, realError(c.err)
		}
		z.Multistream(false)
		if _, err := io.Copy(io.Discard, &z); err != nil {
			return end, realError(c.err)
		}
		end = c.n
	}
}

// counter counts the bytes that are taken one by one, as gzip takes them.
type counter struct {
	r   *bufio.Reader
	n   int64
	err error
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	} else {
		c.err = err
	}
	return b, err
}

// realError is an error of the disk; the end of the file is none.
func realError(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// zstdEnd returns where the last whole frame ends. It reads only the headers of
// frames and blocks.
func zstdEnd(r io.Reader, size int64) (int64, error) {
	at, ok := r.(io.ReaderAt)
	if !ok {
		return 0, errors.New("bug: no io.ReaderAt")
	}
	end := int64(0)
	for end < size {
		next, err := frameEnd(at, end, size)
		if err != nil {
			return end, err
		}
		if next < 0 {
			return end, nil
		}
		end = next
	}
	return end, nil
}

// frameEnd returns where the frame at off ends, -1 when it is not whole.
func frameEnd(r io.ReaderAt, off, size int64) (int64, error) {
	var head [zstd.HeaderMaxSize]byte
	n, err := r.ReadAt(head[:], off)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	var h zstd.Header
	if h.Decode(head[:n]) != nil {
		return -1, nil
	}
	if h.Skippable {
		off += int64(h.HeaderSize) + int64(h.SkippableSize)
		return whole(off, size), nil
	}
	off += int64(h.HeaderSize)
	for last := false; !last; {
		var b [4]byte
		if off+3 > size {
			return -1, nil
		}
		if _, err := r.ReadAt(b[:3], off); err != nil {
			return 0, err
		}
		v := binary.LittleEndian.Uint32(b[:])
		last = v&1 == 1
		n := int64(v >> 3)
		switch v >> 1 & 3 {
		case 1: // one byte, repeated
			n = 1
		case 3:
			return -1, nil
		}
		off += 3 + n
	}
	if h.HasCheckSum {
		off += 4
	}
	return whole(off, size), nil
}

func whole(end, size int64) int64 {
	if end > size {
		return -1
	}
	return end
}
