//go:build unix

package journald

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) { plugintest.Run(t, "JournaldInput", "") }

const recorded = "testdata/real.export" // as journalctl of systemd 252 writes it

func config() Config { return Config{Journalctl: "journalctl"} }

// script makes a program that stands in for journalctl: it notes its arguments in
// the file args and does as body says.
func script(t *testing.T, body string) (cfg Config, dir string) {
	t.Helper()
	dir = t.TempDir()
	data, _ := filepath.Abs(recorded)
	path := filepath.Join(dir, "journalctl")
	text := "#!/bin/sh\nDATA=" + data + "\nDIR=" + dir + "\necho \"$@\" >>$DIR/args\n" + body + "\n"
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg = config()
	cfg.Journalctl = path
	return cfg, dir
}

// run starts an input whose positions lie in base.
func run(t *testing.T, cfg Config, base string, host *plugintest.Host, clk clock.Clock) (log *bytes.Buffer, stop func()) {
	t.Helper()
	log = &bytes.Buffer{}
	p, err := newInput(cfg, plugin.Env{Name: "j/1", Hostname: "here", BaseDir: base, MaxMessageSize: 8192, Clock: clk, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	in := p.(*Input)
	if err := in.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx, host) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
		if err := in.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return log, stop
}

func show(r plugintest.Record) string {
	m := r.Message
	s := fmt.Sprintf("%s %s@%s[%d] %d %d %q", m.Type, m.Logger, m.Hostname, m.Pid, m.Severity, m.Timestamp, m.Payload)
	for _, f := range m.Fields {
		s += fmt.Sprintf(" %s=%v", f.Name, f.Values[0])
	}
	return s
}

const boot = " _BOOT_ID=11111111111111111111111111111111"

var wanted = []string{
	`journald sshd@web1[812] 6 1795612076001000000 "Accepted publickey for root" programname=sshd syslogfacility=4` + boot + ` _SYSTEMD_UNIT=ssh.service _COMM=sshd _UID=0 _MACHINE_ID=22222222222222222222222222222222`,
	`journald app@web1[900] 3 1795612076002000000 "two\nlines é" programname=app` + boot + ` _SYSTEMD_UNIT=app.service CODE_LINE=12`,
	`journald dd@web1[0] 4 1795612076003000000 "bin \x00\xff"` + boot + ` _MACHINE_ID=22222222222222222222222222222222 _COMM=dd BLOB=` + "\x01\x02\n\n",
	`journald kernel@web1[0] 5 1795612076004000000 "last" programname=kernel syslogfacility=0` + boot + ` _TRANSPORT=kernel`,
}

func TestEntriesBecomeMessages(t *testing.T) {
	before := runtime.NumGoroutine()
	cfg, dir := script(t, "cat $DATA; exec sleep 1000")
	cfg.Units, cfg.Priority, cfg.Matches = []string{"a b.service", "*"}, "info", []string{"_UID=0", "+", "_COMM=--x"}
	host := &plugintest.Host{}
	base := t.TempDir()
	_, stop := run(t, cfg, base, host, clock.Real{})
	for i, r := range host.Wait(t, 4) {
		if got := show(r); got != wanted[i] {
			t.Errorf("message %d is\n%s, want\n%s", i, got, wanted[i])
		}
	}
	stop()
	plugintest.Settled(t, before)
	args, _ := os.ReadFile(dir + "/args")
	if s := string(args); s != "--output=export --all --follow --quiet --no-pager --no-tail --priority=info --unit=a b.service --unit=* -- _UID=0 + _COMM=--x\n" {
		t.Errorf("arguments %s", s)
	}
	if b, _ := os.ReadFile(base + "/journald/j%2f1.cursor"); !strings.Contains(string(b), ";i=4;") {
		t.Errorf("saved %q", b)
	}
}

func TestOnlyWhatIsSafeIsSaved(t *testing.T) {
	cfg, dir := script(t, "cat $DATA; exec sleep 1000")
	cfg.InitialTail = true
	base := t.TempDir()
	host := &plugintest.Host{}
	host.Hold()
	_, stop := run(t, cfg, base, host, clock.Real{})
	host.Wait(t, 4)
	stop()
	if _, err := os.Stat(base + "/journald/j%2f1.cursor"); err == nil {
		t.Error("a position is saved though nothing was acknowledged")
	}
	host = &plugintest.Host{}
	_, stop = run(t, cfg, base, host, clock.Real{})
	host.Wait(t, 4)
	stop()
	host = &plugintest.Host{}
	_, stop = run(t, cfg, base, host, clock.Real{})
	host.Wait(t, 4)
	stop()
	args, _ := os.ReadFile(dir + "/args")
	lines := strings.Split(strings.TrimSpace(string(args)), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "--lines=0") || strings.Contains(lines[1], "after-cursor") || !strings.Contains(lines[2], "--no-tail --after-cursor=s=c570ff06336b4cd5b7eb454bfbc3f01d;i=4;") {
		t.Errorf("arguments\n%s", args)
	}
}

// A journalctl that dies is started again behind the entry read last; one that
// writes nonsense too.
func TestStartedAgainWhenItDies(t *testing.T) {
	cfg, dir := script(t, `case "$*" in
*after-cursor*) case $(wc -l <$DIR/args | tr -d ' ') in
	2) echo 'nonsense here'; exec sleep 1000;;
	3) echo "no journal for you" >&2; exit 1;;
	*) cat $DATA; exec sleep 1000;;
	esac;;
*) cat $DATA; kill -9 $$;;
esac`)
	host := &plugintest.Host{}
	clk := clock.NewSim(time.Unix(1000, 0))
	log, stop := run(t, cfg, t.TempDir(), host, clk)
	for end := time.Now().Add(plugintest.Timeout); strings.Count(argsOf(dir), "\n") < 4; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is not started again")
		}
		clk.Advance(time.Minute) // past any pause
	}
	host.Wait(t, 8)
	stop()
	for _, want := range []string{"signal: killed", "not in the export format", "no journal for you"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in the log\n%s", want, log)
		}
	}
	if lines := strings.Split(strings.TrimSpace(argsOf(dir)), "\n"); len(lines) != 4 || !strings.Contains(lines[3], ";i=4;") {
		t.Errorf("arguments %q", lines)
	}
}

func argsOf(dir string) string {
	b, _ := os.ReadFile(dir + "/args")
	return string(b)
}

func TestFieldsAndLongEntries(t *testing.T) {
	cfg, dir := script(t, "cat $DIR/data; exec sleep 1000")
	cfg.Fields = []string{"B", "_PID", "MISSING"}
	os.WriteFile(dir+"/data", []byte("__CURSOR=s=1\nA=1\nB=2\nB=3\n_PID=7\nMESSAGE="+strings.Repeat("x", 100000)+"\nC=late\n\n__CURSOR=s=2\nA=1\n\n"), 0o600)
	host := &plugintest.Host{}
	_, _ = run(t, cfg, t.TempDir(), host, clock.Real{})
	got := host.Wait(t, 2)
	if m := got[0].Message; len(m.Payload) < 6000 || len(m.Payload) > 8000 || strings.TrimPrefix(show(got[0]), show(got[0])[:strings.Index(show(got[0]), `" `)+2]) != "B=2 B=3 _PID=7 journal_cut=true" || m.Pid != 7 {
		t.Errorf("long entry: %d bytes, fields %v", len(m.Payload), m.Fields)
	}
	if m := got[1].Message; m.Payload != "" || m.Logger != "j/1" || m.Hostname != "here" || m.Severity != 7 || len(m.Fields) != 0 {
		t.Errorf("bare entry: %+v", m)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	start := func(cfg Config, base string) error {
		p, err := newInput(cfg, plugin.Env{Name: "j", BaseDir: base, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return p.(*Input).Start(context.Background())
	}
	cfg := config()
	cfg.Journalctl = "no-such-program"
	if err := start(cfg, t.TempDir()); err == nil || !strings.Contains(err.Error(), "find no-such-program: executable file not found in $PATH; install systemd") {
		t.Errorf("Start = %v", err)
	}
}

// A position that is damaged is told of, and costs nothing but repetition.
func TestDamagedPosition(t *testing.T) {
	for _, text := range []string{"", "a b", "--x\n--y", "s=1\x00", strings.Repeat("x", 2000)} {
		cfg, dir := script(t, "cat $DATA; exec sleep 1000")
		cfg.InitialTail = true
		base := t.TempDir()
		os.Mkdir(base+"/journald", 0o700)
		os.WriteFile(base+"/journald/j%2f1.cursor", []byte(text), 0o600)
		host := &plugintest.Host{}
		log, stop := run(t, cfg, base, host, clock.Real{})
		host.Wait(t, 4)
		stop()
		if !strings.Contains(log.String(), "the saved position is damaged") || !strings.Contains(argsOf(dir), "--no-tail") {
			t.Errorf("position %q: arguments %s, log %s", text, argsOf(dir), log)
		}
		if b, _ := os.ReadFile(base + "/journald/j%2f1.cursor"); !strings.Contains(string(b), ";i=4;") {
			t.Errorf("saved %q", b)
		}
	}
}

// The real journalctl over a journal file that systemd-journal-remote makes.
func TestRealJournal(t *testing.T) {
	remote := "/lib/systemd/systemd-journal-remote"
	if _, err := os.Stat(remote); err != nil {
		t.Skip("systemd-journal-remote is not installed: no journal file can be made")
	}
	if _, err := exec.LookPath("journalctl"); err != nil {
		t.Skip("journalctl is not installed")
	}
	file := filepath.Join(t.TempDir(), "x.journal")
	if out, err := exec.Command(remote, "-o", file, recorded).CombinedOutput(); err != nil {
		t.Skipf("systemd-journal-remote cannot make a journal here: %v %s", err, out)
	}
	cfg := config()
	cfg.Files = []string{file}
	base := t.TempDir()
	host := &plugintest.Host{}
	_, stop := run(t, cfg, base, host, clock.Real{})
	for i, r := range host.Wait(t, 4) {
		if got, want := show(r), wanted[i]; got != want {
			t.Errorf("message %d is\n%s, want\n%s", i, got, want)
		}
	}
	stop()
	cfg.Priority = "notice" // from where it was: nothing comes again
	host = &plugintest.Host{}
	_, stop = run(t, cfg, base, host, clock.Real{})
	b, _ := os.ReadFile(recorded)
	more := filepath.Join(t.TempDir(), "more")
	os.WriteFile(more, bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("17956120760"), []byte("17956120770")), []byte("last"), []byte("more")), 0o600)
	if out, err := exec.Command(remote, "-o", file, more).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if got := host.Wait(t, 3); got[2].Data != "more" || got[0].Message.Timestamp != 1795612077002000000 {
		t.Errorf("after a restart: %v", got)
	}
	stop()
}

func TestValidate(t *testing.T) {
	for option, spoil := range map[string]func(*Config){
		"units":       func(c *Config) { c.Units = []string{""} },
		"identifiers": func(c *Config) { c.Identifiers = []string{"a\x00"} },
		"matches":     func(c *Config) { c.Matches = []string{"--file=x"} },
		"priority":    func(c *Config) { c.Priority = "loud" },
		"files":       func(c *Config) { c.Directory, c.Files = "x", []string{"y"} },
		"journalctl":  func(c *Config) { c.Journalctl = "" },
	} {
		c := config()
		spoil(&c)
		plugintest.BadOption(t, c, option)
	}
	for _, p := range []string{"0", "7", "err", "err..warning", "1..3"} {
		c := config()
		if c.Priority = p; c.Validate() != nil {
			t.Errorf("priority %q is refused", p)
		}
	}
}

// FuzzExport: any bytes are entries or an error, in bounded memory, whatever the
// size of the reader's buffer.
func FuzzExport(f *testing.F) {
	b, err := os.ReadFile(recorded)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("A\n\xff\xff\xff\xff\xff\xff\xff\x7fx"))
	f.Add([]byte("\n\nA=\n\nB\n\x00\x00\x00\x00\x00\x00\x00\x00\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		read := func(size int) (s string) {
			var e entry
			r := bufio.NewReaderSize(bytes.NewReader(b), size)
			for {
				if err := e.read(r, 100); err != nil {
					if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errDamaged) {
						return s
					}
					t.Fatal(err)
				}
				if len(e.buf) > 100 || len(e.fields) == 0 {
					t.Fatalf("entry %+v", e)
				}
				for i := range e.fields {
					s += e.fields[i].name + "=" + string(e.value(&e.fields[i])) + "\n"
				}
			}
		}
		if one, two := read(16), read(4096); one != two {
			t.Fatalf("%q and %q", one, two)
		}
	})
}

func BenchmarkExport(b *testing.B) {
	text, err := os.ReadFile(recorded)
	if err != nil {
		b.Fatal(err)
	}
	text = bytes.Repeat(text, 100)
	var e entry
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := bufio.NewReaderSize(bytes.NewReader(text), readBuffer)
		for e.read(r, 50000) == nil {
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/400, "ns/entry")
}
