package tcp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/tlsx/tlstest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func testEnv() plugin.Env {
	return plugin.Env{Name: "tcp_in", Log: slog.New(slog.DiscardHandler), Hostname: "here", MaxMessageSize: 64 << 10, Clock: clock.Real{}}
}

// start runs an input until the test ends, and returns it with its address.
func start(t *testing.T, cfg InputConfig, env plugin.Env, host plugin.Host) (in *Input, address string, stop func()) {
	t.Helper()
	p, err := newInput(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	in = p.(*Input)
	bound := make(chan net.Addr, 1)
	in.bound = func(a net.Addr) { bound <- a }
	address, stop = plugintest.Listen(t, in, host, bound)
	return in, address, stop
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func ended(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(plugintest.Timeout))
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("connection is still open: read %d, %v", n, err)
	}
}

func TestRecordsComeIn(t *testing.T) {
	for _, network := range []string{"tcp", "tcp4", "unix"} {
		t.Run(network, func(t *testing.T) {
			host := &plugintest.Host{Splitter: plugintest.Lines{}}
			cfg := InputConfig{Net: network, Address: "127.0.0.1:0"}
			if network == "unix" {
				cfg.Address = filepath.Join(t.TempDir(), "s")
			}
			_, address, stop := start(t, cfg, testEnv(), host)
			c := dial(t, network, address)
			for i, s := range []string{"on", "e\ntwo", "\n", "three\nrest"} {
				io.WriteString(c, s)
				host.Wait(t, []int{0, 1, 2, 3}[i])
			}
			c.Close()
			stop()
			got := host.Records()
			if len(got) != 3 || got[0].Data != "one\n" || got[1].Data != "two\n" || got[2].Data != "three\n" {
				t.Fatalf("records %+v", got)
			}
			if host.Dropped() != 1 {
				t.Errorf("dropped %d unfinished records, want 1", host.Dropped())
			}
			want := message.Header{Type: "tcp_in", Logger: "tcp_in", Severity: 7, Hostname: "here"}
			if network != "unix" {
				want.Hostname = c.LocalAddr().String()
			}
			if got[0].Header != want {
				t.Errorf("header %+v, want %+v", got[0].Header, want)
			}
			for _, s := range host.Streams() {
				if !s.Closed() {
					t.Error("stream was not closed")
				}
			}
		})
	}
}

// whole is a splitter that takes what a read brings, as NullSplitter does.
type whole struct{}

func (whole) Split(b []byte, _ bool) (int, int, int) { return 0, len(b), len(b) }

// TestTheFirstWriteStaysWhole: looking for a question at the head of a connection
// cuts nothing off the first record, where a record is what one read brings.
func TestTheFirstWriteStaysWhole(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		for _, text := range []string{"abc", "a", "\x1e", "\x1eabc", "\x1e\x01\x08\x1frest", strings.Repeat("long ", 500)} {
			host := &plugintest.Host{Splitter: whole{}}
			cfg := InputConfig{Net: network, Address: "127.0.0.1:0"}
			if network == "unix" {
				cfg.Address = filepath.Join(t.TempDir(), "s")
			}
			_, address, _ := start(t, cfg, testEnv(), host)
			c := dial(t, network, address)
			io.WriteString(c, text)
			c.Close()
			if got := host.Wait(t, 1); got[0].Data != text {
				t.Errorf("%s: wrote %q, the first record is %q", network, text, got[0].Data)
			}
		}
	}
}

func TestEachConnectionHasAStream(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, testEnv(), host)
	a, b := dial(t, "tcp", address), dial(t, "tcp", address)
	io.WriteString(a, "a1")
	io.WriteString(b, "b1\n")
	host.Wait(t, 1)
	io.WriteString(a, "\n")
	got := host.Wait(t, 2)
	if got[0].Data != "b1\n" || got[1].Data != "a1\n" || got[0].Stream == got[1].Stream {
		t.Errorf("records %+v", got)
	}
}

func TestStopDeliversWholeRecords(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, address, stop := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, testEnv(), host)
	c := dial(t, "tcp", address)
	io.WriteString(c, "whole\npart")
	host.Wait(t, 1)
	stop()
	ended(t, c)
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("still listening after Run returned")
	}
}

func TestMaxConnections(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	in, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0", MaxConnections: 1}, testEnv(), host)
	a := dial(t, "tcp", address)
	io.WriteString(a, "a\n")
	host.Wait(t, 1)
	ended(t, dial(t, "tcp", address))
	if n := in.refused.Load(); n != 1 {
		t.Errorf("refused %d, want 1", n)
	}
	io.WriteString(a, "still here\n")
	host.Wait(t, 2)
}

func TestReadTimeoutEndsOnlyUnfinishedRecords(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	sim := clock.NewSim(time.Unix(1e9, 0))
	env := testEnv()
	env.Clock = sim
	in, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0", ReadTimeout: time.Minute}, env, host)
	quiet, drip := dial(t, "tcp", address), dial(t, "tcp", address)
	io.WriteString(quiet, "whole\n")
	host.Wait(t, 1)
	io.WriteString(drip, "whole\nunfin")
	host.Wait(t, 2)
	turn := func(n int) {
		for range n {
			for sim.Waiting() == 0 {
				time.Sleep(time.Millisecond)
			}
			sim.Advance(15 * time.Second)
		}
		for sim.Waiting() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	turn(3)
	io.WriteString(drip, "ished") // dribbling does not help
	if n := in.late.Load(); n != 0 {
		t.Fatalf("cut %d connections after 45 s of 60 s", n)
	}
	turn(2)
	ended(t, drip)
	io.WriteString(quiet, "still here\n")
	host.Wait(t, 3)
	if n := in.late.Load(); n != 1 {
		t.Errorf("cut %d connections, want 1", n)
	}
}

// patient is a host whose splitter waits for the next record.
type patient struct{ *plugintest.Host }

type patientStream struct{ plugin.Stream }

func (patientStream) Unfinished() bool { return false }

func (h patient) Open(o plugin.StreamOptions) (plugin.Stream, error) {
	s, err := h.Host.Open(o)
	return patientStream{s}, err
}

func TestReadTimeoutSparesSplittersThatWait(t *testing.T) {
	host := patient{&plugintest.Host{Splitter: plugintest.Lines{}}}
	sim := clock.NewSim(time.Unix(1e9, 0))
	env := testEnv()
	env.Clock = sim
	in, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0", ReadTimeout: time.Minute}, env, host)
	c := dial(t, "tcp", address)
	io.WriteString(c, "whole\nlast")
	host.Wait(t, 1)
	for range 10 {
		for sim.Waiting() == 0 {
			time.Sleep(time.Millisecond)
		}
		sim.Advance(15 * time.Second)
	}
	io.WriteString(c, " one\n")
	if got := host.Wait(t, 2); got[1].Data != "last one\n" || in.late.Load() != 0 {
		t.Errorf("got %q, cut %d connections", got[1].Data, in.late.Load())
	}
}

func TestHostThatStops(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, testEnv(), host)
	c := dial(t, "tcp", address)
	io.WriteString(c, "a\n")
	host.Wait(t, 1)
	host.Stop()
	io.WriteString(c, "b\n")
	ended(t, c)
}

func TestStaleSocketFileIsReplaced(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := newInput(InputConfig{Net: "unix", Address: name}, testEnv())
	if err := p.Run(t.Context(), &plugintest.Host{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("Run beside a live listener = %v, want a complaint that it is in use", err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, address, _ := start(t, InputConfig{Net: "unix", Address: name}, testEnv(), host)
	io.WriteString(dial(t, "unix", address), "a\n")
	host.Wait(t, 1)
}

func TestInputValidate(t *testing.T) {
	for _, tt := range []struct {
		cfg  InputConfig
		want string
	}{
		{InputConfig{Net: "tcp", Address: "127.0.0.1:5565"}, ""},
		{InputConfig{Net: "tcp", Address: ":5565"}, ""},
		{InputConfig{Net: "unix", Address: "/run/heka.sock"}, ""},
		{InputConfig{Net: "tcp", Address: ""}, "address: "},
		{InputConfig{Net: "tcp", Address: "127.0.0.1"}, "address: "},
		{InputConfig{Net: "tcp", Address: "127.0.0.1:hekka"}, "address: "},
		{InputConfig{Net: "unix", Address: strings.Repeat("x", 200)}, "address: "},
		{InputConfig{Net: "tcp", Address: ":1", MaxConnections: -1}, "max_connections: "},
		{InputConfig{Net: "tcp", Address: ":1", UseTLS: true}, "tls.cert_file: "},
	} {
		if err := tt.cfg.Validate(); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%+v: error %v, want %q", tt.cfg, err, tt.want)
		}
	}
}

func TestTLS(t *testing.T) {
	ca := tlstest.New(t, "ca")
	cfg := InputConfig{Net: "tcp", Address: "127.0.0.1:0", UseTLS: true}
	cfg.TLS.CertFile, cfg.TLS.KeyFile = ca.Issue(t, tlstest.Leaf{})
	cfg.TLS.ClientAuth, cfg.TLS.ClientCAFile = "RequireAndVerifyClientCert", ca.File(t)
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	in, address, stop := start(t, cfg, testEnv(), host)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Cert)
	certFile, keyFile := ca.Issue(t, tlstest.Leaf{Client: true})
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	big := strings.Repeat("x", 200_000) + "\n"
	for i, s := range []string{"a\n", "b", "\n", big, "c\n"} {
		io.WriteString(c, s)
		host.Wait(t, []int{1, 1, 2, 3, 4}[i])
	}
	if got := host.Records(); got[2].Data != big || got[3].Data != "c\n" || got[0].Header.Hostname != c.LocalAddr().String() {
		t.Errorf("records came in wrong")
	}
	bad, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots})
	if err == nil { // TLS 1.3 clients hear of it with the first read
		ended(t, bad)
	}
	plain := dial(t, "tcp", address)
	io.WriteString(plain, "plain text\n\n\n")
	closed(t, plain)
	for limit := time.Now().Add(20 * time.Second); in.handshakes.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%d handshakes failed, want 2", in.handshakes.Load())
		}
	}
	stop()
}

// closed reads to the end: a TLS server may send an alert first.
func closed(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(plugintest.Timeout))
	if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("connection is still open: %v", err)
	}
}

// TestQuietConnections: each of many idle connections costs little memory.
func TestManyConnections(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}, Space: 4096}
	_, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, testEnv(), host)
	var conns []net.Conn
	for i := range 200 {
		c := dial(t, "tcp", address)
		fmt.Fprintf(c, "%d\n", i)
		conns = append(conns, c)
	}
	host.Wait(t, 200)
	for _, c := range conns {
		io.WriteString(c, "again\n")
	}
	host.Wait(t, 400)
}

func TestReport(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	in, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, testEnv(), host)
	io.WriteString(dial(t, "tcp", address), "abc\n")
	host.Wait(t, 1)
	var r plugin.Report
	in.Report(&r)
	got := map[string]any{}
	for _, m := range r.Metrics {
		got[m.Name] = m.Value
	}
	if got["Connections"] != int64(1) || got["ConnectionsAccepted"] != int64(1) || got["BytesReceived"] != int64(4) {
		t.Errorf("report %v", got)
	}
}
