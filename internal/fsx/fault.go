package fsx

import (
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
)

// Op is one call that reaches a Fault.
type Op struct {
	Kind string // open, read, write, sync, truncate, rename, remove, mkdir, readdir, stat, syncdir
	Name string // the file, of a rename the new name
	Size int    // bytes to read or write
	Nth  int64  // number of the call, from 1
}

// Short is an error for a write of which only N bytes happen.
type Short struct {
	N   int
	Err error
}

func (s *Short) Error() string { return s.Err.Error() }
func (s *Short) Unwrap() error { return s.Err }

// Fault puts errors between a file system and its user. Hook sees every call
// before it happens and may have it fail; a write may be cut with a *Short. Hook
// is set before use and called from any goroutine.
type Fault struct {
	FS
	Hook func(Op) error
	n    atomic.Int64
}

// Calls is the number of calls so far.
func (f *Fault) Calls() int64 { return f.n.Load() }

func (f *Fault) ask(kind, name string, size int) error {
	n := f.n.Add(1)
	if f.Hook == nil {
		return nil
	}
	if err := f.Hook(Op{kind, name, size, n}); err != nil {
		return &faultError{kind, name, err}
	}
	return nil
}

// faultError is a PathError that keeps a *Short within reach.
type faultError struct {
	op, name string
	err      error
}

func (e *faultError) Error() string { return e.op + " " + e.name + ": " + e.err.Error() }
func (e *faultError) Unwrap() error { return e.err }

// OpenFile opens a file whose calls pass by the hook too.
func (f *Fault) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	if err := f.ask("open", name, 0); err != nil {
		return nil, err
	}
	file, err := f.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &faultFile{file, f}, nil
}

func (f *Fault) Rename(from, to string) error {
	if err := f.ask("rename", to, 0); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

func (f *Fault) Remove(name string) error {
	if err := f.ask("remove", name, 0); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

func (f *Fault) MkdirAll(path string, perm fs.FileMode) error {
	if err := f.ask("mkdir", path, 0); err != nil {
		return err
	}
	return f.FS.MkdirAll(path, perm)
}

func (f *Fault) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.ask("readdir", name, 0); err != nil {
		return nil, err
	}
	return f.FS.ReadDir(name)
}

func (f *Fault) Stat(name string) (fs.FileInfo, error) {
	if err := f.ask("stat", name, 0); err != nil {
		return nil, err
	}
	return f.FS.Stat(name)
}

func (f *Fault) SyncDir(name string) error {
	if err := f.ask("syncdir", name, 0); err != nil {
		return err
	}
	return f.FS.SyncDir(name)
}

// Lock passes on to the file system beneath, where it can lock.
func (f *Fault) Lock(name string) (io.Closer, error) {
	if l, ok := f.FS.(Locker); ok {
		return l.Lock(name)
	}
	return io.NopCloser(nil), nil
}

type faultFile struct {
	File
	f *Fault
}

func (h *faultFile) Read(b []byte) (int, error) {
	if err := h.f.ask("read", h.Name(), len(b)); err != nil {
		return 0, err
	}
	return h.File.Read(b)
}

func (h *faultFile) ReadAt(b []byte, off int64) (int, error) {
	if err := h.f.ask("read", h.Name(), len(b)); err != nil {
		return 0, err
	}
	return h.File.ReadAt(b, off)
}

func (h *faultFile) Write(b []byte) (int, error) {
	n, err := h.cut(len(b))
	k, werr := h.File.Write(b[:n])
	return k, errors.Join(err, werr)
}

func (h *faultFile) WriteAt(b []byte, off int64) (int, error) {
	n, err := h.cut(len(b))
	k, werr := h.File.WriteAt(b[:n], off)
	return k, errors.Join(err, werr)
}

// cut asks how much of a write of size bytes may happen.
func (h *faultFile) cut(size int) (int, error) {
	err := h.f.ask("write", h.Name(), size)
	if err == nil {
		return size, nil
	}
	var s *Short
	if errors.As(err, &s) {
		return min(s.N, size), err
	}
	return 0, err
}

func (h *faultFile) Truncate(size int64) error {
	if err := h.f.ask("truncate", h.Name(), 0); err != nil {
		return err
	}
	return h.File.Truncate(size)
}

func (h *faultFile) Sync() error {
	if err := h.f.ask("sync", h.Name(), 0); err != nil {
		return err
	}
	return h.File.Sync()
}
