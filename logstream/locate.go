package logstream

import (
	"crypto/sha1"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/heka-project/heka/internal/fsx"
)

// openAt opens a file at a position; ok is false when its content is not what
// the position's hash says. fs.ErrNotExist: it has another name by now.
func openAt(fsys fsx.FS, f *File, pos Position) (t *Tail, ok bool, err error) {
	t, err = OpenTail(fsys, f.Path)
	if err != nil {
		return nil, false, err
	}
	if !f.Is(t.info) {
		t.Close()
		return nil, false, &fs.PathError{Op: "open log file", Path: f.Path, Err: fs.ErrNotExist}
	}
	if ok, err = t.skip(pos.Seek); ok {
		h, _ := t.mem.hash(0)
		ok = h == pos.Hash
	}
	if !ok || err != nil {
		t.Close()
		return nil, false, err
	}
	return t, true, nil
}

// Locate finds the file that pos speaks of among the files of a stream and opens
// it there: first the file with the same identity, then the one with the same
// name, then the others from the newest on, plain ones before compressed ones.
// The index is -1 when none matches. Problems of single files are joined in err.
func Locate(fsys fsx.FS, files []*File, pos Position) (t *Tail, index int, err error) {
	t, index, _, err = locate(fsys, files, pos)
	return t, index, err
}

// locate is Locate; moved says that a file was not under its name any more, so
// that another listing may have what is looked for.
func locate(fsys fsx.FS, files []*File, pos Position) (t *Tail, index int, moved bool, err error) {
	var errs []error
	for _, i := range candidates(files, pos) {
		t, ok, err := openAt(fsys, files[i], pos)
		if ok {
			return t, i, moved, nil
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			moved = true
		case err != nil:
			errs = append(errs, err)
		}
	}
	return nil, -1, moved, errors.Join(errs...)
}

func candidates(files []*File, pos Position) []int {
	var id, name, plain, packed []int
	for i := len(files) - 1; i >= 0; i-- {
		f := files[i]
		fid, known := IDOf(f.Info)
		_, z := uncompressedName(f.Rel)
		switch {
		case known && fid == pos.ID:
			id = append(id, i)
		case f.Path == pos.File || f.Rel == pos.File:
			name = append(name, i)
		case pos.Seek == 0:
			// The hash says nothing: only identity and name do.
		case z:
			packed = append(packed, i)
		default:
			plain = append(plain, i)
		}
	}
	return slices.Concat(id, name, plain, packed)
}

// seenFile is a file that needs no reading any more.
type seenFile struct {
	info fs.FileInfo
	head *head // nil: not known
}

// head is the beginning of a file's content.
type head struct {
	n   int
	sum Hash
}

const headSize = 512

// headOf reads the beginning of the file at path, uncompressed.
func headOf(fsys fsx.FS, path string) (*head, error) {
	t, err := OpenTail(fsys, path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	b := make([]byte, headSize)
	n, _ := io.ReadFull(t, b)
	return &head{n, sha1.Sum(b[:n])}, nil
}

// start returns the beginning of what is or was in the file.
func (t *Tail) start() *head {
	if t.z != nil || t.finished || t.file == nil {
		return &head{len(t.first), sha1.Sum(t.first)}
	}
	again := &Tail{fs: t.fs, file: t.file, info: t.info, mem: new(memory)}
	b := make([]byte, headSize)
	n, _ := io.ReadFull(again, b)
	again.unpack()
	return &head{n, sha1.Sum(b[:n])}
}

// sawAlready reports whether f was read before, as far as can be told: by
// identity, unless the system gave that to a new file, or as the compressed
// form of a file that was read.
func sawAlready(fsys fsx.FS, seen []seenFile, f *File) bool {
	now := f.Info // a listing is older than what was seen since
	if info, err := fsys.Stat(f.Path); err == nil && f.Is(info) {
		now = info
	}
	for i := range seen {
		s := &seen[i]
		if !os.SameFile(s.info, f.Info) {
			continue
		}
		if now.Size() < s.info.Size() {
			continue
		}
		if s.head == nil || now.Size() == s.info.Size() && now.ModTime().Equal(s.info.ModTime()) {
			return true
		}
		if sameHead(fsys, f.Path, s.head) {
			return true
		}
	}
	if _, packed := uncompressedName(f.Rel); !packed {
		return false
	}
	return slices.ContainsFunc(seen, func(s seenFile) bool { return s.head != nil && sameHead(fsys, f.Path, s.head) })
}

// sameHead reports whether a file begins with what h covers.
func sameHead(fsys fsx.FS, path string, h *head) bool {
	t, err := OpenTail(fsys, path)
	if err != nil {
		return false
	}
	defer t.Close()
	b := make([]byte, h.n)
	n, _ := io.ReadFull(t, b)
	return n == h.n && Hash(sha1.Sum(b)) == h.sum
}
