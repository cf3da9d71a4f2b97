package logstreamer

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/rotatetest"
)

var (
	rotations = flag.Int("rotations", 4, "rotations of each style in the rotation suite")
	interval  = flag.Duration("check", 20*time.Millisecond, "check_data_interval in the rotation suite")
)

// writer is a rig with the writer of its logs.
type writer struct {
	*rig
	*rotatetest.Writer
}

func newWriter(t *testing.T, match string, priority ...string) *writer {
	r := newRig(t, match, priority...)
	r.cfg.CheckDataInterval = *interval
	return &writer{r, rotatetest.NewWriter(t, r.dir)}
}

// check reports lines that are missing or came more than atMost times.
func check(t *testing.T, w *writer, got []string, atMost int) {
	t.Helper()
	if bad, _ := w.Check(got, atMost); bad != "" {
		t.Fatalf("%s; log:\n%s", bad, w.log.text())
	}
}

func (r *rig) texts() []string {
	var list []string
	for _, rec := range r.host.Records() {
		list = append(list, rec.Data)
	}
	return list
}

// missing logs which lines did not come, when the test has failed.
func missing(t *testing.T, w *writer) {
	t.Cleanup(func() {
		if t.Failed() {
			bad, _ := w.Check(w.texts(), 1)
			t.Log(bad, w.log.text())
		}
	})
}

// TestRotationWhileRunning: every line once, whatever the style.
func TestRotationWhileRunning(t *testing.T) {
	for _, st := range rotatetest.Styles {
		t.Run(st.Name, func(t *testing.T) {
			t.Parallel()
			w := newWriter(t, st.Match, st.Priority...)
			w.Begin(st)
			w.run()
			missing(t, w)
			w.Write(1)
			w.host.Until(t, "the first line", func() bool { return w.host.Len() > 0 })
			w.Rest()
			for ; w.Gen < *rotations; w.Gen++ {
				w.Write(1000)
				if st.Hides {
					w.host.Until(t, "the file to be found", func() bool { return w.host.Len() > w.N-1000 })
				}
				st.Rotate(w.Writer)
			}
			w.Write(1000)
			w.F.Close()
			w.host.Until(t, fmt.Sprintf("%d lines", w.N), func() bool { return w.host.Len() >= w.N })
			w.halt()
			check(t, w, w.texts(), 1)
		})
	}
}

// TestRotationOverRestarts: every line at least once, though the input is ended
// without an acknowledgement again and again, and rotation goes on while it is
// down.
func TestRotationOverRestarts(t *testing.T) {
	for _, st := range rotatetest.Styles {
		if st.Hides {
			continue // what is deleted or leaves the pattern while hekad is down cannot be found
		}
		t.Run(st.Name, func(t *testing.T) {
			t.Parallel()
			w := newWriter(t, st.Match, st.Priority...)
			w.Begin(st)
			var got []string
			for ; w.Gen < *rotations; w.Gen++ {
				w.run()
				w.Write(300)
				if w.Gen%2 == 1 {
					w.host.Hold()
				}
				w.Write(300)
				if w.Gen%3 > 0 {
					w.host.Stop()
					w.stop()
					w.stop = nil
				} else {
					w.halt()
				}
				got = append(got, w.texts()...)
				w.Write(100)
				st.Rotate(w.Writer)
			}
			w.Write(1)
			w.F.Close()
			w.run()
			seen := map[string]bool{}
			for _, g := range got {
				seen[g[:8]] = true
			}
			read := 0
			t.Cleanup(func() {
				if t.Failed() {
					bad, _ := w.Check(append(got, w.texts()...), 1<<30)
					t.Log(bad, w.log.text())
				}
			})
			w.host.Until(t, "all lines", func() bool {
				for ; read < w.host.Len(); read++ {
					seen[w.host.At(read).Data[:8]] = true
				}
				return len(seen) == w.N
			})
			w.halt()
			check(t, w, append(got, w.texts()...), 1<<30)
		})
	}
}

// TestLogrotate rotates with the real program where there is one.
func TestLogrotate(t *testing.T) {
	bin, err := exec.LookPath("logrotate")
	if err != nil {
		t.Skip("logrotate is not installed")
	}
	for _, opts := range []string{"create 0644", "copytruncate", "compress\ncreate 0644", "compress\ndelaycompress\ncreate 0644", "compress\ncopytruncate", "dateext\ndateformat -%s\ncreate 0644"} {
		t.Run(strings.ReplaceAll(opts, "\n", " "), func(t *testing.T) {
			t.Parallel()
			match, order := `log(?:\.(?P<N>\d+))?(?:\.gz)?`, "^N"
			if strings.Contains(opts, "dateext") {
				match, order = `log(?:-(?P<N>\d+))?(?:\.gz)?`, "N"
			}
			w := newWriter(t, match, order)
			if order == "N" {
				w.cfg.Translation = map[string]map[string]int{"N": {"missing": 1 << 40}}
			}
			conf := filepath.Join(t.TempDir(), "conf")
			w.must(os.WriteFile(conf, []byte(w.path("log")+" {\nrotate 20\nsize 1\n"+opts+"\n}\n"), 0o600))
			w.Open("log")
			w.run()
			missing(t, w)
			w.Write(1)
			w.host.Until(t, "the first line", func() bool { return w.host.Len() > 0 })
			w.Rest()
			for range 3 {
				w.Write(1000)
				out, err := exec.Command(bin, "-f", "-s", conf+".state", conf).CombinedOutput()
				if err != nil && !strings.Contains(string(out), "already exists") {
					t.Skipf("logrotate: %v: %s", err, out)
				}
				w.F.Close()
				w.Open("log")
			}
			w.Write(1000)
			w.F.Close()
			w.host.Until(t, "all lines", func() bool { return w.host.Len() >= w.N })
			w.halt()
			check(t, w, w.texts(), 1)
		})
	}
}
