package logstreamer

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

var (
	rotations = flag.Int("rotations", 4, "rotations of each style in the rotation suite")
	interval  = flag.Duration("check", 20*time.Millisecond, "check_data_interval in the rotation suite")
)

// writer writes numbered lines at 20,000 a second and rotates between them.
type writer struct {
	*rig
	f    *os.File
	n    int // lines written
	gen  int // rotations done
	last time.Time
}

func (w *writer) open(name string) {
	f, err := os.OpenFile(w.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	w.must(err)
	w.f = f
}

func (w *writer) line() string {
	w.n++
	return fmt.Sprintf("%08d some text that makes the line as long as a line of a log often is\n", w.n-1)
}

// write writes n lines in several writes, at most 20,000 lines a second.
func (w *writer) write(n int) {
	for n > 0 {
		k := min(n, 50)
		n -= k
		var b strings.Builder
		for range k {
			b.WriteString(w.line())
		}
		_, err := w.f.WriteString(b.String())
		w.must(err)
		w.last = w.last.Add(time.Duration(k) * 50 * time.Microsecond)
		time.Sleep(time.Until(w.last))
	}
}

func (w *writer) shift(suffix string) {
	for i := w.gen; i > 0; i-- {
		from := w.path(fmt.Sprintf("log.%d%s", i, suffix))
		if _, err := os.Stat(from); err == nil {
			w.must(os.Rename(from, w.path(fmt.Sprintf("log.%d%s", i+1, suffix))))
		}
	}
}

func (w *writer) gzip(name string) {
	src, err := os.Open(w.path(name))
	w.must(err)
	defer src.Close()
	dst, err := os.Create(w.path(name + ".gz"))
	w.must(err)
	defer dst.Close()
	z := gzip.NewWriter(dst)
	_, err = io.Copy(z, src)
	w.must(err)
	w.must(z.Close())
	w.must(os.Remove(w.path(name)))
}

type style struct {
	name     string
	match    string
	priority []string
	first    string
	rotate   func(w *writer)
	hides    bool // a file cannot be found any more after the next rotation
}

const anyNumber = `log(?:\.(?P<N>\d+))?(?:\.gz)?`

var styles = []style{
	{"rename, create", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift("")
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		w.f.Close()
		w.open("log")
	}, false},
	{"rename, write on, create", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift("")
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		w.write(100)
		w.f.Close()
		w.open("log")
	}, false},
	{"rename, create, old file written on", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift("")
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		old := w.f
		w.open("log")
		w.write(50)
		for range 5 {
			_, err := old.WriteString(w.line())
			w.must(err)
			w.write(50)
		}
		old.Close()
	}, false},
	{"rename out of the pattern", `log`, nil, "log", func(w *writer) {
		w.must(os.Rename(w.path("log"), w.path("log."+strconv.Itoa(w.gen))))
		w.write(50)
		w.f.Close()
		w.open("log")
	}, true},
	{"copytruncate", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift("")
		b, err := os.ReadFile(w.path("log"))
		w.must(err)
		w.must(os.WriteFile(w.path("log.1"), b, 0o644))
		w.must(w.f.Truncate(0))
	}, false},
	{"copytruncate, compressed", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift(".gz")
		b, err := os.ReadFile(w.path("log"))
		w.must(err)
		w.must(os.WriteFile(w.path("log.1"), b, 0o644))
		w.must(w.f.Truncate(0))
		w.gzip("log.1")
	}, false},
	{"dated", `app-(?P<Y>\d+)-(?P<D>\d+)\.log`, []string{"Y", "D"}, "app-2024-0000.log", func(w *writer) {
		w.f.Close()
		w.open(fmt.Sprintf("app-2024-%04d.log", w.gen+1))
	}, false},
	{"dated folders", `(?P<D>\d+)/app\.log`, []string{"D"}, "0000/app.log", func(w *writer) {
		w.f.Close()
		w.must(os.Mkdir(w.path(fmt.Sprintf("%04d", w.gen+1)), 0o755))
		w.open(fmt.Sprintf("%04d/app.log", w.gen+1))
	}, false},
	{"rename, compress at once", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift(".gz")
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		w.f.Close()
		w.open("log")
		w.gzip("log.1")
	}, false},
	{"rename, compress a rotation later", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift(".gz")
		if _, err := os.Stat(w.path("log.1")); err == nil {
			w.must(os.Rename(w.path("log.1"), w.path("log.2")))
			w.gzip("log.2")
		}
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		w.f.Close()
		w.open("log")
	}, false},
	{"two files kept", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		w.f.Close()
		w.open("log")
	}, true},
	{"symlink swap", `current`, nil, "current", func(w *writer) {
		w.f.Close()
		name := fmt.Sprintf("file%d", w.gen+1)
		w.open(name)
		w.must(os.Symlink(name, w.path("new")))
		w.must(os.Rename(w.path("new"), w.path("current")))
	}, true},
	{"a line in two writes", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift("")
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		l := w.line()
		w.f.WriteString(l[:20])
		time.Sleep(30 * time.Millisecond) // so that the reader meets the half line
		w.f.WriteString(l[20:])
		w.f.Close()
		w.open("log")
	}, false},
	{"no final newline", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.shift("")
		l := w.line()
		w.f.WriteString(l[:len(l)-1])
		w.must(os.Rename(w.path("log"), w.path("log.1")))
		w.f.Close()
		w.open("log")
	}, false},
	{"empty files between", anyNumber, []string{"^N"}, "log", func(w *writer) {
		w.f.Close()
		for range 2 {
			w.shift("")
			w.must(os.Rename(w.path("log"), w.path("log.1")))
			w.open("log")
			w.f.Close()
			w.gen++
		}
		w.open("log")
	}, false},
}

// check reports lines that are missing or came more than atMost times.
func check(t *testing.T, w *writer, got []string, atMost int) {
	t.Helper()
	count := make([]int, w.n)
	for _, text := range got {
		i, err := strconv.Atoi(text[:min(8, len(text))])
		if err != nil || i >= w.n || len(strings.TrimSuffix(text, "\n")) != len(fmt.Sprintf("%08d some text that makes the line as long as a line of a log often is", i)) {
			t.Fatalf("a line that nobody wrote: %q", text)
		}
		count[i]++
	}
	for i, n := range count {
		if n == 0 || n > atMost {
			t.Fatalf("line %d of %d came %d times; log:\n%s", i, w.n, n, w.log.text())
		}
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
		if !t.Failed() {
			return
		}
		seen := map[string]bool{}
		for _, s := range w.texts() {
			seen[s[:min(8, len(s))]] = true
		}
		for i, from := 0, -1; i <= w.n; i++ {
			switch gap := i < w.n && !seen[fmt.Sprintf("%08d", i)]; {
			case gap && from < 0:
				from = i
			case !gap && from >= 0:
				t.Logf("lines %d to %d are missing", from, i-1)
				from = -1
			}
		}
		t.Log(w.log.text())
	})
}

// TestRotationWhileRunning: every line once, whatever the style.
func TestRotationWhileRunning(t *testing.T) {
	for _, st := range styles {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			w := &writer{rig: newRig(t, st.match, st.priority...), last: time.Now()}
			w.cfg.CheckDataInterval = *interval
			os.MkdirAll(filepath.Dir(w.path(st.first)), 0o755)
			if st.first == "current" {
				w.open("file0")
				w.must(os.Symlink("file0", w.path("current")))
			} else {
				w.open(st.first)
			}
			w.run()
			missing(t, w)
			w.write(1)
			w.host.Until(t, "the first line", func() bool { return w.host.Len() > 0 })
			w.last = time.Now()
			for ; w.gen < *rotations; w.gen++ {
				w.write(1000)
				if st.hides {
					w.host.Until(t, "the file to be found", func() bool { return w.host.Len() > w.n-1000 })
				}
				st.rotate(w)
			}
			w.write(1000)
			w.f.Close()
			w.host.Until(t, fmt.Sprintf("%d lines", w.n), func() bool { return w.host.Len() >= w.n })
			w.halt()
			check(t, w, w.texts(), 1)
		})
	}
}

// TestRotationOverRestarts: every line at least once, though the input is ended
// without an acknowledgement again and again, and rotation goes on while it is
// down.
func TestRotationOverRestarts(t *testing.T) {
	for _, st := range styles {
		if st.hides {
			continue // what is deleted or leaves the pattern while hekad is down cannot be found
		}
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			w := &writer{rig: newRig(t, st.match, st.priority...), last: time.Now()}
			w.cfg.CheckDataInterval = *interval
			os.MkdirAll(filepath.Dir(w.path(st.first)), 0o755)
			w.open(st.first)
			var got []string
			for ; w.gen < *rotations; w.gen++ {
				w.run()
				w.write(300)
				if w.gen%2 == 1 {
					w.host.Hold()
				}
				w.write(300)
				if w.gen%3 > 0 {
					w.host.Stop()
					w.stop()
					w.stop = nil
				} else {
					w.halt()
				}
				got = append(got, w.texts()...)
				w.write(100)
				st.rotate(w)
			}
			w.write(1)
			w.f.Close()
			w.run()
			seen := map[string]bool{}
			for _, g := range got {
				seen[g[:8]] = true
			}
			read := 0
			t.Cleanup(func() {
				if t.Failed() {
					for i := range w.n {
						if !seen[fmt.Sprintf("%08d", i)] {
							t.Logf("line %d is missing", i)
						}
					}
					t.Log(w.log.text())
				}
			})
			w.host.Until(t, "all lines", func() bool {
				for ; read < w.host.Len(); read++ {
					seen[w.host.At(read).Data[:8]] = true
				}
				return len(seen) == w.n
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
			match := anyNumber
			if strings.Contains(opts, "dateext") {
				match = `log(?:-(?P<N>\d+))?(?:\.gz)?`
			}
			w := &writer{rig: newRig(t, match, "N"), last: time.Now()}
			w.cfg.Translation = map[string]map[string]int{"N": {"missing": 1 << 40}}
			if match == anyNumber {
				w.cfg.Priority, w.cfg.Translation = []string{"^N"}, nil
			}
			conf := filepath.Join(t.TempDir(), "conf")
			w.must(os.WriteFile(conf, []byte(w.path("log")+" {\nrotate 20\nsize 1\n"+opts+"\n}\n"), 0o600))
			w.open("log")
			w.run()
			missing(t, w)
			w.write(1)
			w.host.Until(t, "the first line", func() bool { return w.host.Len() > 0 })
			w.last = time.Now()
			for range 3 {
				w.write(1000)
				out, err := exec.Command(bin, "-f", "-s", conf+".state", conf).CombinedOutput()
				if err != nil && !strings.Contains(string(out), "already exists") {
					t.Skipf("logrotate: %v: %s", err, out)
				}
				w.f.Close()
				w.open("log")
			}
			w.write(1000)
			w.f.Close()
			w.host.Until(t, "all lines", func() bool { return w.host.Len() >= w.n })
			w.halt()
			check(t, w, w.texts(), 1)
		})
	}
}
