package udp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func init() {
	plugin.RegisterOutput("UdpOutput", plugin.About{
		Doc:          "Sends each message as one datagram, over UDP or to a unix socket.",
		Readme:       readme,
		Sample:       sample,
		NeedsEncoder: true,
	}, newOutput)
}

// OutputConfig holds the options of UdpOutput.
type OutputConfig struct {
	Net            string `toml:"net" default:"udp" enum:"udp,udp4,udp6,unixgram" doc:"Kind of socket."`
	Address        string `toml:"address" required:"true" doc:"Where to send: host:port, or a path (@name for an abstract one) with unixgram."`
	LocalAddress   string `toml:"local_address" doc:"Address to send from: host:port, or a path; default: the system's choice."`
	MaxMessageSize int    `toml:"max_message_size" default:"65507" doc:"Longest datagram in bytes, at least 512; what is encoded to more is refused."`
}

// Validate checks what shows without the network.
func (c OutputConfig) Validate() error {
	if err := netx.CheckAddress(c.Net, c.Address); err != nil {
		return &plugin.OptionError{Option: "address", What: "address = " + strconv.Quote(c.Address) + " " + err.Error(), Fix: `write host:port, such as "127.0.0.1:5514", or a path with net = "unixgram"`}
	}
	if c.LocalAddress != "" {
		if err := netx.CheckAddress(c.Net, c.LocalAddress); err != nil {
			return &plugin.OptionError{Option: "local_address", What: "local_address = " + strconv.Quote(c.LocalAddress) + " " + err.Error(), Fix: `write host:port, with port 0 for any, such as "192.0.2.7:0"`}
		}
	}
	if c.MaxMessageSize < 512 {
		return &plugin.OptionError{Option: "max_message_size", What: "max_message_size = " + strconv.Itoa(c.MaxMessageSize) + " is below 512", Fix: "write 512 to 65507"}
	}
	return nil
}

// Limits of what is handed to the kernel at once.
const (
	maxBatch    = 64
	gatherBytes = 256 << 10
	dialTimeout = 10 * time.Second
)

// Output sends. Its goroutine owns all but the counters.
type Output struct {
	cfg OutputConfig
	env plugin.Env

	conn netx.PacketConn // nil: not open
	send sender

	buf  []byte // encoded datagrams that wait
	ends []int  // where each ends in buf
	of   []int  // and which message of the selection it is

	sent, bytes, refused, unreachable atomic.Int64
}

func newOutput(cfg OutputConfig, env plugin.Env) (plugin.Output, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if env.Encoding == nil {
		return nil, errors.New("bug: UdpOutput without an encoding")
	}
	return &Output{cfg: cfg, env: env}, nil
}

// Deliver sends what is left of the selections. What was sent is marked, so a
// retry sends only the rest.
func (o *Output) Deliver(ctx context.Context, in []message.Selection) error {
	if err := o.connect(ctx); err != nil {
		return fmt.Errorf("%w; %w", err, plugin.ErrRetry)
	}
	c := o.conn
	stop := context.AfterFunc(ctx, func() { c.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	for i := range in {
		if err := o.deliver(ctx, &in[i]); err != nil {
			o.disconnect()
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return fmt.Errorf("send to %s %s: %w; %w", o.cfg.Net, o.cfg.Address, err, plugin.ErrRetry)
		}
	}
	return nil
}

func (o *Output) connect(ctx context.Context) error {
	if o.conn != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := netx.DialPacket(ctx, o.cfg.Net, o.cfg.Address, o.cfg.LocalAddress)
	if err != nil {
		return err
	}
	o.conn = c
	return o.send.open(c)
}

func (o *Output) disconnect() {
	if o.conn != nil {
		o.conn.Close()
		o.conn = nil
		if o.cfg.Net == "unixgram" && o.cfg.LocalAddress != "" {
			netx.RemoveSocket(o.cfg.LocalAddress)
		}
	}
}

// deliver encodes and sends one selection.
func (o *Output) deliver(ctx context.Context, in *message.Selection) error {
	o.buf, o.ends, o.of = o.buf[:0], o.ends[:0], o.of[:0]
	last := -1
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		n := len(o.buf)
		out, err := o.env.Encoding.Append(o.buf, in.At(i))
		switch size := len(out) - n; {
		case err != nil:
			o.refuse(in, i, "encode: "+err.Error())
		case size > o.cfg.MaxMessageSize:
			o.refuse(in, i, fmt.Sprintf("datagram of %d bytes is over max_message_size %d", size, o.cfg.MaxMessageSize))
		case size > 0:
			o.buf, o.ends, o.of = out, append(o.ends, len(out)), append(o.of, i)
		}
		last = i
		if len(o.ends) == maxBatch || len(o.buf) >= gatherBytes {
			if err := o.flush(ctx, in); err != nil {
				return err
			}
		}
	}
	if err := o.flush(ctx, in); err != nil {
		return err
	}
	in.Done(last + 1)
	return nil
}

// refuse says once that message i will never be sent.
func (o *Output) refuse(in *message.Selection, i int, reason string) {
	if r := in.Refused(); len(r) == 0 || r[len(r)-1].Index < i { // a retry comes by here again
		o.refused.Add(1)
		in.Refuse(i, reason)
	}
}

// flush sends the datagrams that wait.
func (o *Output) flush(ctx context.Context, in *message.Selection) error {
	defer func() { o.buf, o.ends, o.of = o.buf[:0], o.ends[:0], o.of[:0] }()
	for from, tries := 0, 0; from < len(o.ends); {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := o.send.send(o.buf, o.ends, from)
		if n > 0 {
			o.sent.Add(int64(n))
			o.bytes.Add(int64(o.ends[from+n-1] - start(o.ends, from)))
			from, tries = from+n, 0
			in.Done(o.of[from-1] + 1)
		}
		switch {
		case err == nil:
		case errors.Is(err, syscall.EMSGSIZE):
			o.refuse(in, o.of[from], "the system takes no datagram of "+strconv.Itoa(o.ends[from]-start(o.ends, from))+" bytes to this address")
			from++
		case errors.Is(err, syscall.ECONNREFUSED) && o.cfg.Net != "unixgram" && tries == 0:
			// Word from the peer about an earlier datagram; this one was not sent.
			o.unreachable.Add(1)
			tries++
		default:
			return err
		}
	}
	return nil
}

// start is where datagram i begins.
func start(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// Stop closes the socket.
func (o *Output) Stop() error {
	o.disconnect()
	return nil
}

// Report adds the figures of the socket.
func (o *Output) Report(r *plugin.Report) {
	r.Int("SentMessageCount", o.sent.Load(), "count")
	r.Int("SentBytes", o.bytes.Load(), "B")
	r.Int("RefusedMessageCount", o.refused.Load(), "count")
	r.Int("PeerUnreachable", o.unreachable.Load(), "count")
}
