package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func supported() error { return nil }

// lock waits for other measurements on this machine to end.
func lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "heka-bench.lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// daemon is a program under test. It dies with us.
type daemon struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended
}

func (b *bench) start(line []string, v *vars, name string) (*daemon, error) {
	path, err := b.program(line[0])
	if err != nil {
		return nil, err
	}
	args := make([]string, 0, len(line))
	for _, a := range line[1:] {
		s, err := v.expand(a)
		if err != nil {
			return nil, err
		}
		args = append(args, s)
	}
	d := &daemon{cmd: exec.Command(path, args...), log: filepath.Join(v.Dir, name+".log"), done: make(chan struct{})}
	d.cmd.Dir = v.Dir
	f, err := os.Create(d.log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d.cmd.Stdout, d.cmd.Stderr = f, f
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		d.cmd.Wait()
		close(d.done)
	}()
	return d, nil
}

// stop asks it to end, and insists after eight seconds.
func (d *daemon) stop() {
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(8 * time.Second):
		d.kill()
	}
}

// kill ends it at once, without any chance to tidy up.
func (d *daemon) kill() {
	d.cmd.Process.Kill()
	<-d.done
}

func (d *daemon) gone() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// said returns the end of its log.
func (d *daemon) said() string {
	b, _ := os.ReadFile(d.log)
	return strings.TrimSpace(string(b[max(0, len(b)-600):]))
}

// counted reads what a sink printed at its end.
func (d *daemon) counted() (c counts, err error) {
	b, err := os.ReadFile(d.log)
	if err != nil {
		return c, err
	}
	if i := bytes.IndexByte(b, '{'); i >= 0 {
		err = json.Unmarshal(b[i:], &c)
	}
	return c, err
}

// waitPort returns once it listens.
func (d *daemon) waitPort(port int) error {
	for range 800 {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			return c.Close()
		}
		if d.gone() {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("it never listened on port %d; it said: %s", port, d.said())
}

// cpu is the processor time of all its threads so far, in seconds.
func (d *daemon) cpu() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / 100 // USER_HZ
}

// peakRSS is the most memory it has held, in MiB.
func (d *daemon) peakRSS() float64 { return d.memory("VmHWM:") }

// memory reads a line of its status, in MiB.
func (d *daemon) memory(line string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	for l := range strings.SplitSeq(string(b), "\n") {
		if rest, ok := strings.CutPrefix(l, line); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}
