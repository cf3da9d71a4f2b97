package udp

import (
	"errors"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Up to so many datagrams are read at once, and so much address space is given
// to them; only what a datagram has filled is ever backed by memory.
const (
	maxSlots  = 64
	slotSpace = 8 << 20
	// skew keeps the heads of all slots from meeting in one set of the cache.
	skew = 5 * 64
)

// mmsghdr is the kernel's: a message header and the length received.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// receiver reads datagrams into slots, many with one call.
type receiver struct {
	hdrs  []mmsghdr
	iovs  []unix.Iovec
	names []unix.RawSockaddrAny // empty when nobody asks
	slots []byte
	size  int // of a slot
	n     int // datagrams of the last call
	err   error
	idle  func()
}

func newReceiver(size int, names bool, idle func()) *receiver {
	k := max(4, min(maxSlots, slotSpace/(size+skew)))
	r := &receiver{hdrs: make([]mmsghdr, k), iovs: make([]unix.Iovec, k), slots: make([]byte, k*(size+skew)), size: size, idle: idle}
	if names {
		r.names = make([]unix.RawSockaddrAny, k)
	}
	for i := range r.hdrs {
		r.iovs[i].Base = &r.slots[i*(size+skew)]
		r.iovs[i].SetLen(size)
		h := &r.hdrs[i].hdr
		h.Iov = &r.iovs[i]
		h.SetIovlen(1)
		if names {
			h.Name = (*byte)(unsafe.Pointer(&r.names[i]))
		}
	}
	return r
}

// step is called by the runtime's poller. False makes it wait.
func (r *receiver) step(fd uintptr) bool {
	for i := range r.names {
		r.hdrs[i].hdr.Namelen = unix.SizeofSockaddrAny
	}
	for {
		n, _, e := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.hdrs[0])), uintptr(len(r.hdrs)), unix.MSG_DONTWAIT, 0, 0)
		switch e {
		case 0:
			r.n, r.err = int(n), nil
			return true
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			r.idle()
			return false
		}
		r.n, r.err = 0, os.NewSyscallError("recvmmsg", e)
		return true
	}
}

// at returns datagram i of the last call.
func (r *receiver) at(i int) (b []byte, truncated bool) {
	off := i * (r.size + skew)
	return r.slots[off : off+int(r.hdrs[i].n)], r.hdrs[i].hdr.Flags&unix.MSG_TRUNC != 0
}

// from returns the sender of datagram i.
func (r *receiver) from(i int) netip.Addr {
	if r.names == nil || r.hdrs[i].hdr.Namelen == 0 {
		return netip.Addr{}
	}
	switch r.names[i].Addr.Family {
	case unix.AF_INET:
		return netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(&r.names[i])).Addr)
	case unix.AF_INET6:
		return netip.AddrFrom16((*unix.RawSockaddrInet6)(unsafe.Pointer(&r.names[i])).Addr)
	}
	return netip.Addr{}
}

// receive reads until the socket or the stream ends.
func (in *Input) receive(s *sock) error {
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	r := newReceiver(in.slotSize(), in.cfg.SetHostname, s.stream.Idle)
	for step := r.step; ; {
		if err := raw.Read(step); err != nil {
			return err
		}
		if r.err != nil && !errors.Is(r.err, syscall.ECONNREFUSED) { // an inherited socket may be connected
			return r.err
		}
		in.datagrams.Add(int64(r.n))
		for i := range r.n {
			b, truncated := r.at(i)
			if err := in.take(s, b, truncated, r.from(i)); err != nil {
				return err
			}
		}
		if err := s.stream.Send(); err != nil {
			return err
		}
	}
}
