package netx

import "net"

// again is what a read answers when there is nothing to read yet. It is a
// net.Error that is temporary, so that crypto/tls keeps its state over it.
type again struct{}

func (again) Error() string   { return "nothing to read yet" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }

// ErrAgain means that nothing was read, and that a new try may bring something.
var ErrAgain net.Error = again{}
