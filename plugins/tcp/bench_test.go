package tcp

import (
	"io"
	"net"
	"testing"

	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// pit is a stream that counts and forgets, so that only the input is measured.
type pit struct {
	plugin.Stream
	buf []byte
	n   uint64
	got chan uint64
}

func (p *pit) Grab() ([]byte, error)    { return p.buf, nil }
func (p *pit) Commit(n int) error       { p.n += uint64(n); return nil }
func (p *pit) Send() error              { return nil }
func (p *pit) Idle()                    {}
func (p *pit) Pos() uint64              { return p.n }
func (p *pit) Close() error             { p.got <- p.n; return nil }
func (p *pit) Default() *message.Header { return nil }

type pitHost struct{ p *pit }

func (h pitHost) Open(plugin.StreamOptions) (plugin.Stream, error) { return h.p, nil }

const chunk = 256 << 10

func blast(b *testing.B, address string) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]byte, chunk)
	b.SetBytes(chunk)
	b.ResetTimer()
	for range b.N {
		if _, err := c.Write(out); err != nil {
			b.Fatal(err)
		}
	}
	c.Close()
}

// BenchmarkRawSink is the floor: read and forget.
func BenchmarkRawSink(b *testing.B) {
	l := listen(b, "tcp", "127.0.0.1:0")
	done := make(chan struct{})
	go func() {
		c, _ := l.Accept()
		buf := make([]byte, chunk)
		for {
			if _, err := c.Read(buf); err != nil {
				close(done)
				return
			}
		}
	}()
	blast(b, l.Addr().String())
	<-done
}

// BenchmarkInput is the same through TcpInput, up to the engine's stream.
func BenchmarkInput(b *testing.B) {
	p, err := newInput(InputConfig{Net: "tcp", Address: "127.0.0.1:0", ReadTimeout: 60e9}, testEnv())
	if err != nil {
		b.Fatal(err)
	}
	in := p.(*Input)
	bound := make(chan string, 1)
	in.bound = func(a net.Addr) { bound <- a.String() }
	host := pitHost{&pit{buf: make([]byte, chunk), got: make(chan uint64, 1)}}
	go in.Run(b.Context(), host)
	b.ReportAllocs()
	blast(b, <-bound)
	if n := <-host.p.got; n != uint64(b.N)*chunk {
		b.Fatalf("%d bytes came in, want %d", n, b.N*chunk)
	}
}

// BenchmarkOutput sends whole batches, and every second message of them.
func BenchmarkOutput(b *testing.B) {
	for _, bb := range []struct {
		name string
		size int
		pick func(int) bool
	}{
		{"all/100B", 60, nil}, {"all/1KB", 1000, nil}, {"half/100B", 60, func(i int) bool { return i&1 == 0 }},
		{"half/1KB", 1000, func(i int) bool { return i&1 == 0 }}, {"half/10KB", 10_000, func(i int) bool { return i&1 == 0 }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			l := listen(b, "tcp", "127.0.0.1:0")
			go func() {
				c, err := l.Accept()
				if err == nil {
					conn, _ := netx.NewConn(c)
					io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{conn}, make([]byte, chunk))
				}
			}()
			o := output(b, OutputConfig{Address: l.Addr().String(), WriteTimeout: 30e9}, asIs{}, true)
			in := []message.Selection{*plugintest.Select(bb.pick, sized(bytesOf(chunk/bb.size, bb.size)...)...)}
			if err := o.Deliver(b.Context(), in); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(in[0].Size()))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := o.Deliver(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*in[0].Len()), "ns/msg")
		})
	}
}
