// Package netx opens sockets for plugins: listeners that clean up after a dead
// process, accept loops that back off, and connections that tell an idle source
// from a busy one, so that a quiet connection holds no buffer.
//
//	Listen ─▶ Server ─▶ one goroutine each: Conn.Read(buf, idle)
//	                                         data there:  n > 0
//	                                         none there:  idle(), wait, ErrAgain
//
// It knows addresses and sockets, and nothing of messages or TLS.
package netx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// KeepAlive says whether idle TCP connections are probed, and how often; a
// period of 0 leaves that to the system.
type KeepAlive struct {
	On     bool
	Period time.Duration
}

// Apply sets a connection that was accepted accordingly; those without probes pass.
func (k KeepAlive) Apply(c net.Conn) {
	if t, ok := c.(interface {
		SetKeepAliveConfig(net.KeepAliveConfig) error
	}); ok {
		t.SetKeepAliveConfig(k.config())
	}
}

func (k KeepAlive) config() net.KeepAliveConfig {
	c := net.KeepAliveConfig{Enable: k.On, Idle: -1, Interval: -1, Count: -1}
	if k.Period > 0 {
		c.Idle, c.Interval = k.Period, k.Period
	}
	return c
}

// Listen opens a stream listener: tcp, tcp4, tcp6 or unix. The socket file of a
// process that is gone is removed; one that still answers is an error.
func Listen(ctx context.Context, network, address string, k KeepAlive) (net.Listener, error) {
	lc := net.ListenConfig{KeepAlive: -1, KeepAliveConfig: k.config()}
	l, err := lc.Listen(ctx, network, address)
	if err != nil && network == "unix" && removeStale(network, address) {
		l, err = lc.Listen(ctx, network, address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w%s", network, address, reason(err), advice(err))
	}
	return l, nil
}

// removeStale removes the socket file at address if nobody listens there.
func removeStale(network, address string) bool {
	if strings.HasPrefix(address, "@") {
		return false
	}
	if st, err := os.Lstat(address); err != nil || st.Mode()&fs.ModeSocket == 0 {
		return false
	}
	c, err := net.DialTimeout(network, address, time.Second)
	if err == nil {
		c.Close()
		return false
	}
	return isRefused(err) && os.Remove(address) == nil
}

// reason takes the innermost cause out of a net.OpError, whose text repeats what
// we say ourselves.
func reason(err error) error {
	var op *net.OpError
	var sys *os.SyscallError
	if errors.As(err, &op) {
		err = op.Err
	}
	if errors.As(err, &sys) {
		err = sys.Err
	}
	return err
}

// advice names the cure of a failed listen.
func advice(err error) string {
	switch {
	case isInUse(err):
		return "; another process has it, or another section: stop that one or choose another address"
	case errors.Is(err, fs.ErrPermission):
		return "; use a port above 1023, or grant CAP_NET_BIND_SERVICE"
	case errors.Is(err, fs.ErrNotExist):
		return "; create the folder first"
	}
	return ""
}

// Open reports whether address lets other machines in: it names no host, the
// unspecified one, or one that is not of this machine's loopback.
func Open(network, address string) bool {
	if strings.HasPrefix(network, "unix") || strings.HasPrefix(address, "fd:") {
		return false
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil || host == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || !ip.IsLoopback()
}

// CheckAddress finds what is wrong with a host:port or a socket path, as far as
// that shows without the network. The error has no cure.
func CheckAddress(network, address string) error {
	if address == "" {
		return errors.New("is empty")
	}
	if strings.HasPrefix(network, "unix") {
		if len(address) > 107 {
			return fmt.Errorf("is a path of %d bytes, and sockets take 107", len(address))
		}
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("is no host:port")
	}
	if _, err := net.LookupPort(network, port); err != nil {
		return fmt.Errorf("has the unknown port %q", port)
	}
	return nil
}

// Server runs a goroutine for each connection of one listener, or of several one after
// another. The fields are fixed before Accept.
type Server struct {
	Max     func() int     // most connections at once, 0 for no limit; nil: none
	Handle  func(net.Conn) // runs one, which is closed then
	Refused func(net.Conn) // hears of one over the limit, which is closed then
	Trouble func(error)    // hears of a failed accept, which is tried again with a growing pause

	wg   sync.WaitGroup
	mu   sync.Mutex
	open map[net.Conn]struct{} // guarded by mu, as is end
	end  bool
}

// Accept takes connections until ctx ends or l is closed, and then closes l. The
// connections stay. The error is that of a listener that cannot go on.
func (s *Server) Accept(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer func() {
		if stop() {
			l.Close()
		}
	}()
	pause := time.Duration(0)
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if shared, ok := l.(*Listener); ok && err == nil {
				shared.Return(c)
			} else if err == nil {
				c.Close()
			}
			return nil
		}
		if err == nil {
			pause = 0
			s.take(c)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		s.Trouble(fmt.Errorf("accept on %s: %w", l.Addr(), reason(err)))
		pause = min(maxPause, pause*2+5*time.Millisecond)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// take runs one connection.
func (s *Server) take(c net.Conn) {
	s.mu.Lock()
	full := s.Max != nil && s.Max() > 0 && len(s.open) >= s.Max()
	if !full {
		if s.open == nil {
			s.open = map[net.Conn]struct{}{}
		}
		s.open[c] = struct{}{}
		if s.end {
			c.SetReadDeadline(time.Unix(1, 0))
		}
	}
	s.mu.Unlock()
	if full {
		s.Refused(c)
		c.Close()
		return
	}
	s.wg.Go(func() {
		defer func() {
			c.Close()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		}()
		s.Handle(c)
	})
}

// Finish wakes every connection by a read deadline in the past and waits until all
// have ended.
func (s *Server) Finish() {
	s.mu.Lock()
	s.end = true
	for c := range s.open {
		c.SetReadDeadline(time.Unix(1, 0))
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// maxPause is the longest pause between two failed accepts.
const maxPause = time.Second

// Dial connects to a stream address. local may be nil.
func Dial(ctx context.Context, network, address string, local net.Addr, k KeepAlive) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1, KeepAliveConfig: k.config(), LocalAddr: local}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s %s: %w", network, address, reason(err))
	}
	return c, nil
}
