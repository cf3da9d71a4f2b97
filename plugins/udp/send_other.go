//go:build !linux

package udp

import "github.com/heka-project/heka/internal/netx"

// sender sends datagrams one by one.
type sender struct{ c netx.PacketConn }

func (s *sender) open(c netx.PacketConn) error {
	s.c = c
	return nil
}

// send sends datagrams of buf from number from on, and returns how many went out
// before the one that met the error.
func (s *sender) send(buf []byte, ends []int, from int) (n int, err error) {
	for k := from; k < len(ends); k++ {
		if _, err := s.c.Write(buf[start(ends, k):ends[k]]); err != nil {
			return k - from, err
		}
	}
	return len(ends) - from, nil
}
