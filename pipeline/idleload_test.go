package pipeline

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/heka-project/heka/plugin"
)

// idleMatcher is one of many that take nothing of the traffic.
func idleMatcher(i int) string {
	switch i % 4 {
	case 0:
		return fmt.Sprintf("Type == 'team%d.metrics'", i)
	case 1:
		return fmt.Sprintf("Type == 'team%d.log' && Severity <= 4", i)
	case 2:
		return fmt.Sprintf("Logger == 'team%d' && Fields[status] >= 500", i)
	}
	return fmt.Sprintf("Type =~ /^team%d/ && Fields[method] == 'PATCH'", i)
}

// BenchmarkIdleLoaded is BenchmarkRoute beside many loaded filters whose matchers
// select nothing.
func BenchmarkIdleLoaded(b *testing.B) {
	buf, n := randomFrames(300, 8<<20)
	for _, idle := range []int{0, 100, 1000} {
		b.Run(fmt.Sprintf("%dfilters", idle), func(b *testing.B) {
			p := newPlan(b)
			fed, start := make(chan struct{}), make(chan struct{})
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
				<-start
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
			for i, m := range typicalMatchers(20) {
				o := p.output(fmt.Sprintf("o%d", i), m, nil)
				o.Info, o.Config = info(b, "CountOutput"), new(none)
			}
			o := p.filter("boss", "FALSE", 0, filterConfig{})
			o.Info, o.Config = info(b, "OwnerFilter"), new(none)
			r := p.run()
			for !r.Running() {
				time.Sleep(time.Millisecond)
			}
			l := r.workers["filter/boss"].plugged().(ownerFilter).env.Loader
			began := time.Now()
			for i := range idle {
				text := fmt.Sprintf("[x]\ntype = \"LoadFilter\"\nmessage_matcher = %q\n", idleMatcher(i))
				if err := l.Load(context.Background(), &plugin.Loadable{Name: fmt.Sprint("f", i), Config: text}); err != nil {
					b.Fatal(err)
				}
			}
			took := time.Since(began)
			close(start)
			<-fed
			if idle > 0 {
				b.ReportMetric(float64(took.Microseconds())/1e3/float64(idle), "ms/load")
			}
			r.cancel()
			<-r.ended
		})
	}
}
