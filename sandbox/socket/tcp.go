package socket

import (
	"bytes"
	"net"
	"time"

	"github.com/heka-project/heka/lua"
)

// tcp is a TCP socket: a master, a client or a server, as it is used.
type tcp struct {
	conn    net.Conn     // a client's
	listen  net.Listener // a server's
	local   string       // to be bound to
	timeout time.Duration
	buf     []byte // received, not yet asked for
	eof     error  // what ended receiving
}

// LuaSize tells memory counts what the socket holds.
func (s *tcp) LuaSize() int { return cap(s.buf) + 512 }

func (s *tcp) close() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.listen != nil {
		s.listen.Close()
	}
	s.conn, s.listen, s.buf = nil, nil, nil
}

const tcpName = "tcp socket"

func pushTCP(c *lua.Call, s *tcp) int {
	meta, fresh := c.VM().Metatable("socket.tcp")
	if fresh {
		methods := c.NewTable(0, 16)
		c.VM().Register(methods,
			lua.Entry{Name: "connect", Fn: tcpConnect}, lua.Entry{Name: "bind", Fn: tcpBind}, lua.Entry{Name: "listen", Fn: tcpListen},
			lua.Entry{Name: "accept", Fn: tcpAccept}, lua.Entry{Name: "send", Fn: tcpSend}, lua.Entry{Name: "receive", Fn: tcpReceive},
			lua.Entry{Name: "settimeout", Fn: tcpTimeout}, lua.Entry{Name: "close", Fn: tcpClose}, lua.Entry{Name: "shutdown", Fn: tcpShutdown},
			lua.Entry{Name: "getpeername", Fn: tcpPeer}, lua.Entry{Name: "getsockname", Fn: tcpSock}, lua.Entry{Name: "setoption", Fn: tcpOption},
		)
		meta.SetString("__index", methods.Value())
		meta.SetString("__gc", c.VM().NewFunction("close", tcpClose))
	}
	c.Alloc(s.LuaSize())
	c.Push(c.VM().NewUserdata(s, meta).Value())
	return 1
}

func tcpOf(c *lua.Call) *tcp { return lua.Check[*tcp](c, 1, tcpName) }

func yes(c *lua.Call) int {
	c.PushInt(1)
	return 1
}

// connect is socket.connect(host, port [, local host, local port]).
func connect(c *lua.Call) int {
	s := &tcp{timeout: forever}
	if !c.Arg(3).IsNil() {
		s.local = address(c, 3)
	}
	w := newWaiter(c, s.timeout)
	var err error
	if s.conn, err = dial(&w, "tcp", address(c, 1), s.local); err != nil {
		return fail(c, err)
	}
	return pushTCP(c, s)
}

// bind is socket.bind(host, port [, backlog]): a server.
func bind(c *lua.Call) int {
	s := &tcp{timeout: forever}
	var err error
	if s.listen, err = net.Listen("tcp", address(c, 1)); err != nil {
		return fail(c, err)
	}
	return pushTCP(c, s)
}

func tcpConnect(c *lua.Call) int {
	s := tcpOf(c)
	if s.conn != nil {
		s.conn.Close()
	}
	w := newWaiter(c, s.timeout)
	var err error
	if s.conn, err = dial(&w, "tcp", address(c, 2), s.local); err != nil {
		s.conn = nil
		return fail(c, err)
	}
	s.buf, s.eof = nil, nil
	return yes(c)
}

func tcpBind(c *lua.Call) int {
	tcpOf(c).local = address(c, 2)
	return yes(c)
}

func tcpListen(c *lua.Call) int {
	s := tcpOf(c)
	l, err := net.Listen("tcp", s.local)
	if err != nil {
		return fail(c, err)
	}
	s.listen = l
	return yes(c)
}

func tcpAccept(c *lua.Call) int {
	s := tcpOf(c)
	l, ok := s.listen.(*net.TCPListener)
	if !ok {
		return fail(c, errClosed)
	}
	w := newWaiter(c, s.timeout)
	for {
		l.SetDeadline(w.deadline())
		conn, err := l.Accept()
		if err == nil {
			return pushTCP(c, &tcp{conn: conn, timeout: forever})
		}
		if !w.again(err) {
			return fail(c, err)
		}
	}
}

// tcpSend is s:send(data [, first [, last]]): the index of the last byte sent.
func tcpSend(c *lua.Call) int {
	s, data := tcpOf(c), c.String(2)
	n := len(data)
	i, j := c.OptInt(3, 1), c.OptInt(4, -1)
	if i < 0 {
		i += n + 1
	}
	if j < 0 {
		j += n + 1
	}
	i, j = max(i, 1), min(j, n)
	if s.conn == nil {
		return failWith(c, errClosed, lua.Int(i-1))
	}
	c.Work(n)
	w := newWaiter(c, s.timeout)
	for i <= j {
		s.conn.SetWriteDeadline(w.deadline())
		k, err := s.conn.Write([]byte(data[i-1 : j]))
		i += k
		if err != nil && !w.again(err) {
			return failWith(c, err, lua.Int(i-1))
		}
	}
	c.PushInt(max(j, 0))
	return 1
}

// tcpReceive is s:receive([pattern [, prefix]]): a line, a number of bytes or all.
func tcpReceive(c *lua.Call) int {
	s := tcpOf(c)
	pattern, prefix := c.OptString(2, "*l"), c.OptString(3, "")
	want := -1
	if f, ok := c.Arg(2).ToNumber(); ok {
		want = max(int(min(f, 1<<40))-len(prefix), 0)
	} else if pattern != "*l" && pattern != "*a" {
		c.ArgError(2, "invalid receive pattern")
	}
	if s.conn == nil {
		return failWith(c, errClosed, lua.String(prefix))
	}
	w := newWaiter(c, s.timeout)
	for from := 0; ; {
		switch {
		case want >= 0 && len(s.buf) >= want:
			return s.give(c, prefix, want, want)
		case pattern == "*l" && want < 0:
			if i := bytes.IndexByte(s.buf[from:], '\n'); i >= 0 {
				return s.give(c, prefix, from+i, from+i+1)
			}
			from = len(s.buf)
		}
		if s.eof == nil {
			s.fill(c, &w)
			if s.eof == nil {
				continue
			}
		}
		err := s.eof
		if word(err) == "timeout" {
			s.eof = nil // there may be more later
		} else if pattern == "*a" && want < 0 && word(err) == "closed" {
			return s.give(c, prefix, len(s.buf), len(s.buf))
		}
		rest := c.CopyString(prefix + string(s.buf))
		s.buf = nil
		return failWith(c, err, rest)
	}
}

// fill receives more, or notes why there is none.
func (s *tcp) fill(c *lua.Call, w *waiter) {
	if cap(s.buf)-len(s.buf) < chunk {
		c.Alloc(2*cap(s.buf) + chunk)
		grown := make([]byte, len(s.buf), 2*cap(s.buf)+chunk)
		copy(grown, s.buf)
		s.buf = grown
	}
	for {
		s.conn.SetReadDeadline(w.deadline())
		n, err := s.conn.Read(s.buf[len(s.buf):cap(s.buf)])
		c.Work(n)
		s.buf = s.buf[:len(s.buf)+n]
		if err != nil && !(n == 0 && w.again(err)) && n == 0 {
			s.eof = err
			return
		}
		if n > 0 {
			return
		}
	}
}

// give pushes the first n bytes, and forgets the first skip ones. Lines lose their
// carriage returns, as LuaSocket has it.
func (s *tcp) give(c *lua.Call, prefix string, n, skip int) int {
	b := s.buf[:n]
	if skip > n {
		b = bytes.ReplaceAll(b, []byte{'\r'}, nil)
	}
	c.Work(n)
	if prefix == "" {
		c.PushBytes(b)
	} else {
		c.Push(c.CopyString(prefix + string(b)))
	}
	s.buf = s.buf[skip:]
	if len(s.buf) == 0 {
		s.buf = nil
	}
	return 1
}

func tcpTimeout(c *lua.Call) int {
	s := tcpOf(c)
	if s.timeout = forever; !c.Arg(2).IsNil() {
		s.timeout = seconds(c.Number(2))
	}
	return yes(c)
}

func tcpClose(c *lua.Call) int {
	tcpOf(c).close()
	return yes(c)
}

func tcpShutdown(c *lua.Call) int {
	s := tcpOf(c)
	conn, ok := s.conn.(*net.TCPConn)
	if !ok {
		return fail(c, errClosed)
	}
	switch c.OptString(2, "both") {
	case "send":
		conn.CloseWrite()
	case "receive":
		conn.CloseRead()
	default:
		conn.CloseWrite()
		conn.CloseRead()
	}
	return yes(c)
}

func tcpPeer(c *lua.Call) int {
	if s := tcpOf(c); s.conn != nil {
		return pushAddr(c, s.conn.RemoteAddr())
	}
	return fail(c, errClosed)
}

func tcpSock(c *lua.Call) int {
	s := tcpOf(c)
	switch {
	case s.conn != nil:
		return pushAddr(c, s.conn.LocalAddr())
	case s.listen != nil:
		return pushAddr(c, s.listen.Addr())
	}
	return fail(c, errClosed)
}

// tcpOption is s:setoption(name [, value]).
func tcpOption(c *lua.Call) int {
	s := tcpOf(c)
	name := c.String(2)
	conn, ok := s.conn.(*net.TCPConn)
	switch {
	case name == "reuseaddr" || name == "linger": // as they are
	case !ok:
		return fail(c, errClosed)
	case name == "keepalive":
		conn.SetKeepAlive(c.Bool(3))
	case name == "tcp-nodelay":
		conn.SetNoDelay(c.Bool(3))
	default:
		c.ArgError(2, "unsupported option `"+name[:min(len(name), 40)]+"'")
	}
	return yes(c)
}
