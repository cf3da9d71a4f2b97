package blackbox

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKillLosesNothing: lines are appended to a log file that rotates while the
// daemon, which follows it and writes what it reads to another file, is killed
// again and again. Every line arrives at least once.
func TestKillLosesNothing(t *testing.T) {
	for _, kind := range []struct{ name, globals, route, input string }{
		{"memory", "", "", ""},
		{"buffered", "journal_sync = \"50ms\"", "use_buffering = true\n", ""},
		{"durable", "journal_sync = \"50ms\"", "", "durable = true\n"},
	} {
		t.Run(kind.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			rng := rand.New(rand.NewPCG(seed, 0))
			t.Logf("seed %d", seed)
			dir := t.TempDir()
			logs := filepath.Join(dir, "logs")
			os.Mkdir(logs, 0o700)
			out := filepath.Join(dir, "out")
			config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log\\.?(?P<Seq>\\d*)'\npriority = [\"^Seq\"]\n%s[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n%s",
				logs, kind.input, out, kind.route)
			w := newWriter(t, logs)
			n := kills(t)
			slowest := time.Duration(0)
			for i := range n {
				d := Start(t, dir, kind.globals, config)
				w.write(2000 + rng.IntN(3000))
				if i%5 == 4 {
					w.rotate()
				}
				began := time.Now()
				d.Until("a delivery", func() bool { return d.Metric("outputs", "file", "ProcessMessageCount") > 0 })
				slowest = max(slowest, time.Since(began))
				time.Sleep(time.Duration(rng.IntN(40)) * time.Millisecond) // the moment of the kill is random
				d.Kill()
			}
			d := Start(t, dir, kind.globals, config)
			seen, dup := map[string]bool{}, 0
			d.Until("all lines", func() bool {
				seen, dup = readLines(t, out)
				return len(seen) >= w.n
			})
			d.Stop()
			for i := range w.n {
				if !seen[w.line(i)] {
					t.Fatalf("line %d is lost", i)
				}
			}
			t.Logf("%d kills, %d lines, 0 lost, %d twice, first delivery after at most %v", n, w.n, dup, slowest)
		})
	}
}

// writer appends numbered lines to a log file and rotates it.
type writer struct {
	t   testing.TB
	dir string
	f   *os.File
	n   int // lines so far
}

func newWriter(t testing.TB, dir string) *writer {
	w := &writer{t: t, dir: dir}
	w.open()
	t.Cleanup(func() { w.f.Close() })
	return w
}

func (w *writer) open() {
	f, err := os.OpenFile(filepath.Join(w.dir, "app.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	w.f = f
}

func (w *writer) line(i int) string { return fmt.Sprintf("line %08d of the log", i) }

func (w *writer) write(n int) {
	var b strings.Builder
	for range n {
		b.WriteString(w.line(w.n) + "\n")
		w.n++
	}
	if _, err := w.f.WriteString(b.String()); err != nil {
		w.t.Fatal(err)
	}
}

// rotate renames app.log to app.log.1, and so on.
func (w *writer) rotate() {
	w.f.Close()
	name := filepath.Join(w.dir, "app.log")
	last := 0
	for {
		if _, err := os.Stat(fmt.Sprintf("%s.%d", name, last+1)); err != nil {
			break
		}
		last++
	}
	for ; last > 0; last-- {
		os.Rename(fmt.Sprintf("%s.%d", name, last), fmt.Sprintf("%s.%d", name, last+1))
	}
	os.Rename(name, name+".1")
	w.open()
}

// readLines returns the lines of a file and how many came more than once.
func readLines(t testing.TB, path string) (map[string]bool, int) {
	seen, dup := map[string]bool{}, 0
	f, err := os.Open(path)
	if err != nil {
		return seen, 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if seen[s.Text()] {
			dup++
		}
		seen[s.Text()] = true
	}
	return seen, dup
}

// missing tells which lines were not seen, as ranges.
func (w *writer) missing(seen map[string]bool) string {
	var list []string
	for i := 0; i < w.n; i++ {
		from := i
		for i < w.n && !seen[w.line(i)] {
			i++
		}
		if i > from {
			list = append(list, fmt.Sprintf("%d-%d", from, i-1))
		}
		if len(list) == 10 {
			break
		}
	}
	return strings.Join(list, ", ")
}
