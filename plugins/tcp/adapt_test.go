package tcp

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// adapt puts other options in force, as a reload does.
func adapt(t *testing.T, in *Input, cfg InputConfig, accept bool) error {
	t.Helper()
	p, err := newInput(cfg, in.env)
	if err != nil {
		t.Fatal(err)
	}
	p.(plugin.Heir).Inherit([]plugin.Input{in})
	commit, cancel, err := in.Adapt(context.Background(), p)
	switch {
	case err != nil:
	case accept:
		commit()
	default:
		cancel()
	}
	return err
}

// TestAdapt: a connection outlives other options, a refusal and even another address.
func TestAdapt(t *testing.T) {
	cfg := InputConfig{Address: "127.0.0.1:0", Net: "tcp", MaxConnections: 10}
	p, err := newInput(cfg, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	in := p.(*Input)
	bound := make(chan net.Addr, 10)
	in.bound = func(a net.Addr) { bound <- a }
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, host) }()
	first := (<-bound).String()
	c, err := net.Dial("tcp", first)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say := func(n int) {
		t.Helper()
		if _, err := c.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
		host.Wait(t, n)
	}
	say(1)

	if err := adapt(t, in, cfg, false); err != nil { // refused elsewhere
		t.Fatal(err)
	}
	say(2)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := cfg
	busy.Address = taken.Addr().String()
	if err := adapt(t, in, busy, true); err == nil || !strings.Contains(err.Error(), "another process has it") {
		t.Errorf("Adapt to a taken address = %v", err)
	}
	say(3)

	cfg.MaxConnections, cfg.ReadTimeout, cfg.KeepAlive = 1, time.Minute, true
	if err := adapt(t, in, cfg, true); err != nil {
		t.Fatal(err)
	}
	if got := (<-bound).String(); got != first {
		t.Errorf("it listens on %s now, want %s as before", got, first)
	}
	say(4)
	over, err := net.Dial("tcp", first)
	if err != nil {
		t.Fatal(err)
	}
	over.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := over.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a connection over the new limit: %v", err)
	}
	over.Close()

	_, port, _ := net.SplitHostPort(first)
	cfg.Address = "127.0.0.2:" + port
	if err := adapt(t, in, cfg, true); err != nil {
		t.Skipf("no second address here: %v", err)
	}
	if got := (<-bound).String(); got != cfg.Address {
		t.Errorf("it listens on %s now, want %s", got, cfg.Address)
	}
	say(5)
	if c, err := net.Dial("tcp", first); err == nil {
		c.Close()
		t.Error("the old address is still listened on")
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
}
