package netx

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		network, address string
		want             bool
	}{
		{"tcp", "127.0.0.1:1", false}, {"tcp", "127.9.9.9:1", false}, {"tcp", "[::1]:1", false}, {"tcp", "localhost:1", false},
		{"tcp", ":1", true}, {"tcp", "0.0.0.0:1", true}, {"tcp", "[::]:1", true}, {"tcp", "192.0.2.1:1", true}, {"tcp", "host:1", true},
		{"unix", "/run/s", false}, {"udp", "fd:3", false},
	} {
		if got := Open(tt.network, tt.address); got != tt.want {
			t.Errorf("Open(%s, %s) = %v, want %v", tt.network, tt.address, got, tt.want)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	for _, tt := range []struct{ network, address, want string }{
		{"tcp", "127.0.0.1:5565", ""}, {"tcp", ":5565", ""}, {"tcp", "[::1]:0", ""}, {"tcp", "h:http", ""}, {"unix", "/run/s", ""}, {"unixgram", "@s", ""},
		{"tcp", "", "is empty"}, {"tcp", "h", "no host:port"}, {"tcp", "::1:5", "no host:port"}, {"tcp", "h:99999", "unknown port"}, {"tcp", "h:-1", "unknown port"},
		{"unix", strings.Repeat("x", 108), "108 bytes"},
	} {
		err := CheckAddress(tt.network, tt.address)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("CheckAddress(%s, %q) = %v, want %q", tt.network, tt.address, err, tt.want)
		}
	}
}

func TestListenSaysWhatToDo(t *testing.T) {
	l, err := Listen(t.Context(), "tcp", "127.0.0.1:0", KeepAlive{On: true, Period: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err = Listen(t.Context(), "tcp", l.Addr().String(), KeepAlive{}); err == nil || !strings.Contains(err.Error(), "another process has it") || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("Listen at a taken address = %v", err)
	}
	if _, err = Listen(t.Context(), "unix", "/nowhere/s", KeepAlive{}); err == nil || !strings.Contains(err.Error(), "create the folder first") {
		t.Errorf("Listen in a missing folder = %v", err)
	}
	name := filepath.Join(t.TempDir(), "file")
	os.WriteFile(name, []byte("precious"), 0o600)
	if _, err = Listen(t.Context(), "unix", name, KeepAlive{}); err == nil {
		t.Error("Listen took the place of a file")
	}
	if b, _ := os.ReadFile(name); string(b) != "precious" {
		t.Error("a file that is no socket was removed")
	}
}

// flaky is a listener whose first accepts fail.
type flaky struct {
	net.Listener
	fail atomic.Int32
}

func (l *flaky) Accept() (net.Conn, error) {
	if l.fail.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

func TestServeOutlastsFailedAccepts(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &flaky{Listener: inner}
	l.fail.Store(3)
	ctx, cancel := context.WithCancel(t.Context())
	handled, done := make(chan struct{}), make(chan error, 1)
	var troubles atomic.Int32
	go func() {
		s := Server{Handle: func(c net.Conn) {
			close(handled)
			_, err := c.Read(make([]byte, 1)) // woken by the end
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("read at the end = %v", err)
			}
		}, Trouble: func(err error) {
			if !errors.Is(err, syscall.EMFILE) {
				t.Errorf("trouble %v", err)
			}
			troubles.Add(1)
		}}
		err := s.Accept(ctx, l)
		s.Finish()
		done <- err
	}()
	c, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	<-handled
	cancel()
	if err := <-done; err != nil || troubles.Load() != 3 {
		t.Errorf("Accept = %v after %d troubles, want nil after 3", err, troubles.Load())
	}
}

func TestServeEndsWithItsListener(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	l.Close()
	if err := new(Server).Accept(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want ErrClosed", err)
	}
}

func TestReadIdle(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	nc, _ := l.Accept()
	defer nc.Close()
	c, ok := NewConn(nc)
	if !ok {
		t.Skip("sockets cannot be polled here")
	}
	b := make([]byte, 16)
	if n, err := c.TryRead(b); n != 0 || !errors.Is(err, ErrAgain) {
		t.Errorf("TryRead of nothing = %d, %v", n, err)
	}
	idles := 0
	n, err := c.ReadIdle(b, func() { idles++; peer.Write([]byte("abc")) })
	if n != 0 || !errors.Is(err, ErrAgain) || idles != 1 || b[0] != 0 {
		t.Errorf("ReadIdle of nothing = %d, %v after %d idles; buffer %q", n, err, idles, b)
	}
	if n, err = c.ReadIdle(b, func() { idles++ }); n != 3 || err != nil || idles != 1 {
		t.Errorf("ReadIdle = %d, %v after %d idles", n, err, idles)
	}
	if n := testing.AllocsPerRun(100, func() { peer.Write(b); c.ReadIdle(b, nil) }); n > 0 {
		t.Errorf("ReadIdle allocates %v times", n)
	}
	peer.Write([]byte("d"))
	if err := c.Wait(); err != nil {
		t.Errorf("Wait = %v", err)
	}
	c.TryRead(b)
	c.SetReadDeadline(time.Unix(1, 0))
	if _, err = c.ReadIdle(b, func() {}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("ReadIdle past the deadline = %v", err)
	}
	c.SetReadDeadline(time.Time{})
	peer.Close()
	for errors.Is(err, ErrAgain) || errors.Is(err, os.ErrDeadlineExceeded) {
		_, err = c.ReadIdle(b, func() {})
	}
	if err != io.EOF {
		t.Errorf("ReadIdle at the end = %v", err)
	}
}
