package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// handshakeTimeout is how long a client may take to shake hands.
const handshakeTimeout = 10 * time.Second

// conn is one connection. Its goroutine reads, sweep looks at the atomics.
type conn struct {
	net.Conn
	poll *netx.Conn // nil where sockets cannot be polled
	tls  *tls.Conn  // nil without TLS
	busy bool       // with TLS: the socket is read without waiting

	fed, pos uint64       // how far the bytes given to the stream go, and how far whole records
	owes     func() bool  // whether the peer owes the rest of a record
	since    atomic.Int64 // when the unfinished record began to come in, 0 for none
	skip     uint64       // bytes still to come that were received before
	late     atomic.Bool  // it takes too long
}

// Read is how crypto/tls reads the socket.
func (c *conn) Read(b []byte) (int, error) {
	if c.busy {
		return c.poll.TryRead(b)
	}
	return c.Conn.Read(b)
}

// read reads into b. When nothing is there it calls idle, waits, and returns
// netx.ErrAgain; b is then no longer touched.
func (c *conn) read(b []byte, idle func()) (int, error) {
	switch {
	case c.poll == nil && c.tls == nil:
		return c.Conn.Read(b)
	case c.poll == nil:
		return c.tls.Read(b)
	case c.tls == nil:
		return c.poll.ReadIdle(b, idle)
	}
	n, err := c.decrypt(b)
	if !errors.Is(err, netx.ErrAgain) {
		return n, err
	}
	idle()
	if err := c.poll.Wait(); err != nil {
		return 0, err
	}
	return 0, netx.ErrAgain
}

// decrypt reads into b what TLS records are there; netx.ErrAgain when none is.
func (c *conn) decrypt(b []byte) (int, error) {
	n := 0
	for n < len(b) && n < tlsFill {
		k, err := c.tls.Read(b[n:]) // one record at a time
		n += k
		if err == nil {
			continue
		}
		if n > 0 {
			break // the error comes again
		}
		return 0, err
	}
	return n, nil
}

// readMore reads into b what is there already, without waiting where that can be
// asked for; netx.ErrAgain when nothing is.
func (c *conn) readMore(b []byte) (int, error) {
	switch {
	case c.poll == nil:
		return 0, netx.ErrAgain
	case c.tls == nil:
		return c.poll.TryRead(b)
	}
	return c.decrypt(b)
}

// tlsFill is how much is decrypted before it is split.
const tlsFill = 64 << 10

// handle reads one connection to its end.
func (in *Input) handle(ctx context.Context, nc net.Conn, host plugin.Host) {
	s := in.cur.Load()
	s.keepAlive().Apply(nc)
	c := &conn{Conn: nc}
	c.poll, _ = netx.NewConn(nc)
	in.accepted.Add(1)
	in.mu.Lock()
	in.conns[c] = struct{}{}
	in.mu.Unlock()
	defer func() {
		in.mu.Lock()
		delete(in.conns, c)
		in.mu.Unlock()
	}()
	peer := nc.RemoteAddr().String()
	if s.tls != nil {
		if err := c.handshake(ctx, s.tls); err != nil {
			if ctx.Err() == nil {
				in.handshakes.Add(1)
				in.env.Log.Warn("TLS handshake failed", "peer", peer, "error", err)
			}
			return
		}
		defer c.tls.Close()
	}
	head := message.Header{Type: in.env.Name, Logger: in.env.Name, Hostname: peer, Severity: message.DefaultSeverity}
	if strings.HasPrefix(s.Net, "unix") { // such peers have no name
		head.Hostname = in.env.Hostname
	}
	o := plugin.StreamOptions{Name: peer, Default: head}
	g, err := greet(c.readSome)
	if g.asks {
		all, who := in.sessions.Load(), c.subject()
		sess, base := all.join(of(who, g.session), ownerOf(who, nc.RemoteAddr()), g.pos, in.clock.Now())
		c.skip = base - g.pos // it came over an earlier connection
		c.fed, c.pos = base, base
		a := newAcker(all, sess)
		o.Acked, o.Waits, o.Life, o.From = a.acked, true, sess.life(), base
		if _, err = io.WriteString(c.writer(), ackOK+strconv.FormatUint(base, 10)+"\n"); err == nil {
			in.acknowledged.Add(1)
			ackCtx, stop := context.WithCancel(ctx)
			var told sync.WaitGroup
			told.Go(func() { a.run(ackCtx, c.writer()) })
			defer told.Wait()
			defer stop()
		}
	}
	first := g.head[:c.passOver(g.head, len(g.head))]
	if errors.Is(err, io.EOF) && len(first) == 0 {
		return
	}
	stream, oerr := host.Open(o)
	if oerr != nil {
		err = oerr
	} else {
		err = in.pump(c, stream, first, err)
		if e := stream.Close(); err == nil {
			err = e
		}
	}
	switch {
	case c.late.Load():
		in.env.Log.Warn("connection closed: a record took longer than read_timeout to come in", "peer", peer, "read_timeout", in.cur.Load().ReadTimeout)
	case err == nil || ctx.Err() != nil || errors.Is(err, plugin.ErrStopped):
	default:
		in.env.Log.Warn("connection lost", "peer", peer, "error", err)
	}
}

func (c *conn) handshake(ctx context.Context, src *tlsx.Source) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	c.tls = tls.Server(c, src.Listener())
	err := c.tls.HandshakeContext(ctx)
	c.busy = c.poll != nil
	return err
}

// subject is whom the peer's certificate names, nil when none was verified.
func (c *conn) subject() []byte {
	if c.tls == nil {
		return nil
	}
	chains := c.tls.ConnectionState().VerifiedChains
	if len(chains) == 0 {
		return nil
	}
	return chains[0][0].RawSubject
}

// readSome waits for bytes at the head of the connection.
func (c *conn) readSome(b []byte) (int, error) {
	for {
		n, err := c.read(b, func() {})
		if n > 0 || !errors.Is(err, netx.ErrAgain) {
			return n, err
		}
	}
}

// writer is where answers go.
func (c *conn) writer() net.Conn {
	if c.tls != nil {
		return c.tls
	}
	return c.Conn
}

// pump moves bytes from the connection into the stream until either ends: those
// of its head, which ended with an error or nil, and all that follow.
func (in *Input) pump(c *conn, s plugin.Stream, head []byte, err error) error {
	idle := s.Idle
	c.owes = func() bool { return s.Pos() != c.fed }
	if u, ok := s.(interface{ Unfinished() bool }); ok { // the engine knows better: some splitters wait for the next record
		c.owes = u.Unfinished
	}
	in.bytes.Add(int64(len(head)))
	if err != nil {
		if _, werr := s.Write(head); werr != nil {
			return werr
		}
		c.note(in, s, len(head))
		return endedWell(err)
	}
	for {
		b, err := s.Grab()
		if err != nil {
			return err
		}
		h := copy(b, head) // and what came with it, so that one write stays one read
		head = head[h:]
		n := 0
		if h == 0 {
			n, err = c.read(b, idle)
		} else if h < len(b) {
			n, err = c.readMore(b[h:])
		}
		if n > 0 {
			in.bytes.Add(int64(n))
			n = c.passOver(b[h:], n)
		}
		if h+n > 0 {
			if err := c.commit(in, s, h+n); err != nil {
				return err
			}
		}
		if err != nil && !errors.Is(err, netx.ErrAgain) {
			return endedWell(err)
		}
	}
}

// endedWell is nil for the ways in which a connection ends well.
func endedWell(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// passOver drops those of the n bytes in b that are to be skipped, and returns how
// many are left at the head of b.
func (c *conn) passOver(b []byte, n int) int {
	if c.skip == 0 {
		return n
	}
	k := int(min(c.skip, uint64(n)))
	c.skip -= uint64(k)
	return copy(b, b[k:n])
}

// commit hands n bytes over and notes whether a record is left unfinished.
func (c *conn) commit(in *Input, s plugin.Stream, n int) error {
	if err := s.Commit(n); err != nil {
		return err
	}
	c.note(in, s, n)
	return s.Send()
}

// note remembers since when a record is unfinished, after n bytes more.
func (c *conn) note(in *Input, s plugin.Stream, n int) {
	c.fed += uint64(n)
	switch pos := s.Pos(); {
	case !c.owes():
		if c.since.Load() != 0 {
			c.since.Store(0)
		}
	case pos != c.pos || c.since.Load() == 0:
		c.pos = pos
		c.since.Store(in.clock.Now().UnixNano())
	}
}
