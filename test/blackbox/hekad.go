// Package blackbox tries the real hekad from outside: the program is built, run
// with a configuration, fed through its sockets and files, killed and read back.
package blackbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var builds struct {
	sync.Mutex
	dir   string
	paths map[string]string // by tags
}

// Binary builds hekad once for all tests of a run, with the tags that
// HEKA_TEST_TAGS names.
func Binary(t testing.TB) string { return BinaryWith(t, os.Getenv("HEKA_TEST_TAGS")) }

// BinaryWith is Binary for other tags.
func BinaryWith(t testing.TB, tags string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if p := builds.paths[tags]; p != "" {
		return p
	}
	if builds.paths == nil {
		dir, err := os.MkdirTemp("", "hekad-test-")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir, builds.paths = dir, map[string]string{}
	}
	path := filepath.Join(builds.dir, fmt.Sprintf("hekad-%d", len(builds.paths)))
	args := []string{"build", "-tags", strings.TrimSpace("grpcnotrace " + tags), "-o", path, "github.com/heka-project/heka/cmd/hekad"}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("build hekad: %v: %s", err, out)
	}
	builds.paths[tags] = path
	return path
}

// Daemon is a running hekad with its own base folder.
type Daemon struct {
	t      testing.TB
	dir    string
	config string
	cmd    *exec.Cmd
	log    output
	ended  chan struct{}
	client *http.Client
}

// output keeps what a process prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Start runs hekad in dir with a configuration whose [hekad] section is made here
// and returns when it is ready. Started again in the same folder it is the same
// daemon after a restart.
func Start(t testing.TB, dir, globals, config string) *Daemon {
	t.Helper()
	d := Launch(t, Binary(t), dir, globals, config)
	d.Until("ready", func() bool {
		if d.Ended() {
			t.Fatalf("hekad ended at its start:\n%s", d.log.String())
		}
		return d.Ready()
	})
	return d
}

// Launch is Start with another program and environment that does not wait.
func Launch(t testing.TB, binary, dir, globals, config string, env ...string) *Daemon {
	t.Helper()
	d := &Daemon{t: t, dir: dir, config: filepath.Join(dir, "hekad.toml")}
	d.WriteConfig(globals, config)
	d.cmd = exec.Command(binary, "run", "--config", d.config)
	d.cmd.Dir = dir
	d.cmd.Env = append(os.Environ(), env...)
	d.cmd.Stdout, d.cmd.Stderr = io.Discard, &d.log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.ended = make(chan struct{})
	go func() { d.cmd.Wait(); close(d.ended) }()
	socket := filepath.Join(dir, "base", "admin.sock")
	d.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var n net.Dialer
		return n.DialContext(ctx, "unix", socket)
	}}}
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		<-d.ended
	})
	return d
}

// Ready reports whether the daemon answers that it runs.
func (d *Daemon) Ready() bool {
	r, err := d.client.Get("http://x/ready")
	if err != nil {
		return false
	}
	r.Body.Close()
	return r.StatusCode == 200
}

// Ended reports whether the process is gone.
func (d *Daemon) Ended() bool {
	select {
	case <-d.ended:
		return true
	default:
		return false
	}
}

// WriteConfig replaces the configuration, for a reload.
func (d *Daemon) WriteConfig(globals, config string) {
	d.t.Helper()
	text := fmt.Sprintf("[hekad]\nbase_dir = %q\nadmin_address = \"\"\n%s\n%s", filepath.Join(d.dir, "base"), globals, config)
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// Until waits for a condition, at most a minute.
func (d *Daemon) Until(what string, done func() bool) {
	d.t.Helper()
	for limit := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(limit) {
			d.t.Fatalf("waited a minute for: %s\nlog:\n%s", what, d.log.String())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// Post sends a control request.
func (d *Daemon) Post(path string) error {
	r, err := d.client.Post("http://x"+path, "", nil)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != 200 {
		b, _ := io.ReadAll(r.Body)
		return fmt.Errorf("%s: %s", r.Status, b)
	}
	return nil
}

// report reads the daemon's report.
func (d *Daemon) report() map[string][]map[string]any {
	d.t.Helper()
	r, err := d.client.Get("http://x/report?format=json")
	if err != nil {
		d.t.Fatalf("report: %v\n%s", err, d.log.String())
	}
	defer r.Body.Close()
	var rep map[string][]map[string]any
	if err := json.NewDecoder(r.Body).Decode(&rep); err != nil {
		d.t.Fatal(err)
	}
	return rep
}

// value finds one figure of the report, nil when it is absent.
func (d *Daemon) value(section, plugin, metric string) any {
	d.t.Helper()
	for _, e := range d.report()[section] {
		if m, ok := e[metric].(map[string]any); ok && e["Name"] == plugin {
			return m["value"]
		}
	}
	return nil
}

// Metric reads one figure of a plugin from the report, 0 when it is absent.
func (d *Daemon) Metric(section, plugin, metric string) int64 {
	d.t.Helper()
	v, _ := d.value(section, plugin, metric).(float64)
	return int64(v)
}

// MetricText is Metric for a text.
func (d *Daemon) MetricText(section, plugin, metric string) string {
	d.t.Helper()
	v, _ := d.value(section, plugin, metric).(string)
	return v
}

// imbalance returns what is wrong with received = delivered + held + dropped of
// the filters and outputs, "" when nothing is.
func (d *Daemon) imbalance() string {
	d.t.Helper()
	rep := d.report()
	for _, e := range append(rep["filters"], rep["outputs"]...) {
		var in, out int64
		for name, m := range e {
			v, ok := m.(map[string]any)
			if !ok {
				continue
			}
			n, _ := v["value"].(float64)
			switch {
			case name == "ReceivedMessageCount":
				in = int64(n)
			case name == "ProcessMessageCount", name == "HeldMessageCount", strings.HasPrefix(name, "DropMessageCount."):
				out += int64(n)
			}
		}
		if in != out {
			return fmt.Sprintf("%v: received %d, but delivered + held + dropped = %d", e["Name"], in, out)
		}
	}
	return ""
}

// CheckAccount asserts received = delivered + held + dropped of every filter and
// output, at a moment when nothing moves.
func (d *Daemon) CheckAccount() {
	d.t.Helper()
	if bad := d.imbalance(); bad != "" {
		d.t.Error(bad)
	}
}

// CheckAccountSoon asserts the same while messages flow: the figures are not read
// at one instant, so that the account balances at one of many readings.
func (d *Daemon) CheckAccountSoon() {
	d.t.Helper()
	d.Until("an account that balances", func() bool { return d.imbalance() == "" })
}

// RSS is the daemon's resident memory in bytes.
func (d *Daemon) RSS() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	var size, resident int64
	fmt.Sscan(string(b), &size, &resident)
	return resident * int64(os.Getpagesize())
}

// Kill is kill -9.
func (d *Daemon) Kill() {
	d.cmd.Process.Kill()
	<-d.ended
}

// Stop is SIGTERM; it returns how long the stop took.
func (d *Daemon) Stop() time.Duration {
	d.t.Helper()
	began := time.Now()
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(time.Minute):
		d.t.Fatalf("hekad does not stop\n%s", d.log.String())
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Errorf("exit code %d\n%s", code, d.log.String())
	}
	return time.Since(began)
}

// Log is what the daemon has logged.
func (d *Daemon) Log() string { return d.log.String() }

// FreePort returns a TCP port of the loopback that nobody listens on now.
func FreePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
