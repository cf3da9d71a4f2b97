// Package udp holds UdpInput and UdpOutput: datagrams over UDP or unix sockets.
//
//	socket ─recvmmsg─▶ slots ─Write, Flush each─▶ Stream ─Send once─▶ engine
//	selections ─encode─▶ datagrams ─sendmmsg─▶ socket
//
// One datagram is one or more whole records: a record never spans two.
package udp

import (
	"context"
	_ "embed"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed udp.toml
var sample string

func init() {
	plugin.RegisterInput("UdpInput", plugin.About{
		Doc:    "Takes datagrams over UDP or a unix socket.",
		Readme: readme,
		Sample: sample,
	}, newInput)
}

// InputConfig holds the options of UdpInput.
type InputConfig struct {
	Address       string      `toml:"address" required:"true" doc:"Where to listen: host:port, fd:N for an inherited socket, or with unixgram a path (@name for an abstract one)."`
	Net           string      `toml:"net" default:"udp" enum:"udp,udp4,udp6,unixgram" doc:"Kind of socket."`
	SetHostname   bool        `toml:"set_hostname" default:"false" doc:"Take the sender's IP address as Hostname; not with unixgram, which does not tell it."`
	Readers       int         `toml:"readers" default:"0" doc:"Sockets that share the address, each with a goroutine, so that several cores read; 0 for one a core, at most 8. Linux spreads senders over them."`
	ReceiveBuffer plugin.Size `toml:"receive_buffer" default:"8MiB" doc:"Kernel memory for datagrams that wait to be read, for each socket; 0 for the system's default."`
}

// Validate checks what shows without the network.
func (c InputConfig) Validate() error {
	fd, inherited := strings.CutPrefix(c.Address, "fd:")
	switch _, err := strconv.ParseUint(fd, 0, 31); {
	case inherited && err != nil:
		return &plugin.OptionError{Option: "address", What: "address = " + strconv.Quote(c.Address) + " names no descriptor", Fix: `write its number, such as "fd:3"`}
	case c.SetHostname && c.Net == "unixgram":
		return &plugin.OptionError{Option: "set_hostname", What: "set_hostname is on, but such a socket does not tell who sends", Fix: "leave it out"}
	case c.Net == "unixgram" && runtime.GOOS != "linux" && strings.HasPrefix(c.Address, "@"):
		return &plugin.OptionError{Option: "address", What: "address = " + strconv.Quote(c.Address) + " is an abstract socket, which only Linux has", Fix: "write a path"}
	}
	if err := netx.CheckAddress(c.Net, c.Address); err != nil && !inherited {
		return &plugin.OptionError{Option: "address", What: "address = " + strconv.Quote(c.Address) + " " + err.Error(), Fix: `write host:port, such as "127.0.0.1:5514", or a path with net = "unixgram"`}
	}
	if c.Readers < 0 || c.Readers > 64 {
		return &plugin.OptionError{Option: "readers", What: "readers = " + strconv.Itoa(c.Readers) + " is out of range", Fix: "write 0 for one a core, or up to 64"}
	}
	return nil
}

// readers is the number of sockets to open.
func (c InputConfig) readers() int {
	switch {
	case c.Net == "unixgram" || strings.HasPrefix(c.Address, "fd:"):
		return 1
	case c.Readers == 0:
		return min(runtime.GOMAXPROCS(0), 8)
	}
	return c.Readers
}

// Input listens. Report may be called from any goroutine.
type Input struct {
	cfg   InputConfig // fixed after newInput, as are the three below
	env   plugin.Env
	clock clock.Clock
	bound func(net.Addr)

	heritage []*netx.Socket // before Start

	mu      sync.Mutex
	packets *netx.Packets // guarded by mu, as are the two below; nil before Start and after Run
	socks   []*sock
	drops   int64 // of sockets that were let go

	datagrams, bytes, truncated atomic.Int64
}

// sock is one socket. It belongs to its reader.
type sock struct {
	netx.PacketConn
	base   uint32 // datagrams that the kernel had thrown away before this input had it
	stream plugin.Stream
	names  map[netip.Addr]string // senders' texts, so that they are made once
}

func newInput(cfg InputConfig, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	in := &Input{cfg: cfg, env: env, clock: env.Clock, bound: func(net.Addr) {}}
	if in.clock == nil {
		in.clock = clock.Real{}
	}
	return in, nil
}

// slotSize is the longest datagram: a byte more than the longest record, so that
// the engine sees that it is too long.
func (in *Input) slotSize() int {
	n := in.env.MaxMessageSize
	if n <= 0 {
		n = 64 << 10
	}
	n += message.FramingOverhead + message.MaxHeaderSize + 1
	if in.cfg.Net != "unixgram" {
		n = min(n, 64<<10) // UDP has no longer ones
	}
	return n
}

// Inherit takes over sockets at the same address, with the datagrams that wait there.
func (in *Input) Inherit(from []plugin.Input) { in.heritage = netx.Heritage(from) }

// Sockets are for those who inherit.
func (in *Input) Sockets() []*netx.Socket {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.packets == nil {
		return nil
	}
	return []*netx.Socket{in.packets.Socket()}
}

// Start opens the sockets, so that an address that cannot be had is told before
// the input runs. Those that it inherits stay as many as they are.
func (in *Input) Start(ctx context.Context) error {
	p, err := netx.ListenPacketFrom(ctx, in.heritage, in.cfg.Net, in.cfg.Address, in.cfg.readers())
	if err != nil {
		return err
	}
	in.heritage = nil
	if n := len(p.Conns); n != in.cfg.readers() && in.cfg.Readers > 0 {
		in.env.Log.Info("the sockets that are open stay as they are; readers holds from the next start of hekad on", "readers", in.cfg.Readers, "sockets", n)
	}
	in.mu.Lock()
	in.packets = p
	in.mu.Unlock()
	return nil
}

// Stop lets go of the sockets.
func (in *Input) Stop() error {
	in.mu.Lock()
	p := in.packets
	in.packets = nil
	in.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.Close()
}

// Run reads until ctx ends. Called again after a failure it opens the sockets
// anew.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	conns := in.open()
	if conns == nil {
		if err := in.Start(ctx); err != nil {
			return err
		}
		conns = in.open()
	}
	in.prepare(conns)
	defer in.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in.bound(conns[0].LocalAddr())
	var wg sync.WaitGroup
	wg.Go(func() { in.watch(ctx) })
	wg.Go(func() {
		<-ctx.Done()
		for _, c := range conns {
			c.SetReadDeadline(time.Unix(1, 0))
		}
	})
	errs := make([]error, len(conns))
	for i, s := range in.socks {
		wg.Go(func() {
			errs[i] = in.read(s, i, host)
			cancel() // one that ends ends all
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// open lists the sockets that Start has opened.
func (in *Input) open() []netx.PacketConn {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.packets == nil {
		return nil
	}
	return in.packets.Conns
}

// prepare sets the sockets up.
func (in *Input) prepare(conns []netx.PacketConn) {
	in.env.Log.Info("listening", "address", conns[0].LocalAddr().String(), "sockets", len(conns))
	if netx.Open(in.cfg.Net, in.cfg.Address) {
		in.env.Log.Info("any machine that reaches this address may send; listen on 127.0.0.1 where that is not meant", "address", in.cfg.Address)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.socks = nil
	for i, c := range conns {
		if size := int(in.cfg.ReceiveBuffer); size > 0 {
			if got, err := netx.SetReceiveBuffer(c, size); i == 0 && (err != nil || got < size) {
				in.env.Log.Info("the kernel gives a smaller receive buffer than asked for; raise net.core.rmem_max or grant CAP_NET_ADMIN", "receive_buffer", size, "got", got)
			}
		}
		c.SetReadDeadline(time.Time{}) // who had it before has set one
		base, _ := netx.Drops(c)
		in.socks = append(in.socks, &sock{PacketConn: c, base: base, names: map[netip.Addr]string{}})
	}
}

func (in *Input) close() {
	in.mu.Lock()
	for _, s := range in.socks {
		in.drops += s.lost()
	}
	in.socks = nil
	in.mu.Unlock()
	in.Stop()
}

// lost is the number of datagrams that the kernel threw away while this input had
// the socket.
func (s *sock) lost() int64 {
	n, _ := netx.Drops(s)
	return int64(n - s.base)
}

// read reads one socket until it is told to stop.
func (in *Input) read(s *sock, i int, host plugin.Host) error {
	name := ""
	if len(in.socks) > 1 {
		name = strconv.Itoa(i)
	}
	var err error
	s.stream, err = host.Open(plugin.StreamOptions{
		Name:       name,
		Default:    message.Header{Type: in.env.Name, Logger: in.env.Name, Hostname: in.env.Hostname, Severity: message.DefaultSeverity},
		FlushWhole: true,
	})
	if err == nil {
		err = in.receive(s)
		if e := s.stream.Close(); err == nil {
			err = e
		}
	}
	if errors.Is(err, plugin.ErrStopped) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// take hands one datagram over.
func (in *Input) take(s *sock, b []byte, truncated bool, from netip.Addr) error {
	in.bytes.Add(int64(len(b)))
	if truncated {
		in.truncated.Add(1)
	}
	if in.cfg.SetHostname {
		s.stream.Default().Hostname = s.name(from)
	}
	if _, err := s.stream.Write(b); err != nil {
		return err
	}
	return s.stream.Flush()
}

// name is the text of an address.
func (s *sock) name(a netip.Addr) string {
	if n, ok := s.names[a]; ok {
		return n
	}
	if len(s.names) >= 4096 {
		clear(s.names)
	}
	n := ""
	if a.IsValid() {
		n = a.Unmap().WithZone("").String()
	}
	s.names[a] = n
	return n
}

// lost is the number of datagrams that the kernel threw away.
func (in *Input) lost() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	sum := in.drops
	for _, s := range in.socks {
		sum += s.lost()
	}
	return sum
}

// watch tells of datagrams that the kernel threw away, once a minute.
func (in *Input) watch(ctx context.Context) {
	for seen := in.lost(); ; {
		t := in.clock.NewTimer(time.Minute)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if n := in.lost(); n != seen {
			in.env.Log.Warn("the kernel dropped datagrams because they were not read fast enough; raise receive_buffer or readers, or look for an output that blocks", "dropped", n-seen)
			seen = n
		}
	}
}

// Report adds the figures of the sockets.
func (in *Input) Report(r *plugin.Report) {
	r.Int("DatagramsReceived", in.datagrams.Load(), "count")
	r.Int("BytesReceived", in.bytes.Load(), "B")
	r.Int("DatagramsTruncated", in.truncated.Load(), "count")
	r.Int("KernelDrops", in.lost(), "count")
}
