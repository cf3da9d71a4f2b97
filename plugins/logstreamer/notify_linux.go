package logstreamer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// notifier tells streams that have been quiet that their file was written. A
// watch ends with its first event, so a busy file costs no events at all, and
// two thousand quiet files cost nothing but memory. Where it cannot watch, the
// stream goes on looking by itself.
type notifier struct {
	file *os.File // inotify

	mu sync.Mutex
	by map[int32]*stream // guarded by mu; by watch
}

func newNotifier() (*notifier, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch files with inotify: %w; files are looked at in turn; raise fs.inotify.max_user_instances", err)
	}
	return &notifier{file: os.NewFile(uintptr(fd), "inotify"), by: map[int32]*stream{}}, nil
}

// File systems on which other machines, or programs behind the kernel's back,
// may write without an event: NFS, SMB, CIFS, FUSE, 9P, Ceph, AFS.
var remote = map[uint32]bool{
	0x6969: true, 0x517b: true, 0xff534d42: true, 0xfe534d42: true, 0x65735546: true, 0x01021997: true, 0x00c36400: true, 0x5346414f: true,
}

// arm asks for one event of the file at path; false means that none will come.
func (n *notifier) arm(path string, s *stream) bool {
	if n == nil {
		return false
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil || remote[uint32(st.Type)] {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	ok := false
	err := n.control(func(fd int) error {
		wd, err := syscall.InotifyAddWatch(fd, path, syscall.IN_MODIFY|syscall.IN_ONESHOT)
		if err == nil {
			n.by[int32(wd)], ok = s, true
		}
		return err
	})
	return ok && err == nil
}

func (n *notifier) control(f func(fd int) error) error {
	c, err := n.file.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	if err := c.Control(func(fd uintptr) { ferr = f(int(fd)) }); err != nil {
		return err
	}
	return ferr
}

// forget ends the watches of a stream.
func (n *notifier) forget(s *stream) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for wd, other := range n.by {
		if other == s {
			delete(n.by, wd)
			n.control(func(fd int) error {
				_, err := syscall.InotifyRmWatch(fd, uint32(wd))
				return err
			})
		}
	}
}

// run hands events on until close.
func (n *notifier) run() error {
	buf := make([]byte, 64<<10)
	for {
		k, err := n.file.Read(buf)
		if errors.Is(err, os.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("watch files with inotify: %w; files are looked at in turn", err)
		}
		n.events(buf[:k])
	}
}

// events wakes the streams that a block of inotify events names. A lost event
// (the queue ran over) is made up for by the stream's own looks.
func (n *notifier) events(b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(b) >= syscall.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(b))
		if s := n.by[wd]; s != nil {
			delete(n.by, wd)
			s.rouse()
		}
		size := syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		b = b[min(size, len(b)):]
	}
}

func (n *notifier) close() {
	if n != nil {
		n.file.Close()
	}
}
