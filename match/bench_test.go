package match

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
)

// The corpus of docs/performance.md: messages of a given size with five fields,
// whose type, logger, host and values are drawn at random.
const benchText = `GET /api/v1/items/4711?expand=true&lang=en HTTP/1.1 upstream=10.1.2.3:8080 request completed status ok cache=miss tenant=alpha region=eu-west trace=4bf92f3577b34da6a3ce929d0e0e4736 `

func benchMessage(r *rand.Rand, b *message.Builder, size, fields int) []byte {
	b.Reset()
	b.Begin(&message.Header{
		Timestamp: 1700000000000000000 + r.Int64N(1e15),
		Type:      fmt.Sprintf("app.type%02d", int(r.ExpFloat64()*6)%32),
		Logger:    fmt.Sprintf("logger-%02d", r.IntN(16)),
		Severity:  int32(r.IntN(8)), Pid: int32(1000 + r.IntN(30000)),
		Hostname: fmt.Sprintf("web%02d.ex", r.IntN(40)),
	})
	if fields > 0 {
		b.Int("status", pickInt(r, 200, 200, 200, 200, 304, 404, 500), "")
		b.String("method", []string{"GET", "POST", "PUT"}[r.IntN(3)], "")
		b.String("remote_addr", fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256)), "")
		b.Int("bytes_sent", r.Int64N(100000), "")
		b.String("user_agent", "Mozilla/5.0 (X11; Linux)", "")
	}
	o := r.IntN(len(benchText))
	text := strings.Repeat(benchText[o:]+benchText[:o], size/len(benchText)+1)
	b.Payload = ""
	if err := b.End(); err != nil {
		panic(err)
	}
	n := max(size-len(b.Buffer()), 4)
	b.Reset()
	b.Payload = text[:n]
	b.End()
	f := b.Buffer()
	return append([]byte{}, f[len(f)-messageLen(f):]...)
}

func messageLen(frame []byte) int {
	var f message.Frame
	message.NextFrame(frame, 0, 1<<20, &f)
	return f.End - f.Start
}

func pickInt(r *rand.Rand, v ...int64) int64 { return v[r.IntN(len(v))] }

// benchMessages fills total bytes with messages that lie one behind another.
func benchMessages(size, fields, total int) (buf []byte, ends []int) {
	r := rand.New(rand.NewPCG(42, 42))
	b := message.NewBuilder(0)
	buf = make([]byte, 0, total+size+64)
	for len(buf) < total {
		buf = append(buf, benchMessage(r, b, size, fields)...)
		ends = append(ends, len(buf))
	}
	return buf, ends
}

// benchMatchers draws the mix of docs/performance.md; payload replaces a tenth
// by patterns on the payload.
func benchMatchers(n int, payload bool) (ms []*Matcher) {
	r := rand.New(rand.NewPCG(7, 7))
	words := []string{"error", "timeout", "cache=hit", "tenant=beta", "status 50[0-9]", "panic|fatal", "segfault", "denied", "refused", "oom"}
	for i := range n {
		ty := fmt.Sprintf("app.type%02d", r.IntN(32))
		if r.IntN(3) == 0 {
			ty = fmt.Sprintf("other.type%03d", r.IntN(300))
		}
		src := ""
		switch i % 10 {
		case 0, 1, 2, 3:
			src = fmt.Sprintf("Type == '%s'", ty)
		case 4, 5:
			src = fmt.Sprintf("Type == '%s' && Severity <= %d", ty, r.IntN(7))
		case 6:
			src = fmt.Sprintf("Logger == 'logger-%02d' || Hostname == 'web%02d.ex'", r.IntN(16), r.IntN(60))
		case 7:
			src = fmt.Sprintf("Type =~ /^app\\./ && Fields[status] >= %d", 400+100*r.IntN(2))
		case 8:
			src = fmt.Sprintf("Type =~ /^%s/ || (Severity < 3 && Logger != 'logger-%02d')", strings.ReplaceAll(ty[:len(ty)-1], ".", `\.`), r.IntN(16))
		case 9:
			src = fmt.Sprintf("Fields[method] == 'POST' && Type == '%s'", ty)
			if payload {
				src = fmt.Sprintf("Severity <= 4 && Payload =~ /%s%s/", words[r.IntN(len(words))], []string{"", " [a-z]+", ".*x"}[r.IntN(3)])
			}
		}
		ms = append(ms, MustCompile(src))
	}
	return ms
}

// overMessages calls f for b.N messages and reports the thread's processor time
// a message beside the clock's. More than one chunk of messages is copied chunk by
// chunk into one buffer first, within the time, as the kernel does.
func overMessages(b *testing.B, size, total int, begin func(), f func(msg []byte)) {
	fields := 5
	if size <= 100 {
		fields = 0
	}
	buf, ends := benchMessages(size, fields, total)
	b.SetBytes(int64(len(buf) / len(ends)))
	b.ReportAllocs()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ResetTimer()
	start := cpuTime()
	hot := make([]byte, message.LargeChunk+size+64)
	for i, k := 0, 0; i < b.N; {
		begin()
		if k == len(ends) {
			k = 0
		}
		lo := 0
		if k > 0 {
			lo = ends[k-1]
		}
		chunk, from := buf, lo
		if len(buf) > 2*message.LargeChunk {
			chunk = hot[:copy(hot, buf[lo:min(lo+message.LargeChunk, len(buf))])]
		} else {
			from = 0
		}
		for at := lo - from; k < len(ends) && ends[k]-from <= len(chunk) && i < b.N; i, k = i+1, k+1 {
			f(chunk[at : ends[k]-from])
			at = ends[k] - from
		}
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
}

func benchSet(b *testing.B, ms []*Matcher, size, total int) {
	set := NewSet(ms)
	ctx := set.NewContext()
	var v message.View
	overMessages(b, size, total, ctx.Begin, func(msg []byte) {
		if !v.Parse(msg, set.Want()) {
			b.Fatal("damaged")
		}
		ctx.Match(&v)
	})
}

// BenchmarkSet: parse and match with values that repeat every 860 messages.
func BenchmarkSet(b *testing.B) {
	for _, n := range []int{1, 20, 100, 1000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) { benchSet(b, benchMatchers(n, false), 300, 256<<10) })
	}
	for _, n := range []int{20, 100, 1000} {
		b.Run(fmt.Sprintf("%d+payload", n), func(b *testing.B) { benchSet(b, benchMatchers(n, true), 300, 256<<10) })
	}
}

// BenchmarkSetFresh: the same over 8 MiB of messages, which no branch predictor
// learns and no near cache holds.
func BenchmarkSetFresh(b *testing.B) {
	for _, size := range []int{100, 300, 1024} {
		for _, n := range []int{1, 20, 100, 1000} {
			b.Run(fmt.Sprintf("%dB/%d", size, n), func(b *testing.B) { benchSet(b, benchMatchers(n, false), size, 8<<20) })
		}
	}
}

// BenchmarkParse: the scan alone, for comparison.
func BenchmarkParse(b *testing.B) {
	want2 := message.NewWant([]string{"status", "method"})
	for _, x := range []struct {
		name  string
		want  *message.Want
		total int
	}{{"warm", nil, 256 << 10}, {"warm+2", want2, 256 << 10}, {"fresh", nil, 8 << 20}, {"fresh+2", want2, 8 << 20}} {
		b.Run(x.name, func(b *testing.B) {
			var v message.View
			overMessages(b, 300, x.total, func() {}, func(msg []byte) {
				if !v.Parse(msg, x.want) {
					b.Fatal("damaged")
				}
			})
		})
	}
}

// BenchmarkAlone: each of 20 matchers for itself.
func BenchmarkAlone(b *testing.B) {
	ms := benchMatchers(20, false)
	var v message.View
	overMessages(b, 300, 256<<10, func() {}, func(msg []byte) {
		v.Parse(msg, nil)
		for _, m := range ms {
			m.Match(&v)
		}
	})
}
