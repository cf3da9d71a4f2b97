package pipeline

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// randomFrames renders frames of about size bytes whose values differ from
// message to message, as much as max bytes in all.
func randomFrames(size, max int) (buf []byte, n int) {
	r := rand.New(rand.NewSource(42))
	b := message.NewBuilder(0)
	text := strings.Repeat("GET /api/v1/items/4711?expand=true upstream=10.1.2.3:8080 status ok cache=miss tenant=alpha ", 120)
	for len(b.Buffer()) < max {
		b.Begin(&message.Header{Timestamp: 1700000000000000000 + r.Int63n(1e15), Severity: int32(r.Intn(8)), Pid: int32(1000 + r.Intn(30000)),
			Type: fmt.Sprintf("app.type%02d", int(r.ExpFloat64()*6)%32), Logger: fmt.Sprintf("logger-%02d", r.Intn(16)), Hostname: fmt.Sprintf("web%02d.ex", r.Intn(40))})
		if size > 150 {
			b.Int("status", []int64{200, 200, 200, 200, 304, 404, 500}[r.Intn(7)], "")
			b.String("method", []string{"GET", "POST", "PUT"}[r.Intn(3)], "")
			b.String("remote_addr", fmt.Sprintf("10.%d.%d.%d", r.Intn(256), r.Intn(256), r.Intn(256)), "")
			b.Int("bytes_sent", r.Int63n(100000), "B")
			b.String("user_agent", "Mozilla/5.0 (X11; Linux)", "")
		}
		b.Payload = text[:max0(size-b.NFieldBytes()-75)]
		b.End()
		n++
	}
	return b.Buffer(), n
}

func max0(n int) int {
	if n < 4 {
		return 4
	}
	return n
}

// typicalMatchers makes n matchers in the mix of a busy site.
func typicalMatchers(n int) []string {
	r := rand.New(rand.NewSource(7))
	typ := func() string { return fmt.Sprintf("app.type%02d", r.Intn(32)) }
	list := make([]string, n)
	for i := range list {
		switch i % 10 {
		case 0, 1, 2, 3:
			list[i] = fmt.Sprintf("Type == '%s'", typ())
		case 4, 5:
			list[i] = fmt.Sprintf("Type == '%s' && Severity <= %d", typ(), r.Intn(8))
		case 6:
			list[i] = fmt.Sprintf("Logger == 'logger-%02d' || Hostname == 'web%02d.ex'", r.Intn(16), r.Intn(40))
		case 7:
			list[i] = fmt.Sprintf("Type =~ /^app.type%d/ && Fields[status] >= %d", r.Intn(4), 300+100*r.Intn(3))
		case 8:
			list[i] = fmt.Sprintf("Type =~ /^app.type%d/ || (Severity < %d && Logger != 'logger-%02d')", r.Intn(4), r.Intn(3), r.Intn(16))
		case 9:
			list[i] = fmt.Sprintf("Fields[method] == 'POST' && Type == '%s'", typ())
		}
	}
	return list
}

// BenchmarkRoute is receive to route without the network: frames are copied into
// the stream's chunks, cut, matched and handed to outputs that count.
func BenchmarkRoute(b *testing.B) {
	for _, size := range []int{100, 300, 1024, 10240} {
		buf, n := randomFrames(size, 8<<20)
		for _, matchers := range []int{1, 20, 1000} {
			b.Run(fmt.Sprintf("%dB/%dmatchers", size, matchers), func(b *testing.B) {
				p := newPlan(b)
				fed := make(chan struct{})
				p.input("in", "FramedSplitter", "RawDecoder", func(ctx context.Context, h plugin.Host) error {
					s, err := h.Open(plugin.StreamOptions{})
					if err != nil {
						return err
					}
					feed := func() {
						for rest := buf; len(rest) > 0; {
							space, err := s.Grab()
							if err != nil {
								return
							}
							k := copy(space, rest)
							rest = rest[k:]
							s.Commit(k)
							s.Send()
						}
					}
					feed()
					b.ReportAllocs()
					b.ResetTimer()
					for i := 0; i < b.N; i += n {
						feed()
					}
					b.StopTimer()
					b.SetBytes(int64(len(buf) / n))
					close(fed)
					<-ctx.Done()
					return nil
				})
				for i, m := range typicalMatchers(matchers) {
					o := p.output(fmt.Sprintf("o%d", i), m, nil)
					o.Info, o.Config = info(b, "CountOutput"), new(none)
				}
				r := p.run()
				<-fed
				r.finish(b)
			})
		}
	}
}

// BenchmarkLines is the way of undecoded lines: split, built into messages,
// matched, handed over.
func BenchmarkLines(b *testing.B) {
	line := strings.Repeat("x", 199) + "\n"
	buf := []byte(strings.Repeat(line, 10000))
	p := newPlan(b)
	fed := make(chan struct{})
	p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{})
		if err != nil {
			return err
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i += 10000 {
			for rest := buf; len(rest) > 0; {
				space, err := s.Grab()
				if err != nil {
					return nil
				}
				k := copy(space, rest)
				rest = rest[k:]
				s.Commit(k)
				s.Send()
			}
		}
		b.StopTimer()
		b.SetBytes(200)
		close(fed)
		<-ctx.Done()
		return nil
	})
	p.output("o", "TRUE", func(context.Context, []message.Selection) error { return nil }).Route.QueueSize = 32 << 20
	r := p.run()
	<-fed
	r.finish(b)
}
