// Package tcp holds TcpInput and TcpOutput: streams of bytes over TCP or unix
// sockets, with TLS where asked for.
//
//	listener ─▶ one goroutine a connection: Grab ─ read ─ Commit ─ Send
//	selections ─▶ runs ≥ 1 KiB as they lie, smaller ones gathered ─▶ writev
//
// A connection with nothing to read holds no buffer.
package tcp

import (
	"context"
	_ "embed"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed tcp.toml
var sample string

func init() {
	plugin.RegisterInput("TcpInput", plugin.About{
		Doc:      "Takes connections over TCP or a unix socket and reads a stream from each.",
		Readme:   readme,
		Sample:   sample,
		Splitter: "HekaFramingSplitter",
		Decoder:  "ProtobufDecoder",
	}, newInput)
}

// InputConfig holds the options of TcpInput.
type InputConfig struct {
	Address         string        `toml:"address" required:"true" doc:"Where to listen: host:port, or a path (@name for an abstract one) where net is unix; 127.0.0.1:5565 takes only local senders."`
	Net             string        `toml:"net" default:"tcp" enum:"tcp,tcp4,tcp6,unix" doc:"Kind of socket."`
	UseTLS          bool          `toml:"use_tls" default:"false" doc:"Speak TLS, with the settings of the table tls."`
	TLS             tlsx.Config   `toml:"tls" doc:"TLS settings; certificates that change are used from the next connection on."`
	KeepAlive       bool          `toml:"keep_alive" default:"false" doc:"Probe idle connections, so that those whose peer has vanished end."`
	KeepAlivePeriod time.Duration `toml:"keep_alive_period" unit:"s" default:"0s" doc:"Time between two probes; 0 for the system's."`
	MaxConnections  int           `toml:"max_connections" default:"16384" doc:"Most connections at a time, further ones are closed at once; 0 for no limit."`
	ReadTimeout     time.Duration `toml:"read_timeout" unit:"s" default:"60s" doc:"How long a record may take to come in whole before its connection is closed, 0 for ever; between two records, and where the splitter needs the next record to end one, a connection may stay idle."`
}

// Validate checks what shows without the network.
func (c InputConfig) Validate() error {
	if err := netx.CheckAddress(c.Net, c.Address); err != nil {
		return &plugin.OptionError{Option: "address", What: "address = " + strconv.Quote(c.Address) + " " + err.Error(), Fix: `write host:port, such as "127.0.0.1:5565", or a path with net = "unix"`}
	}
	if c.MaxConnections < 0 {
		return &plugin.OptionError{Option: "max_connections", What: "max_connections = " + strconv.Itoa(c.MaxConnections) + " is negative", Fix: "write 0 for no limit"}
	}
	if c.UseTLS {
		return tlsError(c.TLS.Check(true))
	}
	return nil
}

func tlsError(p *tlsx.Problem) error {
	if p == nil {
		return nil
	}
	return &plugin.OptionError{Option: "tls." + p.Option, What: "tls." + p.Option + " " + p.What, Fix: p.Fix}
}

// Input listens. Its methods may be called from any goroutine.
type Input struct {
	env   plugin.Env // fixed after newInput, as are the two below
	clock clock.Clock
	bound func(net.Addr)

	cur  atomic.Pointer[settings] // what is in force
	poke chan struct{}            // wakes sweep after a change; cap 1

	heritage []*netx.Socket // before Start

	mu       sync.Mutex
	listener *netx.Listener     // guarded by mu, as is conns; nil before Start and after Run
	conns    map[*conn]struct{} // those that are open

	sessions atomic.Pointer[sessions] // of senders that want acknowledgements; nil before Run

	accepted, acknowledged, refused, late, handshakes, bytes atomic.Int64
}

// settings are the options with what is made of them. Immutable.
type settings struct {
	InputConfig
	tls *tlsx.Source // nil: no TLS
}

func (s *settings) keepAlive() netx.KeepAlive {
	return netx.KeepAlive{On: s.KeepAlive, Period: s.KeepAlivePeriod}
}

func newInput(cfg InputConfig, env plugin.Env) (plugin.Input, error) {
	in := &Input{env: env, clock: env.Clock, conns: map[*conn]struct{}{}, poke: make(chan struct{}, 1), bound: func(net.Addr) {}}
	s := &settings{InputConfig: cfg}
	in.cur.Store(s)
	if in.clock == nil {
		in.clock = clock.Real{}
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if !cfg.UseTLS {
		warnUnused(env, &cfg.TLS)
		return in, nil
	}
	var err error
	s.tls, err = s.TLS.Server(env.Log, in.clock.Now)
	return in, err
}

func warnUnused(env plugin.Env, c *tlsx.Config) {
	if c.CertFile != "" || c.ClientCAFile != "" || c.RootCAFile != "" {
		env.Log.Warn("the table tls has no effect because use_tls is off: data goes unencrypted")
	}
}

// Inherit takes over sockets at the same address, and so the connections that wait
// there.
func (in *Input) Inherit(from []plugin.Input) { in.heritage = netx.Heritage(from) }

// Sockets are for those who inherit.
func (in *Input) Sockets() []*netx.Socket {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.listener == nil {
		return nil
	}
	return []*netx.Socket{in.listener.Socket()}
}

// Start listens, so that an address that cannot be had is told before the input
// runs.
func (in *Input) Start(ctx context.Context) error {
	s := in.cur.Load()
	l, err := netx.ListenFrom(ctx, in.heritage, s.Net, s.Address, s.keepAlive())
	if err != nil {
		return err
	}
	in.heritage = nil
	in.mu.Lock()
	in.listener = l
	in.mu.Unlock()
	return nil
}

// Adapt goes on with the options of next: connections stay, and so does the socket
// where the address is the same. What TLS asks for holds from the next connection on.
func (in *Input) Adapt(ctx context.Context, next plugin.Input) (commit, cancel func(), err error) {
	n := next.(*Input)
	s := n.cur.Load()
	if err := n.Start(ctx); err != nil {
		return nil, nil, err
	}
	commit = func() {
		in.cur.Store(s)
		in.mu.Lock()
		old := in.listener
		if in.listener = n.listener; old == nil { // Run listens anew after a pause
			in.listener = nil
			n.listener.Close()
		}
		in.mu.Unlock()
		if old != nil {
			old.Close()
		}
		select {
		case in.poke <- struct{}{}:
		default:
		}
	}
	return commit, func() { n.Stop() }, nil
}

// Run takes connections until ctx ends. Called again after a failure it listens
// anew.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	if in.current() == nil {
		if err := in.Start(ctx); err != nil {
			return err
		}
	}
	if in.sessions.Load() == nil {
		in.sessions.Store(openSessions(in.env))
	}
	ctx, cancel := context.WithCancel(ctx)
	var swept sync.WaitGroup
	defer swept.Wait()
	defer cancel()
	swept.Go(func() { in.sessions.Load().keep(ctx, in.clock) })
	swept.Go(func() { in.sweep(ctx) })
	srv := &netx.Server{
		Max:    func() int { return in.cur.Load().MaxConnections },
		Handle: func(c net.Conn) { in.handle(ctx, c, host) },
		Refused: func(c net.Conn) {
			in.refused.Add(1)
			in.env.Log.Warn("connection refused; raise max_connections or look for a sender that opens too many", "peer", c.RemoteAddr().String(), "max_connections", in.cur.Load().MaxConnections)
		},
		Trouble: func(err error) { in.env.Log.Warn("connection lost before it was taken; trying again", "error", err) },
	}
	defer srv.Finish()
	defer in.release()
	for {
		l := in.current()
		in.tell(l)
		err := srv.Accept(ctx, l)
		if ctx.Err() != nil {
			return nil
		}
		if in.current() == l { // else it was exchanged
			return err
		}
	}
}

func (in *Input) current() *netx.Listener {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.listener
}

// tell logs where the input listens, and who may reach it.
func (in *Input) tell(l *netx.Listener) {
	s := in.cur.Load()
	in.env.Log.Info("listening", "address", l.Addr().String())
	if netx.Open(s.Net, s.Address) && (!s.UseTLS || s.TLS.ClientAuth == "" || s.TLS.ClientAuth == "NoClientCert") {
		in.env.Log.Info("any machine that reaches this address may send; listen on 127.0.0.1, or ask for client certificates, where that is not meant", "address", s.Address)
	}
	in.bound(l.Addr())
}

// release lets go of the socket.
func (in *Input) release() error {
	in.mu.Lock()
	l := in.listener
	in.listener = nil
	in.mu.Unlock()
	if l == nil {
		return nil
	}
	return l.Close()
}

// sweep ends connections whose record takes too long.
func (in *Input) sweep(ctx context.Context) {
	for {
		limit := in.cur.Load().ReadTimeout
		var due <-chan time.Time
		stop := func() bool { return true }
		if limit > 0 {
			t := in.clock.NewTimer(max(limit/4, 10*time.Millisecond))
			due, stop = t.C, t.Stop
		}
		select {
		case <-ctx.Done():
			stop()
			return
		case <-in.poke:
			stop()
			continue
		case <-due:
		}
		oldest := in.clock.Now().Add(-limit).UnixNano()
		in.mu.Lock()
		for c := range in.conns {
			if since := c.since.Load(); since != 0 && since <= oldest && !c.late.Swap(true) {
				in.late.Add(1)
				c.SetReadDeadline(time.Unix(1, 0))
			}
		}
		in.mu.Unlock()
	}
}

// Reload reads the certificates anew.
func (in *Input) Reload() error {
	if s := in.cur.Load(); s.tls != nil {
		s.tls.Reload()
	}
	return nil
}

// Stop lets go of the socket and saves how far the sessions were acknowledged.
func (in *Input) Stop() error {
	if s := in.sessions.Swap(nil); s != nil {
		s.close()
	}
	return in.release()
}

// Report adds the figures of connections.
func (in *Input) Report(r *plugin.Report) {
	in.mu.Lock()
	n := len(in.conns)
	in.mu.Unlock()
	r.Int("Connections", int64(n), "count")
	r.Int("ConnectionsAccepted", in.accepted.Load(), "count")
	r.Int("ConnectionsAcknowledged", in.acknowledged.Load(), "count")
	r.Int("ConnectionsRefused", in.refused.Load(), "count")
	r.Int("ConnectionsTimedOut", in.late.Load(), "count")
	if in.cur.Load().tls != nil {
		r.Int("HandshakesFailed", in.handshakes.Load(), "count")
	}
	r.Int("BytesReceived", in.bytes.Load(), "B")
	if s := in.sessions.Load(); s != nil {
		n, gone := s.figures()
		r.Int("Sessions", int64(n), "count")
		r.Int("SessionsForgotten", gone, "count")
	}
}
