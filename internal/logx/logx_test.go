package logx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRepeatedLinesAreFolded(t *testing.T) {
	var out bytes.Buffer
	h := New(&out, slog.LevelInfo, false)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log := func(h slog.Handler, at time.Duration, msg string, args ...any) {
		r := slog.NewRecord(now.Add(at), slog.LevelWarn, msg, 0)
		r.Add(args...)
		h.Handle(context.Background(), r)
	}
	log(h, 0, "down", "err", "x")
	log(h, time.Second, "down", "err", "x")
	log(h, 2*time.Second, "down", "err", "x", "times", 5)
	log(h, 2*time.Second, "down", "err", "y")
	log(h.WithAttrs([]slog.Attr{slog.String("plugin", "p")}), 3*time.Second, "down", "err", "x")
	log(h, 61*time.Second, "down", "err", "x")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4:\n%s", len(lines), out.String())
	}
	if !strings.Contains(lines[3], "repeated=2") {
		t.Errorf("last line %q does not tell of the two that were folded", lines[3])
	}
}

// TestLinesOfManyPeersAreFolded: a thousand connections from a thousand ports
// that end the same way are one line.
func TestLinesOfManyPeersAreFolded(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(New(&out, slog.LevelInfo, false))
	for port := range 1000 {
		peer := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1024 + port}
		log.Warn("TLS handshake failed", "peer", peer.String(), "error", errors.New("no certificate"))
		log.Warn("connection lost", "peer", peer.String(), "error", &net.OpError{Op: "read", Net: "tcp", Addr: peer, Err: syscall.ECONNRESET})
	}
	log.Warn("connection lost", "peer", "x", "error", &net.OpError{Op: "read", Net: "tcp", Err: syscall.EPIPE})
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("%d lines, want 3:\n%s", n, out.String())
	}
}

func TestManyDifferentLinesStayBounded(t *testing.T) {
	h := New(&bytes.Buffer{}, slog.LevelInfo, true).(*folder)
	for i := range 10 * maxLines {
		h.state.judge(fmt.Sprint(i), time.Unix(int64(i), 0))
	}
	if n := len(h.state.seen); n > maxLines {
		t.Errorf("%d lines remembered, want at most %d", n, maxLines)
	}
}

func TestParseLevel(t *testing.T) {
	for _, s := range []string{"", "debug", "info", "warn", "error"} {
		if _, err := ParseLevel(s); err != nil {
			t.Errorf("ParseLevel(%q) = %v", s, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("ParseLevel(loud) is accepted")
	}
}
