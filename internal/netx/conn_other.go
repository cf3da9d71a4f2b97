//go:build !unix

package netx

import (
	"errors"
	"net"
	"syscall"
)

// Conn is not to be had here: NewConn tells so, and plugins read with a buffer in
// hand.
type Conn struct{ net.Conn }

// NewConn wraps nothing.
func NewConn(net.Conn) (*Conn, bool) { return nil, false }

// ReadIdle reads into b.
func (c *Conn) ReadIdle(b []byte, _ func()) (int, error) { return c.Read(b) }

// TryRead reads into b.
func (c *Conn) TryRead(b []byte) (int, error) { return c.Read(b) }

// Wait does not.
func (c *Conn) Wait() error { return nil }

// Winsock's numbers for the two.
func isRefused(err error) bool { return errors.Is(err, syscall.Errno(10061)) }
func isInUse(err error) bool   { return errors.Is(err, syscall.Errno(10048)) }
