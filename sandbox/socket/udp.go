package socket

import (
	"net"
	"time"

	"github.com/heka-project/heka/lua"
)

// udp is a UDP socket, connected to a peer or not.
type udp struct {
	conn    *net.UDPConn
	peer    bool
	local   string
	timeout time.Duration
}

// LuaSize tells memory counts what the socket holds.
func (s *udp) LuaSize() int { return 512 }

func (s *udp) close() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.conn = nil
}

// maxDatagram is the largest that receive gives, as in LuaSocket.
const maxDatagram = 8192

func pushUDP(c *lua.Call, s *udp) int {
	meta, fresh := c.VM().Metatable("socket.udp")
	if fresh {
		methods := c.NewTable(0, 16)
		c.VM().Register(methods,
			lua.Entry{Name: "setsockname", Fn: udpSetSock}, lua.Entry{Name: "setpeername", Fn: udpSetPeer}, lua.Entry{Name: "send", Fn: udpSend},
			lua.Entry{Name: "sendto", Fn: udpSendTo}, lua.Entry{Name: "receive", Fn: udpReceive}, lua.Entry{Name: "receivefrom", Fn: udpReceiveFrom},
			lua.Entry{Name: "settimeout", Fn: udpTimeout}, lua.Entry{Name: "close", Fn: udpClose}, lua.Entry{Name: "getsockname", Fn: udpSock},
			lua.Entry{Name: "getpeername", Fn: udpPeer}, lua.Entry{Name: "setoption", Fn: func(c *lua.Call) int { return yes(c) }},
		)
		meta.SetString("__index", methods.Value())
		meta.SetString("__gc", c.VM().NewFunction("close", udpClose))
	}
	c.Alloc(s.LuaSize())
	c.Push(c.VM().NewUserdata(s, meta).Value())
	return 1
}

func udpOf(c *lua.Call) *udp { return lua.Check[*udp](c, 1, "udp socket") }

func udpSetSock(c *lua.Call) int {
	s := udpOf(c)
	a, err := net.ResolveUDPAddr("udp", address(c, 2))
	if err != nil {
		return fail(c, err)
	}
	conn, err := net.ListenUDP("udp", a)
	if err != nil {
		return fail(c, err)
	}
	s.close()
	s.conn, s.peer, s.local = conn, false, conn.LocalAddr().String()
	return yes(c)
}

func udpSetPeer(c *lua.Call) int {
	s := udpOf(c)
	if c.String(2) == "*" {
		return yes(c)
	}
	to := address(c, 2)
	s.close()
	w := newWaiter(c, s.timeout)
	conn, err := dial(&w, "udp", to, s.local)
	if err != nil {
		return fail(c, err)
	}
	s.conn, s.peer = conn.(*net.UDPConn), true
	return yes(c)
}

// need makes an unconnected socket, unless there is one.
func (s *udp) need() error {
	if s.conn != nil {
		return nil
	}
	conn, err := net.ListenUDP("udp", nil)
	s.conn, s.peer = conn, false
	return err
}

func udpSend(c *lua.Call) int {
	s, data := udpOf(c), c.String(2)
	if s.conn == nil || !s.peer {
		return fail(c, errClosed)
	}
	c.Work(len(data))
	if _, err := s.conn.Write([]byte(data)); err != nil {
		return fail(c, err)
	}
	return yes(c)
}

func udpSendTo(c *lua.Call) int {
	s, data := udpOf(c), c.String(2)
	a, err := net.ResolveUDPAddr("udp", address(c, 3))
	if err == nil {
		err = s.need()
	}
	if err != nil {
		return fail(c, err)
	}
	c.Work(len(data))
	if _, err := s.conn.WriteToUDP([]byte(data), a); err != nil {
		return fail(c, err)
	}
	return yes(c)
}

// take waits for a datagram.
func (s *udp) take(c *lua.Call) ([]byte, *net.UDPAddr, error) {
	size := min(max(c.OptInt(2, maxDatagram), 1), 65535)
	if err := s.need(); err != nil {
		return nil, nil, err
	}
	c.Alloc(size)
	b := make([]byte, size)
	w := newWaiter(c, s.timeout)
	for {
		s.conn.SetReadDeadline(w.deadline())
		n, from, err := s.conn.ReadFromUDP(b)
		if err == nil {
			c.Work(n)
			return b[:n], from, nil
		}
		if !w.again(err) {
			return nil, nil, err
		}
	}
}

func udpReceive(c *lua.Call) int {
	b, _, err := udpOf(c).take(c)
	if err != nil {
		return fail(c, err)
	}
	c.PushBytes(b)
	return 1
}

func udpReceiveFrom(c *lua.Call) int {
	b, from, err := udpOf(c).take(c)
	if err != nil {
		return fail(c, err)
	}
	c.PushBytes(b)
	return 1 + pushAddr(c, from)
}

func udpTimeout(c *lua.Call) int {
	s := udpOf(c)
	if s.timeout = forever; !c.Arg(2).IsNil() {
		s.timeout = seconds(c.Number(2))
	}
	return yes(c)
}

func udpClose(c *lua.Call) int {
	udpOf(c).close()
	return yes(c)
}

func udpSock(c *lua.Call) int {
	if s := udpOf(c); s.conn != nil {
		return pushAddr(c, s.conn.LocalAddr())
	}
	return fail(c, errClosed)
}

func udpPeer(c *lua.Call) int {
	if s := udpOf(c); s.conn != nil && s.peer {
		return pushAddr(c, s.conn.RemoteAddr())
	}
	return fail(c, errClosed)
}
