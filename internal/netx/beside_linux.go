package netx

import (
	"context"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// share lets others of this user listen on the same port as c, or no more.
func share(c any, on int) error {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return syscall.EINVAL
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	if e := raw.Control(func(fd uintptr) {
		err = os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, on))
	}); e != nil {
		return e
	}
	return err
}

// sharing calls listen while the sockets of own let another listen on their port.
func sharing(own []any, listen func() error) bool {
	if len(own) == 0 {
		return false
	}
	for _, c := range own {
		if share(c, 1) != nil {
			return false
		}
	}
	err := listen()
	for _, c := range own {
		if _, stream := c.(net.Listener); stream { // datagram sockets may share among themselves
			share(c, 0)
		}
	}
	return err == nil
}

// listenBeside listens where sockets of our own have a part of the address.
func listenBeside(ctx context.Context, own []any, network, address string, k KeepAlive) (l net.Listener, ok bool) {
	lc := net.ListenConfig{KeepAlive: -1, KeepAliveConfig: k.config(), Control: sharePort}
	ok = sharing(own, func() (err error) {
		l, err = lc.Listen(ctx, network, address)
		return err
	})
	if ok {
		share(l, 0)
	}
	return l, ok
}

func listenPacketBeside(ctx context.Context, own []any, network, address string, n int) (list []PacketConn, ok bool) {
	lc := net.ListenConfig{Control: sharePort}
	ok = sharing(own, func() error {
		for range n {
			c, err := lc.ListenPacket(ctx, network, address)
			if err != nil {
				for _, c := range list {
					c.Close()
				}
				return err
			}
			list = append(list, c.(PacketConn))
		}
		return nil
	})
	return list, ok
}
