package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime/pprof"
	"time"

	"github.com/heka-project/heka/message"
)

// floodProgress counts what was sent since a moment.
type floodProgress struct {
	Messages, Bytes            uint64
	Signed, Corrupt, Oversized uint64
	Failed                     uint64 // packets that the network refused
	Time                       time.Duration
}

// Rate is messages a second.
func (p *floodProgress) Rate() float64 { return float64(p.Messages) / p.Time.Seconds() }

// Mbit is megabits a second.
func (p *floodProgress) Mbit() float64 { return float64(p.Bytes) * 8 / 1e6 / p.Time.Seconds() }

// Shares tells the special ones apart.
func (p *floodProgress) Shares() []string {
	list := []string{fmt.Sprintf("%d signed", p.Signed), fmt.Sprintf("%d corrupt", p.Corrupt), fmt.Sprintf("%d oversized", p.Oversized)}
	if p.Failed > 0 {
		list = append(list, fmt.Sprintf("%d refused by the network", p.Failed))
	}
	return list
}

// flooder sends one test. One goroutine owns it.
type flooder struct {
	o     *floodOptions
	rng   *rand.Rand
	ammo  ammunition
	conn  net.Conn
	buf   []byte
	sum   floodProgress
	last  floodProgress // at the previous report
	begin time.Time
	since time.Time // of the previous report
}

// runFlood sends until all is sent or the context ends, and calls report each
// period. The sum is right also beside an error.
func runFlood(ctx context.Context, o *floodOptions, period time.Duration, report func(floodProgress)) (*floodProgress, error) {
	f := &flooder{o: o, rng: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
	err := f.run(ctx, period, report)
	f.sum.Time = max(time.Since(f.begin), time.Nanosecond)
	return &f.sum, err
}

func (f *flooder) run(ctx context.Context, period time.Duration, report func(floodProgress)) error {
	f.begin = time.Now()
	if f.o.Profile != "" {
		out, err := os.Create(f.o.Profile)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var err error
	if f.ammo, err = load(f.o, f.rng); err != nil {
		return err
	}
	if err := f.connect(ctx); err != nil {
		return err
	}
	defer func() { f.conn.Close() }()
	f.begin = time.Now()
	f.since = f.begin
	for f.o.Messages == 0 || f.sum.Messages < f.o.Messages {
		if ctx.Err() != nil {
			break
		}
		if err := f.volley(ctx); err != nil {
			return err
		}
		if now := time.Now(); now.Sub(f.since) >= period {
			report(f.progress(now))
		}
		if f.o.Interval > 0 && !pause(ctx, f.o.Interval) {
			break
		}
	}
	return nil
}

func (f *flooder) progress(now time.Time) floodProgress {
	p := floodProgress{Messages: f.sum.Messages - f.last.Messages, Bytes: f.sum.Bytes - f.last.Bytes, Time: now.Sub(f.since)}
	f.last, f.since = f.sum, now
	return p
}

// volley sends as much as one write should hold: one message when they are paced
// or are packets, else 64 KiB.
func (f *flooder) volley(ctx context.Context) error {
	one := f.o.Interval > 0 || f.o.Sender == "udp"
	f.buf = f.buf[:0]
	var n uint64
	for n == 0 || !one && len(f.buf) < 64<<10 && (f.o.Messages == 0 || f.sum.Messages+n < f.o.Messages) {
		f.add()
		n++
	}
	if err := f.write(ctx); err != nil {
		return err
	}
	f.sum.Messages += n
	f.sum.Bytes += uint64(len(f.buf))
	return nil
}

// add appends one record, of the kind that the dice say.
func (f *flooder) add() {
	from := len(f.buf)
	switch x := f.rng.Float64(); {
	case x < f.o.Signed:
		f.buf = append(f.buf, f.ammo.pick(f.ammo.signed, f.rng)...)
		f.sum.Signed++
	case f.o.VariableSize && f.rng.Float64() < f.o.Oversized:
		f.buf = append(f.buf, f.ammo.oversized...)
		f.sum.Oversized++
	default:
		f.buf = append(f.buf, f.ammo.pick(f.ammo.plain, f.rng)...)
	}
	if f.o.Corrupt > 0 && f.rng.Float64() < f.o.Corrupt {
		b := f.buf[from:]
		b[f.rng.IntN(len(b))] ^= byte(1 + f.rng.IntN(255))
		f.sum.Corrupt++
	}
}

// write sends the buffer; a TCP connection that broke is made anew where the
// test says so.
func (f *flooder) write(ctx context.Context) error {
	for {
		_, err := f.conn.Write(f.buf)
		switch {
		case err == nil || ctx.Err() != nil:
			return nil
		case f.o.Sender == "udp":
			f.sum.Failed++
			return nil
		case !f.o.Reconnect:
			return err
		}
		f.conn.Close()
		for {
			if !pause(ctx, time.Duration(f.o.ReconnectGap)*time.Second) {
				return nil
			}
			if f.connect(ctx) == nil {
				break
			}
		}
	}
}

func (f *flooder) connect(ctx context.Context) (err error) {
	var d net.Dialer
	if !f.o.UseTLS {
		f.conn, err = d.DialContext(ctx, f.o.Sender, f.o.Address)
		return err
	}
	src, err := f.o.TLS.Client(slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	f.conn, err = (&tls.Dialer{NetDialer: &d, Config: src.Config()}).DialContext(ctx, "tcp", f.o.Address)
	return err
}

// ammunition holds framed messages that are sent again and again.
type ammunition struct {
	plain, signed [][]byte
	oversized     []byte
}

func (ammunition) pick(from [][]byte, rng *rand.Rand) []byte {
	if len(from) == 1 {
		return from[0]
	}
	return from[rng.IntN(len(from))]
}

// load makes 64 messages of random sizes, or one of the given size; as many
// signed ones; one that is too large.
func load(o *floodOptions, rng *rand.Rand) (a ammunition, err error) {
	n := 1
	if o.VariableSize {
		n = 64
	}
	host, _ := os.Hostname()
	for range n {
		size := o.Size
		if o.VariableSize {
			size = 1 + rng.Uint64N(max(o.Size, 1))
		}
		msg := floodMessage(host, size, o.ASCII, rng)
		if uint64(len(msg)) > o.MaxSize {
			return a, fmt.Errorf("a message with %d bytes of payload is %d bytes, over max_message_size %d", size, len(msg), o.MaxSize)
		}
		a.plain = append(a.plain, message.AppendFrame(nil, msg))
		if o.Signed > 0 {
			s, _ := o.Signer.signer()
			framed, err := message.AppendSigned(nil, msg, s)
			if err != nil {
				return a, errors.Join(errors.New("signing"), err)
			}
			a.signed = append(a.signed, framed)
		}
	}
	if o.Oversized > 0 {
		a.oversized = message.AppendFrame(nil, floodMessage(host, o.MaxSize+1, o.ASCII, rng))
	}
	return a, nil
}

// floodMessage makes one message with size bytes of payload.
func floodMessage(host string, size uint64, ascii bool, rng *rand.Rand) []byte {
	payload := []byte("hekabench: " + host + " - ")
	for uint64(len(payload)) < size {
		c := byte(rng.Uint32())
		if ascii {
			c = ' ' + c%95
		}
		payload = append(payload, c)
	}
	d := message.Draft{Header: message.Header{
		Timestamp: time.Now().UnixNano(), Type: "hekabench", Logger: "flood", EnvVersion: "0.8", Severity: message.DefaultSeverity,
		Pid: int32(os.Getpid()), Hostname: host, Payload: string(payload[:size]),
	}}
	return d.Encode()
}
