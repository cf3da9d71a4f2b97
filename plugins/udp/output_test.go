package udp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func mustAddr(t *testing.T, s string) netip.AddrPort {
	t.Helper()
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// payloads writes payloads and fails on "bad".
type payloads struct{}

func (payloads) Encode(dst []byte, v *message.View) ([]byte, error) {
	if v.Payload() == "bad" {
		return dst, errors.New("bad payload")
	}
	return append(dst, v.Payload()...), nil
}

func output(t testing.TB, cfg OutputConfig) *Output {
	t.Helper()
	if cfg.Net == "" {
		cfg.Net = "udp"
	}
	if cfg.MaxMessageSize == 0 {
		cfg.MaxMessageSize = 65507
	}
	env := testEnv()
	env.Encoding = plugin.NewEncoding(payloads{}, false, 64<<10)
	p, err := newOutput(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	o := p.(*Output)
	t.Cleanup(func() { o.Stop() })
	return o
}

func receive(t *testing.T, c net.PacketConn) string {
	t.Helper()
	b := make([]byte, 1<<17)
	c.SetReadDeadline(time.Now().Add(plugintest.Timeout))
	n, _, err := c.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestMessagesAreDatagrams(t *testing.T) {
	for _, tt := range []struct{ network, address, local string }{
		{"udp", "127.0.0.1:0", ""},
		{"udp4", "127.0.0.1:0", "127.0.0.1:0"},
		{"unixgram", filepath.Join(t.TempDir(), "s"), ""},
		{"unixgram", filepath.Join(t.TempDir(), "s"), filepath.Join(t.TempDir(), "from")},
	} {
		t.Run(tt.network, func(t *testing.T) {
			c, err := net.ListenPacket(tt.network, tt.address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			o := output(t, OutputConfig{Net: tt.network, Address: c.LocalAddr().String(), LocalAddress: tt.local, MaxMessageSize: 1000})
			in := []message.Selection{
				*plugintest.Select(func(i int) bool { return i != 1 }, plugintest.Payloads("one", "not this", "bad", strings.Repeat("x", 1001), strings.Repeat("x", 1000))...),
				*plugintest.Select(nil, plugintest.Payloads("", "two")...),
			}
			if err := o.Deliver(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"one", strings.Repeat("x", 1000), "two"} {
				if got := receive(t, c); got != want {
					t.Errorf("got %.20q, want %.20q", got, want)
				}
			}
			want := `[{2 encode: bad payload} {3 datagram of 1001 bytes is over max_message_size 1000}]`
			if got := fmt.Sprint(in[0].Refused()); got != want {
				t.Errorf("refused %s, want %s", got, want)
			}
			for i := range in {
				if n, _ := in[i].Left(); n != 0 {
					t.Errorf("selection %d has %d messages left", i, n)
				}
			}
			o.Stop()
			if tt.local != "" && tt.network == "unixgram" {
				if _, err := os.Stat(tt.local); err == nil {
					t.Error("local socket file is left behind")
				}
			}
		})
	}
}

func TestManyDatagrams(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.(*net.UDPConn).SetReadBuffer(1 << 20)
	o := output(t, OutputConfig{Address: c.LocalAddr().String()})
	var texts []string
	for i := range 150 {
		texts = append(texts, fmt.Sprint(i))
	}
	if err := o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads(texts...)...)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range texts {
		if got := receive(t, c); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// TestWhatTheSystemRefuses: a datagram that passes our limit and not the
// system's does not hold up the others.
func TestWhatTheSystemRefuses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sizes are Linux's")
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := output(t, OutputConfig{Address: c.LocalAddr().String(), MaxMessageSize: 100_000})
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("one", strings.Repeat("x", 70_000), "two")...)}
	if err := o.Deliver(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if a, b := receive(t, c), receive(t, c); a != "one" || b != "two" {
		t.Errorf("got %q and %q", a, b)
	}
	if r := in[0].Refused(); len(r) != 1 || r[0].Index != 1 || !strings.Contains(r[0].Reason, "70000") {
		t.Errorf("refused %v, want message 1", r)
	}
}

// TestNobodyListens: UDP goes on whatever the peer's machine says; a unix socket
// that is gone is tried again, and what was sent stays sent.
func TestNobodyListens(t *testing.T) {
	c, _ := net.ListenPacket("udp", "127.0.0.1:0")
	address := c.LocalAddr().String()
	c.Close()
	o := output(t, OutputConfig{Address: address})
	for range 20 {
		if err := o.Deliver(t.Context(), []message.Selection{*plugintest.Select(nil, plugintest.Payloads("a", "b")...)}); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "s")
	o = output(t, OutputConfig{Net: "unixgram", Address: name})
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads("a", "b")...)}
	if err := o.Deliver(t.Context(), in); !errors.Is(err, plugin.ErrRetry) {
		t.Fatalf("Deliver to a socket that is not there = %v, want ErrRetry", err)
	}
	if c, err := net.ListenPacket("unixgram", name); err != nil {
		t.Fatal(err)
	} else {
		defer c.Close()
		if err := o.Deliver(t.Context(), in); err != nil || receive(t, c) != "a" || receive(t, c) != "b" {
			t.Errorf("Deliver once it is there = %v", err)
		}
	}
}

// TestReceiverThatDoesNotRead: a unix socket makes its senders wait, but not for
// ever when we are told to stop.
func TestReceiverThatDoesNotRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	c, err := net.ListenPacket("unixgram", name)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := output(t, OutputConfig{Net: "unixgram", Address: name})
	var texts []string
	for i := range 2000 {
		texts = append(texts, fmt.Sprint(i, strings.Repeat("x", 1000)))
	}
	in := []message.Selection{*plugintest.Select(nil, plugintest.Payloads(texts...)...)}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := o.Deliver(ctx, in); !errors.Is(err, plugin.ErrRetry) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Deliver = %v, want ErrRetry and the context's error", err)
	}
	left, _ := in[0].Left()
	done := make(chan error, 1)
	go func() { done <- o.Deliver(t.Context(), in) }()
	for i := range texts { // nothing is lost, nothing comes twice
		if got := receive(t, c); got != texts[i] {
			t.Fatalf("datagram %d = %.10q, want %.10q (%d were left)", i, got, texts[i], left)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOutputValidate(t *testing.T) {
	for _, tt := range []struct {
		cfg  OutputConfig
		want string
	}{
		{OutputConfig{Net: "udp", Address: "h:514", MaxMessageSize: 512}, ""},
		{OutputConfig{Net: "udp", Address: "h", MaxMessageSize: 512}, "address: "},
		{OutputConfig{Net: "udp", Address: "h:514", MaxMessageSize: 511}, "max_message_size: "},
		{OutputConfig{Net: "udp", Address: "h:514", LocalAddress: "here", MaxMessageSize: 512}, "local_address: "},
	} {
		if err := tt.cfg.Validate(); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%+v: error %v, want %q", tt.cfg, err, tt.want)
		}
	}
}
