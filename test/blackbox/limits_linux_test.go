package blackbox

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// setLimit changes a limit of the running daemon and returns what it was.
func (d *Daemon) setLimit(which int, soft uint64) uint64 {
	d.t.Helper()
	var old unix.Rlimit
	pid := d.cmd.Process.Pid
	if err := unix.Prlimit(pid, which, nil, &old); err != nil {
		d.t.Skipf("the limits of another process cannot be read here: %v", err)
	}
	if err := unix.Prlimit(pid, which, &unix.Rlimit{Cur: min(soft, old.Max), Max: old.Max}, nil); err != nil {
		d.t.Skipf("the limits of another process cannot be set here: %v", err)
	}
	return old.Cur
}

// TestFailingWrites: again and again every write of the daemon fails, those to its
// journal, its positions and its files alike, the first of them after a piece of a
// record. It goes on, and once writing works again every line is delivered: to the
// file, by way of memory, of the journal and of a durable input, and to a second
// daemon.
func TestFailingWrites(t *testing.T) {
	for _, kind := range []struct{ name, route, input string }{
		{"memory", "", ""},
		{"buffered", "use_buffering = true\nbuffering = {full_action = \"block\"}\n", ""},
		{"durable", "", "durable = true\n"},
	} {
		t.Run(kind.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			rng := rand.New(rand.NewPCG(seed, 0))
			t.Logf("seed %d", seed)
			dir := t.TempDir()
			logs := filepath.Join(dir, "logs")
			os.Mkdir(logs, 0o700)
			out := filepath.Join(dir, "out")
			config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log\\.?(?P<Seq>\\d*)'\npriority = [\"^Seq\"]\n%s[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n%s[file.retries]\ndelay = \"20ms\"\nmax_delay = \"100ms\"\nmax_jitter = \"10ms\"\n",
				logs, kind.input, out, kind.route)
			w := newWriter(t, logs)
			d := Start(t, dir, "journal_sync = \"20ms\"", config)
			rounds := level(4, 100)
			for i := range rounds {
				w.write(1000)
				// As many bytes as the longest file has and some more: what is appended next ends within a record.
				limit := uint64(1 + rng.IntN(200))
				if st, err := os.Stat(out); err == nil && rng.IntN(2) == 0 {
					limit += uint64(st.Size())
				}
				was := d.setLimit(unix.RLIMIT_FSIZE, limit)
				w.write(2000)
				if i%2 == 1 {
					w.rotate()
				}
				time.Sleep(time.Duration(20+rng.IntN(80)) * time.Millisecond) // how long the disk fails
				d.setLimit(unix.RLIMIT_FSIZE, was)
				if d.Ended() {
					t.Fatalf("the daemon has ended:\n%s", d.Log())
				}
			}
			dup := all(t, d, w, out)
			d.CheckAccountSoon()
			if !strings.Contains(d.Log(), "file too large") {
				t.Error("no write has failed: nothing was tried")
			}
			d.Stop()
			t.Logf("%d times failing, %d lines, 0 lost, %d twice", rounds, w.n, dup)
		})
	}
}

// TestFailingJournalStops: with the default full_action, shutdown, a journal that cannot
// be written ends the daemon with the reason, however late that shows, and what it
// had read comes after its restart.
func TestFailingJournalStops(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	os.Mkdir(logs, 0o700)
	out := filepath.Join(dir, "out")
	config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log'\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\nuse_buffering = true\n", logs, out)
	w := newWriter(t, logs)
	w.write(1000)
	for _, limit := range []uint64{50, 5000} { // before the first record, and within one
		d := Start(t, dir, "journal_sync = \"20ms\"", config)
		d.setLimit(unix.RLIMIT_FSIZE, limit)
		w.write(1000)
		select {
		case <-d.ended:
		case <-time.After(30 * time.Second):
			t.Fatalf("the daemon does not stop\n%s", d.Log())
		}
		if code := d.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(d.Log(), "full_action is shutdown") {
			t.Errorf("exit code %d, want 1 and the reason in the log:\n%s", code, d.Log())
		}
	}
	d := Start(t, dir, "", config)
	all(t, d, w, out)
	d.CheckAccountSoon()
	d.Stop()
}

// TestNoDescriptorsLeft: while the daemon may open nothing more it keeps what it has,
// and takes up connections and rotated files again once it may.
func TestNoDescriptorsLeft(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	os.Mkdir(logs, 0o700)
	out, port := filepath.Join(dir, "out"), FreePort(t)
	config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log\\.?(?P<Seq>\\d*)'\npriority = [\"^Seq\"]\n[tcp]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"Logger == 'in'\"\nencoder = \"PayloadEncoder\"\npath = %q\n[count]\ntype = \"NullOutput\"\nmessage_matcher = \"Logger != 'in'\"\n",
		logs, port, out)
	w := newWriter(t, logs)
	w.write(100)
	d := Start(t, dir, "", config)
	all(t, d, w, out)
	was := d.setLimit(unix.RLIMIT_NOFILE, uint64(d.Descriptors()))
	w.write(100)
	w.rotate()
	w.write(100)
	c := dial(t, port) // the kernel takes it; the daemon cannot
	if _, err := c.Write(frames(50)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // how long that lasts
	if d.Ended() {
		t.Fatalf("the daemon has ended:\n%s", d.Log())
	}
	if !strings.Contains(d.Log(), "too many open files") {
		t.Error("nothing was refused: nothing was tried")
	}
	d.setLimit(unix.RLIMIT_NOFILE, was)
	all(t, d, w, out)
	d.Until("the connection's messages", func() bool { return d.Metric("outputs", "count", "ProcessMessageCount") == 50 })
	d.CheckAccountSoon()
	d.Stop()
}
