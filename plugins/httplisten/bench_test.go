package httplisten

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// pit is a host whose streams count and forget, so that only the input is
// measured.
type pit struct{}

type pitStream struct {
	plugin.Stream
	o   plugin.StreamOptions
	pos uint64
}

func (pit) Open(o plugin.StreamOptions) (plugin.Stream, error) { return &pitStream{o: o}, nil }

func (s *pitStream) Write(b []byte) (int, error) { s.pos += uint64(len(b)); return len(b), nil }
func (s *pitStream) Record([]byte) error         { s.pos++; return nil }
func (s *pitStream) Flush() error                { return nil }
func (s *pitStream) Send() error                 { s.o.Acked(s.pos); return nil }
func (s *pitStream) Idle()                       {}
func (s *pitStream) Pos() uint64                 { return s.pos }
func (s *pitStream) Close() error                { return nil }
func (s *pitStream) Default() *message.Header    { return &s.o.Default }

func BenchmarkRequests(b *testing.B) {
	for _, size := range []int{200, 100 << 10} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			cfg := config()
			cfg.MaxBodySize, cfg.MaxBuffered = 1<<20, 16<<20
			_, url, _ := start(b, cfg, pit{})
			body := bytes.Repeat([]byte("x"), size)
			b.SetBytes(int64(size))
			b.RunParallel(func(pb *testing.PB) {
				c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
				for pb.Next() {
					r, err := c.Post(url+"/?a=b", "text/plain", bytes.NewReader(body))
					if err != nil || r.StatusCode != 200 {
						b.Fatal(err, r)
					}
					io.Copy(io.Discard, r.Body)
					r.Body.Close()
				}
				c.CloseIdleConnections()
			})
		})
	}
}
