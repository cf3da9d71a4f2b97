package blackbox

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestWhatIsAnsweredWith200IsNotLost: many clients post lines by HTTP while the
// daemon is killed again and again. What was answered with 200 is in the output.
func TestWhatIsAnsweredWith200IsNotLost(t *testing.T) {
	for _, kind := range []struct{ name, route, input string }{
		{"memory", "", ""},
		{"buffered", "use_buffering = true\n", ""},
		{"durable", "", "durable = true\n"},
	} {
		t.Run(kind.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			rng := rand.New(rand.NewPCG(seed, 0))
			t.Logf("seed %d", seed)
			dir, address := t.TempDir(), fmt.Sprintf("127.0.0.1:%d", FreePort(t))
			out := filepath.Join(dir, "out")
			config := fmt.Sprintf("[in]\ntype = \"HttpListenInput\"\naddress = %q\nsplitter = \"TokenSplitter\"\n%s[TokenSplitter]\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n%s",
				address, kind.input, out, kind.route)
			var mu sync.Mutex
			var safe []string
			var next, refused atomic.Int64
			var end atomic.Bool
			var senders sync.WaitGroup
			client := &http.Client{Timeout: 20 * time.Second}
			for range 8 {
				senders.Go(func() {
					for !end.Load() {
						var lines []string
						for range 50 {
							lines = append(lines, fmt.Sprintf("line %d", next.Add(1)))
						}
						r, err := client.Post("http://"+address, "text/plain", strings.NewReader(strings.Join(lines, "\n")))
						if err != nil {
							time.Sleep(5 * time.Millisecond) // it is down for the moment
							continue
						}
						io.Copy(io.Discard, r.Body)
						r.Body.Close()
						if r.StatusCode != 200 {
							refused.Add(1)
							continue
						}
						mu.Lock()
						safe = append(safe, lines...)
						mu.Unlock()
					}
				})
			}
			n := kills(t)/4 + 1
			for range n {
				d := Start(t, dir, "journal_sync = \"50ms\"", config)
				d.Until("a delivery", func() bool { return d.Metric("outputs", "file", "ProcessMessageCount") > 0 })
				time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond) // the moment of the kill is random
				d.Kill()
			}
			end.Store(true)
			senders.Wait()
			d := Start(t, dir, "journal_sync = \"50ms\"", config)
			seen := map[string]bool{}
			lost := func() int {
				seen, _ = readLines(t, out)
				n := 0
				for _, l := range safe {
					if !seen[l] {
						n++
					}
				}
				return n
			}
			d.Until("all lines that were answered with 200", func() bool { return lost() == 0 })
			d.Stop()
			if len(safe) == 0 {
				t.Error("nothing was answered with 200")
			}
			t.Logf("%d kills, %d lines answered with 200, 0 lost, %d requests refused", n, len(safe), refused.Load())
		})
	}
}

// TestHTTPFromHekadToHekad: a log goes by HTTP from one hekad to another, which is
// killed again and again. Every line arrives.
func TestHTTPFromHekadToHekad(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	dir, address := t.TempDir(), fmt.Sprintf("127.0.0.1:%d", FreePort(t))
	out := filepath.Join(dir, "out")
	for _, sub := range []string{"logs", "sender", "receiver"} {
		os.Mkdir(filepath.Join(dir, sub), 0o700)
	}
	sending := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log'\n[PayloadEncoder]\n[web]\ntype = \"HttpOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\naddress = \"http://%s/\"\nbatch_count = 100\ncompression = \"gzip\"\nconcurrency = 3\n[web.retries]\ndelay = \"5ms\"\nmax_delay = \"50ms\"\nmax_jitter = \"5ms\"\n",
		filepath.Join(dir, "logs"), address)
	receiving := fmt.Sprintf("[in]\ntype = \"HttpListenInput\"\naddress = %q\nsplitter = \"TokenSplitter\"\n[TokenSplitter]\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n", address, out)
	w := newWriter(t, filepath.Join(dir, "logs"))
	s := Start(t, filepath.Join(dir, "sender"), "", sending)
	n := kills(t)/4 + 1
	for range n {
		d := Start(t, filepath.Join(dir, "receiver"), "", receiving)
		w.write(1000 + rng.IntN(2000))
		d.Until("a delivery", func() bool { return d.Metric("outputs", "file", "ProcessMessageCount") > 0 })
		time.Sleep(time.Duration(rng.IntN(40)) * time.Millisecond) // the moment of the kill is random
		d.Kill()
	}
	d := Start(t, filepath.Join(dir, "receiver"), "", receiving)
	seen, dup := map[string]bool{}, 0
	d.Until("all lines", func() bool {
		seen, dup = readLines(t, out)
		return len(seen) >= w.n
	})
	s.Stop()
	d.Stop()
	for i := range w.n {
		if !seen[w.line(i)] {
			t.Fatalf("line %d is lost", i)
		}
	}
	t.Logf("%d kills, %d lines, 0 lost, %d twice", n, w.n, dup)
}
