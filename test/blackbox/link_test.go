package blackbox

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTwoDaemonsLoseNothing: one hekad follows a file and sends to another, which
// writes what it gets; one of the two is killed again and again.
func TestTwoDaemonsLoseNothing(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	edge, centre, logs := filepath.Join(dir, "edge"), filepath.Join(dir, "centre"), filepath.Join(dir, "logs")
	for _, d := range []string{edge, centre, logs} {
		os.Mkdir(d, 0o700)
	}
	out := filepath.Join(centre, "out")
	port := FreePort(t)
	startCentre := func() *Daemon {
		return Start(t, centre, "", fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n", port, out))
	}
	startEdge := func() *Daemon {
		return Start(t, edge, "", fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log'\n[up]\ntype = \"TcpOutput\"\nmessage_matcher = \"TRUE\"\naddress = \"127.0.0.1:%d\"\nuse_buffering = false\nacknowledge = \"always\"\n[up.retries]\ndelay = \"10ms\"\nmax_delay = \"50ms\"\nmax_jitter = \"10ms\"\n", logs, port))
	}
	w := newWriter(t, logs)
	c, e := startCentre(), startEdge()
	n := kills(t) / 2
	for i := range n {
		w.write(2000 + rng.IntN(2000))
		time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond) // the moment of the kill is random
		if i%2 == 0 {
			c.Kill()
			c = startCentre()
		} else {
			e.Kill()
			e = startEdge()
		}
	}
	seen, dup := map[string]bool{}, 0
	c.Until("all lines", func() bool {
		seen, dup = readLines(t, out)
		return len(seen) >= w.n
	})
	for i := range w.n {
		if !seen[w.line(i)] {
			t.Fatalf("line %d is lost", i)
		}
	}
	t.Logf("%d kills, %d lines, 0 lost, %d twice", n, w.n, dup)
}
