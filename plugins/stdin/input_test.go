package stdin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) { plugintest.Run(t, "StdinInput", "") }

func start(t *testing.T, cfg Config, host *plugintest.Host, file *os.File) (cancel func(), done chan error) {
	t.Helper()
	p, err := newInput(cfg, plugin.Env{Name: "in", Hostname: "here", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p.(*Input).file = file
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done = make(chan error, 1)
	go func() { done <- p.Run(ctx, host) }()
	return cancel, done
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func TestReadsToTheEndAndStopsOnceAllIsSafe(t *testing.T) {
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	host.Hold()
	r, w := pipe(t)
	_, done := start(t, Config{ExitAtEOF: true}, host, r)
	io.WriteString(w, "one\ntw")
	host.Wait(t, 1)
	io.WriteString(w, "o\nthree")
	w.Close()
	got := host.Wait(t, 3)
	if got[0].Data != "one\n" || got[1].Data != "two\n" || got[2].Data != "three" || got[0].Header.Type != "stdin" || got[0].Header.Logger != "in" {
		t.Errorf("records %+v", got)
	}
	select {
	case err := <-done:
		t.Fatalf("Run = %v before all was safe", err)
	default:
	}
	host.Release()
	if err := <-done; !errors.Is(err, plugin.ErrExit) {
		t.Errorf("Run = %v, want ErrExit", err)
	}
}

func TestRestsAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	text := strings.Repeat("a line of a file\n", 20000)
	os.WriteFile(path, []byte(text), 0o600)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	cancel, done := start(t, Config{}, host, f)
	host.Wait(t, 20000)
	select {
	case err := <-done:
		t.Fatalf("Run = %v at the end of the input", err)
	default:
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStopsWhileItWaits(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a read cannot be called off here")
	}
	before := runtime.NumGoroutine()
	host := &plugintest.Host{Splitter: plugintest.Lines{}}
	r, w := pipe(t)
	cancel, done := start(t, Config{ExitAtEOF: true}, host, r)
	io.WriteString(w, "x\n")
	host.Wait(t, 1)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	plugintest.Settled(t, before)
}

func TestOnlyOneMayRead(t *testing.T) {
	r, _ := pipe(t)
	host := &plugintest.Host{}
	cancel, done := start(t, Config{}, host, r)
	host.Until(t, "the first to run", func() bool { taken.Lock(); defer taken.Unlock(); return taken.by != "" })
	_, second := start(t, Config{}, host, r)
	if err := <-second; err == nil || !strings.Contains(err.Error(), "in reads it already") {
		t.Errorf("Run = %v", err)
	}
	cancel()
	<-done
}
