package udp

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// TestSocketsGoOver: what is sent between the end of one input and the beginning of the
// next waits in the socket, also when others were tried in vain.
func TestSocketsGoOver(t *testing.T) {
	for _, readers := range []int{1, 3} {
		cfg := InputConfig{Net: "udp", Address: "127.0.0.1:0", Readers: readers}
		host := &plugintest.Host{Splitter: plugintest.Lines{}}
		in, address, stop := startInput(t, cfg, testEnv(), host)
		c := dial(t, "udp", address)
		say := func(i int) { fmt.Fprintf(c, "%d\n", i) }
		say(0)
		host.Wait(t, 1)
		for i := 1; i <= 10; i++ {
			p, _ := newInput(cfg, testEnv())
			refused := p.(*Input)
			refused.Inherit([]plugin.Input{in})
			if err := refused.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
			refused.Stop()
			p, _ = newInput(cfg, testEnv())
			next := p.(*Input)
			next.Inherit([]plugin.Input{in})
			if err := next.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
			stop()
			say(2*i - 1) // nobody reads at this moment
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			bound := make(chan net.Addr, 1)
			next.bound = func(a net.Addr) { bound <- a }
			go func() { done <- next.Run(ctx, host) }()
			if a := (<-bound).String(); a != address {
				t.Errorf("it listens on %s, want %s", a, address)
			}
			say(2 * i)
			host.Wait(t, 2*i+1)
			in, stop = next, func() {
				cancel()
				if err := <-done; err != nil {
					t.Errorf("Run = %v", err)
				}
			}
		}
		stop()
		if c, err := net.ListenPacket("udp", address); err != nil {
			t.Errorf("the socket is open after the last Stop: %v", err)
		} else {
			c.Close()
		}
	}
}
