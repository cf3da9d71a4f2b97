//go:build unix

package netx

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Conn reads a connection without blocking where that is asked for. One
// goroutine reads.
type Conn struct {
	net.Conn
	raw syscall.RawConn

	buf  []byte // of the read under way; nil: only wait
	idle func()
	n    int
	err  error
	wait bool // the read under way waits for data
	try  func(fd uintptr) bool
}

// NewConn wraps c. ok is false for connections that have no socket beneath.
func NewConn(c net.Conn) (conn *Conn, ok bool) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, false
	}
	conn = &Conn{Conn: c, raw: raw}
	conn.try = conn.step
	return conn, true
}

// step is called by the runtime's poller: at once, and again when the socket has
// become readable. False makes it wait.
func (c *Conn) step(fd uintptr) bool {
	if c.buf == nil {
		c.n, c.err = 0, ErrAgain
		return true
	}
	for {
		c.n, c.err = syscall.Read(int(fd), c.buf)
		if c.err != syscall.EINTR {
			break
		}
	}
	if c.err != syscall.EAGAIN {
		return true
	}
	c.n, c.err = 0, ErrAgain
	if !c.wait {
		return true
	}
	c.buf = nil
	c.idle()
	return false
}

// ReadIdle reads into b. When nothing is there it calls idle, after which b is no
// longer touched, waits until something is, and returns ErrAgain without having
// read it.
func (c *Conn) ReadIdle(b []byte, idle func()) (int, error) {
	c.buf, c.idle, c.wait = b, idle, true
	return c.do()
}

// TryRead reads into b, or returns ErrAgain at once when nothing is there.
func (c *Conn) TryRead(b []byte) (int, error) {
	c.buf, c.wait = b, false
	return c.do()
}

func (c *Conn) do() (int, error) {
	if len(c.buf) == 0 {
		return 0, nil
	}
	err := c.raw.Read(c.try)
	c.buf = nil
	switch {
	case err != nil: // deadline, closed
		return 0, err
	case c.err == ErrAgain:
		return 0, c.err
	case c.err != nil:
		return 0, &net.OpError{Op: "read", Net: c.LocalAddr().Network(), Addr: c.RemoteAddr(), Err: os.NewSyscallError("read", c.err)}
	case c.n == 0:
		return 0, io.EOF
	}
	return c.n, nil
}

// Wait waits until a read would not block.
func (c *Conn) Wait() error {
	return c.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		return err != syscall.EAGAIN && err != syscall.EINTR
	})
}

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
func isInUse(err error) bool   { return errors.Is(err, syscall.EADDRINUSE) }
