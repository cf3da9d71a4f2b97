package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	crand "crypto/rand"

	"github.com/heka-project/heka/internal/fsx"
)

const idName = "journal.id"

// recover puts in order what was left, and finds out where the log ends.
func (j *Journal) recover() error {
	if err := j.fs.MkdirAll(cursorDir(j.dir), 0o700); err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	if l, ok := j.fs.(fsx.Locker); ok {
		lock, err := l.Lock(filepath.Join(j.dir, "lock"))
		if err != nil {
			return fmt.Errorf("open journal %s: %w; only one process may write it", j.dir, err)
		}
		j.lock = lock
	}
	segs, err := listSegments(j.fs, j.dir)
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	j.segs = segs
	if err := j.findSqueezed(); err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	if err := j.identify(); err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	list, err := loadCursors(j.fs, j.dir)
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	if len(segs) > 0 {
		j.number = segs[len(segs)-1].number
	}
	seq := uint64(0)
	for i := range list {
		j.adopt(&list[i])
		seq = max(seq, list[i].s.pos.Seq)
		if list[i].s.pos.Segment > 0 {
			j.number = max(j.number, list[i].s.pos.Segment)
		}
	}
	end, newest, err := j.findEnd()
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.dir, err)
	}
	j.settled(newest)
	j.writer.seq.Store(max(seq, end.Seq))
	for _, c := range j.cursors {
		if c.end = end; !c.read.Less(end) {
			c.in = c.seen // a power cut took what lay behind
		}
	}
	return nil
}

// identify reads or makes the journal's secret.
func (j *Journal) identify() error {
	path := filepath.Join(j.dir, idName)
	var err error
	if j.secret, err = readSecret(j.fs, path); err != nil || j.secret != 0 {
		return err
	}
	b := make([]byte, 12)
	crand.Read(b[:8])
	b[0] |= 1 // never zero
	for _, s := range j.segs {
		if h, ok := headerOf(j.fs, j.dir, s.number); ok {
			le.PutUint64(b, h.epoch^h.number)
			break
		}
	}
	j.secret = le.Uint64(b)
	le.PutUint32(b[8:], crc(b[:8]))
	return writeFile(j.fs, path, b)
}

// readSecret reads the secret from its file; 0: it is not there or damaged.
func readSecret(fsys fsx.FS, path string) (uint64, error) {
	f, err := fsys.OpenFile(path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var b [13]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && err != io.EOF && !errors.Is(err, syscall.EIO) {
		return 0, err
	}
	if n != 12 || le.Uint32(b[8:]) != crc(b[:8]) {
		return 0, nil
	}
	return le.Uint64(b[:]), nil
}
