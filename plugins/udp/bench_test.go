package udp

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

const round = 150 // datagrams that the kernel holds at a time

// pit is a stream that forgets. Before each round it waits for the gate.
type pit struct {
	plugin.Stream
	n          int
	gate, done chan struct{}
}

func (p *pit) Send() error  { return nil }
func (p *pit) Idle()        {}
func (p *pit) Close() error { return nil }
func (p *pit) Write(b []byte) (int, error) {
	if p.n%round == 0 {
		<-p.gate
	}
	p.n++
	return len(b), nil
}
func (p *pit) Flush() error {
	if p.n%round == 0 {
		p.done <- struct{}{}
	}
	return nil
}

// socket opens one whose buffer holds a round.
func socket(b *testing.B) (c *net.UDPConn, fill func()) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	c.SetReadBuffer(64 << 20)
	out := dial(b, "udp", c.LocalAddr().String())
	d := bytes.Repeat([]byte("x"), 300)
	return c, func() {
		for range round {
			out.Write(d)
		}
	}
}

// BenchmarkDrain reads a filled socket, plainly and through UdpInput.
func BenchmarkDrain(b *testing.B) {
	perDatagram := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*round), "ns/datagram")
	}
	b.Run("raw", func(b *testing.B) {
		c, fill := socket(b)
		defer c.Close()
		buf := make([]byte, 64<<10)
		for b.Loop() {
			b.StopTimer()
			fill()
			b.StartTimer()
			for range round {
				if _, _, err := c.ReadFromUDPAddrPort(buf); err != nil {
					b.Fatal(err)
				}
			}
		}
		perDatagram(b)
	})
	b.Run("input", func(b *testing.B) {
		c, fill := socket(b)
		p, _ := newInput(InputConfig{Net: "udp", Address: "fd:0"}, testEnv())
		s := &pit{gate: make(chan struct{}), done: make(chan struct{})}
		go p.(*Input).receive(&sock{PacketConn: c, stream: s})
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			fill()
			b.StartTimer()
			s.gate <- struct{}{}
			<-s.done
		}
		perDatagram(b)
		c.Close()
	})
}

// BenchmarkOutput sends datagrams of 300 bytes, with one call each and with one
// for many.
func BenchmarkOutput(b *testing.B) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	const n = 512
	text := strings.Repeat("x", 300)
	b.Run("raw", func(b *testing.B) {
		out := dial(b, "udp", c.LocalAddr().String())
		d := []byte(text)
		for b.Loop() {
			for range n {
				out.Write(d)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/datagram")
	})
	b.Run("output", func(b *testing.B) {
		o := output(b, OutputConfig{Address: c.LocalAddr().String()})
		texts := make([]string, n)
		for i := range texts {
			texts[i] = text
		}
		model := plugintest.Select(nil, plugintest.Payloads(texts...)...)
		b.ReportAllocs()
		for b.Loop() {
			in := []message.Selection{*model}
			if err := o.Deliver(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/datagram")
	})
}
