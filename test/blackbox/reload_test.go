package blackbox

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// numbered checks that lines 0 to n-1 are in a file, each once and in order.
func numbered(t testing.TB, path, prefix string, n int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	next := int64(0)
	for line := range strings.Lines(string(b)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
		if !ok {
			continue
		}
		var i int64
		if _, err := fmt.Sscan(rest, &i); err != nil || i != next {
			t.Fatalf("%s holds %q where line %d belongs", path, strings.TrimSpace(line), next)
		}
		next++
	}
	if next != n {
		t.Errorf("%s holds %d lines that begin with %q, sent were %d", path, next, prefix, n)
	}
}

// TestReloadsKeepConnections: senders over TCP, UDP and a unix socket write numbered
// lines through 50 reloads that change the inputs they send to; a third is refused only
// when an output cannot start. No connection ends, no line is lost, and somebody who
// connects anew all the time is never refused.
func TestReloadsKeepConnections(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	tcp, udp, web, local := FreePort(t), FreePort(t), FreePort(t), filepath.Join(dir, "local")
	config := func(i int) string {
		s := fmt.Sprintf(`[lines]
type = "TokenSplitter"
min_buffer_size = %d
[PayloadEncoder]
append_newlines = false
[tcp]
type = "TcpInput"
address = "127.0.0.1:%d"
splitter = "lines"
decoder = ""
read_timeout = %d
[udp%d]
type = "UdpInput"
address = "127.0.0.1:%d"
splitter = "lines"
receive_buffer = "1MiB"
[local]
type = "TcpInput"
net = "unix"
address = %q
splitter = "lines"
decoder = ""
max_connections = %d
[web]
type = "HttpListenInput"
address = "127.0.0.1:%d"
splitter = "lines"
answer_timeout = %d
[file]
type = "FileOutput"
message_matcher = "TRUE"
encoder = "PayloadEncoder"
path = %q
flush_count = %d
`, 8192+i/2, tcp, 60+i, i%2, udp, local, 100+i, web, 10+i, out, 1+i%3)
		if i%3 == 2 {
			s += fmt.Sprintf("[late]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = \"%s/file\"\n", out)
		}
		return s
	}
	d := Start(t, dir, "", config(0))
	stop := make(chan struct{})
	var senders sync.WaitGroup
	var counts [3]int64
	for k, a := range []struct{ network, address, prefix string }{
		{"tcp", fmt.Sprint("127.0.0.1:", tcp), "t"}, {"udp", fmt.Sprint("127.0.0.1:", udp), "u"}, {"unix", local, "x"},
	} {
		c, err := net.Dial(a.network, a.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		senders.Go(func() {
			for n := int64(0); ; n++ {
				select {
				case <-stop:
					counts[k] = n
					return
				default:
				}
				line := fmt.Sprintf("%s %d\n", a.prefix, n)
				half := len(line) / 2
				if a.network == "udp" {
					half = 0
				}
				for _, part := range []string{line[:half], line[half:]} {
					if part == "" {
						continue
					}
					if _, err := c.Write([]byte(part)); err != nil {
						t.Errorf("line %d over %s: %v", n, a.network, err)
						counts[k] = n
						return
					}
				}
				time.Sleep(200 * time.Microsecond) // a device's pace, so that UDP's buffer suffices
			}
		})
	}
	var dialled atomic.Int64
	for _, a := range []struct{ network, address string }{
		{"tcp", fmt.Sprint("127.0.0.1:", tcp)}, {"tcp", fmt.Sprint("127.0.0.1:", web)}, {"unix", local},
	} {
		senders.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c, err := net.Dial(a.network, a.address)
				if err != nil {
					t.Errorf("connect to %s: %v", a.address, err)
					return
				}
				c.Close()
				dialled.Add(1)
				time.Sleep(3 * time.Millisecond)
			}
		})
	}
	refused := 0
	for i := 1; i <= 50; i++ {
		time.Sleep(5 * time.Millisecond) // some lines between two reloads
		d.WriteConfig("", config(i))
		err := d.Post("/reload")
		switch {
		case i%3 != 2 && err != nil:
			t.Errorf("reload %d: %v", i, err)
		case i%3 == 2 && (err == nil || !strings.Contains(err.Error(), "[late]")):
			t.Errorf("reload %d = %v, want a refusal that names [late]", i, err)
		case err != nil:
			refused++
		}
	}
	close(stop)
	senders.Wait()
	sum := counts[0] + counts[1] + counts[2]
	d.Until("all delivered", func() bool { return d.Metric("outputs", "file", "ProcessMessageCount") >= sum })
	if n := d.Metric("inputs", "tcp", "ConnectionsAccepted"); n < 2 {
		t.Errorf("the TCP input tells of %d connections: it was not the same all the time", n)
	}
	d.CheckAccountSoon()
	d.Stop()
	for k, prefix := range []string{"t ", "u ", "x "} {
		numbered(t, out, prefix, counts[k])
	}
	if strings.Contains(d.Log(), "connection lost") {
		t.Errorf("connections were lost:\n%s", d.Log())
	}
	t.Logf("%d lines by TCP, %d by UDP, %d by a unix socket, %d connections, %d of 50 reloads refused", counts[0], counts[1], counts[2], dialled.Load(), refused)
}

// TestReloadMovesAnInput: an address that overlaps with the one before, and a section
// that gets another name and type on the same port, are had at once.
func TestReloadMovesAnInput(t *testing.T) {
	dir, port := t.TempDir(), FreePort(t)
	config := func(name, typ, host string) string {
		return fmt.Sprintf("[%s]\ntype = %q\naddress = \"%s:%d\"\n[NullOutput]\nmessage_matcher = \"TRUE\"\n", name, typ, host, port)
	}
	d := Start(t, dir, "", config("in", "TcpInput", "127.0.0.1"))
	c, sent := dial(t, port), int64(0)
	for _, step := range []struct{ name, typ, host string }{
		{"in", "TcpInput", ""}, {"in", "TcpInput", "127.0.0.1"}, {"other", "TcpInput", "127.0.0.1"}, {"web", "HttpListenInput", "localhost"}, {"in", "TcpInput", "0.0.0.0"},
	} {
		d.WriteConfig("", config(step.name, step.typ, step.host))
		if err := d.Post("/reload"); err != nil {
			t.Fatalf("%v: %v", step, err)
		}
		dial(t, port).Close()
		if step.name == "in" && c != nil {
			sent++
			c.Write(frames(1))
			d.Until("the connection of before", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == sent })
		} else {
			c = nil // a section of another name is another input: connections of the old one end
		}
	}
	d.Stop()
}

// TestHangupWithAnOutputThatCannotStart: SIGHUP with an output that cannot start leaves the daemon as it
// was, and the log says why.
func TestHangupWithAnOutputThatCannotStart(t *testing.T) {
	dir, port := t.TempDir(), FreePort(t)
	config := fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[NullOutput]\nmessage_matcher = \"TRUE\"\n", port)
	d := Start(t, dir, "", config)
	c := dial(t, port)
	d.WriteConfig("", config+fmt.Sprintf("[bad]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = \"%s/file\"\n", filepath.Join(dir, "hekad.toml")))
	d.cmd.Process.Signal(syscall.SIGHUP)
	d.Until("the refusal", func() bool { return strings.Contains(d.Log(), "reload refused") })
	if _, err := c.Write(frames(10)); err != nil {
		t.Error(err)
	}
	d.Until("messages", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == 10 })
	d.Stop()
}
