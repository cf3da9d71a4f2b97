package blackbox

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killPoints are all places at which a build with the tag killpoints ends the
// process, with the largest count that a round passes surely.
var killPoints = []struct {
	name string
	most int
}{
	{"journal.appended", 20}, {"journal.sync.before", 4}, {"journal.sync.after", 4}, {"journal.roll", 3},
	{"cursor.save.before", 4}, {"cursor.save.after", 4}, {"segment.remove.before", 1}, {"segment.remove.after", 1},
	{"engine.stop.inputs", 1}, {"engine.stop.outputs", 1}, {"journal.close", 1},
}

// TestKillPointsLoseNothing ends the daemon at each named point, again and again
// in one folder: lines go from a log file through a durable input and the journal
// into a file. Every line arrives.
func TestKillPointsLoseNothing(t *testing.T) {
	rounds := level(2, 50)
	binary := BinaryWith(t, "killpoints")
	for _, p := range killPoints {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			rng := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			logs, out := filepath.Join(dir, "logs"), filepath.Join(dir, "out")
			os.Mkdir(logs, 0o700)
			const globals = "journal_sync = \"20ms\"\nmax_message_size = 2048\nmemory_budget = \"16MiB\""
			config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log'\ndurable = true\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\nuse_buffering = true\n[file.buffering]\nmax_file_size = 40000\ncursor_update_count = 50\n",
				logs, out)
			w := newWriter(t, logs)
			killed := 0
			for range rounds {
				d := Launch(t, binary, dir, globals, config, fmt.Sprintf("HEKA_KILL_POINT=%s:%d", p.name, 1+rng.IntN(p.most)))
				load := 1500 * time.Millisecond
				if strings.HasPrefix(p.name, "engine.") || p.name == "journal.close" {
					load = 200 * time.Millisecond // the point lies in the stop
				}
				if pointRound(d, w, rng, load) {
					killed++
				}
			}
			d := Launch(t, binary, dir, globals, config)
			seen, dup := map[string]bool{}, 0
			d.Until("ready", d.Ready)
			d.Until("all lines", func() bool {
				seen, dup = readLines(t, out)
				return len(seen) >= w.n
			})
			for i := range w.n {
				if !seen[w.line(i)] {
					t.Fatalf("seed %d: line %d is lost", seed, i)
				}
			}
			d.Stop()
			t.Logf("%d rounds, ended at the point %d times, %d lines, 0 lost, %d twice, seed %d", rounds, killed, w.n, dup, seed)
			if killed == 0 {
				t.Errorf("no round came to the point %s", p.name)
			}
		})
	}
}

// pointRound writes until the daemon is gone; when it does not come to its point
// under load it is told to stop, which is where the last points lie. True: it
// ended by kill.
func pointRound(d *Daemon, w *writer, rng *rand.Rand, load time.Duration) bool {
	for end := time.Now().Add(30 * time.Second); !d.Ready() && !d.Ended(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("hekad is not ready\n%s", d.Log())
		}
	}
	for end := time.Now().Add(load); time.Now().Before(end) && !d.Ended(); {
		w.write(500 + rng.IntN(500))
		time.Sleep(time.Duration(20+rng.IntN(40)) * time.Millisecond) // lines come in bursts
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(30 * time.Second):
		d.t.Fatalf("hekad does not stop\n%s", d.Log())
	}
	status, ok := d.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
