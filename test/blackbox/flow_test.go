package blackbox

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

// frames renders n framed messages of about 500 bytes.
func frames(n int) []byte {
	b := message.NewBuilder(0)
	for i := range n {
		b.Begin(&message.Header{Timestamp: int64(i + 1), Type: "load", Severity: 6, Payload: fmt.Sprintf("%08d %0400d", i, i)})
		b.Int("n", int64(i), "")
		b.End()
	}
	return b.Buffer()
}

// dial connects to the daemon, which may be at its start.
func dial(t testing.TB, port int) net.Conn {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return c
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// pour sends blocks until told to stop, and counts messages.
type pour struct {
	n    atomic.Int64
	stop atomic.Bool
	done chan struct{}
}

func startPour(t testing.TB, port, perBlock int) *pour { return startPaced(t, port, perBlock, 0) }

// startPaced pours with a pause between two blocks, where the volume would only
// make the test long.
func startPaced(t testing.TB, port, perBlock int, pace time.Duration) *pour {
	p := &pour{done: make(chan struct{})}
	c := dial(t, port)
	block := frames(perBlock)
	go func() {
		defer close(p.done)
		defer c.Close()
		for !p.stop.Load() {
			if _, err := c.Write(block); err != nil {
				return
			}
			p.n.Add(int64(perBlock))
			time.Sleep(pace)
		}
	}()
	return p
}

func (p *pour) end() int64 {
	p.stop.Store(true)
	<-p.done
	return p.n.Load()
}

func TestIdleConnectionsAreCheap(t *testing.T) {
	const count = 10000
	port := FreePort(t)
	d := Start(t, t.TempDir(), "", fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[out]\ntype = \"NullOutput\"\nmessage_matcher = \"TRUE\"\n", port))
	before := d.RSS()
	one := frames(1)
	conns := make([]net.Conn, 0, count)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range count {
		c := dial(t, port)
		c.Write(one)
		conns = append(conns, c)
	}
	d.Until("a message of each connection", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == count })
	each := (d.RSS() - before) / count
	t.Logf("%d idle connections: %d bytes each", count, each)
	if each > 64<<10 {
		t.Errorf("an idle connection costs %d bytes, want at most 64 KiB", each)
	}
}

// sink accepts connections and treats each as told.
func tcpSink(t testing.TB, handle func(net.Conn)) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// TestDeadSlowAndSilentOutputsLeaveTheOthersAlone measures two daemons at the
// same time, so that whatever else the machine does weighs on both: beside the
// same good output one has three that are well, the other a dead, a slow and a
// silent one.
func TestDeadSlowAndSilentOutputsLeaveTheOthersAlone(t *testing.T) {
	well := tcpSink(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	slow := tcpSink(t, func(c net.Conn) {
		b := make([]byte, 512)
		for {
			if _, err := c.Read(b); err != nil {
				return
			}
			time.Sleep(500 * time.Millisecond) // 1 KiB/s: this is the peer's nature, not a wait for something
		}
	})
	silent := tcpSink(t, func(net.Conn) {})
	begin := func(dead, slow, silent int) (*Daemon, *pour) {
		port := FreePort(t)
		config := fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[good]\ntype = \"NullOutput\"\nmessage_matcher = \"TRUE\"\n", port)
		for i, p := range []int{dead, slow, silent} {
			config += fmt.Sprintf("[o%d]\ntype = \"TcpOutput\"\nuse_buffering = false\nacknowledge = \"never\"\nmessage_matcher = \"Fields[n] < 5\"\naddress = \"127.0.0.1:%d\"\n", i, p)
		}
		d := Start(t, t.TempDir(), "", config)
		return d, startPour(t, port, 2000)
	}
	fine, pa := begin(well, well, well)
	sick, pb := begin(FreePort(t), slow, silent)
	read := func(d *Daemon) int64 { return d.Metric("outputs", "good", "ProcessMessageCount") }
	a, b := read(fine), read(sick)
	time.Sleep(level(2*time.Second, 20*time.Second)) // the stretch that is measured
	a, b = read(fine)-a, read(sick)-b
	pa.end()
	pb.end()
	if rss := sick.RSS(); rss > 400<<20 {
		t.Errorf("memory is %d MiB", rss>>20)
	}
	if took := sick.Stop(); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
	t.Logf("beside three outputs that are well %d messages, at the same time beside a dead, a slow and a silent one %d (%d %%)", a, b, 100*b/max(a, 1))
	if b < a*7/10 { // both share a machine with others: the figure of docs/performance.md is measured on a quiet one
		t.Errorf("a dead, a slow and a silent output cost the others %d %% of their rate", 100-100*b/a)
	}
}

func TestStopUnderFullLoad(t *testing.T) {
	port := FreePort(t)
	dir := t.TempDir()
	d := Start(t, dir, "", fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[dead]\ntype = \"TcpOutput\"\nmessage_matcher = \"TRUE\"\naddress = \"127.0.0.1:%d\"\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"ProtobufEncoder\"\npath = %q\n", port, FreePort(t), filepath.Join(dir, "out")))
	p := startPour(t, port, 2000)
	d.Until("load", func() bool { return d.Metric("outputs", "file", "ProcessMessageCount") > 50000 })
	took := d.Stop()
	p.end()
	t.Logf("stopped in %v", took)
	if took > 10*time.Second {
		t.Errorf("the stop took %v, want at most 10 s", took)
	}
}

func TestReloadsUnderLoadLoseNothing(t *testing.T) {
	port := FreePort(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	config := func(i int) string {
		s := fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"ProtobufEncoder\"\npath = %q\nflush_count = %d\n", port, out, 1+i)
		if i%2 == 1 {
			s += "[odd]\ntype = \"NullOutput\"\nmessage_matcher = \"Fields[n] == 1\"\n"
		}
		return s
	}
	d := Start(t, dir, "", config(0))
	p := startPaced(t, port, 100, time.Millisecond)
	for i := 1; i <= 50; i++ {
		n := d.Metric("inputs", "in", "ProcessMessageCount")
		d.WriteConfig("", config(i))
		if err := d.Post("/reload"); err != nil {
			t.Fatalf("reload %d: %v", i, err)
		}
		d.Until("traffic after the reload", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") > n })
	}
	sent := p.end()
	d.Until("all delivered", func() bool { return d.Metric("inputs", "in", "ProcessMessageCount") == sent })
	d.Stop()
	if got := countFrames(t, out); got != sent {
		t.Errorf("sent %d, the file has %d", sent, got)
	}
}

func countFrames(t testing.TB, path string) (n int64) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var buf []byte
	for {
		k := len(buf)
		buf = append(buf, make([]byte, 1<<20)...)
		m, err := r.Read(buf[k:])
		buf = buf[:k+m]
		at := 0
		var fr message.Frame
		for message.NextFrame(buf, at, 1<<20, &fr) {
			if fr.Skipped > 0 {
				t.Errorf("%d bytes between frames", fr.Skipped)
			}
			at = fr.End
			n++
		}
		buf = append(buf[:0], buf[at:]...)
		if err == io.EOF {
			if len(buf) > 0 {
				t.Errorf("%d bytes of an unfinished frame at the end", len(buf))
			}
			return n
		}
	}
}
