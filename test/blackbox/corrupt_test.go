package blackbox

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
)

// TestCorruptFilesCostOnlyWhatIsDamaged: a journal with undelivered messages, its
// positions, its identity and the dead letters are damaged at random while the
// daemon is stopped. It starts, goes on, delivers every sound record and counts
// the rest.
func TestCorruptFilesCostOnlyWhatIsDamaged(t *testing.T) {
	model := heldJournal(t)
	rounds := level(8, 300)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	var sound, damaged int
	kinds := map[string]int{}
	for i := range rounds {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
			t.Fatal(err)
		}
		what := corrupt(t, rng, filepath.Join(dir, "base"))
		kinds[strings.Fields(what)[0]]++
		want := soundLines(t, filepath.Join(dir, "base", "journal"))
		out := filepath.Join(dir, "out")
		d := Start(t, dir, heldGlobals, fmt.Sprintf("[held]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nuse_buffering = true\nencoder = \"PayloadEncoder\"\npath = %q\n[held.buffering]\nmax_file_size = 40000\n[PayloadEncoder]\n[no]\ntype = \"UdpInput\"\naddress = \"127.0.0.1:0\"\n", out))
		d.Until("all delivered: seed "+fmt.Sprint(seed)+", "+what, func() bool {
			seen, _ := readLines(t, out)
			for line := range want {
				if !seen[line] {
					return false
				}
			}
			return d.Metric("outputs", "held", "HeldMessageCount") == 0
		})
		d.CheckAccount()
		d.Stop()
		seen, _ := readLines(t, out)
		for line := range seen {
			if !strings.HasPrefix(line, "line ") {
				t.Errorf("%s: a line that nobody sent was delivered: %.60q", what, line)
			}
		}
		sound += len(want)
		damaged += heldCount - len(want)
	}
	t.Logf("%d times damaged %v: %d sound records, all delivered; %d in damaged places", rounds, kinds, sound, damaged)
}

const (
	heldCount   = 3000
	heldGlobals = "max_message_size = 2048\nmemory_budget = \"16MiB\"\njournal_sync = \"20ms\"\n"
)

// heldJournal makes a folder whose journal holds messages in several segments.
func heldJournal(t *testing.T) string {
	dir := t.TempDir()
	port := FreePort(t)
	d := Start(t, dir, heldGlobals, fmt.Sprintf("[in]\ntype = \"TcpInput\"\naddress = \"127.0.0.1:%d\"\n[held]\ntype = \"TcpOutput\"\nmessage_matcher = \"TRUE\"\naddress = \"127.0.0.1:%d\"\nuse_buffering = true\n[held.buffering]\nmax_file_size = 40000\n", port, FreePort(t)))
	c := dial(t, port)
	b := message.NewBuilder(0)
	for i := range heldCount {
		b.Begin(&message.Header{Timestamp: int64(i + 1), Type: "load", Severity: 6, Payload: fmt.Sprintf("line %08d of the log", i)})
		b.End()
		if i%50 == 49 { // records of few messages
			if _, err := c.Write(b.Buffer()); err != nil {
				t.Fatal(err)
			}
			b.Reset()
			d.Until("records", func() bool { return d.Metric("outputs", "held", "ReceivedMessageCount") >= int64(i+1) })
		}
	}
	c.Close()
	d.Stop()
	if got := len(soundLines(t, filepath.Join(dir, "base", "journal"))); got != heldCount {
		t.Fatalf("the journal holds %d messages, want %d", got, heldCount)
	}
	return dir
}

// soundLines reads the payloads of all sound records of a journal.
func soundLines(t *testing.T, dir string) map[string]bool {
	r, err := journal.OpenReader(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	var v message.View
	for rec, err := range r.Records(journal.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range rec.Len() {
			if v.Parse(rec.Message(i), nil) {
				lines[string(v.Bytes(message.NumPayload))] = true
			}
		}
	}
	return lines
}

// corrupt damages a random file under base and says how.
func corrupt(t *testing.T, rng *rand.Rand, base string) string {
	var files []string
	filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !strings.HasSuffix(path, "lock") {
			files = append(files, path)
		}
		return nil
	})
	name := files[rng.IntN(len(files))]
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	how := ""
	switch k := rng.IntN(5); {
	case len(b) == 0:
		how, b = "appended", []byte("noise")
	case k == 0:
		n := rng.IntN(len(b))
		how, b = fmt.Sprintf("cut at %d", n), b[:n]
	case k == 1:
		i := rng.IntN(len(b))
		b[i] ^= 1 << rng.IntN(8)
		how = fmt.Sprintf("flipped a bit of byte %d", i)
	case k == 2:
		i := rng.IntN(len(b))
		n := 1 + rng.IntN(min(4096, len(b)-i))
		clear(b[i : i+n])
		how = fmt.Sprintf("zeroed %d bytes at %d", n, i)
	case k == 3:
		i := rng.IntN(len(b))
		n := 1 + rng.IntN(min(4096, len(b)-i))
		for k := range n {
			b[i+k] = byte(rng.Uint32())
		}
		how = fmt.Sprintf("overwrote %d bytes at %d", n, i)
	case k == 4:
		n := 1 + rng.IntN(4096)
		for range n {
			b = append(b, byte(rng.Uint32()))
		}
		how = fmt.Sprintf("appended %d bytes", n)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return how + " of " + strings.TrimPrefix(name, base+"/")
}

// TestCorruptPositionsLoseNoLine: the saved positions of a followed file are
// damaged while the daemon is stopped. No line is lost.
func TestCorruptPositionsLoseNoLine(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	rounds := level(3, 100)
	dir := t.TempDir()
	logs, out := filepath.Join(dir, "logs"), filepath.Join(dir, "out")
	os.Mkdir(logs, 0o700)
	config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log'\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n", logs, out)
	w := newWriter(t, logs)
	for range rounds {
		w.write(300)
		d := Start(t, dir, "", config)
		d.Until("all lines", func() bool {
			seen, _ := readLines(t, out)
			return len(seen) >= w.n
		})
		d.Stop()
		corrupt(t, rng, filepath.Join(dir, "base", "logstreamer"))
	}
	_, dup := readLines(t, out)
	t.Logf("%d times damaged, %d lines, 0 lost, %d twice", rounds, w.n, dup)
}
