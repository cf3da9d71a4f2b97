// Command gen makes load: it sends rendered records to a TCP or UDP address or
// writes them to a file, as fast as they are taken or at -rate, until -n records
// or -for has passed, and prints what it sent as one line of JSON.
//
//	gen -kind heka -size 1000 -n 500000 -to tcp:127.0.0.1:5565
//	gen -kind rfc5424 -rate 20000 -for 30s -to udp:127.0.0.1:5514
//
// A block of 4 MiB is rendered once and sent again and again; -fresh puts new
// random data into it before each time, so that no receiver profits from having
// seen the bytes before.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/heka-project/heka/bench/internal/rec"
)

// load is what the flags ask for.
type load struct {
	rec       rec.Options
	n         int           // records, 0: no limit
	dur       time.Duration // 0: no limit
	to        string
	rate      int // records a second, 0: full speed
	perPacket int
	chunk     int
	conns     int
	fresh     bool
	hold      time.Duration // TCP: how long connections stay open, idle, after the last record
}

// result is what was sent.
type result struct {
	Records int     `json:"records"`
	Bytes   int     `json:"bytes"`
	Seconds float64 `json:"seconds"`
	Closed  bool    `json:"closed"` // TCP: the receiver closed after our end, so it had read everything
}

func main() {
	var l load
	flag.StringVar(&l.rec.Kind, "kind", "line", rec.Kinds)
	flag.IntVar(&l.rec.Size, "size", 0, "bytes of a line or payload (0: the kind's own)")
	flag.BoolVar(&l.rec.Encoded, "encoded", false, "heka: -size is that of the encoded message")
	flag.IntVar(&l.n, "n", 0, "records (0: no limit)")
	flag.DurationVar(&l.dur, "for", 0, "time (0: no limit)")
	flag.StringVar(&l.to, "to", "", "tcp:HOST:PORT, udp:HOST:PORT or file:PATH")
	flag.IntVar(&l.rate, "rate", 0, "records a second over all connections (0: full speed)")
	flag.IntVar(&l.perPacket, "per-packet", 1, "records in a UDP packet")
	flag.IntVar(&l.chunk, "chunk", 256<<10, "bytes a write (TCP, file)")
	flag.IntVar(&l.conns, "conns", 1, "TCP connections, the records shared evenly")
	flag.DurationVar(&l.hold, "hold", 0, "keep TCP connections open, idle, for this long at the end")
	flag.BoolVar(&l.fresh, "fresh", false, "new random data each time round")
	flag.Parse()
	r, err := l.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(r)
}

func (l *load) run() (result, error) {
	if l.n <= 0 && l.dur <= 0 {
		return result{}, errors.New("load without an end; give -n or -for")
	}
	if l.n <= 0 {
		l.n = 1 << 50
	}
	if l.perPacket < 1 || l.conns < 1 || l.chunk < 1 {
		return result{}, errors.New("-per-packet, -conns and -chunk must be at least 1")
	}
	proto, addr, _ := strings.Cut(l.to, ":")
	send, ok := map[string]func(string) (result, error){"tcp": l.tcp, "udp": l.udp, "file": l.file}[proto]
	if !ok {
		return result{}, fmt.Errorf("cannot send to %q; use tcp:HOST:PORT, udp:HOST:PORT or file:PATH", l.to)
	}
	return send(addr)
}

// block renders the records of one connection.
func (l *load) block() (*rec.Block, error) { return rec.Fill(l.rec, 4<<20, l.n) }
