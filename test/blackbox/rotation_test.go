package blackbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/rotatetest"
)

// rotated is one style with its writer and what came of its lines.
type rotated struct {
	rotatetest.Style
	*rotatetest.Writer
	name string // of its input
	out  string
	took time.Duration // of the writing
}

// rotation has the styles that run under one daemon. In every run that is all of
// them, at level N each has its own, so that its writer keeps its rate.
func rotation(t *testing.T, hidden bool, run func(t *testing.T, dir, config string, all []*rotated)) {
	var groups [][]rotatetest.Style
	for _, s := range rotatetest.Styles {
		switch {
		case s.Hides && !hidden:
		case night() || len(groups) == 0:
			groups = append(groups, []rotatetest.Style{s})
		default:
			groups[0] = append(groups[0], s)
		}
	}
	for _, g := range groups {
		name := "all styles"
		if night() {
			name = g[0].Name
		}
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var all []*rotated
			config := "[PayloadEncoder]\n"
			for i, s := range g {
				r := &rotated{Style: s, name: fmt.Sprintf("in%d", i), out: filepath.Join(dir, fmt.Sprintf("out%d", i))}
				logs := filepath.Join(dir, fmt.Sprintf("logs%d", i))
				r.Writer = rotatetest.NewWriter(t, logs)
				r.Begin(s)
				all = append(all, r)
				config += fmt.Sprintf("[%s]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = '%s'\npriority = [%s]\n", r.name, logs, s.Match, quoted(s.Priority))
				config += fmt.Sprintf("[%s-out]\ntype = \"FileOutput\"\nmessage_matcher = \"Logger == '%s'\"\nencoder = \"PayloadEncoder\"\npath = %q\n", r.name, r.name, r.out)
			}
			run(t, dir, config, all)
		})
	}
}

func quoted(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return `"` + strings.Join(list, `", "`) + `"`
}

// came returns the lines that came. Texts without a newline at their end run into
// the next, so that lines are told by their length.
func (r *rotated) came(t *testing.T) []string {
	b, err := os.ReadFile(r.out)
	if err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		t.Fatal(err)
	}
	var list []string
	for len(b) > 0 {
		n := min(len(b), rotatetest.LineSize)
		if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
			n = i
		}
		list = append(list, string(b[:n]))
		b = bytes.TrimPrefix(b[n:], []byte("\n"))
	}
	return list
}

// write writes and rotates; hold is called before a rotation that hides a file.
func (r *rotated) write(rotations, lines int, hold func()) {
	r.Rest()
	began := time.Now()
	for range rotations {
		r.Writer.Write(lines)
		if r.Hides {
			r.took += time.Since(began)
			hold()
			r.Rest()
			began = time.Now()
		}
		r.Rotate(r.Writer)
		r.Gen++
	}
	r.Writer.Write(lines)
	r.took += time.Since(began)
	r.F.Close()
}

func (r *rotated) String() string {
	return fmt.Sprintf("%s: %d rotations, %d lines at %.0f/s", r.Name, r.Gen, r.N, float64(r.N)/r.took.Seconds())
}

// writeAll writes all styles at a time; ended is closed after the last line.
func writeAll(all []*rotated, rotations, lines int, hold func(r *rotated)) (ended chan struct{}) {
	done := make(chan struct{}, len(all))
	for _, r := range all {
		go func() {
			defer func() { done <- struct{}{} }()
			r.write(rotations, lines, func() { hold(r) })
		}()
	}
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		for range all {
			<-done
		}
	}()
	return ended
}

// TestRotationWhileRunning: whatever the style, each line comes exactly once.
func TestRotationWhileRunning(t *testing.T) {
	rotations, lines := level(3, 50), level(300, 1000)
	rotation(t, true, func(t *testing.T, dir, config string, all []*rotated) {
		d := Start(t, dir, "", config)
		for _, r := range all {
			r.Writer.Write(1)
			d.Until("the first line of "+r.Name, func() bool { return len(r.came(t)) > 0 })
		}
		<-writeAll(all, rotations, lines, func(r *rotated) {
			for limit := time.Now().Add(time.Minute); len(r.came(t)) < r.N-lines+1 && time.Now().Before(limit); {
				time.Sleep(5 * time.Millisecond)
			}
		})
		for _, r := range all {
			d.Until(fmt.Sprintf("%d lines of %s", r.N, r.Name), func() bool { return len(r.came(t)) >= r.N })
		}
		d.CheckAccountSoon()
		d.Stop()
		for _, r := range all {
			if bad, _ := r.Check(r.came(t), 1); bad != "" {
				t.Errorf("%v: %s\n%s", r, bad, d.Log())
				continue
			}
			t.Logf("%v, each once", r)
		}
	})
}

// TestRotationOverRestarts: lines are written and files rotated all the time,
// while the daemon is killed or stopped, and started again, at random moments.
// Each line comes at least once.
func TestRotationOverRestarts(t *testing.T) { restarts(t, true) }

// TestRotationOverStops is the same without kills.
func TestRotationOverStops(t *testing.T) {
	if !night() {
		t.Skip("TestRotationOverRestarts stops the daemon too; with HEKA_LEVEL=N this runs")
	}
	restarts(t, false)
}

func restarts(t *testing.T, kills bool) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	rotations, lines := level(8, 50), level(500, 2000)
	rotation(t, false, func(t *testing.T, dir, config string, all []*rotated) {
		ended := writeAll(all, rotations, lines, func(*rotated) {})
		killed, stopped := 0, 0
		for over := false; !over; {
			d := Start(t, dir, "", config)
			time.Sleep(time.Duration(rng.IntN(400)) * time.Millisecond) // the moment is random
			select {
			case <-ended:
				over = (killed > 0 || !kills) && stopped > 0
			default:
			}
			if kills && rng.IntN(3) > 0 && killed <= 2*stopped {
				d.Kill()
				killed++
			} else {
				d.Stop()
				stopped++
			}
			time.Sleep(time.Duration(rng.IntN(level(50, 300))) * time.Millisecond) // so is how long it is down
		}
		d := Start(t, dir, "", config)
		twice := make([]int, len(all))
		for i, r := range all {
			bad := ""
			limit := time.Now().Add(30 * time.Second)
			for bad = "?"; bad != "" && time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
				bad, twice[i] = r.Check(r.came(t), 1<<30)
			}
			if bad != "" {
				t.Errorf("%v: %s\n%s", r, bad, d.Log())
			}
		}
		d.Stop()
		if t.Failed() {
			return
		}
		for i, r := range all {
			t.Logf("%v, %d kills, %d stops, 0 lost, %d twice", r, killed, stopped, twice[i])
		}
	})
}
