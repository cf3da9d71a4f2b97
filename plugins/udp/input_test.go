package udp

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func testEnv() plugin.Env {
	return plugin.Env{Name: "udp_in", Log: slog.New(slog.DiscardHandler), Hostname: "here", MaxMessageSize: 64 << 10}
}

// startInput runs an input until the test ends, and returns it with its address.
func startInput(t *testing.T, cfg InputConfig, env plugin.Env, host plugin.Host) (in *Input, address string, stop func()) {
	t.Helper()
	if cfg.Net == "" {
		cfg.Net = "udp"
	}
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

func dial(t testing.TB, network, address string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestDatagramsAreRecords(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  InputConfig
	}{
		{"udp", InputConfig{Address: "127.0.0.1:0", Readers: 1}},
		{"udp6", InputConfig{Net: "udp6", Address: "[::1]:0", Readers: 1}},
		{"unixgram", InputConfig{Net: "unixgram", Address: filepath.Join(t.TempDir(), "s")}},
		{"abstract", InputConfig{Net: "unixgram", Address: fmt.Sprintf("@heka-test-%d", os.Getpid())}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "abstract" && runtime.GOOS != "linux" {
				t.Skip("only Linux has abstract sockets")
			}
			if tt.name == "udp6" {
				if c, err := net.ListenPacket("udp6", "[::1]:0"); err != nil {
					t.Skip("no IPv6 here")
				} else {
					c.Close()
				}
			}
			host := &plugintest.Host{}
			network := tt.cfg.Net
			if network == "" {
				network = "udp"
			}
			in, address, stop := startInput(t, tt.cfg, testEnv(), host)
			c := dial(t, network, address)
			big := strings.Repeat("x", 60_000)
			if tt.name == "udp6" || tt.name == "udp" {
				big = big[:9000]
			}
			for i, s := range []string{"one", "two\nlines", big} {
				if _, err := c.Write([]byte(s)); err != nil {
					t.Fatal(err)
				}
				got := host.Wait(t, i+1)
				if got[i].Data != s {
					t.Fatalf("record %d has %d bytes, want %d", i, len(got[i].Data), len(s))
				}
			}
			if want := (message.Header{Type: "udp_in", Logger: "udp_in", Hostname: "here", Severity: 7}); host.Records()[0].Header != want {
				t.Errorf("header %+v, want %+v", host.Records()[0].Header, want)
			}
			stop()
			if in.datagrams.Load() != 3 || in.truncated.Load() != 0 {
				t.Errorf("%d datagrams, %d truncated, want 3 and 0", in.datagrams.Load(), in.truncated.Load())
			}
			if _, err := os.Stat(tt.cfg.Address); err == nil {
				t.Error("the socket file is still there")
			}
		})
	}
}

func TestRecordsNeverSpanDatagrams(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	_, address, _ := startInput(t, InputConfig{Address: "127.0.0.1:0", Readers: 1}, testEnv(), host)
	c := dial(t, "udp", address)
	for _, s := range []string{"a\nb\nc", "d\n", "", "e"} {
		c.Write([]byte(s))
	}
	var got []string
	for _, r := range host.Wait(t, 5) {
		got = append(got, r.Data)
	}
	if s := fmt.Sprintf("%q", got); s != `["a\n" "b\n" "c" "d\n" "e"]` {
		t.Errorf("records %s", s)
	}
}

func TestSetHostname(t *testing.T) {
	host := &plugintest.Host{}
	_, address, _ := startInput(t, InputConfig{Address: "127.0.0.1:0", SetHostname: true}, testEnv(), host)
	for i, from := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.1"} {
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, net.UDPAddrFromAddrPort(mustAddr(t, address)))
		if err != nil {
			t.Skip("only one loopback address here")
		}
		c.Write([]byte("x"))
		if got := host.Wait(t, i+1)[i].Header.Hostname; got != from {
			t.Errorf("Hostname %q, want %q", got, from)
		}
		c.Close()
	}
}

func TestTooLongForARecord(t *testing.T) {
	env := testEnv()
	env.MaxMessageSize = 2000
	host := &plugintest.Host{}
	in, address, _ := startInput(t, InputConfig{Address: "127.0.0.1:0", Readers: 1}, env, host)
	dial(t, "udp", address).Write(make([]byte, 4000))
	if got := len(host.Wait(t, 1)[0].Data); got != 2000+258+1 {
		t.Errorf("stream got %d bytes, want one more than the longest record", got)
	}
	if runtime.GOOS == "linux" && in.truncated.Load() != 1 {
		t.Errorf("%d counted as truncated, want 1", in.truncated.Load())
	}
}

func TestReadersShareAnAddress(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux spreads datagrams")
	}
	host := &plugintest.Host{}
	in, address, _ := startInput(t, InputConfig{Address: "127.0.0.1:0", Readers: 3}, testEnv(), host)
	for range 40 {
		dial(t, "udp", address).Write([]byte("x"))
	}
	host.Wait(t, 40)
	if n := len(host.Streams()); n != 3 {
		t.Errorf("%d streams, want 3", n)
	}
	other, _ := newInput(InputConfig{Net: "udp", Address: address, Readers: 3}, testEnv())
	if err := other.Run(t.Context(), host); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second input at the same address: %v, want that it is in use", err)
	}
	if in.lost() != 0 {
		t.Errorf("%d drops", in.lost())
	}
}

func TestInheritedSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only supported on Linux")
	}
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 2 { // it can be taken over again
		host := &plugintest.Host{}
		_, _, stop := startInput(t, InputConfig{Address: fmt.Sprint("fd:", f.Fd())}, testEnv(), host)
		dial(t, "udp", c.LocalAddr().String()).Write([]byte("x"))
		host.Wait(t, 1)
		stop()
	}
	p, _ := newInput(InputConfig{Net: "udp", Address: "fd:9999"}, testEnv())
	if err := p.Run(t.Context(), &plugintest.Host{}); err == nil || !strings.Contains(err.Error(), "fd:9999") {
		t.Errorf("Run with a descriptor that is not open = %v", err)
	}
}

// stalled is a host whose first stream waits until it may go on.
type stalled struct {
	plugintest.Host
	in, out chan struct{}
}

type stalledStream struct {
	plugin.Stream
	h *stalled
}

func (h *stalled) Open(o plugin.StreamOptions) (plugin.Stream, error) {
	s, err := h.Host.Open(o)
	return &stalledStream{s, h}, err
}

func (s *stalledStream) Write(b []byte) (int, error) {
	if s.h.in != nil {
		close(s.h.in)
		<-s.h.out
		s.h.in = nil
	}
	return s.Stream.Write(b)
}

func TestKernelDropsAreCounted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	host := &stalled{in: make(chan struct{}), out: make(chan struct{})}
	in, address, stop := startInput(t, InputConfig{Address: "127.0.0.1:0", Readers: 1, ReceiveBuffer: 4096}, testEnv(), host)
	c := dial(t, "udp", address)
	c.Write([]byte("first"))
	<-host.in
	const n = 500
	for range n {
		c.Write(make([]byte, 1000))
	}
	drops := in.lost()
	close(host.out)
	if drops == 0 || drops >= n {
		t.Fatalf("%d drops of %d", drops, n)
	}
	host.Wait(t, 1+n-int(drops))
	var r plugin.Report
	in.Report(&r)
	if m := r.Metrics[3]; m.Name != "KernelDrops" || m.Value != drops {
		t.Errorf("reported %v, want %d drops", m, drops)
	}
	stop()
	if in.lost() != drops {
		t.Errorf("%d drops after the end, want %d", in.lost(), drops)
	}
}

func TestInputValidate(t *testing.T) {
	for _, tt := range []struct {
		cfg  InputConfig
		want string
	}{
		{InputConfig{Net: "udp", Address: "127.0.0.1:5514"}, ""},
		{InputConfig{Net: "udp", Address: "fd:3"}, ""},
		{InputConfig{Net: "unixgram", Address: "/dev/log"}, ""},
		{InputConfig{Net: "udp", Address: ""}, "address: "},
		{InputConfig{Net: "udp", Address: "fd:x"}, "address: "},
		{InputConfig{Net: "udp", Address: "fd:"}, "address: "},
		{InputConfig{Net: "udp", Address: "localhost"}, "address: "},
		{InputConfig{Net: "udp", Address: "fd:3", SetHostname: true}, ""},
		{InputConfig{Net: "unixgram", Address: "/dev/log", SetHostname: true}, "set_hostname: "},
		{InputConfig{Net: "udp", Address: ":1", Readers: -1}, "readers: "},
	} {
		if err := tt.cfg.Validate(); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%+v: error %v, want %q", tt.cfg, err, tt.want)
		}
	}
}
