package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/httpx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/internal/tlsx/tlstest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// payloads is an encoder for tests: "bad" cannot be encoded, "none" has no form.
type payloads struct{}

func (payloads) Encode(dst []byte, v *message.View) ([]byte, error) {
	switch v.Payload() {
	case "bad":
		return dst, errors.New("bad payload")
	case "none":
		return dst, nil
	}
	return append(dst, v.Payload()...), nil
}

func outputConfig(address string) OutputConfig {
	return OutputConfig{Address: address, Method: "POST", HTTPTimeout: 20 * time.Second, BatchCount: 1, BatchSize: 1 << 20, Concurrency: 1}
}

func output(t testing.TB, cfg OutputConfig, clk clock.Clock) *Output {
	t.Helper()
	p, err := newOutput(cfg, plugin.Env{Name: "out", Log: slog.New(slog.DiscardHandler), Clock: clk, Encoding: plugin.NewEncoding(payloads{}, false, 1<<16)})
	if err != nil {
		t.Fatal(err)
	}
	o := p.(*Output)
	t.Cleanup(func() { o.Stop() })
	return o
}

// receiver keeps bodies and answers as it is told.
type receiver struct {
	mu     sync.Mutex
	bodies []string
	answer func(n int, w nethttp.ResponseWriter, body string) // n counts requests from 1
}

func (r *receiver) ServeHTTP(w nethttp.ResponseWriter, q *nethttp.Request) {
	b, err := httpx.Body(nil, q.Body, q.Header.Get("Content-Encoding"), 1<<24, nil)
	if err != nil {
		w.WriteHeader(400)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies = append(r.bodies, string(b))
	if r.answer != nil {
		r.answer(len(r.bodies), w, string(b))
	}
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

func TestOneRequestAMessage(t *testing.T) {
	r := &receiver{}
	var head nethttp.Header
	s := serve(t, func(w nethttp.ResponseWriter, q *nethttp.Request) { head = q.Header; r.ServeHTTP(w, q) })
	cfg := outputConfig(strings.Replace(s.URL, "http://", "http://bob:secret@", 1))
	cfg.Headers = map[string][]string{"x-a": {"1", "2"}}
	o := output(t, cfg, nil)
	in := []message.Selection{
		*plugintest.Select(func(i int) bool { return i != 1 }, plugintest.Payloads("one", "not mine", "bad", "none", "two")...),
		*plugintest.Select(nil, plugintest.Payloads("three")...),
	}
	if err := o.Deliver(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.got()); got != "[one two three]" {
		t.Errorf("bodies %s", got)
	}
	if ref := in[0].Refused(); len(ref) != 1 || ref[0].Index != 2 || ref[0].Reason != "encode: bad payload" {
		t.Errorf("refused %+v", ref)
	}
	for k := range in {
		if n, _ := in[k].Left(); n != 0 {
			t.Errorf("%d of selection %d are left", n, k)
		}
	}
	if fmt.Sprint(head["X-A"]) != "[1 2]" || head.Get("User-Agent") != "Heka" || head.Get("Authorization") == "" {
		t.Errorf("headers %v", head)
	}
}

func TestStatusClasses(t *testing.T) {
	for status, want := range map[int]answer{200: taken, 201: taken, 204: taken, 304: again, 302: again, 400: never, 401: never, 404: never, 408: again,
		413: never, 422: never, 429: again, 499: never, 500: again, 502: again, 503: again, 599: again} {
		r := &receiver{answer: func(_ int, w nethttp.ResponseWriter, _ string) {
			w.WriteHeader(status)
			if status != 204 && status != 304 {
				io.WriteString(w, "because\x1b[31m")
			}
		}}
		o := output(t, outputConfig(serve(t, r.ServeHTTP).URL), nil)
		in := plugintest.Select(nil, plugintest.Payloads("a")...)
		list := []message.Selection{*in}
		err := o.Deliver(context.Background(), list)
		left, _ := list[0].Left()
		ref := list[0].Refused()
		switch want {
		case taken:
			if err != nil || left != 0 || len(ref) != 0 {
				t.Errorf("%d: %v, %d left, refused %v", status, err, left, ref)
			}
		case again:
			if !errors.Is(err, plugin.ErrRetry) || left != 1 || len(ref) != 0 || !strings.Contains(err.Error(), fmt.Sprint("answers ", status)) {
				t.Errorf("%d: %v, %d left, refused %v", status, err, left, ref)
			}
		case never:
			if err != nil || left != 0 || len(ref) != 1 || !strings.Contains(ref[0].Reason, fmt.Sprint("answers ", status)) || !strings.Contains(ref[0].Reason, `because\x1b`) {
				t.Errorf("%d: %v, %d left, refused %v", status, err, left, ref)
			}
		}
	}
}

func TestRetryGoesOnWithWhatIsLeft(t *testing.T) {
	r := &receiver{answer: func(n int, w nethttp.ResponseWriter, _ string) {
		if n == 3 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		}
	}}
	clk := clock.NewSim(time.Unix(1000, 0))
	o := output(t, outputConfig(serve(t, r.ServeHTTP).URL), clk)
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("1", "2", "3", "4")...)}
	for range 3 { // the server asks for a pause: only the first call makes requests
		if err := o.Deliver(context.Background(), in); !errors.Is(err, plugin.ErrRetry) {
			t.Fatal(err)
		}
	}
	clk.Advance(7 * time.Second)
	if err := o.Deliver(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.got()); got != "[1 2 3 3 4]" {
		t.Errorf("bodies %s", got)
	}
}

func TestBatches(t *testing.T) {
	for _, tt := range []struct {
		count, size int
		want        string
	}{
		{3, 1 << 20, `["a\nbb\nccc" "dddd\ne"]`},
		{100, 1 << 20, `["a\nbb\nccc\ndddd\ne"]`},
		{100, 5, `["a\nbb\nccc" "dddd\ne"]`},
		{1, 5, `["a" "bb\n" "ccc" "dddd" "e"]`},
	} {
		for _, pack := range []string{"", "gzip", "zstd"} {
			r := &receiver{}
			cfg := outputConfig(serve(t, r.ServeHTTP).URL)
			cfg.BatchCount, cfg.BatchSize, cfg.Compression = tt.count, plugin.Size(tt.size), pack
			o := output(t, cfg, nil)
			in := []message.Selection{
				*plugintest.Select(nil, plugintest.Payloads("a", "bb\n", "ccc")...),
				*plugintest.Select(nil, plugintest.Payloads("dddd", "e")...),
			}
			if err := o.Deliver(context.Background(), in); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%q", r.got()); got != tt.want {
				t.Errorf("batch_count %d, batch_size %d, %s: %s, want %s", tt.count, tt.size, pack, got, tt.want)
			}
		}
	}
}

// raw passes messages on as they are.
type raw struct{ payloads }

func (raw) Passthrough() {}

func TestFramedMessagesNeedNoLineEnds(t *testing.T) {
	r := &receiver{}
	cfg := outputConfig(serve(t, r.ServeHTTP).URL)
	cfg.BatchCount = 10
	o := output(t, cfg, nil)
	o.env.Encoding = plugin.NewEncoding(raw{}, true, 1<<16)
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("a", "b")...)}
	want := string(in[0].Run(0, 2))
	if err := o.Deliver(context.Background(), in); err != nil || len(r.got()) != 1 || r.got()[0] != want {
		t.Errorf("%q, %v; want the frames as they lie", r.got(), err)
	}
}

func TestOfARefusedBatchOnlyTheGuiltyIsRefused(t *testing.T) {
	r := &receiver{}
	r.answer = func(n int, w nethttp.ResponseWriter, body string) {
		if strings.Contains(body, "poison") {
			w.WriteHeader(422)
			r.bodies = r.bodies[:len(r.bodies)-1]
		}
	}
	cfg := outputConfig(serve(t, r.ServeHTTP).URL)
	cfg.BatchCount = 100
	o := output(t, cfg, nil)
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("1", "2", "poison", "4", "5", "6", "poison", "8")...)}
	if err := o.Deliver(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.got(), "\n"); got != "1\n2\n4\n5\n6\n8" {
		t.Errorf("taken %q", got)
	}
	if ref := in[0].Refused(); len(ref) != 2 || ref[0].Index != 2 || ref[1].Index != 6 {
		t.Errorf("refused %v", ref)
	}
}

func TestManyRequestsAtATime(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	full := make(chan struct{})
	fail := true
	got := map[string]int{}
	s := serve(t, func(w nethttp.ResponseWriter, q *nethttp.Request) {
		b, _ := io.ReadAll(q.Body)
		mu.Lock()
		now++
		most = max(most, now)
		if now == 4 {
			close(full)
		}
		mu.Unlock()
		<-full
		mu.Lock()
		defer mu.Unlock()
		if string(b) == "2" && fail {
			fail = false
			w.WriteHeader(503)
			return
		}
		got[string(b)]++
	})
	cfg := outputConfig(s.URL)
	cfg.Concurrency = 4
	o := output(t, cfg, nil)
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("1", "2", "3", "4", "5")...)}
	if err := o.Deliver(context.Background(), in); !errors.Is(err, plugin.ErrRetry) {
		t.Fatal(err)
	}
	if n, _ := in[0].Left(); n != 4 {
		t.Errorf("%d are left, want all behind the first", n)
	}
	if err := o.Deliver(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if most < 4 || fmt.Sprint(got) != "map[1:1 2:1 3:1 4:1 5:1]" {
		t.Errorf("%d at a time; taken %v, want each once", most, got)
	}
}

func TestRedirectsOfOutputs(t *testing.T) {
	stranger := &receiver{}
	other := serve(t, stranger.ServeHTTP)
	r := &receiver{}
	s := serve(t, func(w nethttp.ResponseWriter, q *nethttp.Request) {
		switch q.URL.Path {
		case "/out":
			nethttp.Redirect(w, q, other.URL, nethttp.StatusTemporaryRedirect)
		case "/moved":
			nethttp.Redirect(w, q, "/here", nethttp.StatusMovedPermanently)
		case "/in":
			nethttp.Redirect(w, q, "/here", nethttp.StatusPermanentRedirect)
		default:
			if _, p, _ := q.BasicAuth(); p != "secret" {
				w.WriteHeader(401)
			}
			r.ServeHTTP(w, q)
		}
	})
	for path, ok := range map[string]bool{"/out": false, "/moved": false, "/in": true} {
		cfg := outputConfig(s.URL + path)
		cfg.Username, cfg.Password = "bob", "secret"
		in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("text")...)}
		err := output(t, cfg, nil).Deliver(context.Background(), in)
		if ok != (err == nil) || !ok && !strings.Contains(err.Error(), "correct address") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if len(stranger.got()) != 0 || fmt.Sprint(r.got()) != "[text]" {
		t.Errorf("another host got %q, the right one %q", stranger.got(), r.got())
	}
}

// What a broken server does never holds the output longer than http_timeout, and
// nothing is lost over it.
func TestBrokenServers(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	for name, speak := range map[string]func(c net.Conn){
		"silent":          func(c net.Conn) { <-end },
		"hangs up":        func(c net.Conn) {},
		"garbage":         func(c net.Conn) { io.WriteString(c, "\x00\xff nonsense\r\n\r\n") },
		"endless line":    func(c net.Conn) { endless(c, "HTTP/1.1 200 ", "x") },
		"endless headers": func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n", "A: b\r\n") },
		"endless refusal": func(c net.Conn) { endless(c, "HTTP/1.1 500 No\r\n\r\n", "x") },
		"continues":       func(c net.Conn) { endless(c, "", "HTTP/1.1 100 Continue\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Read(make([]byte, 1000))
					go func() { defer c.Close(); speak(c) }()
				}
			}()
			cfg := outputConfig("http://" + l.Addr().String())
			cfg.HTTPTimeout = 200 * time.Millisecond
			in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("text")...)}
			err = output(t, cfg, nil).Deliver(context.Background(), in)
			if n, _ := in[0].Left(); !errors.Is(err, plugin.ErrRetry) || n != 1 || len(err.Error()) > 4000 {
				t.Errorf("%v; %d left", err, n)
			}
		})
	}
}

func endless(w io.Writer, head, more string) {
	io.WriteString(w, head)
	for b := bytes.Repeat([]byte(more), 1000); ; {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

// A taken message is taken, whatever the server says afterwards.
func TestEndlessAnswerToATakenMessage(t *testing.T) {
	s := serve(t, func(w nethttp.ResponseWriter, q *nethttp.Request) {
		io.Copy(io.Discard, q.Body)
		w.WriteHeader(200)
		endless(w, "", "x")
	})
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("1", "2")...)}
	if err := output(t, outputConfig(s.URL), nil).Deliver(context.Background(), in); err != nil {
		t.Error(err)
	}
}

func TestGetSendsNoBody(t *testing.T) {
	r := &receiver{}
	cfg := outputConfig(serve(t, r.ServeHTTP).URL)
	cfg.Method = "GET"
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("1", "2")...)}
	if err := output(t, cfg, nil).Deliver(context.Background(), in); err != nil || fmt.Sprintf("%q", r.got()) != `["" ""]` {
		t.Errorf("%q, %v", r.got(), err)
	}
}

func TestOutputOverTLS(t *testing.T) {
	ca := tlstest.New(t, "ca")
	r := &receiver{}
	cfg := outputConfig(secure(t, ca, r.ServeHTTP))
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("text")...)}
	if err := output(t, cfg, nil).Deliver(context.Background(), in); !errors.Is(err, plugin.ErrRetry) {
		t.Errorf("unknown authority: %v", err)
	}
	cfg.TLS = tlsx.Config{RootCAFile: ca.File(t)}
	if err := output(t, cfg, nil).Deliver(context.Background(), in); err != nil || len(r.got()) != 1 {
		t.Errorf("known authority: %v", err)
	}
}

func TestDeliverEndsWithItsContext(t *testing.T) {
	hang := make(chan struct{})
	s := serve(t, func(nethttp.ResponseWriter, *nethttp.Request) { <-hang })
	defer close(hang)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("text")...)}
	if err := output(t, outputConfig(s.URL), nil).Deliver(ctx, in); !errors.Is(err, plugin.ErrRetry) {
		t.Error(err)
	}
}

func TestValidateOutput(t *testing.T) {
	for option, spoil := range map[string]func(*OutputConfig){
		"address":      func(c *OutputConfig) { c.Address = "collector:80" },
		"method":       func(c *OutputConfig) { c.Method = "DELETE" },
		"headers":      func(c *OutputConfig) { c.Headers = map[string][]string{"a": {"b\nc"}} },
		"username":     func(c *OutputConfig) { c.Password = "x" },
		"http_timeout": func(c *OutputConfig) { c.HTTPTimeout = -1 },
		"batch_count":  func(c *OutputConfig) { c.BatchCount = 0 },
		"batch_size":   func(c *OutputConfig) { c.BatchSize = 0 },
		"concurrency":  func(c *OutputConfig) { c.Concurrency = 65 },
		"tls.key_file": func(c *OutputConfig) { c.TLS.CertFile = "x" },
	} {
		c := outputConfig("http://x")
		spoil(&c)
		plugintest.BadOption(t, c, option)
	}
}

// FuzzAnswer: whatever a server answers, Deliver ends, and a message is taken,
// refused or left.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 429 No\r\nRetry-After: 1\r\n\r\n", "HTTP/1.1 302 No\r\nLocation: /x\r\n\r\n", "HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"} {
		f.Add(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	var mu sync.Mutex
	text := ""
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1000))
			mu.Lock()
			io.WriteString(c, text)
			mu.Unlock()
			c.Close()
		}
	}()
	cfg := outputConfig("http://" + l.Addr().String())
	cfg.HTTPTimeout = time.Second
	f.Fuzz(func(t *testing.T, s string) {
		mu.Lock()
		text = s
		mu.Unlock()
		in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("text")...)}
		err := output(t, cfg, nil).Deliver(context.Background(), in)
		if n, _ := in[0].Left(); (n == 1) != errors.Is(err, plugin.ErrRetry) {
			t.Fatalf("%v with %d left", err, n)
		}
	})
}
