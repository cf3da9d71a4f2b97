package tcp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/tlsx/tlstest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// asIs passes messages on.
type asIs struct{}

func (asIs) Passthrough() {}
func (asIs) Encode(dst []byte, v *message.View) ([]byte, error) {
	return append(dst, v.Raw()...), nil
}

// payloads writes payloads; it passes over empty ones and fails on "bad".
type payloads struct{}

func (payloads) Encode(dst []byte, v *message.View) ([]byte, error) {
	if v.Payload() == "bad" {
		return append(dst, "half of it"...), errors.New("bad payload")
	}
	return append(dst, v.Payload()...), nil
}

func output(t testing.TB, cfg OutputConfig, enc plugin.Encoder, framing bool) *Output {
	t.Helper()
	if cfg.Net == "" {
		cfg.Net = "tcp"
	}
	if cfg.Acknowledge == "" {
		cfg.Acknowledge = "never" // the receivers of most tests are plain
	}
	env := testEnv()
	env.Encoding = plugin.NewEncoding(enc, framing, 64<<10)
	p, err := newOutput(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	o := p.(*Output)
	t.Cleanup(func() { o.Stop() })
	return o
}

func listen(t testing.TB, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// accept takes one connection and gives everything it says once it has ended.
func accept(l net.Listener) <-chan string {
	got := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			got <- err.Error()
			return
		}
		defer c.Close()
		b, _ := io.ReadAll(c)
		got <- string(b)
	}()
	return got
}

func frames(s *message.Selection) string {
	var b []byte
	for i, j := s.NextRun(0); i >= 0; i, j = s.NextRun(j) {
		b = append(b, s.Run(i, j)...)
	}
	return string(b)
}

func sized(sizes ...int) []message.Draft {
	var texts []string
	for i, n := range sizes {
		texts = append(texts, strings.Repeat(string(rune('a'+i%26)), n))
	}
	return plugintest.Payloads(texts...)
}

func TestFramesArriveAsTheyLie(t *testing.T) {
	var mixed []int
	for i := range 3000 {
		mixed = append(mixed, []int{10, 400, 1500, 30_000}[i%4])
	}
	even := func(i int) bool { return i%2 == 0 }
	for _, tt := range []struct {
		name string
		in   []message.Selection
	}{
		{"one", []message.Selection{*plugintest.Select(nil, sized(5)...)}},
		{"several whole ones", []message.Selection{*plugintest.Select(nil, sized(5, 6)...), *plugintest.Select(nil, sized(7)...)}},
		{"short and long runs", []message.Selection{*plugintest.Select(even, sized(mixed...)...), *plugintest.Select(even, sized(mixed...)...)}},
		{"many short runs", []message.Selection{*plugintest.Select(even, sized(mixed[:0:0]...)...), *plugintest.Select(even, sized(make([]int, 4096)...)...)}},
		{"more long runs than writev takes", []message.Selection{*plugintest.Select(even, sized(bytesOf(3000, 1100)...)...)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := listen(t, "tcp", "127.0.0.1:0")
			got := accept(l)
			o := output(t, OutputConfig{Address: l.Addr().String()}, asIs{}, true)
			want := ""
			for i := range tt.in {
				want += frames(&tt.in[i])
			}
			if err := o.Deliver(t.Context(), tt.in); err != nil {
				t.Fatal(err)
			}
			o.Stop()
			if g := <-got; g != want {
				t.Errorf("%d bytes arrived, want %d, or they differ", len(g), len(want))
			}
		})
	}
}

func bytesOf(n, size int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = size
	}
	return list
}

func TestEncoders(t *testing.T) {
	for _, tt := range []struct {
		name    string
		enc     plugin.Encoder
		framing bool
		want    string
	}{
		{"payloads", payloads{}, false, "onetwo"},
		{"payloads, framed", payloads{}, true, string(message.AppendFrame(message.AppendFrame(nil, []byte("one")), []byte("two")))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := listen(t, "tcp", "127.0.0.1:0")
			got := accept(l)
			o := output(t, OutputConfig{Address: l.Addr().String()}, tt.enc, tt.framing)
			in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("one", "bad", "", "two")...)}
			if err := o.Deliver(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			o.Stop()
			if g := <-got; g != tt.want {
				t.Errorf("%q arrived, want %q", g, tt.want)
			}
			if r := in[0].Refused(); len(r) != 1 || r[0].Index != 1 || r[0].Reason != "encode: bad payload" {
				t.Errorf("refused %v, want message 1", r)
			}
		})
	}
}

func TestNoReceiver(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0")
	l.Close()
	o := output(t, OutputConfig{Address: l.Addr().String()}, payloads{}, false)
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("a")...)}
	if err := o.Deliver(t.Context(), in); !errors.Is(err, plugin.ErrRetry) || !strings.Contains(err.Error(), "connect to tcp") {
		t.Errorf("Deliver = %v, want ErrRetry and the address", err)
	}
}

// TestReceiverRestarts: whatever was handed over after the receiver is back
// arrives there, and nothing needs more than a retry.
func TestReceiverRestarts(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0")
	address := l.Addr().String()
	o := output(t, OutputConfig{Address: address}, payloads{}, false)
	one := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("one")...)}
	conns := make(chan net.Conn, 1)
	go func() { c, _ := l.Accept(); conns <- c }()
	if err := o.Deliver(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	c := <-conns
	io.ReadFull(c, make([]byte, 3))
	c.Close()
	l.Close()
	o.link.done.Wait() // it notices
	two := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("two")...)}
	if err := o.Deliver(t.Context(), two); !errors.Is(err, plugin.ErrRetry) {
		t.Fatalf("Deliver without a receiver = %v, want ErrRetry", err)
	}
	got := accept(listen(t, "tcp", address))
	if err := o.Deliver(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	o.Stop()
	if g := <-got; g != "two" {
		t.Errorf("%q arrived after the restart, want two", g)
	}
}

// stuck accepts and never reads.
func stuck(t *testing.T) (address string) {
	l := listen(t, "tcp", "127.0.0.1:0")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().String()
}

// TestPeerThatNeverReads: neither a stop nor the queue behind waits for it.
func TestPeerThatNeverReads(t *testing.T) {
	ca := tlstest.New(t, "ca")
	certFile, keyFile := ca.Issue(t, tlstest.Leaf{})
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	big := []message.Selection{*plugintest.Select(nil, sized(bytesOf(500, 60_000)...)...)}
	for _, secret := range []bool{false, true} {
		cfg := OutputConfig{Address: stuck(t), UseTLS: secret}
		if secret {
			cfg.TLS.RootCAFile = ca.File(t)
			l := listen(t, "tcp", "127.0.0.1:0")
			cfg.Address = l.Addr().String()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					t.Cleanup(func() { c.Close() })
					go tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}}).Handshake()
				}
			}()
		}
		t.Run(fmt.Sprint("stop, TLS ", secret), func(t *testing.T) {
			o := output(t, cfg, asIs{}, true)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := o.Deliver(ctx, big); !errors.Is(err, plugin.ErrRetry) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Deliver = %v, want ErrRetry and the context's error", err)
			}
		})
		t.Run(fmt.Sprint("write_timeout, TLS ", secret), func(t *testing.T) {
			slow := cfg
			slow.WriteTimeout = 50 * time.Millisecond
			o := output(t, slow, asIs{}, true)
			if err := o.Deliver(t.Context(), big); !errors.Is(err, plugin.ErrRetry) || !strings.Contains(err.Error(), "took nothing for write_timeout") {
				t.Errorf("Deliver = %v, want ErrRetry and write_timeout", err)
			}
			if o.link != nil {
				t.Error("the connection is kept")
			}
		})
	}
}

// slowConn takes a few bytes within each deadline, and in the end none.
type slowConn struct {
	bufConn
	left int
}

func (c *slowConn) Write(b []byte) (int, error) {
	n := min(7, len(b), c.left)
	c.left -= n
	c.bufConn.Write(b[:n])
	if n == len(b) {
		return n, nil
	}
	return n, os.ErrDeadlineExceeded
}

// TestSlowPeer: a peer that takes a little now and then is waited for.
func TestSlowPeer(t *testing.T) {
	in := plugintest.Select(func(i int) bool { return i != 1 }, sized(2000, 10, 30, 3000)...)
	want := frames(in)
	for _, takes := range []int{len(want), len(want) - 100} {
		var got bytes.Buffer
		var w writer
		n, err := w.write(t.Context(), &slowConn{bufConn{&got}, takes}, time.Hour, plugin.NewEncoding(asIs{}, true, 1<<20), []message.Selection{*in})
		if got.String() != want[:takes] || n != int64(takes) || (err == nil) != (takes == len(want)) {
			t.Errorf("a peer that takes %d of %d bytes: %d written, %v", takes, len(want), n, err)
		}
	}
}

func TestReconnectAfter(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0")
	o := output(t, OutputConfig{Address: l.Addr().String(), ReconnectAfter: 2}, payloads{}, false)
	first := accept(l)
	for _, s := range []string{"a", "b"} {
		if err := o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads(s)...)}); err != nil {
			t.Fatal(err)
		}
	}
	if g := <-first; g != "ab" {
		t.Errorf("first connection got %q, want ab", g)
	}
	second := accept(l)
	o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads("c")...)})
	o.Stop()
	if g := <-second; g != "c" {
		t.Errorf("second connection got %q, want c", g)
	}
}

func TestUnixAndLocalAddress(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	got := accept(listen(t, "unix", name))
	o := output(t, OutputConfig{Net: "unix", Address: name}, payloads{}, false)
	o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads("x")...)})
	o.Stop()
	if g := <-got; g != "x" {
		t.Errorf("unix socket got %q, want x", g)
	}
	l := listen(t, "tcp", "127.0.0.1:0")
	from := make(chan string, 1)
	go func() { c, _ := l.Accept(); from <- c.RemoteAddr().String(); c.Close() }()
	o = output(t, OutputConfig{Address: l.Addr().String(), LocalAddress: "127.0.0.2"}, payloads{}, false)
	if err := o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads("x")...)}); err != nil {
		t.Fatal(err)
	}
	if a := <-from; !strings.HasPrefix(a, "127.0.0.2:") {
		t.Errorf("sent from %s, want 127.0.0.2", a)
	}
}

func TestOutputValidate(t *testing.T) {
	for _, tt := range []struct {
		cfg  OutputConfig
		want string
	}{
		{OutputConfig{Net: "tcp", Address: "localhost:9125"}, ""},
		{OutputConfig{Net: "tcp", Address: "localhost"}, "address: "},
		{OutputConfig{Net: "tcp", Address: "h:1", LocalAddress: "10.0.0.1"}, ""},
		{OutputConfig{Net: "tcp", Address: "h:1", LocalAddress: "[::1]:40"}, ""},
		{OutputConfig{Net: "tcp", Address: "h:1", LocalAddress: ":40"}, ""},
		{OutputConfig{Net: "tcp", Address: "h:1", LocalAddress: "eth0"}, "local_address: "},
		{OutputConfig{Net: "unix", Address: "/s", LocalAddress: "10.0.0.1"}, "local_address: "},
		{OutputConfig{Net: "tcp", Address: "h:1", ReconnectAfter: -1}, "reconnect_after: "},
	} {
		if err := tt.cfg.Validate(); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%+v: error %v, want %q", tt.cfg, err, tt.want)
		}
	}
}

func TestTLSThroughBoth(t *testing.T) {
	ca := tlstest.New(t, "ca")
	in := InputConfig{Net: "tcp", Address: "127.0.0.1:0", UseTLS: true}
	in.TLS.CertFile, in.TLS.KeyFile = ca.Issue(t, tlstest.Leaf{})
	in.TLS.ClientAuth, in.TLS.ClientCAFile = "RequireAndVerifyClientCert", ca.File(t)
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, address, _ := start(t, in, testEnv(), host)
	cfg := OutputConfig{Address: address, UseTLS: true}
	cfg.TLS.RootCAFile = ca.File(t)
	cfg.TLS.CertFile, cfg.TLS.KeyFile = ca.Issue(t, tlstest.Leaf{Client: true})
	o := output(t, cfg, payloads{}, false)
	var texts []string
	for i := range 2000 {
		texts = append(texts, fmt.Sprintf("%d %s\n", i, strings.Repeat("x", i)))
	}
	if err := o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads(texts...)...)}); err != nil {
		t.Fatal(err)
	}
	for i, r := range host.Wait(t, 2000) {
		if r.Data != texts[i] {
			t.Fatalf("record %d = %.20q, want %.20q", i, r.Data, texts[i])
		}
	}
	cfg.TLS.ServerName = "elsewhere.test"
	o = output(t, cfg, payloads{}, false)
	err := o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads("x")...)})
	if !errors.Is(err, plugin.ErrRetry) || !strings.Contains(err.Error(), "TLS handshake with") || !strings.Contains(err.Error(), "elsewhere.test") {
		t.Errorf("Deliver to a server with the wrong name = %v", err)
	}
}

// FuzzWriter: what is written is what was selected, in order.
func FuzzWriter(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 201, 0, 0, 255})
	f.Fuzz(func(t *testing.T, shape []byte) {
		if len(shape) == 0 || len(shape) > 300 {
			return
		}
		var sizes []int
		for _, c := range shape {
			sizes = append(sizes, int(c)*int(c)/4)
		}
		s := plugintest.Select(func(i int) bool { return shape[i]%3 != 0 }, sized(sizes...)...)
		var got bytes.Buffer
		var w writer
		n, err := w.write(t.Context(), bufConn{&got}, 0, plugin.NewEncoding(asIs{}, true, 1<<20), []message.Selection{*s, *s})
		if want := frames(s) + frames(s); err != nil || got.String() != want || n != int64(len(want)) {
			t.Fatalf("wrote %d of %d bytes, %v", n, len(want), err)
		}
	})
}

type bufConn struct{ *bytes.Buffer }

func (bufConn) LocalAddr() net.Addr              { return nil }
func (bufConn) RemoteAddr() net.Addr             { return nil }
func (bufConn) Close() error                     { return nil }
func (bufConn) SetDeadline(time.Time) error      { return nil }
func (bufConn) SetReadDeadline(time.Time) error  { return nil }
func (bufConn) SetWriteDeadline(time.Time) error { return nil }
