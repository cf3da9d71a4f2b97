package main

import (
	"io"
	"net"
	"os"
	"time"

	"github.com/heka-project/heka/bench/internal/rec"
)

// pacer holds a sender to its rate and its end.
type pacer struct {
	start time.Time
	end   time.Time // zero: none
	rate  float64   // records a second, 0: full speed
}

func (l *load) pacer(share int) pacer {
	p := pacer{start: time.Now(), rate: float64(l.rate) / float64(share)}
	if l.dur > 0 {
		p.end = p.start.Add(l.dur)
	}
	return p
}

// wait sleeps until the next record is due, and is false at the end.
func (p *pacer) wait(sent int) bool {
	now := time.Now()
	if p.rate > 0 {
		due := p.start.Add(time.Duration(float64(sent) / p.rate * 1e9))
		if d := due.Sub(now); d > time.Millisecond {
			time.Sleep(d)
			now = due
		}
	}
	return p.end.IsZero() || now.Before(p.end)
}

// burst is the number of records between two looks at the clock.
func (p *pacer) burst(most int) int {
	if p.rate > 0 {
		return max(1, min(most, int(p.rate/200)))
	}
	return most
}

// stream writes n records of b to w in large writes.
func (l *load) stream(w io.Writer, b *rec.Block, n int, p pacer) (r result, err error) {
	at := 0
	for r.Records < n && p.wait(r.Records) {
		if at == len(b.End) {
			at = 0
			if l.fresh {
				b.Refresh()
			}
		}
		k := p.burst(min(len(b.End)-at, n-r.Records))
		if !p.end.IsZero() {
			k = min(k, max(1, 1<<20/(len(b.Buf)/len(b.End)+1))) // a look at the clock each MiB
		}
		for out := b.Span(at, at+k); len(out) > 0; {
			m, err := w.Write(out[:min(l.chunk, len(out))])
			r.Bytes += m
			if err != nil {
				return r, err
			}
			out = out[m:]
		}
		at += k
		r.Records += k
	}
	return r, nil
}

func (l *load) file(path string) (r result, err error) {
	b, err := l.block()
	if err != nil {
		return r, err
	}
	f, err := os.Create(path)
	if err != nil {
		return r, err
	}
	p := l.pacer(1)
	r, err = l.stream(f, b, l.n, p)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	r.Seconds = time.Since(p.start).Seconds()
	return r, err
}

// tcp shares the records between connections. Each closes its writing half and
// waits for the receiver to close too, which says that everything was read.
func (l *load) tcp(addr string) (result, error) {
	type answer struct {
		result
		err error
	}
	answers := make(chan answer, l.conns)
	conns := make([]*net.TCPConn, l.conns)
	blocks := make([]*rec.Block, l.conns)
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return result{}, err
		}
		conns[i] = c.(*net.TCPConn)
		if i == 0 || l.fresh {
			if blocks[i], err = l.block(); err != nil {
				return result{}, err
			}
		} else {
			blocks[i] = blocks[0]
		}
	}
	start := time.Now()
	for i, c := range conns {
		share := l.n / l.conns
		if i == 0 {
			share += l.n % l.conns
		}
		go func() {
			r, err := l.stream(c, blocks[i], share, l.pacer(l.conns))
			time.Sleep(l.hold)
			c.CloseWrite()
			c.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, rerr := io.Copy(io.Discard, c); rerr == nil {
				r.Closed = true
			}
			r.Seconds = time.Since(start).Seconds()
			c.Close()
			answers <- answer{r, err}
		}()
	}
	sum := result{Closed: true}
	var first error
	for range conns {
		a := <-answers
		sum.Records += a.Records
		sum.Bytes += a.Bytes
		sum.Seconds = max(sum.Seconds, a.Seconds)
		sum.Closed = sum.Closed && a.Closed
		if first == nil {
			first = a.err
		}
	}
	return sum, first
}

// udp sends packets of -per-packet records; the last newline of a packet of
// lines is left out, as most senders do.
func (l *load) udp(addr string) (r result, err error) {
	b, err := l.block()
	if err != nil {
		return r, err
	}
	c, err := net.Dial("udp", addr)
	if err != nil {
		return r, err
	}
	defer c.Close()
	p := l.pacer(1)
	look := 0 // when to look at the clock next
	for at := 0; r.Records < l.n; {
		if r.Records >= look {
			if !p.wait(r.Records) {
				break
			}
			look = r.Records + p.burst(64*l.perPacket)
		}
		if at == len(b.End) {
			at = 0
			if l.fresh {
				b.Refresh()
			}
		}
		k := min(l.perPacket, len(b.End)-at, l.n-r.Records)
		packet := b.Span(at, at+k)
		if b.Text {
			packet = packet[:len(packet)-1]
		}
		// A refused packet means that nobody listens yet or any more: it counts as
		// sent, like every packet that the network loses.
		m, _ := c.Write(packet)
		at += k
		r.Records += k
		r.Bytes += m
	}
	r.Seconds = time.Since(p.start).Seconds()
	return r, nil
}
