package fsx

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Mem is a file system in memory that remembers what was synced, so that a test
// can cut the power (see Crash) and look at what is left. Links and permissions
// are not modelled; folders survive once made. Safe for any number of goroutines.
//
//	Write ──▶ live content ──Sync──▶ durable content ┐
//	create, rename, remove ──SyncDir──▶ durable names ┴─Crash──▶ what is left
type Mem struct {
	mu      sync.Mutex
	live    map[string]*inode // by clean path
	durable map[string]*inode
	ops     []dirOp // changes of names that are not synced, oldest first
	age     int     // number of crashes: open files of before are dead
	cap     int64   // bytes of all live content, 0: no limit
	locks   map[string]bool
}

type inode struct {
	dir    bool
	data   []byte
	synced []byte
	writes []write // since synced, oldest first
}

// write is one change of a file's content that is not synced.
type write struct {
	off  int64
	data []byte // nil: truncated to off
}

// dirOp is one change of names, which a crash keeps or loses as a whole.
type dirOp struct {
	dir   string
	names [2]string // "" for none
	nodes [2]*inode // nil: the name goes
}

// NewMem returns an empty file system.
func NewMem() *Mem {
	return &Mem{live: map[string]*inode{"/": {dir: true}}, durable: map[string]*inode{}, locks: map[string]bool{}}
}

// SetCapacity limits the bytes of all files: writes past it get ENOSPC after
// what fits. 0: no limit.
func (m *Mem) SetCapacity(n int64) {
	m.mu.Lock()
	m.cap = n
	m.mu.Unlock()
}

// Used is the number of bytes of all files.
func (m *Mem) Used() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used()
}

func (m *Mem) used() (n int64) {
	for _, f := range m.live {
		n += int64(len(f.data))
	}
	return n
}

func clean(name string) string { return filepath.Clean("/" + filepath.ToSlash(name)) }

func pathErr(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// OpenFile opens as package os does.
func (m *Mem) OpenFile(name string, flag int, _ fs.FileMode) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := clean(name)
	f := m.live[path]
	switch {
	case f == nil && flag&os.O_CREATE == 0:
		return nil, pathErr("open", name, fs.ErrNotExist)
	case f == nil:
		if d := m.live[filepath.Dir(path)]; d == nil || !d.dir {
			return nil, pathErr("open", name, fs.ErrNotExist)
		}
		f = &inode{}
		m.live[path] = f
		m.ops = append(m.ops, dirOp{filepath.Dir(path), [2]string{path}, [2]*inode{f}})
	case f.dir:
		return nil, pathErr("open", name, syscall.EISDIR)
	case flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, pathErr("open", name, fs.ErrExist)
	}
	h := &memFile{m: m, f: f, name: name, age: m.age, append: flag&os.O_APPEND != 0, write: flag&(os.O_WRONLY|os.O_RDWR) != 0}
	if flag&os.O_TRUNC != 0 && len(f.data) > 0 {
		f.truncate(0)
	}
	return h, nil
}

// Rename moves a file, replacing what has the new name.
func (m *Mem) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, b := clean(from), clean(to)
	f := m.live[a]
	if f == nil || f.dir {
		return pathErr("rename", from, fs.ErrNotExist)
	}
	if d := m.live[filepath.Dir(b)]; d == nil || !d.dir {
		return pathErr("rename", to, fs.ErrNotExist)
	}
	delete(m.live, a)
	m.live[b] = f
	m.ops = append(m.ops, dirOp{filepath.Dir(b), [2]string{a, b}, [2]*inode{nil, f}})
	return nil
}

// Remove removes a file or an empty folder.
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := clean(name)
	f := m.live[path]
	if f == nil {
		return pathErr("remove", name, fs.ErrNotExist)
	}
	if f.dir {
		for p := range m.live {
			if strings.HasPrefix(p, path+"/") {
				return pathErr("remove", name, syscall.ENOTEMPTY)
			}
		}
		delete(m.durable, path)
	}
	delete(m.live, path)
	m.ops = append(m.ops, dirOp{filepath.Dir(path), [2]string{path}, [2]*inode{}})
	return nil
}

// MkdirAll makes a folder and those above it.
func (m *Mem) MkdirAll(path string, _ fs.FileMode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := clean(path); p != "/"; p = filepath.Dir(p) {
		f := m.live[p]
		if f == nil {
			f = &inode{dir: true}
			m.live[p] = f
		}
		if !f.dir {
			return pathErr("mkdir", path, syscall.ENOTDIR)
		}
		m.durable[p] = f
	}
	return nil
}

// ReadDir lists a folder by name.
func (m *Mem) ReadDir(name string) ([]fs.DirEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := clean(name)
	if d := m.live[path]; d == nil || !d.dir {
		return nil, pathErr("open", name, fs.ErrNotExist)
	}
	var list []fs.DirEntry
	for p, f := range m.live {
		if p != "/" && filepath.Dir(p) == path {
			list = append(list, fs.FileInfoToDirEntry(memInfo{filepath.Base(p), int64(len(f.data)), f.dir}))
		}
	}
	sort.Slice(list, func(i, k int) bool { return list[i].Name() < list[k].Name() })
	return list, nil
}

// Stat describes a file.
func (m *Mem) Stat(name string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.live[clean(name)]
	if f == nil {
		return nil, pathErr("stat", name, fs.ErrNotExist)
	}
	return memInfo{filepath.Base(name), int64(len(f.data)), f.dir}, nil
}

// SyncDir makes the names in a folder durable.
func (m *Mem) SyncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := clean(name)
	rest := m.ops[:0]
	for _, op := range m.ops {
		if op.dir == path {
			m.keep(op)
		} else {
			rest = append(rest, op)
		}
	}
	m.ops = rest
	return nil
}

// keep makes one change of names durable.
func (m *Mem) keep(op dirOp) {
	for i, n := range op.names {
		if n == "" {
			continue
		}
		if f := op.nodes[i]; f != nil {
			m.durable[n] = f
		} else {
			delete(m.durable, n)
		}
	}
}

// Lock takes a lock that Crash gives back.
func (m *Mem) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locks[clean(name)] {
		return nil, pathErr("lock", name, syscall.EWOULDBLOCK)
	}
	m.locks[clean(name)] = true
	return memLock{m, clean(name), m.age}, nil
}

type memLock struct {
	m    *Mem
	name string
	age  int
}

func (l memLock) Close() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	if l.age == l.m.age {
		delete(l.m.locks, l.name)
	}
	return nil
}

type memInfo struct {
	name string
	size int64
	dir  bool
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return i.dir }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o700
	}
	return 0o600
}
