package httplisten

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/internal/tlsx/tlstest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func config() Config {
	return Config{Address: "127.0.0.1:0", MaxBodySize: 1000, MaxBuffered: 4000, MaxConnections: 100,
		RequestTimeout: 20 * time.Second, AnswerTimeout: 20 * time.Second}
}

// start runs an input until the test ends and returns its URL.
func start(t testing.TB, cfg Config, host plugin.Host) (in *Input, url string, stop func()) {
	t.Helper()
	p, err := newInput(cfg, plugin.Env{Name: "web", Log: slog.New(slog.DiscardHandler), Hostname: "here", MaxMessageSize: 64 << 10, Clock: clock.Real{}})
	if err != nil {
		t.Fatal(err)
	}
	in = p.(*Input)
	bound := make(chan net.Addr, 1)
	in.bound = func(a net.Addr) { bound <- a }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, host) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(stop)
	select {
	case a := <-bound:
		scheme := "http://"
		if cfg.UseTLS {
			scheme = "https://"
		}
		return in, scheme + a.String(), stop
	case err := <-done:
		done <- err
		t.Fatal(err)
	}
	return nil, "", nil
}

// client keeps no connections, so that each test's goroutines end.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}

func send(t testing.TB, c *http.Client, r *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	return resp, string(b)
}

func request(t testing.TB, method, url, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestWhatAMessageHolds(t *testing.T) {
	cfg := config()
	cfg.RequestHeaders = []string{"X-Id", "X-None"}
	cfg.Headers = map[string][]string{"X-Server": {"heka", "here"}}
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, url, _ := start(t, cfg, host)
	resp, _ := send(t, client, request(t, "PUT", url+"/a/b?q=1&q=2&name=a%20b", "one\ntwo", "X-Id", "7", "X-Id", "8", "User-Agent", "test", "Content-Type", "text/x"))
	if resp.StatusCode != 200 || fmt.Sprint(resp.Header["X-Server"]) != "[heka here]" {
		t.Errorf("answer %v", resp)
	}
	got := host.Wait(t, 2)
	for i, want := range []string{"one\n", "two"} {
		m := got[i].Message
		h := m.Header
		if h.Payload != want || h.Type != "heka.httpdata.request" || h.Logger != "web" || h.Hostname != "here" || h.Severity != 6 || h.EnvVersion != "1" || h.Pid != int32(os.Getpid()) {
			t.Errorf("message %d: %+v", i, h)
		}
		var fields []string
		for _, f := range m.Fields {
			fields = append(fields, fmt.Sprintf("%s=%v", f.Name, f.Values[0]))
		}
		s := strings.Join(fields, " ")
		if !strings.HasPrefix(s, "Protocol=HTTP/1.1 UserAgent=test ContentType=text/x Path=/a/b Host=127.0.0.1:") ||
			!strings.Contains(s, " RemoteAddr=127.0.0.1:") || !strings.HasSuffix(s, " X-Id=7 X-Id=8 name=a b q=1 q=2") {
			t.Errorf("fields of message %d: %s", i, s)
		}
	}
}

func TestRequestsWithoutABody(t *testing.T) {
	host := &plugintest.Host{}
	in, url, _ := start(t, config(), host)
	for _, method := range []string{"GET", "HEAD", "POST"} {
		if resp, _ := send(t, client, request(t, method, url, "")); resp.StatusCode != 200 {
			t.Errorf("%s: %s", method, resp.Status)
		}
	}
	if resp, _ := send(t, client, request(t, "GET", url+"/pixel?user=9", "")); resp.StatusCode != 200 {
		t.Errorf("query: %s", resp.Status)
	}
	got := host.Wait(t, 1)
	if len(got) != 1 || got[0].Data != "" || got[0].Message.Fields[6].Name != "user" || in.taken.Load() != 1 {
		t.Errorf("records %+v", got)
	}
	if resp, _ := send(t, client, request(t, "GET", url+"/?a=%zz", "")); resp.StatusCode != 400 {
		t.Errorf("damaged query: %s", resp.Status)
	}
}

func TestAnswerWaitsUntilItIsSafe(t *testing.T) {
	host := &plugintest.Host{}
	host.Hold()
	_, url, _ := start(t, config(), host)
	answers := make(chan int, 2)
	for range 2 {
		go func() {
			resp, err := client.Do(request(t, "POST", url, "text"))
			if err != nil {
				t.Error(err)
				answers <- 0
				return
			}
			resp.Body.Close()
			answers <- resp.StatusCode
		}()
	}
	host.Wait(t, 2)
	select {
	case s := <-answers:
		t.Fatalf("answered %d before it was safe", s)
	default:
	}
	host.Release()
	for range 2 {
		if s := <-answers; s != 200 {
			t.Errorf("answer %d", s)
		}
	}
}

func TestAnswerWhenItIsNotSafeInTime(t *testing.T) {
	host := &plugintest.Host{}
	host.Hold()
	cfg := config()
	cfg.AnswerTimeout = 20 * time.Millisecond
	in, url, _ := start(t, cfg, host)
	resp, text := send(t, client, request(t, "POST", url, "text"))
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "1" || !strings.Contains(text, "twice") || in.unsafe.Load() != 1 {
		t.Errorf("answer %s %q", resp.Status, text)
	}
}

// full is a host whose streams take nothing until they are told.
type full struct {
	plugintest.Host
	open chan struct{}
}

type fullStream struct {
	plugin.Stream
	open chan struct{}
}

func (h *full) Open(o plugin.StreamOptions) (plugin.Stream, error) {
	s, err := h.Host.Open(o)
	return fullStream{s, h.open}, err
}

func (s fullStream) Write(b []byte) (int, error) {
	<-s.open
	return s.Stream.Write(b)
}

func TestFullPipelineIsToldAndNotHeldForEver(t *testing.T) {
	host := &full{open: make(chan struct{})}
	cfg := config()
	cfg.AnswerTimeout = 20 * time.Millisecond
	in, url, _ := start(t, cfg, host)
	lanes := cap(in.lanes)
	last := ""
	for range lanes + 1 {
		resp, text := send(t, client, request(t, "POST", url, "x"))
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
			t.Errorf("answer %s", resp.Status)
		}
		last = text
	}
	if !strings.Contains(last, "nothing of the request was") {
		t.Errorf("with all lanes taken: %q", last)
	}
	if resp, _ := send(t, client, request(t, "GET", url, "")); resp.StatusCode != 503 {
		t.Errorf("health of a full pipeline: %s", resp.Status)
	}
	close(host.open)
	if got := host.Wait(t, lanes); len(got) != lanes {
		t.Errorf("%d records, want the %d that were taken", len(got), lanes)
	}
}

func TestAuthenticationFailsClosed(t *testing.T) {
	basic := func(c *Config) { c.AuthType, c.Username, c.Password = "Basic", "bob", "secret" }
	key := func(c *Config) { c.AuthType, c.APIKey = "API", "k3y" }
	token := func(c *Config) { c.AuthType, c.Token = "Token", "t0ken" }
	login := func(s string) []string {
		r := request(t, "GET", "http://x", "")
		n, p, _ := strings.Cut(s, ":")
		r.SetBasicAuth(n, p)
		return []string{"Authorization", r.Header.Get("Authorization")}
	}
	for _, tt := range []struct {
		name    string
		set     func(*Config)
		headers []string
		want    int
	}{
		{"none asked", func(*Config) {}, nil, 200},
		{"basic", basic, login("bob:secret"), 200},
		{"basic, nothing", basic, nil, 401},
		{"basic, wrong password", basic, login("bob:Secret"), 401},
		{"basic, wrong name", basic, login("bobb:secret"), 401},
		{"basic, empty", basic, login(":"), 401},
		{"basic, garbage", basic, []string{"Authorization", "Basic !!!"}, 401},
		{"basic, another scheme", basic, []string{"Authorization", "Bearer secret"}, 401},
		{"key", key, []string{"X-API-Key", "k3y"}, 200},
		{"key, other case of the header", key, []string{"x-api-key", "k3y"}, 200},
		{"key, nothing", key, nil, 401},
		{"key, wrong", key, []string{"X-API-Key", "k3"}, 401},
		{"key, empty", key, []string{"X-API-Key", ""}, 401},
		{"token", token, []string{"Authorization", "bearer t0ken"}, 200},
		{"token, nothing", token, nil, 401},
		{"token, no scheme", token, []string{"Authorization", "t0ken"}, 401},
		{"token, wrong", token, []string{"Authorization", "Bearer t0kem"}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config()
			tt.set(&cfg)
			host := &plugintest.Host{}
			in, url, stop := start(t, cfg, host)
			resp, _ := send(t, client, request(t, "POST", url, "data", tt.headers...))
			if resp.StatusCode != tt.want {
				t.Fatalf("answer %s, want %d", resp.Status, tt.want)
			}
			stop()
			if n := len(host.Records()); (n == 1) != (tt.want == 200) || (in.unauthorized.Load() == 1) != (tt.want == 401) {
				t.Errorf("%d records came in, %d were refused", n, in.unauthorized.Load())
			}
		})
	}
}

func TestBodies(t *testing.T) {
	packed := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, s)
		z.Close()
		return b.String()
	}
	for _, tt := range []struct {
		name, body, enc string
		want            int
	}{
		{"as long as may be", strings.Repeat("x", 1000), "", 200},
		{"too long", strings.Repeat("x", 1001), "", 413},
		{"gzip", packed("hello"), "gzip", 200},
		{"bomb", packed(strings.Repeat("0", 10<<20)), "gzip", 413},
		{"bomb of many", packed(strings.Repeat("0", 1001)), "gzip", 413},
		{"damaged", packed("hello")[:12], "gzip", 400},
		{"not packed", "hello", "zstd", 400},
		{"unknown", "hello", "br", 415},
		{"two at once", "hello", "gzip, gzip", 415},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", tt.name, chunked), func(t *testing.T) {
				host := &plugintest.Host{}
				in, url, stop := start(t, config(), host)
				r := request(t, "POST", url, tt.body)
				if chunked {
					r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader(tt.body))
				}
				if tt.enc != "" {
					r.Header.Set("Content-Encoding", tt.enc)
				}
				resp, text := send(t, client, r)
				if resp.StatusCode != tt.want {
					t.Errorf("answer %s %q, want %d", resp.Status, text, tt.want)
				}
				stop()
				if n := len(host.Records()); (n == 1) != (tt.want == 200) {
					t.Errorf("%d records came in", n)
				}
				if n := in.buffered.Load(); n != 0 {
					t.Errorf("%d bytes of bodies are still counted", n)
				}
			})
		}
	}
}

func TestTooManyBodiesAtATime(t *testing.T) {
	host := &full{open: make(chan struct{})}
	cfg := config()
	cfg.MaxBuffered = 1000
	in, url, _ := start(t, cfg, host)
	first := make(chan int)
	go func() {
		resp, err := client.Do(request(t, "POST", url, strings.Repeat("x", 900)))
		if err != nil {
			t.Error(err)
		}
		resp.Body.Close()
		first <- resp.StatusCode
	}()
	for in.buffered.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	resp, _ := send(t, client, request(t, "POST", url, strings.Repeat("x", 200)))
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || in.overloaded.Load() != 1 {
		t.Errorf("answer %s", resp.Status)
	}
	close(host.open)
	if s := <-first; s != 200 {
		t.Errorf("the first one is answered %d", s)
	}
}

func TestSlowAndBrokenSenders(t *testing.T) {
	host := &plugintest.Host{}
	cfg := config()
	cfg.RequestTimeout = 50 * time.Millisecond
	in, url, _ := start(t, cfg, host)
	addr := strings.TrimPrefix(url, "http://")
	for _, head := range []string{"", "POST / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", "garbage\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n"} {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, head)
		b, err := io.ReadAll(c)
		if errors.Is(err, os.ErrDeadlineExceeded) || strings.HasPrefix(string(b), "HTTP/1.1 200") {
			t.Errorf("%.50q: %q, %v", head, b, err)
		}
		c.Close()
	}
	if n := len(host.Records()); n != 0 || in.buffered.Load() != 0 {
		t.Errorf("%d records, %d bytes are counted", n, in.buffered.Load())
	}
}

func TestTLSAndCertificates(t *testing.T) {
	ca, other := tlstest.New(t, "ca"), tlstest.New(t, "other")
	cert, key := ca.Issue(t, tlstest.Leaf{})
	cfg := config()
	cfg.UseTLS = true
	cfg.TLS = tlsx.Config{CertFile: cert, KeyFile: key, ClientAuth: "RequireAndVerifyClientCert", ClientCAFile: ca.File(t)}
	host := &plugintest.Host{}
	_, url, _ := start(t, cfg, host)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Cert)
	try := func(of *tlstest.Authority) error {
		conf := &tls.Config{RootCAs: roots}
		if of != nil {
			c, k := of.Issue(t, tlstest.Leaf{Client: true})
			pair, err := tls.LoadX509KeyPair(c, k)
			if err != nil {
				t.Fatal(err)
			}
			conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}
		resp, err := c.Do(request(t, "POST", url, "x"))
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != 200 {
				err = errors.New(resp.Status)
			}
		}
		return err
	}
	if err := try(ca); err != nil {
		t.Errorf("with a good certificate: %v", err)
	}
	if try(nil) == nil || try(other) == nil {
		t.Error("without a good certificate data is taken")
	}
	if n := len(host.Wait(t, 1)); n != 1 {
		t.Errorf("%d records", n)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	cfg := config()
	cfg.MaxConnections = 1
	_, url, _ := start(t, cfg, &plugintest.Host{})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	c.Read(make([]byte, 10))
	done := make(chan error, 1)
	go func() {
		resp, err := client.Do(request(t, "GET", url, ""))
		if err == nil {
			resp.Body.Close()
		}
		done <- err
	}()
	select {
	case <-done:
		t.Error("a second connection is taken")
	case <-time.After(30 * time.Millisecond):
	}
	c.Close()
	if err := <-done; err != nil {
		t.Errorf("once the first is gone: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		option string
		spoil  func(*Config)
	}{
		{"address", func(c *Config) { c.Address = "x" }},
		{"headers", func(c *Config) { c.Headers = map[string][]string{"a b": {"x"}} }},
		{"headers", func(c *Config) { c.Headers = map[string][]string{"a": {"x\r\ny"}} }},
		{"request_headers", func(c *Config) { c.RequestHeaders = []string{""} }},
		{"username", func(c *Config) { c.AuthType = "Basic" }},
		{"password", func(c *Config) { c.AuthType, c.Username = "Basic", "x" }},
		{"api_key", func(c *Config) { c.AuthType = "API" }},
		{"token", func(c *Config) { c.AuthType = "Token" }},
		{"password", func(c *Config) { c.Password = "x" }},
		{"api_key", func(c *Config) { c.AuthType, c.Token, c.APIKey = "Token", "x", "y" }},
		{"max_body_size", func(c *Config) { c.MaxBodySize = 0 }},
		{"max_buffered", func(c *Config) { c.MaxBuffered = 1 }},
		{"max_connections", func(c *Config) { c.MaxConnections = -1 }},
		{"request_timeout", func(c *Config) { c.RequestTimeout = 0 }},
		{"answer_timeout", func(c *Config) { c.AnswerTimeout = -1 }},
		{"tls.cert_file", func(c *Config) { c.UseTLS = true }},
		{"use_tls", func(c *Config) { c.TLS.ClientAuth = "RequireAndVerifyClientCert" }},
	} {
		c := config()
		tt.spoil(&c)
		var oe *plugin.OptionError
		if err := c.Validate(); !errors.As(err, &oe) || oe.Option != tt.option {
			t.Errorf("Validate with a bad %s: %v", tt.option, err)
		}
	}
}

// FuzzRequest: whatever comes over the wire gets an answer or a closed connection,
// and what is answered with 200 holds no more than was sent.
func FuzzRequest(f *testing.F) {
	f.Add("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
	f.Add("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	f.Add("GET /?a=%zz HTTP/1.0\r\n\r\n")
	host := &plugintest.Host{}
	cfg := config()
	cfg.RequestTimeout = 20 * time.Millisecond
	_, url, _ := start(f, cfg, host)
	addr := strings.TrimPrefix(url, "http://")
	f.Fuzz(func(t *testing.T, raw string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Skip()
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, raw)
		c.(*net.TCPConn).CloseWrite()
		if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("no answer")
		}
	})
}
