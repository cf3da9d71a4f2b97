//go:build !linux

package netx

import (
	"errors"
	"net"
	"runtime"
	"syscall"
)

var sharePort func(network, address string, raw syscall.RawConn) error // other systems do not spread datagrams

// SetReceiveBuffer asks for a receive buffer of size bytes; what came of it is
// not known.
func SetReceiveBuffer(c syscall.Conn, size int) (got int, err error) {
	b, ok := c.(interface{ SetReadBuffer(int) error })
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return size, b.SetReadBuffer(size)
}

// Drops is not known here.
func Drops(syscall.Conn) (n uint32, ok bool) { return 0, false }

func fromDescriptor(int) (net.PacketConn, error) {
	return nil, errors.New("inherited sockets are not supported on " + runtime.GOOS)
}
