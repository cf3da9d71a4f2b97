package netx

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Socket is an address that is listened on: a stream listener, or sockets for
// datagrams. Several may hold it, so that who begins can take it over from who ends
// and nobody who connects or sends meanwhile is turned away; the last to let go
// closes it. One holder at a time accepts or reads.
type Socket struct {
	network, address string       // as it was asked for; fixed, as are the three below
	listener         net.Listener // nil: packets
	packets          []PacketConn
	file             string // of a datagram socket, removed at the end; "" for none

	mu      sync.Mutex
	holders int        // guarded by mu, as are the two below
	turn    *Listener  // who accepts
	waiting []net.Conn // accepted by who ended meanwhile
}

// Lender has sockets open that another may take over.
type Lender interface {
	// Sockets may be called from any goroutine.
	Sockets() []*Socket
}

// Heritage gathers the sockets of all that are lenders.
func Heritage[T any](from []T) (list []*Socket) {
	for _, x := range from {
		if l, ok := any(x).(Lender); ok {
			list = append(list, l.Sockets()...)
		}
	}
	return list
}

// hold adds a holder; false when the socket is closed already.
func (s *Socket) hold() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders == 0 {
		return false
	}
	s.holders++
	return true
}

// release takes one holder away, and closes with the last.
func (s *Socket) release() error {
	s.mu.Lock()
	s.holders--
	last := s.holders == 0
	s.mu.Unlock()
	if !last {
		return nil
	}
	if s.listener != nil {
		for _, c := range s.waiting {
			c.Close()
		}
		return s.listener.Close()
	}
	var errs []error
	for _, c := range s.packets {
		errs = append(errs, c.Close())
	}
	if s.file != "" {
		RemoveSocket(s.file)
	}
	return errors.Join(errs...)
}

// is reports whether this is what listening there would give.
func (s *Socket) is(network, address string) bool {
	if s.network != network {
		return false
	}
	if s.address == address {
		return true
	}
	if strings.HasPrefix(network, "unix") || strings.HasPrefix(address, "fd:") || strings.HasPrefix(s.address, "fd:") {
		return false
	}
	want := resolved(network, address)
	return want == resolved(network, s.address) || want == s.addr().String()
}

// addr is where the socket listens, with the port that it got.
func (s *Socket) addr() net.Addr {
	if s.listener != nil {
		return s.listener.Addr()
	}
	return s.packets[0].LocalAddr()
}

// resolved is an address in numbers, or as it is where that fails.
func resolved(network, address string) string {
	var a net.Addr
	var err error
	if strings.HasPrefix(network, "udp") {
		a, err = net.ResolveUDPAddr(network, address)
	} else {
		a, err = net.ResolveTCPAddr(network, address)
	}
	if err != nil {
		return address
	}
	return a.String()
}

// find takes over a socket of that address; nil when there is none.
func find(from []*Socket, network, address string, packets bool) *Socket {
	for _, s := range from {
		if (s.listener == nil) == packets && s.is(network, address) && s.hold() {
			return s
		}
	}
	return nil
}

// Listener is one holder's part in a stream socket. Close lets go of it and wakes
// Accept; the socket is closed by the last holder.
type Listener struct {
	s      *Socket
	closed bool // guarded by s.mu
}

// ListenFrom is Listen that takes over the socket of from that has the address, if
// there is one. One that only overlaps with it, such as 127.0.0.1:80 with :80, is no
// hindrance where the system allows that.
func ListenFrom(ctx context.Context, from []*Socket, network, address string, k KeepAlive) (*Listener, error) {
	if s := find(from, network, address, false); s != nil {
		return &Listener{s: s}, nil
	}
	l, err := Listen(ctx, network, address, k)
	if isInUse(err) && strings.HasPrefix(network, "tcp") {
		if beside, ok := listenBeside(ctx, overlapping(from, network, address), network, address, k); ok {
			l, err = beside, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &Listener{s: &Socket{network: network, address: address, listener: l, holders: 1}}, nil
}

// overlapping lists the sockets that have the same port.
func overlapping(from []*Socket, network, address string) (list []any) {
	_, port, err := net.SplitHostPort(resolved(network, address))
	if err != nil {
		return nil
	}
	for _, s := range from {
		if s.network[:3] != network[:3] {
			continue
		}
		if s.listener != nil {
			if _, p, _ := net.SplitHostPort(s.listener.Addr().String()); p == port {
				list = append(list, s.listener)
			}
		}
		for _, c := range s.packets {
			if _, p, _ := net.SplitHostPort(c.LocalAddr().String()); p == port {
				list = append(list, c)
			}
		}
	}
	return list
}

// Socket is what the holder shares.
func (l *Listener) Socket() *Socket { return l.s }

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return l.s.addr() }

// Accept implements net.Listener. The first call takes the turn.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.begin()
		if c != nil || err != nil {
			return c, err
		}
		c, err = l.s.listener.Accept()
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return c, err
		}
	}
}

// begin takes the turn, and a connection that waits.
func (l *Listener) begin() (c net.Conn, err error) {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.closed {
		return nil, net.ErrClosed
	}
	if s.turn != l {
		s.turn = l
		s.deadline(time.Time{})
	}
	if len(s.waiting) > 0 {
		c, s.waiting = s.waiting[0], s.waiting[1:]
	}
	return c, nil
}

// Return gives back a connection that was accepted too late: another holder accepts
// it, and where there is none it is closed.
func (l *Listener) Return(c net.Conn) {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders > 1 || s.holders == 1 && l.closed {
		s.waiting = append(s.waiting, c)
		return
	}
	c.Close()
}

func (s *Socket) deadline(t time.Time) {
	if d, ok := s.listener.(interface{ SetDeadline(time.Time) error }); ok {
		d.SetDeadline(t)
	}
}

// Close implements net.Listener. A second call does nothing.
func (l *Listener) Close() error {
	s := l.s
	s.mu.Lock()
	if l.closed {
		s.mu.Unlock()
		return nil
	}
	l.closed = true
	if s.turn == l {
		s.turn = nil
		s.deadline(time.Unix(1, 0))
	}
	s.mu.Unlock()
	return s.release()
}

// Packets is one holder's part in sockets for datagrams. Who begins to read sets the
// read deadlines as it wants them.
type Packets struct {
	Conns []PacketConn
	s     *Socket
	once  sync.Once
}

// ListenPacketFrom is ListenPacket that takes over the sockets of from that have the
// address, with all that waits in them, however many they are. An inherited
// descriptor counts as an address.
func ListenPacketFrom(ctx context.Context, from []*Socket, network, address string, n int) (*Packets, error) {
	if s := find(from, network, address, true); s != nil {
		return &Packets{Conns: s.packets, s: s}, nil
	}
	conns, err := ListenPacket(ctx, network, address, n)
	if isInUse(err) && strings.HasPrefix(network, "udp") {
		if beside, ok := listenPacketBeside(ctx, overlapping(from, network, address), network, address, max(n, 1)); ok {
			conns, err = beside, nil
		}
	}
	if err != nil {
		return nil, err
	}
	s := &Socket{network: network, address: address, packets: conns, holders: 1}
	if network == "unixgram" && !strings.HasPrefix(address, "@") && !strings.HasPrefix(address, "fd:") {
		s.file = address
	}
	return &Packets{Conns: conns, s: s}, nil
}

// Socket is what the holder shares.
func (p *Packets) Socket() *Socket { return p.s }

// Close lets go of the sockets. A second call does nothing.
func (p *Packets) Close() (err error) {
	p.once.Do(func() { err = p.s.release() })
	return err
}
