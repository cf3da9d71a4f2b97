//go:build unix

package procrun

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func sh(script string) Command { return Command{Bin: "/bin/sh", Args: []string{"-c", script}} }

// collect runs a chain and returns what it wrote.
func collect(ctx context.Context, chain ...Command) (out, errs string, r Result) {
	var a, b strings.Builder
	r = Run(ctx, chain,
		func(p []byte) error { a.Write(p); return nil },
		func(p []byte) error { b.Write(p); return nil })
	return a.String(), b.String(), r
}

func TestChains(t *testing.T) {
	for _, tt := range []struct {
		name      string
		chain     []Command
		out, errs string
		exit      int
		text      string
	}{
		{"one", []Command{{Bin: "echo", Args: []string{"a b", "$HOME", "*", "; ls"}}}, "a b $HOME * ; ls\n", "", 0, ""},
		{"three", []Command{sh("printf 'b\na\nc\n'"), {Bin: "sort"}, {Bin: "head", Args: []string{"-n1"}}}, "a\n", "", 0, ""},
		{"status", []Command{sh("echo x; exit 3")}, "x\n", "", 3, `command 0 "/bin/sh": exit status 3`},
		{"status of a part", []Command{sh("echo x; exit 4"), {Bin: "cat"}}, "x\n", "", 0, `command 0 "/bin/sh": exit status 4`},
		{"stderr of all", []Command{sh("echo one >&2"), sh("cat; echo two >&2")}, "", "one\ntwo\n", 0, ""},
		{"environment", []Command{{Bin: "/usr/bin/env", Env: []string{"A=b"}}}, "A=b\n", "", 0, ""},
		{"directory", []Command{{Bin: "pwd", Dir: "/"}}, "/\n", "", 0, ""},
		{"no such program", []Command{{Bin: "/no/such"}}, "", "", -1, `start command 0 "/no/such": no such file or directory; check bin and directory`},
		{"no such program behind another", []Command{sh("sleep 60"), {Bin: "no-such-program"}}, "", "", -1, ""},
		{"killed", []Command{sh("kill -9 $$")}, "", "", -1, `command 0 "/bin/sh": signal: killed`},
		{"reads nothing", []Command{sh("yes 2>/dev/null"), sh("exit 0")}, "", "", 0, `command 0 "/bin/sh": `},
		{"a lot", []Command{sh("head -c 3000000 /dev/zero"), {Bin: "wc", Args: []string{"-c"}}}, "3000000\n", "", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, r := collect(context.Background(), tt.chain...)
			if out != tt.out || errs != tt.errs && len(errs) != len(tt.errs) || r.Exit != tt.exit {
				t.Errorf("wrote %q and %q, status %d; want %q, %q, %d", out, errs, r.Exit, tt.out, tt.errs, tt.exit)
			}
			if text := r.Text(); text != tt.text && (tt.text == "" && tt.exit == 0 || !strings.HasPrefix(text, tt.text)) {
				t.Errorf("errors %q, want %q", text, tt.text)
			}
			if tt.name == "no such program behind another" && !strings.Contains(r.Text(), `start command 1 "no-such-program"`) {
				t.Errorf("errors %q", r.Text())
			}
		})
	}
}

// alive tells whether a process runs; one that only waits to be reaped does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(b), ") Z ")
}

// The end of the context takes all that the commands have started with it, also
// what does not listen to SIGTERM, and pipes that are still open hold nobody.
func TestTheWholeGroupEnds(t *testing.T) {
	defer func(d time.Duration) { Polite = d }(Polite)
	Polite = 50 * time.Millisecond
	before := runtime.NumGoroutine()
	for _, script := range []string{
		"sleep 100 & echo $! >PIDS; wait",
		"trap '' TERM; (trap '' TERM; sleep 100) & echo $! >PIDS; while :; do sleep 100; done",
		"sleep 100 & echo $! >PIDS; exec sleep 100",
	} {
		pids := filepath.Join(t.TempDir(), "pids")
		ctx, cancel := context.WithCancelCause(context.Background())
		why := errors.New("took too long")
		go func() {
			for {
				if b, _ := os.ReadFile(pids); len(b) > 0 {
					cancel(why)
					return
				}
				time.Sleep(time.Millisecond) // until the script has come that far
			}
		}()
		_, _, r := collect(ctx, sh(strings.ReplaceAll(script, "PIDS", pids)), Command{Bin: "cat"})
		if !errors.Is(r.Cut, why) || r.Err() == nil {
			t.Errorf("%s: cut by %v", script, r.Cut)
		}
		b, _ := os.ReadFile(pids)
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
		for end := time.Now().Add(20 * time.Second); alive(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: process %d is left", script, pid)
			}
		}
	}
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("goroutines are left")
		}
	}
}

func TestWhoTakesMayEndTheRun(t *testing.T) {
	full := errors.New("full")
	r := Run(context.Background(), []Command{{Bin: "yes"}}, func([]byte) error { return full }, nil)
	if !errors.Is(r.Cut, full) {
		t.Errorf("cut by %v", r.Cut)
	}
}

// A daemon that a command leaves behind, and that keeps the pipe, is not waited for.
func TestOutputThatStaysOpen(t *testing.T) {
	defer func(d time.Duration) { linger = d }(linger)
	linger = 100 * time.Millisecond
	began := time.Now()
	out, _, r := collect(context.Background(), sh("sleep 30 & echo $!"))
	if d := time.Since(began); d > 20*time.Second || r.Err() != nil {
		t.Errorf("took %v, %v", d, r.Err())
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(out)); err == nil {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// TestMain plays the process that is killed in TestKilledWithUs.
func TestMain(m *testing.M) {
	if os.Getenv("PROCRUN_PARENT") != "" {
		Run(context.Background(), []Command{sh("echo $$; exec sleep 1000")}, func(b []byte) error {
			os.Stdout.Write(b)
			return nil
		}, nil)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestKilledWithUs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PROCRUN_PARENT=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	for end := time.Now().Add(20 * time.Second); alive(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("process %d outlives the one that started it", pid)
		}
	}
}
