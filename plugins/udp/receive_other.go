//go:build !linux

package udp

import (
	"net"
	"net/netip"
)

// receive reads until the socket or the stream ends.
func (in *Input) receive(s *sock) error {
	size := in.slotSize()
	b := make([]byte, size+1)
	for {
		s.stream.Idle()
		n, from, err := s.ReadFrom(b)
		if err != nil {
			return err
		}
		var ip netip.Addr
		if u, ok := from.(*net.UDPAddr); ok {
			ip = u.AddrPort().Addr()
		}
		in.datagrams.Add(1)
		if err := in.take(s, b[:min(n, size)], n > size, ip); err != nil {
			return err
		}
		if err := s.stream.Send(); err != nil {
			return err
		}
	}
}
