// Package httplisten holds HttpListenInput, which takes messages by HTTP and
// answers once they are safe.
//
//	request ─ who? 401 ─ body, unpacked, whole 413, 415, 400 ─▶ lane: Write, Flush, Send ─▶ engine
//	   200 ◀───────────── position acknowledged, or 503 after answer_timeout ◀──────────────┘
//
// A body is read whole before any of it is handed on, so that a request is taken
// or refused as one. A lane is a stream with its splitter and decoder; requests
// use it one after another and wait for their answers side by side.
package httplisten

import (
	"context"
	"crypto/tls"
	_ "embed"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed httplisten.toml
var sample string

func init() {
	plugin.RegisterInput("HttpListenInput", plugin.About{
		Doc:    "Takes messages by HTTP and answers once they are safe.",
		Readme: readme,
		Sample: sample,
	}, newInput)
}

const (
	maxHeader    = 32 << 10         // bytes of request line and headers
	idleTimeout  = 2 * time.Minute  // of a connection between two requests
	retryAfter   = "1"              // seconds that a sender is asked to wait
	stopPatience = 2 * time.Second  // for answers that are due when the input stops
	handshake    = 10 * time.Second // that a TLS client may take
)

// Input listens. Its methods may be called from any goroutine.
type Input struct {
	cfg   Config // fixed after newInput, as are the four below
	env   plugin.Env
	clock clock.Clock
	tls   *tlsx.Source // nil: no TLS
	bound func(net.Addr)

	heritage []*netx.Socket // before Start
	lanes    chan *lane     // those that are free; made by Run, as is ending
	ending   chan struct{}

	mu       sync.Mutex
	listener *netx.Listener // guarded by mu; nil before Start and after Run

	buffered atomic.Int64 // bytes of bodies in memory
	open     atomic.Int64 // connections

	requests, taken, unsafe, bytes           atomic.Int64
	unauthorized, refused, overloaded, shook atomic.Int64
}

func newInput(cfg Config, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	in := &Input{cfg: cfg, env: env, clock: env.Clock, bound: func(net.Addr) {}}
	if in.clock == nil {
		in.clock = clock.Real{}
	}
	if !cfg.UseTLS {
		return in, nil
	}
	var err error
	in.tls, err = in.cfg.TLS.Server(env.Log, in.clock.Now)
	return in, err
}

// keepAlive probes all connections.
var keepAlive = netx.KeepAlive{On: true}

// Inherit takes over a socket at the same address, with the connections that wait
// there.
func (in *Input) Inherit(from []plugin.Input) { in.heritage = netx.Heritage(from) }

// Sockets are for those who inherit.
func (in *Input) Sockets() []*netx.Socket {
	if l := in.current(); l != nil {
		return []*netx.Socket{l.Socket()}
	}
	return nil
}

func (in *Input) current() *netx.Listener {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.listener
}

// Start listens, so that an address that cannot be had is told before the input
// runs.
func (in *Input) Start(ctx context.Context) error {
	l, err := netx.ListenFrom(ctx, in.heritage, "tcp", in.cfg.Address, keepAlive)
	if err != nil {
		return err
	}
	in.heritage = nil
	in.mu.Lock()
	in.listener = l
	in.mu.Unlock()
	return nil
}

// Run answers requests until ctx ends. Called again after a failure it listens
// anew.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	if in.current() == nil {
		if err := in.Start(ctx); err != nil {
			return err
		}
	}
	l := in.current()
	defer in.Stop()
	in.env.Log.Info("listening", "address", l.Addr().String(), "tls", in.cfg.UseTLS)
	if netx.Open("tcp", in.cfg.Address) && in.cfg.AuthType == "" && !in.asksForCertificate() {
		in.env.Log.Warn("any machine that reaches this address may send; listen on 127.0.0.1, or set auth_type", "address", in.cfg.Address)
	}
	n, err := in.makeLanes(host)
	defer in.closeLanes(n)
	if err != nil {
		return err
	}
	in.ending = make(chan struct{})
	in.bound(l.Addr())
	srv := in.server()
	done := make(chan error, 1)
	go func() { done <- srv.Serve(in.wrap(l)) }()
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	close(in.ending)
	end, cancel := context.WithTimeout(context.Background(), 2*stopPatience)
	defer cancel()
	if srv.Shutdown(end) != nil {
		srv.Close()
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (in *Input) asksForCertificate() bool {
	return in.cfg.UseTLS && (in.cfg.TLS.ClientAuth == "RequireAndVerifyClientCert" || in.cfg.TLS.ClientAuth == "RequireAnyClientCert")
}

func (in *Input) server() *http.Server {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return &http.Server{
		Handler:           http.HandlerFunc(in.serve),
		Protocols:         p,
		ReadHeaderTimeout: min(in.cfg.RequestTimeout, handshake),
		ReadTimeout:       in.cfg.RequestTimeout,
		WriteTimeout:      in.cfg.RequestTimeout + in.cfg.AnswerTimeout + handshake,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(troubles{in}, "", 0),
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				in.open.Add(1)
			case http.StateClosed, http.StateHijacked:
				in.open.Add(-1)
			}
		},
	}
}

// troubles takes the lines of package http: what a stranger can cause is counted,
// and logged for who looks.
type troubles struct{ in *Input }

func (t troubles) Write(line []byte) (int, error) {
	t.in.shook.Add(1)
	t.in.env.Log.Debug("connection failed", "error", string(line))
	return len(line), nil
}

// wrap adds probes, the limit of connections and TLS.
func (in *Input) wrap(l net.Listener) net.Listener {
	l = probed{l}
	if in.cfg.MaxConnections > 0 {
		l = &limited{Listener: l, room: make(chan struct{}, in.cfg.MaxConnections), end: in.ending}
	}
	if in.tls != nil {
		l = tls.NewListener(l, in.tls.Listener())
	}
	return l
}

// probed has idle connections probed, whoever opened the socket.
type probed struct{ net.Listener }

// Accept implements net.Listener.
func (p probed) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err == nil {
		keepAlive.Apply(c)
	}
	return c, err
}

// limited takes no more connections than there is room for.
type limited struct {
	net.Listener
	room chan struct{}
	end  chan struct{}
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.end:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &counted{Conn: c, free: func() { <-l.room }}, nil
}

type counted struct {
	net.Conn
	once sync.Once
	free func()
}

func (c *counted) Close() error {
	defer c.once.Do(c.free)
	return c.Conn.Close()
}

// makeLanes opens the streams, as many as keep all cores busy with decoding.
func (in *Input) makeLanes(host plugin.Host) (opened int, err error) {
	n := max(2, runtime.GOMAXPROCS(0))
	in.lanes = make(chan *lane, n)
	for range n {
		l := &lane{max: in.env.MaxMessageSize}
		l.stream, err = host.Open(plugin.StreamOptions{
			Default: message.Header{
				Type: "heka.httpdata.request", Logger: in.env.Name, Hostname: in.env.Hostname, Severity: 6, EnvVersion: "1", Pid: int32(os.Getpid()),
			},
			Acked: l.acked, FlushWhole: true, Decorate: l.decorate,
		})
		if err != nil {
			return opened, err
		}
		opened++
		in.lanes <- l
	}
	return opened, nil
}

// closeLanes ends the streams, each once nobody uses it any more.
func (in *Input) closeLanes(n int) {
	for range n {
		(<-in.lanes).stream.Close()
	}
}

// Reload reads the certificates anew.
func (in *Input) Reload() error {
	if in.tls != nil {
		in.tls.Reload()
	}
	return nil
}

// Stop lets go of the socket.
func (in *Input) Stop() error {
	in.mu.Lock()
	l := in.listener
	in.listener = nil
	in.mu.Unlock()
	if l == nil {
		return nil
	}
	return l.Close()
}

// Report adds the figures of requests.
func (in *Input) Report(r *plugin.Report) {
	r.Int("Connections", in.open.Load(), "count")
	r.Int("ConnectionsFailed", in.shook.Load(), "count")
	r.Int("Requests", in.requests.Load(), "count")
	r.Int("RequestsTaken", in.taken.Load(), "count")
	r.Int("RequestsUnauthorized", in.unauthorized.Load(), "count")
	r.Int("RequestsRefused", in.refused.Load(), "count")
	r.Int("RequestsOverloaded", in.overloaded.Load(), "count")
	r.Int("RequestsNotSafeInTime", in.unsafe.Load(), "count")
	r.Int("BytesReceived", in.bytes.Load(), "B")
	r.Int("BytesBuffered", in.buffered.Load(), "B")
}
