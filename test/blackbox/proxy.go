package blackbox

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// Behaviours of a peer that is not well.
const (
	Pass    = "pass"    // forwards both ways
	Dead    = "dead"    // nobody listens
	Slow    = "slow"    // forwards 1 KiB/s
	Flap    = "flap"    // forwards a little, then breaks the connection
	Silent  = "silent"  // accepts, and neither reads nor answers
	Garbage = "garbage" // reads, and answers without end with noise
)

// Proxy stands before a peer on the loopback and behaves as told.
type Proxy struct {
	Port   int
	target int

	mu    sync.Mutex
	mode  string
	l     net.Listener
	conns map[net.Conn]bool
	tries int
	gone  bool
}

// NewProxy listens in front of a port.
func NewProxy(t testing.TB, target int) *Proxy {
	p := &Proxy{target: target, mode: Pass, conns: map[net.Conn]bool{}}
	p.mu.Lock()
	err := p.listen("127.0.0.1:0")
	p.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Set(t, Dead)
		p.mu.Lock()
		p.gone = true
		p.mu.Unlock()
	})
	return p
}

// listen is called with mu held.
func (p *Proxy) listen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	p.l, p.Port = l, l.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.take(c)
		}
	}()
	return nil
}

// Set changes the behaviour; connections of the old one break.
func (p *Proxy) Set(t testing.TB, mode string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = mode
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
	switch {
	case mode == Dead && p.l != nil:
		p.l.Close()
		p.l = nil
	case mode != Dead && p.l == nil && !p.gone:
		var err error
		for range 100 {
			if err = p.listen(fmt.Sprintf("127.0.0.1:%d", p.Port)); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond) // the port may be in somebody's hands for a moment
		}
		t.Fatalf("listen again: %v", err)
	}
}

// Tries is how many connections came.
func (p *Proxy) Tries() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tries
}

// take treats one connection as the mode says.
func (p *Proxy) take(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	p.conns[c] = true
	switch p.mode {
	case Silent:
	case Garbage:
		go io.Copy(io.Discard, c)
		go noise(c)
	case Dead:
		c.Close()
	default:
		go p.forward(c, p.mode)
	}
}

func noise(c net.Conn) {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 4096)
	for {
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		if _, err := c.Write(b); err != nil {
			return
		}
		time.Sleep(time.Millisecond) // endless, not a flood
	}
}

// forward joins the connection with the peer.
func (p *Proxy) forward(c net.Conn, mode string) {
	defer c.Close()
	up, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.target))
	if err != nil {
		return
	}
	defer up.Close()
	p.mu.Lock()
	known := p.conns[c]
	p.conns[up] = true
	p.mu.Unlock()
	if !known { // the mode changed meanwhile
		return
	}
	go func() {
		io.Copy(c, up)
		c.Close()
	}()
	b := make([]byte, 32<<10)
	switch mode {
	case Slow:
		b = b[:512]
	case Flap:
		b = b[:8<<10]
	}
	for i := 0; mode != Flap || i < 4; i++ {
		n, err := c.Read(b)
		if n > 0 {
			if _, err := up.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
		if mode == Slow {
			time.Sleep(500 * time.Millisecond) // 1 KiB/s is this peer's nature
		}
	}
}
