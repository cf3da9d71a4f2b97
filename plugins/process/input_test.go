//go:build unix

package process

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func sh(scripts ...string) Config {
	c := Config{Command: map[string]Command{}, Stdout: true}
	for i, s := range scripts {
		c.Command[fmt.Sprint(i)] = Command{Bin: "/bin/sh", Args: []string{"-c", s}}
	}
	return c
}

type bench struct {
	*testing.T
	sim  *clock.Sim
	host *plugintest.Host
	log  *logBuffer
	err  chan error
	stop func() error
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newBench stands ready to run an input made by create.
func start(t *testing.T, ticker time.Duration, create func(plugin.Env) (plugin.Input, error)) *bench {
	t.Helper()
	b := &bench{T: t, sim: clock.NewSim(time.Unix(1000, 0)), host: &plugintest.Host{Splitter: plugintest.Lines{}}, log: &logBuffer{}, err: make(chan error, 1)}
	in, err := create(plugin.Env{Name: "run", Hostname: "here", MaxMessageSize: 64 << 10, Clock: b.sim, Ticker: ticker, Log: slog.New(slog.NewTextHandler(b.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { b.err <- in.Run(ctx, b.host) }()
	b.stop = sync.OnceValue(func() error { cancel(); return <-b.err })
	t.Cleanup(func() { b.stop() })
	return b
}

func startInput(t *testing.T, cfg Config, ticker time.Duration) *bench {
	return start(t, ticker, func(env plugin.Env) (plugin.Input, error) { return newInput(cfg, env) })
}

// until waits for what no event tells of.
func (b *bench) until(what string, ok func() bool) {
	b.Helper()
	for end := time.Now().Add(plugintest.Timeout); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("waited in vain until %s; log is\n%s", what, b.log)
		}
	}
}

// tick moves the clock once the input waits for it.
func (b *bench) tick(d time.Duration) {
	b.Helper()
	b.until("a timer is set", func() bool { return b.sim.Waiting() == 1 })
	b.sim.Advance(d)
}

func show(r plugintest.Record) string {
	s := fmt.Sprintf("%s %q", r.Header.Type, r.Data)
	for _, f := range r.Message.Fields {
		s += fmt.Sprintf(" %s=%v", f.Name, f.Values[0])
	}
	return s
}

func (b *bench) want(want ...string) {
	b.Helper()
	got := b.host.Wait(b.T, len(want))
	for i, w := range want {
		if g := show(got[i]); g != w && !(strings.HasSuffix(w, "…") && strings.HasPrefix(g, strings.TrimSuffix(w, "…"))) {
			b.Errorf("message %d is\n%s, want\n%s", i, g, w)
		}
	}
	if len(got) != len(want) {
		b.Errorf("%d messages, want %d", len(got), len(want))
	}
}

func TestMessagesTellHowTheirRunEnded(t *testing.T) {
	count := filepath.Join(t.TempDir(), "n")
	b := startInput(t, sh("echo x >>"+count+"; wc -l <"+count+" | tr -d ' '; printf end; exit $(wc -l <"+count+")"), 15*time.Second)
	b.tick(15 * time.Second)
	b.host.Wait(t, 2)
	b.tick(15 * time.Second)
	b.want(
		`ProcessInput "1\n" ProcessInputName=run.stdout ExitStatus=1 SubcmdErrors=command 0 "/bin/sh": exit status 1`,
		`ProcessInput "end" ProcessInputName=run.stdout ExitStatus=1 SubcmdErrors=command 0 "/bin/sh": exit status 1`,
		`ProcessInput "2\n" ProcessInputName=run.stdout ExitStatus=2 SubcmdErrors=command 0 "/bin/sh": exit status 2`,
		`ProcessInput "end" ProcessInputName=run.stdout ExitStatus=2 SubcmdErrors=command 0 "/bin/sh": exit status 2`)
	h := b.host.Records()[0].Header
	if h.Logger != "run" || h.Hostname != "here" || h.Pid != int32(os.Getpid()) {
		t.Errorf("header %+v", h)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if strings.Count(b.log.String(), "run failed") != 1 {
		t.Errorf("log is\n%s", b.log)
	}
}

// TestArgumentsAreNoShellText: what a shell would run, expand or cut stays as it is.
func TestArgumentsAreNoShellText(t *testing.T) {
	c := Config{Stdout: true, ImmediateStart: true, Command: map[string]Command{
		"0": {Bin: "/bin/echo", Args: []string{"$(id)", "`id`", "; id", "| cat", "> /tmp/x", "a  b", "*", "$HOME", "~", `"'\\`}},
	}}
	b := startInput(t, c, time.Hour)
	b.want(`ProcessInput "$(id) ` + "`id`" + ` ; id | cat > /tmp/x a  b * $HOME ~ \"'\\\\\n" ProcessInputName=run.stdout ExitStatus=0…`)
	b.stop()
	c.Command["0"] = Command{Bin: "/bin/echo $(id)"} // no program has this name
	b = startInput(t, c, time.Hour)
	b.until("a complaint", func() bool { return strings.Contains(b.log.String(), "echo $(id)") })
	for _, r := range b.host.Records() {
		if r.Header.Type != "ProcessInput.error" {
			t.Errorf("it was run: %s", show(r))
		}
	}
}

func TestChainAndStderr(t *testing.T) {
	cfg := sh("printf 'b\\na\\n'; echo oops >&2; exit 7", "sort")
	cfg.Stderr, cfg.ImmediateStart = true, true
	b := startInput(t, cfg, time.Hour)
	b.want(
		`ProcessInput "a\n" ProcessInputName=run.stdout ExitStatus=0 SubcmdErrors=command 0 "/bin/sh": exit status 7`,
		`ProcessInput "b\n" ProcessInputName=run.stdout ExitStatus=0 SubcmdErrors=command 0 "/bin/sh": exit status 7`,
		`ProcessInput "oops\n" ProcessInputName=run.stderr ExitStatus=0 SubcmdErrors=command 0 "/bin/sh": exit status 7`)
}

func TestRunOnceThatGoesOn(t *testing.T) {
	b := startInput(t, sh("echo first; cat /proc/self/stat >/dev/null; sleep 1000"), 0)
	b.tick(holdOnce) // it is no longer waited for the end
	b.want(`ProcessInput "first\n" ProcessInputName=run.stdout`)
	if err := b.stop(); err != nil {
		t.Error(err)
	}
}

func TestRunOnceThatEnds(t *testing.T) {
	b := startInput(t, sh("echo one"), 0)
	b.want(`ProcessInput "one\n" ProcessInputName=run.stdout ExitStatus=0 SubcmdErrors=`)
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	b = startInput(t, sh("exit 3"), 0)
	b.want(`ProcessInput.error "run run: command 0 \"/bin/sh\": exit status 3" ProcessInputName=run.stdout ExitStatus=3 SubcmdErrors=command 0 "/bin/sh": exit status 3`)
	if err := b.stop(); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("Run = %v", err)
	}
}

func TestMuchOutputIsNotHeld(t *testing.T) {
	line := strings.Repeat("0123456789", 20)
	b := startInput(t, sh("yes "+line+" | head -n 10000"), 0)
	got := b.host.Wait(t, 10000)
	for i, r := range got {
		if r.Data != line+"\n" {
			t.Fatalf("line %d is %q", i, r.Data)
		}
	}
	if s, e := show(got[0]), show(got[len(got)-1]); strings.Contains(s, "ExitStatus") || e != s && !strings.Contains(e, "ExitStatus=0") {
		t.Errorf("first %s, last %s", s, e)
	}
}

func TestTimeoutEndsTheWholeGroup(t *testing.T) {
	cfg := sh("echo before; sleep 1000 & wait")
	cfg.Timeout, cfg.ImmediateStart = 300*time.Millisecond, true
	b := startInput(t, cfg, time.Hour)
	b.want(`ProcessInput "before\n" ProcessInputName=run.stdout ExitStatus=-1 SubcmdErrors=command 0 "/bin/sh": signal: terminated…`)
	b.until("it is logged", func() bool { return strings.Contains(b.log.String(), "ended after timeout = 300ms") })
}

func TestWhatCannotBeStarted(t *testing.T) {
	cfg := sh("x")
	cfg.Command["0"] = Command{Bin: "/no/such"}
	cfg.ImmediateStart = true
	b := startInput(t, cfg, time.Hour)
	b.want(`ProcessInput.error "run run: start command 0 \"/no/such\": no such file or directory…`)
}

func TestValidate(t *testing.T) {
	for option, spoil := range map[string]func(*Config){
		"command":       func(c *Config) { c.Command = map[string]Command{"1": c.Command["0"]} },
		"command.0":     func(c *Config) { c.Command["0"] = Command{Bin: "a\x00b"} },
		"command.0.bin": func(c *Config) { c.Command["0"] = Command{} },
		"command.0.env": func(c *Config) { c.Command["0"] = Command{Bin: "x", Env: []string{"=x"}} },
		"timeout":       func(c *Config) { c.Timeout = -1 },
		"stdout":        func(c *Config) { c.Stdout = false },
	} {
		c := sh("x")
		spoil(&c)
		plugintest.BadOption(t, c, option)
	}
	for _, key := range []string{"", "x", "-1", "00", "1.0"} {
		c := sh("x")
		c.Command[key] = c.Command["0"]
		if c.Validate() == nil {
			t.Errorf("command %q is taken", key)
		}
	}
}
