package plugintest

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"

	"github.com/heka-project/heka/plugin"
)

// Lines is a splitter of lines, whose ends belong to them.
type Lines struct{}

// Split implements plugin.Splitter.
func (Lines) Split(b []byte, _ bool) (int, int, int) {
	n := bytes.IndexByte(b, '\n') + 1
	return 0, n, n
}

// Listen runs an input until stop is called or the test ends. It returns what the input
// tells by bound once it listens.
func Listen(t testing.TB, in plugin.Input, host plugin.Host, bound <-chan net.Addr) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, host) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run = %v", err)
			}
		})
	}
	t.Cleanup(stop)
	select {
	case a := <-bound:
		return a.String(), stop
	case err := <-done:
		done <- err
		t.Fatal(err)
	}
	return "", nil
}
