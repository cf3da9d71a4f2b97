package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/kill"
	"github.com/heka-project/heka/message"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("HEKA_JOURNAL_CHILD"); dir != "" {
		child(dir)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child appends numbers from where the last life ended until it has appended
// HEKA_JOURNAL_N, and reads them meanwhile. What was accepted and what came out
// it writes to two files; it waits for the end of the work, then closes.
func child(dir string) {
	check := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
	}
	file := func(name string) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		check(err)
		return f
	}
	accepted, delivered := file("accepted"), file("delivered")
	n, _ := strconv.Atoi(os.Getenv("HEKA_JOURNAL_N"))
	first, _ := strconv.Atoi(os.Getenv("HEKA_JOURNAL_FIRST"))
	window := time.Duration(0)
	if os.Getenv("HEKA_JOURNAL_SYNC") != "" {
		window = 20 * time.Millisecond
	}
	start := time.Now()
	j, err := Open(filepath.Join(dir, "j"), Options{SegmentSize: 8 << 10, Sync: window, Log: quiet})
	check(err)
	if took := time.Since(start); took > 10*time.Second { // a busy disk included
		check(fmt.Errorf("opened in %v", took))
	}
	c, err := j.Consumer("out", ConsumerOptions{CursorUpdateCount: 20})
	check(err)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for {
			b, pos, err := c.Next(context.Background())
			if errors.Is(err, ErrClosed) {
				return
			}
			check(err)
			var out bytes.Buffer
			for i := range b.Len() {
				out.Write(b.At(i)[:8])
				out.WriteByte('\n')
			}
			b.Release()
			_, err = delivered.Write(out.Bytes())
			check(err)
			c.Ack(pos)
		}
	}()
	for i := first; i < first+n; i++ {
		b, err := numbered(i)
		check(err)
		line := fmt.Sprintf("%08d\n", i)
		check(j.Append(context.Background(), Entry{Batch: b, Takers: []Taker{{Cursor: c}}, Done: func(_ *message.Batch, err error) {
			check(err)
			_, err = accepted.WriteString(line)
			check(err)
		}}))
		b.Release()
	}
	for !c.CaughtUp() || c.Lag().Messages > 0 {
		time.Sleep(time.Millisecond)
	}
	check(j.Close())
	<-read
}

func numbered(i int) (*message.Batch, error) {
	ch, err := testPool.Get(context.Background(), 2048)
	if err != nil {
		return nil, err
	}
	b := message.NewBatch(ch, 0)
	ch.Release()
	b.AddRow(taken)
	body := fmt.Sprintf("%08d%s", i, strings.Repeat("k", i%700))
	b.Add(len(message.AppendFrame(ch.Buf[:0], []byte(body))), 0)
	return b, nil
}

// lines reads the numbers in a file; a torn last line does not count.
func lines(t *testing.T, path string) (list []int) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if n, err := strconv.Atoi(s.Text()); err == nil && len(s.Text()) == 8 {
			list = append(list, n)
		}
	}
	return list
}

// life runs a child; after > 0 kills it that long after its start.
func life(t *testing.T, dir string, n int, point string, window bool, after time.Duration) {
	t.Helper()
	first := 0
	if l := lines(t, filepath.Join(dir, "accepted")); len(l) > 0 {
		first = l[len(l)-1] + 1000 // what was not accepted may have been written
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HEKA_JOURNAL_CHILD="+dir, "HEKA_JOURNAL_N="+strconv.Itoa(n),
		"HEKA_JOURNAL_FIRST="+strconv.Itoa(first), "HEKA_KILL_POINT="+point)
	if window {
		cmd.Env = append(cmd.Env, "HEKA_JOURNAL_SYNC=1")
	}
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		time.AfterFunc(after, func() { cmd.Process.Kill() })
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() > 0 {
		t.Fatalf("child: %v: %s", err, out.String())
	}
}

// nothingLost checks that all that was accepted was delivered, and how much came
// twice.
func nothingLost(t *testing.T, dir string) {
	t.Helper()
	seen := map[int]int{}
	for _, n := range lines(t, filepath.Join(dir, "delivered")) {
		seen[n]++
	}
	accepted := lines(t, filepath.Join(dir, "accepted"))
	lost, twice := 0, 0
	for _, n := range accepted {
		if seen[n] == 0 {
			lost++
		}
		twice += max(seen[n]-1, 0)
	}
	t.Logf("%d accepted, %d lost, %d came again", len(accepted), lost, twice)
	if lost > 0 {
		t.Errorf("%d of %d accepted messages were lost", lost, len(accepted))
	}
}

// TestKill kills a process that appends and reads at random moments.
func TestKill(t *testing.T) {
	n := 20
	if s, err := strconv.Atoi(os.Getenv("HEKA_KILLS")); err == nil {
		n = s
	}
	if testing.Short() {
		n = 3
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 5))
	dir := t.TempDir()
	for i := range n {
		life(t, dir, 1<<30, "", i%2 == 0, time.Duration(10+rng.IntN(60))*time.Millisecond)
	}
	life(t, dir, 10, "", true, 0)
	nothingLost(t, dir)
}

// TestKillPoints ends the process at each named point.
func TestKillPoints(t *testing.T) {
	if !kill.Enabled {
		t.Skip("needs -tags killpoints")
	}
	n := 3
	if s, err := strconv.Atoi(os.Getenv("HEKA_KILLS")); err == nil {
		n = s
	}
	for _, point := range []string{
		"journal.appended", "journal.sync.before", "journal.sync.after", "journal.roll", "cursor.save.before",
		"cursor.save.after", "segment.remove.before", "segment.remove.after", "journal.close",
	} {
		t.Run(point, func(t *testing.T) {
			dir := t.TempDir()
			for i := range n {
				nth := 1 + i*3
				if point == "journal.close" {
					nth = 1
				}
				life(t, dir, 3000, fmt.Sprintf("%s:%d", point, nth), i%2 == 0, 0)
			}
			life(t, dir, 10, "", true, 0)
			nothingLost(t, dir)
		})
	}
}
