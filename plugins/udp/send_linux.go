package udp

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/heka-project/heka/internal/netx"
)

// sender sends many datagrams with one call.
type sender struct {
	raw  syscall.RawConn
	hdrs [maxBatch]mmsghdr
	iovs [maxBatch]unix.Iovec
	step func(fd uintptr) bool
	want int // datagrams to send
	n    int // datagrams sent
	err  error
}

func (s *sender) open(c netx.PacketConn) (err error) {
	s.raw, err = c.SyscallConn()
	s.step = s.write
	return err
}

// write is called by the runtime's poller. False makes it wait.
func (s *sender) write(fd uintptr) bool {
	for {
		n, _, e := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&s.hdrs[0])), uintptr(s.want), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		switch e {
		case 0:
			s.n, s.err = int(n), nil
			return true
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		}
		s.n, s.err = 0, os.NewSyscallError("sendmmsg", e)
		return true
	}
}

// send sends datagrams of buf from number from on, and returns how many went out
// before the one that met the error.
func (s *sender) send(buf []byte, ends []int, from int) (int, error) {
	s.want = len(ends) - from
	for k := range s.want {
		lo, hi := start(ends, from+k), ends[from+k]
		s.iovs[k].Base = &buf[lo]
		s.iovs[k].SetLen(hi - lo)
		s.hdrs[k].hdr.Iov = &s.iovs[k]
		s.hdrs[k].hdr.SetIovlen(1)
	}
	if err := s.raw.Write(s.step); err != nil {
		return 0, err
	}
	return s.n, s.err
}
