package netx

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// Who begins has the socket of who ends, whatever comes meanwhile.
func TestListenerIsHandedOver(t *testing.T) {
	for _, a := range []struct{ network, address string }{{"tcp", "127.0.0.1:0"}, {"unix", filepath.Join(t.TempDir(), "s")}} {
		old, err := ListenFrom(t.Context(), nil, a.network, a.address, KeepAlive{})
		if err != nil {
			t.Fatal(err)
		}
		address := old.Addr().String()
		ended := make(chan error, 1)
		go func() { _, err := old.Accept(); ended <- err }()

		refused, err := ListenFrom(t.Context(), []*Socket{old.Socket()}, a.network, a.address, KeepAlive{})
		if err != nil {
			t.Fatal(err)
		}
		refused.Close() // a reload that was refused: nobody notices
		refused.Close()
		if _, err := refused.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept after Close = %v", err)
		}
		next, err := ListenFrom(t.Context(), []*Socket{old.Socket()}, a.network, a.address, KeepAlive{})
		if err != nil {
			t.Fatal(err)
		}
		old.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept of the old = %v", err)
		}
		c, err := net.Dial(a.network, address) // nobody accepts at this moment
		if err != nil {
			t.Fatalf("between the two: %v", err)
		}
		c.Close()
		if c, err = next.Accept(); err != nil {
			t.Fatalf("Accept of the new: %v", err)
		}
		c.Close()
		next.Close()
		if c, err := net.Dial(a.network, address); err == nil {
			c.Close()
			t.Error("the socket outlives its last holder")
		}
		if _, err := ListenFrom(t.Context(), []*Socket{old.Socket()}, "tcp", "127.0.0.1:0", KeepAlive{}); err != nil {
			t.Errorf("a socket that is closed is in the way: %v", err)
		}
	}
}

func TestPacketsAreHandedOver(t *testing.T) {
	for _, a := range []struct {
		network, address string
		n                int
	}{{"udp", "127.0.0.1:0", 1}, {"udp", "127.0.0.1:0", 3}, {"unixgram", filepath.Join(t.TempDir(), "s"), 1}} {
		old, err := ListenPacketFrom(t.Context(), nil, a.network, a.address, a.n)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial(a.network, old.Conns[0].LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		for range 5 { // unix sockets queue no more than ten
			c.Write([]byte("x"))
		}
		next, err := ListenPacketFrom(t.Context(), []*Socket{old.Socket()}, a.network, a.address, 5)
		if err != nil {
			t.Fatal(err)
		}
		old.Close()
		old.Close()
		c.Write([]byte("x"))
		n := 0
		for _, p := range next.Conns {
			p.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			for {
				if _, _, err := p.ReadFrom(make([]byte, 9)); err != nil {
					break
				}
				n++
			}
		}
		if n != 6 {
			t.Errorf("%s with %d sockets: %d of 6 datagrams", a.network, a.n, n)
		}
		next.Close()
		c.Close()
	}
}

// A part of the address may be ours already; what another process has stays an error.
func TestListenBesideOurOwn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets two sockets share a port so")
	}
	old, err := ListenFrom(t.Context(), nil, "tcp", "127.0.0.1:0", KeepAlive{})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	_, port, _ := net.SplitHostPort(old.Addr().String())
	if l, err := ListenFrom(t.Context(), nil, "tcp", ":"+port, KeepAlive{}); err == nil {
		l.Close()
		t.Fatal("the port of another is given")
	}
	wide, err := ListenFrom(t.Context(), []*Socket{old.Socket()}, "tcp", ":"+port, KeepAlive{})
	if err != nil {
		t.Fatal(err)
	}
	defer wide.Close()
	if l, err := Listen(t.Context(), "tcp", ":"+port, KeepAlive{}); err == nil {
		l.Close()
		t.Error("the port is open to others now")
	}
	same, err := ListenFrom(t.Context(), []*Socket{old.Socket()}, "tcp", "localhost:"+port, KeepAlive{})
	if err != nil || same.Socket() != old.Socket() {
		t.Errorf("another name for the address: %v", err)
	} else {
		same.Close()
	}

	u, err := ListenPacketFrom(t.Context(), nil, "udp", "127.0.0.1:0", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	_, port, _ = net.SplitHostPort(u.Conns[0].LocalAddr().String())
	w, err := ListenPacketFrom(t.Context(), []*Socket{u.Socket()}, "udp", ":"+port, 2)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
}

// While one holder takes over from the other, again and again, no connection is refused
// nor left without an answer.
func TestNobodyIsRefused(t *testing.T) {
	l, err := ListenFrom(t.Context(), nil, "tcp", "127.0.0.1:0", KeepAlive{})
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	dialled := make(chan error, 1)
	var n atomic.Int64
	go func() {
		for ctx.Err() == nil {
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.SetDeadline(time.Now().Add(30 * time.Second))
				_, err = c.Read(make([]byte, 1))
				c.Close()
			}
			if err != nil {
				dialled <- err
				return
			}
			n.Add(1)
		}
		dialled <- nil
	}()
	for range 50 {
		run, stop := context.WithCancel(t.Context())
		s := &Server{Handle: func(c net.Conn) { c.Write([]byte("x")) }, Trouble: func(err error) { t.Error(err) }}
		done := make(chan error, 1)
		go func() { err := s.Accept(run, l); s.Finish(); done <- err }()
		for was := n.Load(); n.Load() < was+2 && len(dialled) == 0; {
			time.Sleep(50 * time.Microsecond)
		}
		next, err := ListenFrom(t.Context(), []*Socket{l.Socket()}, "tcp", "127.0.0.1:0", KeepAlive{})
		if err != nil {
			t.Fatal(err)
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		l = next
	}
	s := &Server{Handle: func(c net.Conn) { c.Write([]byte("x")) }, Trouble: func(err error) { t.Error(err) }}
	go s.Accept(t.Context(), l)
	cancel()
	if err := <-dialled; err != nil {
		t.Error(err)
	}
	l.Close()
}
