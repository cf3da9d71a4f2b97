// Command sink is the least that a receiver can do: it accepts TCP connections
// and counts bytes, lines or Heka frames, until a signal comes or nothing has
// come for -idle. What it reaches is the limit of the machine. It prints the
// counts as one line of JSON.
//
//	sink -listen 127.0.0.1:5565 -count heka
//	sink -file out.hekalog -count heka
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// totals are shared by all connections: one addition a read.
type totals struct {
	records, bytes, damaged atomic.Int64
	first, last             atomic.Int64 // nanoseconds, of the reads
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	count := flag.String("count", "lines", "lines, heka or bytes")
	idle := flag.Duration("idle", 0, "stop after this long without data, once some came (0: at a signal)")
	size := flag.Int("read", 256<<10, "bytes a read")
	file := flag.String("file", "", "count what is in a file instead")
	flag.Parse()
	if newCounter(*count) == nil {
		fatal(fmt.Errorf("-count %q; use lines, heka or bytes", *count))
	}
	var t totals
	if *file != "" {
		f, err := os.Open(*file)
		if err != nil {
			fatal(err)
		}
		t.read(f, newCounter(*count), *size)
	} else if err := t.serve(*listen, *count, *size, *idle); err != nil {
		fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"records": t.records.Load(), "bytes": t.bytes.Load(), "damaged": t.damaged.Load(),
		"seconds": float64(t.last.Load()-t.first.Load()) / 1e9,
	})
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "sink:", err)
	os.Exit(1)
}

// serve counts what all connections bring until it is time to stop.
func (t *totals) serve(addr, count string, size int, idle time.Duration) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Fprintln(os.Stderr, "listening on", l.Addr())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				t.read(c, newCounter(count), size)
				c.Close()
			}()
		}
	}()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return nil
		case now := <-tick.C:
			if last := t.last.Load(); idle > 0 && last > 0 && now.Sub(time.Unix(0, last)) > idle {
				return nil
			}
		}
	}
}

func (t *totals) read(r io.Reader, c counter, size int) {
	buf := make([]byte, size)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			now := time.Now().UnixNano()
			t.first.CompareAndSwap(0, now)
			t.last.Store(now)
			t.bytes.Add(int64(n))
			records, damaged := c.count(buf[:n])
			t.records.Add(int64(records))
			t.damaged.Add(int64(damaged))
		}
		if err != nil {
			return
		}
	}
}
