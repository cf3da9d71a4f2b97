package blackbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of so many MiB, or skips with the reason.
func smallDisk(t testing.TB, mib int) string {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("a small file system is mounted by root on Linux only")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", mib), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestFullDisk: the disk under the journal is full while the upstream is dead, for
// each full_action. The daemon never gets stuck, what is dropped is counted, and
// with space and upstream back what is held is delivered.
func TestFullDisk(t *testing.T) {
	for _, action := range []string{"block", "drop", "shutdown"} {
		t.Run(action, func(t *testing.T) {
			dir := smallDisk(t, 4)
			ballast := filepath.Join(dir, "ballast")
			os.WriteFile(ballast, make([]byte, 2<<20), 0o600)
			port, far := FreePort(t), FreePort(t)
			up := NewProxy(t, far)
			up.Set(t, Dead)
			const globals = "journal_sync = \"20ms\"\nmax_message_size = 8192\nmemory_budget = \"16MiB\""
			config := fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[up]\ntype = \"TcpOutput\"\nmessage_matcher = \"TRUE\"\naddress = \"127.0.0.1:%d\"\nacknowledge = \"always\"\nuse_buffering = true\n[up.buffering]\nmax_file_size = 262144\nfull_action = %q\n[up.retries]\ndelay = \"50ms\"\nmax_delay = \"200ms\"\nmax_jitter = \"10ms\"\n", port, up.Port, action)
			d := Start(t, dir, globals, config)
			p := startPour(t, port, 50)
			switch action {
			case "shutdown":
				select {
				case <-d.ended:
				case <-time.After(30 * time.Second):
					t.Fatalf("the daemon does not stop\n%s", d.Log())
				}
				if code := d.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(d.Log(), "full_action is shutdown") {
					t.Errorf("exit code %d, want 1 and the reason in the log:\n%s", code, d.Log())
				}
				p.end()
				return
			case "drop":
				d.Until("drops", func() bool { return d.Metric("outputs", "up", "DropMessageCount.journal:_disk_full") > 1000 })
			case "block":
				d.Until("a full disk", func() bool { return d.MetricText("globals", "Journal", "JournalFailure") != "" })
			}
			d.CheckAccountSoon()
			os.Remove(ballast) // space returns
			p.stop.Store(true)
			<-p.done
			sent := p.n.Load()
			d.Until("all read", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == sent || action == "block" })
			other := t.TempDir()
			out := filepath.Join(other, "out")
			Start(t, other, "max_message_size = 8192\nmemory_budget = \"16MiB\"", fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"ProtobufEncoder\"\npath = %q\n", far, out))
			up.Set(t, Pass)
			d.Until("all read", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == sent })
			d.Until("nothing held", func() bool { return d.Metric("outputs", "up", "HeldMessageCount") == 0 })
			d.CheckAccount()
			got := d.Metric("outputs", "up", "ProcessMessageCount")
			dropped := d.Metric("outputs", "up", "ReceivedMessageCount") - got
			if action == "block" && dropped != 0 {
				t.Errorf("%d messages were dropped, want none", dropped)
			}
			if got+dropped != sent {
				t.Errorf("sent %d, delivered %d and dropped %d", sent, got, dropped)
			}
			d.Stop()
			if n := countFrames(t, out); n < got {
				t.Errorf("%d messages arrived, %d were told to be delivered", n, got)
			}
			t.Logf("%d sent, %d delivered, %d dropped and counted", sent, got, dropped)
		})
	}
}
