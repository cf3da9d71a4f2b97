package tcp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
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

func init() {
	plugin.RegisterOutput("TcpOutput", plugin.About{
		Doc:          "Sends messages over one TCP connection, or to a unix socket.",
		Readme:       readme,
		Sample:       sample,
		Encoder:      "ProtobufEncoder",
		NeedsEncoder: true,
		AutoFraming:  true,
		Buffering:    true,
		Defaults:     map[string]string{"buffering.max_file_size": "128MiB", "buffering.cursor_update_count": "50"},
	}, newOutput)
}

// OutputConfig holds the options of TcpOutput.
type OutputConfig struct {
	Address         string        `toml:"address" default:"localhost:9125" doc:"Where to send: host:port, or a path where net is unix."`
	Net             string        `toml:"net" default:"tcp" enum:"tcp,tcp4,tcp6,unix" doc:"Kind of socket."`
	LocalAddress    string        `toml:"local_address" doc:"Address of this machine to send from, as host or host:port; default: the system's choice."`
	UseTLS          bool          `toml:"use_tls" default:"false" doc:"Speak TLS, with the settings of the table tls."`
	TLS             tlsx.Config   `toml:"tls" doc:"TLS settings; certificates that change are used from the next connection on."`
	KeepAlive       bool          `toml:"keep_alive" default:"false" doc:"Probe the idle connection, so that a vanished peer is noticed."`
	KeepAlivePeriod time.Duration `toml:"keep_alive_period" unit:"s" default:"0s" doc:"Time between two probes; 0 for the system's."`
	Acknowledge     string        `toml:"acknowledge" default:"auto" enum:"auto,always,never" doc:"Wait until the receiver has delivered or safely keeps each message: where it can (auto), only with receivers that can (always), or never."`
	ReconnectAfter  int           `toml:"reconnect_after" default:"0" doc:"Connect anew after so many messages, for servers behind a balancer; 0 for never."`
	WriteTimeout    time.Duration `toml:"write_timeout" unit:"s" default:"30s" doc:"How long the peer may take nothing before the connection is given up; 0 for ever."`
}

// Validate checks what shows without the network.
func (c OutputConfig) Validate() error {
	if err := netx.CheckAddress(c.Net, c.Address); err != nil {
		return &plugin.OptionError{Option: "address", What: "address = " + strconv.Quote(c.Address) + " " + err.Error(), Fix: `write host:port, such as "127.0.0.1:5565", or a path with net = "unix"`}
	}
	if _, err := c.local(); err != nil {
		return &plugin.OptionError{Option: "local_address", What: "local_address = " + strconv.Quote(c.LocalAddress) + " " + err.Error(), Fix: `write an address of this machine, such as "192.0.2.7" or "192.0.2.7:4000"`}
	}
	if c.ReconnectAfter < 0 {
		return &plugin.OptionError{Option: "reconnect_after", What: "reconnect_after = " + strconv.Itoa(c.ReconnectAfter) + " is negative", Fix: "write 0 for never"}
	}
	if c.UseTLS {
		return tlsError(c.TLS.Check(false))
	}
	return nil
}

// local reads local_address; its port may be left out.
func (c OutputConfig) local() (net.Addr, error) {
	if c.LocalAddress == "" {
		return nil, nil
	}
	if c.Net == "unix" {
		return nil, errors.New("has no meaning for a unix socket")
	}
	host, port, err := net.SplitHostPort(c.LocalAddress)
	if err != nil {
		host, port = strings.Trim(c.LocalAddress, "[]"), "0"
	}
	ip := net.ParseIP(host)
	n, err := strconv.ParseUint(port, 10, 16)
	if ip == nil && host != "" || err != nil {
		return nil, errors.New("is no IP address")
	}
	return &net.TCPAddr{IP: ip, Port: int(n)}, nil
}

// dialTimeout is how long connecting may take, the TLS handshake included.
const dialTimeout = 10 * time.Second

// Output sends. Its goroutine owns all but the counters.
type Output struct {
	cfg   OutputConfig // fixed after newOutput, as are env and tls
	env   plugin.Env
	tls   *tlsx.Source // nil: no TLS
	local net.Addr

	own    place               // of the first message not delivered that has no line: counted from the start on
	broken place               // how far the last connection was acknowledged, when it broke
	rest   []message.Selection // scratch of ask

	link *link // nil: not connected
	sent int   // messages over this connection
	out  writer

	connects, messages, bytes atomic.Int64
}

// link is a connection with a goroutine that reads what the peer says, so that
// its end is noticed before the next write.
type link struct {
	net.Conn
	ended atomic.Bool
	done  sync.WaitGroup
	acks  *progress // nil: it was not asked to acknowledge, what it says is forgotten
	end   place     // where what comes next must begin, when it was asked
	asked bool      // its answer was waited for
}

func newOutput(cfg OutputConfig, env plugin.Env) (plugin.Output, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if env.Encoding == nil {
		return nil, errors.New("bug: TcpOutput without an encoding")
	}
	o := &Output{cfg: cfg, env: env, own: place{session: newSessionID()}}
	o.local, _ = cfg.local()
	if !cfg.UseTLS {
		warnUnused(env, &cfg.TLS)
		return o, nil
	}
	var err error
	o.tls, err = o.cfg.TLS.Client(env.Log, nil)
	return o, err
}

// Deliver writes all selections, and waits for their acknowledgement where the
// peer gives one. After ErrRetry what is left is sent again over a new
// connection: what was not acknowledged, or all of it, as nobody knows how far a
// plain peer has read.
func (o *Output) Deliver(ctx context.Context, in []message.Selection) error {
	for len(in) > 0 {
		at, n := place{}, len(in)
		if o.asks() {
			at, n = o.stretch(in)
		}
		if err := o.deliver(ctx, in[:n], at); err != nil {
			return err
		}
		for k := range in[:n] {
			in[k].Done(in[k].Batch.Len())
		}
		in = in[n:]
	}
	return nil
}

// asks reports whether receivers are asked to acknowledge.
func (o *Output) asks() bool { return o.cfg.Acknowledge != "never" && o.env.Encoding.Frames() }

// deliver is Deliver for messages that lie one behind another from there on.
func (o *Output) deliver(ctx context.Context, in []message.Selection, at place) error {
	n := left(in)
	if at.session == o.broken.session {
		at.pos = skip(in, at.pos, o.broken.pos)
		if o.keep(at); left(in) == 0 {
			o.messages.Add(int64(n))
			return nil
		}
	}
	if o.link != nil && o.link.acks != nil && o.link.end != at {
		o.disconnect() // the peer counts on
	}
	if err := o.connect(ctx); err != nil {
		return o.retry(err)
	}
	end := place{at.session, at.pos + size(in)}
	stop := context.AfterFunc(ctx, o.link.interrupt)
	rest, err := o.ask(in, at)
	if err == nil {
		var written int64
		written, err = o.out.write(ctx, o.link.Conn, o.cfg.WriteTimeout, o.env.Encoding, rest)
		o.bytes.Add(written)
	}
	stop()
	if err == nil {
		err = o.acknowledged(ctx, end.pos)
	}
	if err != nil {
		if o.link.acks != nil {
			o.broken = place{at.session, o.link.acks.position()}
		}
		o.link.abort()
		o.disconnect()
		return o.retry(fmt.Errorf("send to %s: %w", o.cfg.Address, err))
	}
	o.keep(end)
	o.link.end = end
	o.messages.Add(int64(n))
	if o.sent += n; o.cfg.ReconnectAfter > 0 && o.sent >= o.cfg.ReconnectAfter {
		o.disconnect()
	}
	return nil
}

// acknowledged waits until the peer has acknowledged all up to end. One that has
// not said yet that it will is waited for once a connection.
func (o *Output) acknowledged(ctx context.Context, end uint64) error {
	acks := o.link.acks
	if acks == nil {
		return nil
	}
	if !acks.known() && !o.link.asked {
		o.link.asked = true
		if o.cfg.Acknowledge == "always" {
			if err := acks.answer(ctx, ackPatient); err != nil {
				return fmt.Errorf("the receiver does not acknowledge: %w; it must be a hekad with TcpInput, or set acknowledge = \"auto\"", err)
			}
		} else {
			acks.answer(ctx, ackWait) // or plain for now
		}
	}
	if !acks.known() {
		return nil
	}
	return acks.wait(ctx, end)
}

func (o *Output) retry(err error) error { return fmt.Errorf("%w; %w", err, plugin.ErrRetry) }

// connect makes sure that there is a connection whose peer has not hung up.
func (o *Output) connect(ctx context.Context) error {
	if o.link != nil && !o.link.ended.Load() {
		return nil
	}
	o.disconnect()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := netx.Dial(ctx, o.cfg.Net, o.cfg.Address, o.local, netx.KeepAlive{On: o.cfg.KeepAlive, Period: o.cfg.KeepAlivePeriod})
	if err != nil {
		return err
	}
	if o.tls != nil {
		if c, err = o.handshake(ctx, c); err != nil {
			return err
		}
	}
	l := &link{Conn: c}
	o.connects.Add(1)
	o.env.Log.Info("connected", "address", o.cfg.Address)
	o.sent = 0
	o.link = l
	if !o.asks() {
		l.done.Go(l.drain) // else ask starts it
	}
	return nil
}

// ask sends the first message that is left in a frame that asks the peer to
// acknowledge, and returns what is left behind it. The answer is not waited for
// here. Of in itself nothing is marked as done: it may have to be sent again.
func (o *Output) ask(in []message.Selection, at place) ([]message.Selection, error) {
	l := o.link
	if l.acks != nil || !o.asks() {
		return in, nil
	}
	rest := append(o.rest[:0], in...)
	o.rest = rest
	for k := range rest {
		i := rest[k].Next(-1)
		if i < 0 {
			continue
		}
		frame := appendAsking(nil, rest[k].At(i), at.session, at.pos)
		rest[k].Done(i + 1)
		l.acks = &progress{acked: at.pos}
		l.done.Go(l.drain)
		if o.cfg.WriteTimeout > 0 {
			l.SetWriteDeadline(time.Now().Add(o.cfg.WriteTimeout))
		}
		n, err := l.Write(frame)
		o.bytes.Add(int64(n))
		return rest, err
	}
	return in, nil
}

func (o *Output) handshake(ctx context.Context, c net.Conn) (net.Conn, error) {
	conf := o.tls.Config()
	if conf.ServerName == "" {
		conf = conf.Clone()
		host, _, _ := net.SplitHostPort(o.cfg.Address)
		conf.ServerName = cmp.Or(host, "localhost")
	}
	t := tls.Client(c, conf)
	if err := t.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("TLS handshake with %s: %w", o.cfg.Address, err)
	}
	return t, nil
}

func (o *Output) disconnect() {
	if o.link == nil {
		return
	}
	o.link.Close()
	o.link.done.Wait()
	o.link = nil
}

// abort hangs up without TLS's farewell, for which a stuck peer would be waited.
func (l *link) abort() {
	if t, ok := l.Conn.(*tls.Conn); ok {
		t.NetConn().Close()
	}
}

// interrupt ends a write under way.
func (l *link) interrupt() { l.SetWriteDeadline(time.Unix(1, 0)) }

func (l *link) drain() {
	if l.acks != nil {
		l.acks.listen(l.Conn)
	} else {
		io.Copy(io.Discard, l.Conn)
	}
	l.ended.Store(true)
}

// Reload reads the certificates anew; they are used from the next connection on.
func (o *Output) Reload() error {
	if o.tls != nil {
		o.tls.Reload()
	}
	return nil
}

// Stop hangs up.
func (o *Output) Stop() error {
	o.disconnect()
	return nil
}

// Report adds the figures of the connection.
func (o *Output) Report(r *plugin.Report) {
	r.Int("Connects", o.connects.Load(), "count")
	r.Int("SentMessageCount", o.messages.Load(), "count")
	r.Int("SentBytes", o.bytes.Load(), "B")
}
