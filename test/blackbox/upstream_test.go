package blackbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// relay is a daemon that follows a log file and sends it to another through a
// proxy, and writes it to a file of its own beside.
type relay struct {
	edge, centre       string // folders
	logs, here, there  string // what is followed, and the two files
	port               int    // of the centre
	proxy              *Proxy
	edgeConf, farConf  string
	edgeGlob, farGlobs string
}

func newRelay(t testing.TB) *relay {
	dir := t.TempDir()
	r := &relay{edge: filepath.Join(dir, "edge"), centre: filepath.Join(dir, "centre"), logs: filepath.Join(dir, "logs"), port: FreePort(t)}
	for _, d := range []string{r.edge, r.centre, r.logs} {
		os.Mkdir(d, 0o700)
	}
	r.here, r.there = filepath.Join(r.edge, "out"), filepath.Join(r.centre, "out")
	r.proxy = NewProxy(t, r.port)
	r.edgeGlob = "journal_sync = \"50ms\"\nmemory_budget = \"64MiB\""
	r.edgeConf = fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log\\.?(?P<Seq>\\d*)'\npriority = [\"^Seq\"]\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n[up]\ntype = \"TcpOutput\"\nmessage_matcher = \"TRUE\"\naddress = \"127.0.0.1:%d\"\nacknowledge = \"always\"\nqueue_size = \"256KiB\"\n[up.retries]\ndelay = \"50ms\"\nmax_delay = \"500ms\"\nmax_jitter = \"50ms\"\n",
		r.logs, r.here, r.proxy.Port)
	r.farConf = fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n", r.port, r.there)
	return r
}

func (r *relay) startEdge(t testing.TB) *Daemon   { return Start(t, r.edge, r.edgeGlob, r.edgeConf) }
func (r *relay) startCentre(t testing.TB) *Daemon { return Start(t, r.centre, r.farGlobs, r.farConf) }

// all waits until every line that w wrote is in a file, and returns how many came
// more than once.
func all(t testing.TB, d *Daemon, w *writer, path string) int {
	t.Helper()
	seen, dup := map[string]bool{}, 0
	size := int64(-1)
	since, most := time.Now(), -1
	d.Until("all lines in "+filepath.Base(filepath.Dir(path)), func() bool {
		if st, err := os.Stat(path); err == nil && st.Size() != size { // reading is dear where many come twice
			size = st.Size()
			seen, dup = readLines(t, path)
		}
		if len(seen) > most {
			since, most = time.Now(), len(seen)
		}
		if time.Since(since) > 30*time.Second {
			t.Fatalf("%d of %d lines came, and no more for 30 s; missing are %s\nlog:\n%s", len(seen), w.n, w.missing(seen), d.Log())
		}
		return len(seen) >= w.n
	})
	for i := range w.n {
		if !seen[w.line(i)] {
			t.Fatalf("line %d is lost", i)
		}
	}
	return dup
}

// TestSickUpstreams: while the upstream is sick in every way, the output beside
// it gets everything at once, memory keeps its limit and tries are rare; once it
// is well it gets everything too.
func TestSickUpstreams(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Dead, Slow, Flap, Silent, Garbage} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r := newRelay(t)
			c, w := r.startCentre(t), newWriter(t, r.logs)
			e := r.startEdge(t)
			w.write(100)
			all(t, c, w, r.there)
			r.proxy.Set(t, mode)
			tries := r.proxy.Tries()
			began := time.Now()
			lasts := level(1500*time.Millisecond, time.Minute)
			for time.Since(began) < lasts {
				w.write(level(2000, 500))
				time.Sleep(50 * time.Millisecond) // lines come in bursts
			}
			all(t, e, w, r.here)
			e.CheckAccountSoon()
			tries = r.proxy.Tries() - tries
			if rss := e.RSS(); rss > 256<<20 {
				t.Errorf("memory is %d MiB", rss>>20)
			}
			if most := 20 * int(1+lasts/time.Second); tries > most {
				t.Errorf("%d connections in %v: the pauses do not grow", tries, lasts)
			}
			r.proxy.Set(t, Pass)
			e.Until("nothing held", func() bool { return e.Metric("outputs", "up", "HeldMessageCount") == 0 })
			dup := all(t, c, w, r.there)
			e.CheckAccountSoon()
			t.Logf("sick for %v with %d tries: %d lines, 0 lost, %d twice, memory %d MiB", lasts, tries, w.n, dup, e.RSS()>>20)
		})
	}
}

// TestStopWithADeadOutputKeepsWhatIsHeld: SIGTERM under load with an upstream
// that is dead, and one that does not read. The daemon exits in time, and what it
// held is delivered after the restart.
func TestStopWithADeadOutputKeepsWhatIsHeld(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Dead, Silent} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r := newRelay(t)
			r.proxy.Set(t, mode)
			w := newWriter(t, r.logs)
			slowest := time.Duration(0)
			rounds := level(1, 20)
			for range rounds {
				e := r.startEdge(t)
				w.write(20000)
				e.Until("load", func() bool { return e.Metric("outputs", "up", "ReceivedMessageCount") > 1000 })
				took := e.Stop()
				if slowest = max(slowest, took); took > 10*time.Second {
					t.Errorf("the stop took %v, want at most 10 s", took)
				}
			}
			r.proxy.Set(t, Pass)
			c := r.startCentre(t)
			e := r.startEdge(t)
			dup := all(t, c, w, r.there)
			e.CheckAccount()
			t.Logf("%d stops, the slowest took %v: %d lines, 0 lost, %d twice", rounds, slowest, w.n, dup)
		})
	}
}

// TestOverload: far more comes than an output takes. What does not fit is dropped
// and counted, memory, goroutines and descriptors stay flat, and a light route
// beside it is quick.
func TestOverload(t *testing.T) {
	port, light := FreePort(t), FreePort(t)
	late := make(chan time.Duration, 1<<16)
	quick := tcpSink(t, func(c netConn) { latencies(c, late) })
	slow := tcpSink(t, func(c netConn) {
		b := make([]byte, 64<<10)
		for {
			if _, err := c.Read(b); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // 12 MB/s at most, far below what comes
		}
	})
	d := Start(t, t.TempDir(), "memory_budget = \"64MiB\"", fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[few]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[slow]\ntype = \"TcpOutput\"\nmessage_matcher = \"Logger != 'light'\"\naddress = \"127.0.0.1:%d\"\nuse_buffering = false\noverflow = \"drop\"\nqueue_size = \"4MiB\"\nacknowledge = \"never\"\n[quick]\ntype = \"TcpOutput\"\nmessage_matcher = \"Logger == 'light'\"\naddress = \"127.0.0.1:%d\"\nacknowledge = \"never\"\n",
		port, light, slow, quick))
	p := startPour(t, port, 500)
	stop := make(chan struct{})
	go pulses(t, light, stop)
	lasts := level(3*time.Second, time.Minute)
	time.Sleep(lasts / 3)
	rss, fds := d.RSS(), d.Descriptors()
	time.Sleep(lasts - lasts/3)
	rss2, fds2 := d.RSS(), d.Descriptors()
	close(stop)
	sent := p.end()
	d.Until("all read", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == sent })
	d.Until("all dealt with", func() bool { return d.Metric("outputs", "slow", "HeldMessageCount") == 0 })
	d.CheckAccount()
	dropped := d.Metric("outputs", "slow", "DropMessageCount.queue_full")
	if got := d.Metric("outputs", "slow", "ReceivedMessageCount"); got != sent {
		t.Errorf("the slow output was given %d messages, want %d", got, sent)
	}
	p99 := percentile(late, 0.99)
	t.Logf("%v: %d messages, %d dropped and counted, memory %d then %d MiB, descriptors %d then %d, light route p99 %v", lasts, sent, dropped, rss>>20, rss2>>20, fds, fds2, p99)
	if dropped == 0 {
		t.Error("nothing was dropped: there was no overload")
	}
	if rss2 > rss+64<<20 || rss2 > 300<<20 {
		t.Errorf("memory grew from %d to %d MiB", rss>>20, rss2>>20)
	}
	if fds2 > fds+5 {
		t.Errorf("descriptors grew from %d to %d", fds, fds2)
	}
	if p99 > time.Second {
		t.Errorf("light route p99 is %v, want less than 1 s", p99)
	}
}

// TestGarbageNeverReachesTheLogRaw: what a sick peer says is not copied into the
// log as it is.
func TestGarbageNeverReachesTheLogRaw(t *testing.T) {
	r := newRelay(t)
	r.proxy.Set(t, Garbage)
	e, w := r.startEdge(t), newWriter(t, r.logs)
	w.write(10)
	e.Until("tries", func() bool { return r.proxy.Tries() > 2 })
	for i, line := range strings.Split(e.Log(), "\n") {
		for _, c := range []byte(line) {
			if c < ' ' || c == 0x7f {
				t.Fatalf("line %d of the log holds the control byte %#x: %q", i, c, line)
			}
		}
	}
}
