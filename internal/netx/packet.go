package netx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// PacketConn is a datagram socket: *net.UDPConn or *net.UnixConn.
type PacketConn interface {
	net.PacketConn
	net.Conn
	syscall.Conn
}

// ListenPacket opens sockets for datagrams: udp, udp4, udp6, unixgram; an address
// fd:N is a socket that the process inherited. n sockets share the address where
// the system can spread datagrams over them, else there is one. An address that
// another process has is an error even then. The file of a unix socket is
// replaced when nobody listens there, and open to all to write.
func ListenPacket(ctx context.Context, network, address string, n int) ([]PacketConn, error) {
	fail := func(err error) ([]PacketConn, error) {
		return nil, fmt.Errorf("listen on %s %s: %w%s", network, address, reason(err), advice(err))
	}
	if fd, ok := strings.CutPrefix(address, "fd:"); ok {
		c, err := inherited(fd)
		if err != nil {
			return fail(err)
		}
		return []PacketConn{c}, nil
	}
	var lc net.ListenConfig
	if network == "unixgram" {
		c, err := lc.ListenPacket(ctx, network, address)
		if err != nil && removeStale(network, address) {
			c, err = lc.ListenPacket(ctx, network, address)
		}
		if err == nil && !strings.HasPrefix(address, "@") {
			err = os.Chmod(address, 0o666)
		}
		if err != nil {
			return fail(err)
		}
		return []PacketConn{c.(PacketConn)}, nil
	}
	c, err := lc.ListenPacket(ctx, network, address)
	if err != nil {
		return fail(err)
	}
	if n <= 1 || sharePort == nil {
		return []PacketConn{c.(PacketConn)}, nil
	}
	// The address is free. Now the same again, to be shared.
	address = c.LocalAddr().String()
	c.Close()
	lc.Control = sharePort
	var list []PacketConn
	for range n {
		c, err := lc.ListenPacket(ctx, network, address)
		if err != nil {
			for _, c := range list {
				c.Close()
			}
			return fail(err)
		}
		list = append(list, c.(PacketConn))
	}
	return list, nil
}

// inherited takes over descriptor fd, which stays open, so that it can be taken
// again.
func inherited(fd string) (PacketConn, error) {
	n, err := strconv.ParseUint(fd, 0, 31)
	if err != nil {
		return nil, errors.New("not a descriptor's number; write fd:3")
	}
	c, err := fromDescriptor(int(n))
	if err != nil {
		return nil, err
	}
	p, ok := c.(PacketConn)
	if !ok {
		c.Close()
		return nil, errors.New("descriptor is no datagram socket")
	}
	return p, nil
}

// RemoveSocket removes the socket file at address, if there is one.
func RemoveSocket(address string) {
	if st, err := os.Lstat(address); err == nil && st.Mode()&fs.ModeSocket != 0 {
		os.Remove(address)
	}
}

// DialPacket opens a socket that sends datagrams to address; local may be "".
func DialPacket(ctx context.Context, network, address, local string) (PacketConn, error) {
	var d net.Dialer
	var err error
	switch {
	case local == "":
	case network == "unixgram":
		d.LocalAddr = &net.UnixAddr{Name: local, Net: network}
	default:
		d.LocalAddr, err = net.ResolveUDPAddr(network, local)
	}
	var c net.Conn
	if err == nil {
		c, err = d.DialContext(ctx, network, address)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to %s %s: %w", network, address, reason(err))
	}
	return c.(PacketConn), nil
}
