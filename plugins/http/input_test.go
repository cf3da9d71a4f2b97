package http

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/internal/tlsx/tlstest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func inputConfig(urls ...string) InputConfig {
	return InputConfig{URLs: urls, Method: "GET", SuccessSeverity: 6, ErrorSeverity: 1, HTTPTimeout: 20 * time.Second, MaxBodySize: 1 << 20}
}

var start = time.Now() // certificates are made now

// ask runs an input until it has made n messages, moving the clock for each round.
func ask(t *testing.T, cfg InputConfig, host *plugintest.Host, n, rounds int) []plugintest.Record {
	t.Helper()
	sim := clock.NewSim(start)
	in, err := newInput(cfg, plugin.Env{Name: "poll", Log: slog.New(slog.DiscardHandler), Hostname: "here", MaxMessageSize: 64 << 10, Clock: sim, Ticker: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, host) }()
	for k := 1; k < rounds; k++ {
		for sim.Waiting() != len(cfg.addresses()) { // nothing tells when a timer is set
			time.Sleep(time.Millisecond)
		}
		sim.Advance(10 * time.Second)
	}
	got := host.Wait(t, n)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	return got
}

func serve(t testing.TB, h nethttp.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func fieldsOf(r plugintest.Record) string {
	var list []string
	for _, f := range r.Message.Fields {
		if f.Name == "ResponseTime" {
			if v := f.Values[0].(float64); v < 0 || v > 30 || f.Representation != "s" {
				list = append(list, "odd ResponseTime")
			}
			continue
		}
		list = append(list, fmt.Sprintf("%s=%v%s", f.Name, f.Values[0], f.Representation))
	}
	return strings.Join(list, " ")
}

func TestAnswersBecomeMessages(t *testing.T) {
	n := 0
	s := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		n++
		name, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		if n == 2 {
			w.WriteHeader(404)
		}
		fmt.Fprintf(w, "%d %s %s %s %s:%s %s", n, r.Method, r.UserAgent(), r.Header.Get("X-A"), name, password, body)
	})
	cfg := inputConfig()
	cfg.URL, cfg.Method, cfg.Body = s.URL+"/a", "PUT", "ask"
	cfg.Username, cfg.Password = "bob", "secret"
	cfg.Headers = map[string]string{"X-A": "b"}
	got := ask(t, cfg, &plugintest.Host{}, 3, 3)
	for i, want := range []struct {
		severity int32
		status   string
	}{{6, "200=200 OK"}, {1, "404=404 Not Found"}, {6, "200=200 OK"}} {
		h := got[i].Header
		code, status, _ := strings.Cut(want.status, "=")
		if h.Type != "heka.httpinput.data" || h.Logger != s.URL+"/a" || h.Severity != want.severity || h.Hostname != "here" {
			t.Errorf("message %d: %+v", i, h)
		}
		text := fmt.Sprintf("%d PUT Heka b bob:secret ask", i+1)
		if h.Payload != text {
			t.Errorf("message %d: payload %q, want %q", i, h.Payload, text)
		}
		if f, want := fieldsOf(got[i]), fmt.Sprintf("StatusCode=%s Status=%s ResponseSize=%dB Protocol=HTTP/1.1", code, status, len(text)); f != want {
			t.Errorf("message %d: fields %s, want %s", i, f, want)
		}
	}
}

func TestAnswerWithoutABodyIsAMessage(t *testing.T) {
	s := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(204) })
	got := ask(t, inputConfig(s.URL), &plugintest.Host{}, 1, 1)
	if h := got[0].Header; h.Payload != "" || h.Severity != 1 || !strings.HasPrefix(fieldsOf(got[0]), "StatusCode=204") {
		t.Errorf("message %+v", got[0].Message)
	}
}

func TestWhatIsNoAnswerIsAnErrorMessage(t *testing.T) {
	var pack bytes.Buffer
	z := gzip.NewWriter(&pack)
	z.Write(make([]byte, 4<<20))
	z.Close()
	hang := make(chan struct{})
	defer close(hang)
	for _, tt := range []struct {
		name, want string
		h          nethttp.HandlerFunc
	}{
		{"too long", "max_body_size (1MiB)", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			for range 1 << 11 {
				w.Write(make([]byte, 1024))
			}
		}},
		{"bomb", "max_body_size (1MiB)", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(pack.Bytes())
		}},
		{"silent", "http_timeout (50ms)", func(w nethttp.ResponseWriter, _ *nethttp.Request) { <-hang }},
		{"endless headers", "header", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("X", strings.Repeat("x", 200<<10))
		}},
		{"in a ring", "more than 10 redirects", func(w nethttp.ResponseWriter, r *nethttp.Request) {
			nethttp.Redirect(w, r, "/again", nethttp.StatusFound)
		}},
		{"cut", "unexpected EOF", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("x"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := inputConfig(serve(t, tt.h).URL)
			if tt.name == "silent" {
				cfg.HTTPTimeout = 50 * time.Millisecond
			}
			got := ask(t, cfg, &plugintest.Host{}, 1, 1)
			if h := got[0].Header; h.Type != "heka.httpinput.error" || h.Severity != 1 || !strings.Contains(h.Payload, tt.want) || h.Logger != cfg.URLs[0] || h.Timestamp != start.UnixNano() {
				t.Errorf("message %+v, want %q", h, tt.want)
			}
			if tt.name == "silent" {
				hang <- struct{}{}
			}
		})
	}
}

func TestAddressesDoNotDelayOneAnother(t *testing.T) {
	hang := make(chan struct{})
	slow := serve(t, func(nethttp.ResponseWriter, *nethttp.Request) { <-hang })
	quick := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { io.WriteString(w, "here") })
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	l.Close()
	host := &plugintest.Host{}
	got := ask(t, inputConfig(slow.URL, quick.URL, "http://"+l.Addr().String()), host, 2, 1)
	close(hang)
	types := got[0].Header.Type + " " + got[1].Header.Type
	if !strings.Contains(types, "data") || !strings.Contains(types, "error") || len(host.Streams()) != 3 {
		t.Errorf("%s, %d streams", types, len(host.Streams()))
	}
}

func TestRedirectsTellOtherHostsNothing(t *testing.T) {
	secret := func(r *nethttp.Request) string {
		return r.Header.Get("Authorization") + r.Header.Get("X-Key") + r.Header.Get("Cookie") + r.Header.Get("Referer")
	}
	other := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "other"+secret(r)) })
	first := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch r.URL.Path {
		case "/out":
			nethttp.Redirect(w, r, other.URL, nethttp.StatusTemporaryRedirect)
		case "/in":
			nethttp.Redirect(w, r, "/here", nethttp.StatusFound)
		default:
			if secret(r) == "" {
				w.WriteHeader(401)
			}
			io.WriteString(w, "here")
		}
	})
	for path, want := range map[string]string{"/out": "other", "/in": "here"} {
		cfg := inputConfig(strings.Replace(first.URL, "http://", "http://bob:secret@", 1) + path)
		cfg.Headers = map[string]string{"X-Key": "k", "Cookie": "c"}
		got := ask(t, cfg, &plugintest.Host{}, 1, 1)
		if h := got[0].Header; h.Payload != want || h.Severity != 6 || strings.Contains(h.Logger, "secret") {
			t.Errorf("%s: %+v, want %q", path, h, want)
		}
	}
	cfg := inputConfig(first.URL + "/out")
	cfg.Method, cfg.Body = "POST", "text"
	if got := ask(t, cfg, &plugintest.Host{}, 1, 1); !strings.Contains(got[0].Header.Payload, "another host") {
		t.Errorf("body to another host: %+v", got[0].Header)
	}
}

func TestInputOverTLS(t *testing.T) {
	ca := tlstest.New(t, "ca")
	url := secure(t, ca, func(w nethttp.ResponseWriter, _ *nethttp.Request) { io.WriteString(w, "safe") })
	cfg := inputConfig(url)
	if got := ask(t, cfg, &plugintest.Host{}, 1, 1); !strings.Contains(got[0].Header.Payload, "certificate") {
		t.Errorf("unknown authority: %+v", got[0].Header)
	}
	cfg.TLS = tlsx.Config{RootCAFile: ca.File(t)}
	if got := ask(t, cfg, &plugintest.Host{}, 1, 1); got[0].Header.Payload != "safe" {
		t.Errorf("known authority: %+v", got[0].Header)
	}
}

// secure serves HTTPS with a certificate of ca.
func secure(t *testing.T, ca *tlstest.Authority, h nethttp.HandlerFunc) string {
	t.Helper()
	cert, key := ca.Issue(t, tlstest.Leaf{})
	src, err := (&tlsx.Config{CertFile: cert, KeyFile: key}).Server(slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.TLS = src.Config()
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func TestValidateInput(t *testing.T) {
	for option, spoil := range map[string]func(*InputConfig){
		"url":              func(c *InputConfig) { c.URLs = nil },
		"urls":             func(c *InputConfig) { c.URLs = []string{"http://x", "ftp://x"} },
		"headers":          func(c *InputConfig) { c.Headers = map[string]string{"a": "b\nc"} },
		"method":           func(c *InputConfig) { c.Method = "GET /" },
		"username":         func(c *InputConfig) { c.Password = "x" },
		"success_severity": func(c *InputConfig) { c.SuccessSeverity = 8 },
		"error_severity":   func(c *InputConfig) { c.ErrorSeverity = -1 },
		"http_timeout":     func(c *InputConfig) { c.HTTPTimeout = -1 },
		"max_body_size":    func(c *InputConfig) { c.MaxBodySize = 0 },
		"tls.key_file":     func(c *InputConfig) { c.TLS.CertFile = "x" },
	} {
		c := inputConfig("http://x")
		spoil(&c)
		plugintest.BadOption(t, c, option)
	}
	for _, text := range []string{"", "http://", "http://%zz", "//x", "http://bob:secret@:80/\x00"} {
		if _, _, _, err := parseURL(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("parseURL(%q) = %v", text, err)
		}
	}
}
