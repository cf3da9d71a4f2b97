package fsx

import (
	"io"
	"io/fs"
	"syscall"
)

// memFile is an open file of a Mem.
type memFile struct {
	m      *Mem
	f      *inode
	name   string
	age    int
	pos    int64
	append bool
	write  bool
	closed bool
}

// begin locks the file system and checks that the handle is good.
func (h *memFile) begin(op string) error {
	h.m.mu.Lock()
	if h.closed || h.age != h.m.age {
		h.m.mu.Unlock()
		return pathErr(op, h.name, fs.ErrClosed)
	}
	return nil
}

func (h *memFile) Name() string { return h.name }

func (h *memFile) Read(b []byte) (int, error) {
	n, err := h.ReadAt(b, h.pos)
	h.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (h *memFile) ReadAt(b []byte, off int64) (int, error) {
	if err := h.begin("read"); err != nil {
		return 0, err
	}
	defer h.m.mu.Unlock()
	if off >= int64(len(h.f.data)) {
		if len(b) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(b, h.f.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (h *memFile) Write(b []byte) (int, error) {
	if h.append {
		h.m.mu.Lock()
		h.pos = int64(len(h.f.data))
		h.m.mu.Unlock()
	}
	n, err := h.WriteAt(b, h.pos)
	h.pos += int64(n)
	return n, err
}

func (h *memFile) WriteAt(b []byte, off int64) (int, error) {
	if err := h.begin("write"); err != nil {
		return 0, err
	}
	defer h.m.mu.Unlock()
	if !h.write {
		return 0, pathErr("write", h.name, syscall.EBADF)
	}
	var err error
	if grow := off + int64(len(b)) - int64(len(h.f.data)); h.m.cap > 0 && grow > 0 {
		if room := max(h.m.cap-h.m.used(), 0); grow > room {
			b = b[:max(int64(len(b))-(grow-room), 0)]
			err = pathErr("write", h.name, syscall.ENOSPC)
		}
	}
	if len(b) > 0 {
		w := write{off, append([]byte{}, b...)}
		h.f.writes = append(h.f.writes, w)
		h.f.data = w.apply(h.f.data)
	}
	return len(b), err
}

// apply makes the change in data.
func (w *write) apply(data []byte) []byte {
	end := w.off + int64(len(w.data))
	if w.data == nil {
		if w.off <= int64(len(data)) {
			return data[:w.off]
		}
	}
	if grow := end - int64(len(data)); grow > 0 {
		n := len(data)
		if end <= int64(cap(data)) {
			data = data[:end]
			clear(data[n:])
		} else {
			data = append(data, make([]byte, grow)...)
		}
	}
	copy(data[w.off:], w.data)
	return data
}

func (f *inode) truncate(size int64) {
	w := write{off: size}
	f.writes = append(f.writes, w)
	f.data = w.apply(f.data)
}

func (h *memFile) Truncate(size int64) error {
	if err := h.begin("truncate"); err != nil {
		return err
	}
	defer h.m.mu.Unlock()
	if !h.write || size < 0 {
		return pathErr("truncate", h.name, syscall.EINVAL)
	}
	h.f.truncate(size)
	return nil
}

func (h *memFile) Sync() error {
	if err := h.begin("sync"); err != nil {
		return err
	}
	defer h.m.mu.Unlock()
	for i := range h.f.writes {
		h.f.synced = h.f.writes[i].apply(h.f.synced)
	}
	h.f.writes = nil
	return nil
}

func (h *memFile) Seek(off int64, whence int) (int64, error) {
	if err := h.begin("seek"); err != nil {
		return 0, err
	}
	defer h.m.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		off += h.pos
	case io.SeekEnd:
		off += int64(len(h.f.data))
	}
	if off < 0 {
		return 0, pathErr("seek", h.name, syscall.EINVAL)
	}
	h.pos = off
	return off, nil
}

func (h *memFile) Stat() (fs.FileInfo, error) {
	if err := h.begin("stat"); err != nil {
		return nil, err
	}
	defer h.m.mu.Unlock()
	return memInfo{h.name, int64(len(h.f.data)), false}, nil
}

func (h *memFile) Close() error {
	if err := h.begin("close"); err != nil {
		return err
	}
	defer h.m.mu.Unlock()
	h.closed = true
	return nil
}
