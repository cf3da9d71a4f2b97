// Package socket is the part of LuaSocket that inputs and outputs need: TCP clients
// and servers and UDP, on package net.
//
//	local socket = require "socket"
//	local c = assert(socket.connect("127.0.0.1", 5565))
//	c:settimeout(2)
//	c:send("hello\n")
//	local line, err = c:receive("*l")
//
// Results are those of LuaSocket: a value, or nil and one of the words "timeout",
// "closed" and what the system says, for receive and send with what was done before.
// A call that waits notices within a tenth of a second that its script is to end.
// There are no modules socket.http, smtp, ftp, mime and ltn12.
package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/heka-project/heka/lua"
)

// Open gives the modules socket and socket.core to require in vm.
func Open(vm *lua.VM) {
	vm.Preload("socket", true, open)
	vm.Preload("socket.core", false, open)
}

const (
	beat    = 100 * time.Millisecond // between two looks whether the script is to end
	chunk   = 8 << 10                // bytes read at a time
	forever = time.Duration(-1)
)

func open(c *lua.Call) int {
	t := c.NewTable(0, 16)
	c.VM().Register(t,
		lua.Entry{Name: "tcp", Fn: func(c *lua.Call) int { return pushTCP(c, &tcp{timeout: forever}) }},
		lua.Entry{Name: "udp", Fn: func(c *lua.Call) int { return pushUDP(c, &udp{timeout: forever}) }},
		lua.Entry{Name: "connect", Fn: connect},
		lua.Entry{Name: "bind", Fn: bind},
		lua.Entry{Name: "gettime", Fn: gettime},
		lua.Entry{Name: "sleep", Fn: sleep},
	)
	t.SetString("_VERSION", lua.String("LuaSocket 3.0"))
	t.SetString("_SETSIZE", lua.Int(0))
	c.Push(t.Value())
	return 1
}

func gettime(c *lua.Call) int {
	c.PushNumber(float64(time.Now().UnixNano()) / 1e9)
	return 1
}

func sleep(c *lua.Call) int {
	d := seconds(c.Number(1))
	for end := time.Now().Add(max(d, 0)); ; {
		left := time.Until(end)
		if left <= 0 {
			return 0
		}
		time.Sleep(min(left, beat))
		c.Check()
	}
}

// seconds is a time as scripts give it.
func seconds(f float64) time.Duration {
	if f != f || f < 0 {
		return forever
	}
	return time.Duration(min(f, 1e9) * 1e9)
}

// word is an error as LuaSocket tells it.
func word(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "closed"
	case errors.As(err, &dns):
		return "host or service not provided, or not known"
	case errors.As(err, &op) && op.Err != nil:
		text := op.Err.Error()
		if i := strings.LastIndex(text, ": "); i >= 0 {
			text = text[i+2:]
		}
		return text
	}
	return err.Error()
}

// fail pushes nil and the word for err.
func fail(c *lua.Call, err error) int {
	c.PushNil()
	c.PushString(word(err))
	return 2
}

// failWith is fail with what was done before.
func failWith(c *lua.Call, err error, done lua.Value) int {
	n := fail(c, err)
	c.Push(done)
	return n + 1
}

var errClosed = net.ErrClosed

// waiter waits for an operation in beats: each sets its deadline a little further.
type waiter struct {
	c   *lua.Call
	end time.Time // zero: no end
}

func newWaiter(c *lua.Call, timeout time.Duration) waiter {
	w := waiter{c: c}
	if timeout >= 0 {
		w.end = time.Now().Add(timeout)
	}
	return w
}

// deadline is that of the next try.
func (w *waiter) deadline() time.Time {
	next := time.Now().Add(beat)
	if !w.end.IsZero() && w.end.Before(next) {
		// A deadline that has passed fails a read without a look at what is there.
		return maxTime(w.end, time.Now().Add(time.Millisecond))
	}
	return next
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// again reports whether err was the end of a beat only.
func (w *waiter) again(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	w.c.Check()
	return w.end.IsZero() || time.Now().Before(w.end)
}

// address joins a host and a port as scripts give them; "*" is any.
func address(c *lua.Call, i int) string {
	host, port := c.String(i), c.String(i+1)
	if host == "*" {
		host = ""
	}
	return net.JoinHostPort(host, port)
}

// dial connects; the wait is in beats.
func dial(w *waiter, network, address, local string) (net.Conn, error) {
	d := net.Dialer{}
	if local != "" {
		var err error
		if network == "udp" {
			d.LocalAddr, err = net.ResolveUDPAddr(network, local)
		} else {
			d.LocalAddr, err = net.ResolveTCPAddr(network, local)
		}
		if err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if !w.end.IsZero() {
		ctx, cancel = context.WithDeadline(context.Background(), w.end)
	}
	defer cancel()
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	taken := false
	go func() {
		conn, err := d.DialContext(ctx, network, address)
		done <- result{conn, err}
	}()
	defer func() {
		if !taken { // the script ends while it waits
			cancel()
			if r := <-done; r.conn != nil {
				r.conn.Close()
			}
		}
	}()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case r := <-done:
			taken = true
			if r.err != nil && ctx.Err() != nil {
				r.err = ctx.Err()
			}
			return r.conn, r.err
		case <-tick.C:
			w.c.Check()
		}
	}
}

// pushAddr pushes an address as host and port.
func pushAddr(c *lua.Call, a net.Addr) int {
	if a == nil {
		return fail(c, errClosed)
	}
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return fail(c, err)
	}
	c.PushString(host)
	n, _ := strconv.Atoi(port)
	c.PushInt(n)
	return 2
}
