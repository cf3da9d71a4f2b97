// Package netx opens sockets for plugins: listeners that clean up after a dead
// process, accept loops that back off, and connections that tell an idle source
// from a busy one, so that a quiet connection holds no buffer.
//
//	Listen ─▶ Serve ─▶ one goroutine each: Conn.Read(buf, idle)
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
		return "; another process has it: stop that one or choose another address"
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

// Serve accepts connections until ctx ends, and runs handle for each in a
// goroutine of its own. When ctx ends it closes l, wakes every connection by a
// read deadline in the past, and waits until all handlers have returned. max
// limits how many are open at once, 0 for no limit; further ones are closed and
// given to refused. trouble hears of failed accepts, which are tried again with a
// growing pause. The error is that of a listener that cannot go on.
func Serve(ctx context.Context, l net.Listener, max int, handle func(net.Conn), refused func(net.Conn), trouble func(error)) error {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		open = map[net.Conn]struct{}{}
		end  bool
	)
	stop := context.AfterFunc(ctx, func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		end = true
		for c := range open {
			c.SetReadDeadline(time.Unix(1, 0))
		}
	})
	defer wg.Wait()
	defer func() {
		if stop() {
			l.Close()
		}
	}()
	pause := time.Duration(0)
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("accept on %s: %w", l.Addr(), err)
			}
			trouble(fmt.Errorf("accept on %s: %w", l.Addr(), reason(err)))
			pause = min(maxPause, pause*2+5*time.Millisecond)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		}
		pause = 0
		mu.Lock()
		full := max > 0 && len(open) >= max
		if !full {
			open[c] = struct{}{}
			if end {
				c.SetReadDeadline(time.Unix(1, 0))
			}
		}
		mu.Unlock()
		if full {
			refused(c)
			c.Close()
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() {
				c.Close()
				mu.Lock()
				delete(open, c)
				mu.Unlock()
			}()
			handle(c)
		}()
	}
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
