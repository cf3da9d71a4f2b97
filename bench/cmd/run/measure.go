package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is one peer on one scenario.
type bench struct {
	*options
	entry    Peer
	scenario Scenario
}

// result is one run.
type result struct {
	Peer, Scenario string
	Records        int     // fed
	Got            int     // came out; -1 when the output is thrown away
	Bytes          int     // fed
	Seconds        float64 // from the first byte fed to the last sign of work
	CPUPerM        float64 // processor seconds a million records
	CPU2PerM       float64 // the same of the receiver behind it
	GenPerM        float64 // and of the generator
	RSSMiB         float64 // peak
}

func (b *bench) n() int {
	if b.entry.N > 0 {
		return b.entry.N
	}
	return b.scenario.N
}

// counts are what a sink prints at its end; Seconds lie between its first and its
// last read.
type counts struct {
	Records, Bytes, Damaged int
	Seconds                 float64
}

// mbs is how many megabytes a second the sink received.
func (c counts) mbs() float64 { return float64(c.Bytes) / 1e6 / max(c.Seconds, 1e-9) }

// special is what runs a scenario that is more than feeding and counting, nil
// where it is not.
func (b *bench) special() func() (head, row string, err error) {
	switch b.scenario.Do {
	case "outage":
		return b.outage
	case "kill":
		return b.killed
	}
	return nil
}

// missing says what is not installed, "" when all is there.
func (b *bench) missing() string {
	for _, name := range []string{"gen", "sink", b.entry.Cmd[0]} {
		if _, err := b.program(name); err != nil {
			return err.Error()
		}
	}
	return ""
}

// once does one run in a work folder of its own.
func (b *bench) once() (r result, err error) {
	dir, err := os.MkdirTemp(b.work, "bench-"+b.entry.Peer+"-")
	if err != nil {
		return r, err
	}
	if b.keep {
		fmt.Fprintln(os.Stderr, "work folder", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	v, err := b.prepare(dir)
	if err != nil {
		return r, err
	}
	feed := b.feeder(v)
	if b.scenario.Input == "file" {
		if err := feed.files(b.scenario.Logs, v); err != nil {
			return r, err
		}
	}
	var second *daemon
	if b.entry.Second != nil {
		if second, err = b.start(b.entry.Second, v, "second"); err != nil {
			return r, err
		}
		defer second.stop()
		if err := second.waitPort(v.Port2); err != nil {
			return r, err
		}
	}
	peer, err := b.start(b.entry.Cmd, v, "peer")
	if err != nil {
		return r, err
	}
	defer peer.stop()
	w := watch{b: b, dir: dir, peer: peer, second: second, begin: time.Now()}
	if b.scenario.Input == "file" {
		w.cpu0 = 0
		feed.done <- nil
	} else {
		if b.scenario.Input == "tcp" {
			if err := peer.waitPort(v.Port); err != nil {
				return r, err
			}
		}
		time.Sleep(300 * time.Millisecond) // let it finish its start
		w.cpu0, w.begin = peer.cpu(), time.Now()
		if second != nil {
			w.cpu20 = second.cpu()
		}
		go func() { feed.done <- feed.run(fmt.Sprintf("%s:127.0.0.1:%d", b.scenario.Input, v.Port)) }()
	}
	if err := w.wait(feed.done); err != nil {
		return r, err
	}
	return b.sum(&w, feed)
}

// sum stops the daemons, counts what came out and works out the figures.
func (b *bench) sum(w *watch, feed *feeder) (result, error) {
	r := result{Peer: b.entry.Peer, Scenario: b.entry.Scenario, Records: feed.sent.Records, Bytes: feed.sent.Bytes}
	r.RSSMiB = w.peer.peakRSS()
	reported, reportErr := -1, error(nil)
	if b.entry.Report != "" {
		reported, reportErr = askHekad(filepath.Join(w.dir, "base", "admin.sock"), b.entry.Report)
	}
	r.Seconds = w.last.Sub(w.begin).Seconds()
	if b.entry.Out == "" && feed.sent.Closed {
		r.Seconds = min(r.Seconds, feed.sent.Seconds)
	}
	w.peer.stop()
	if w.second != nil {
		w.second.stop()
	}
	perM := float64(r.Records) / 1e6
	r.CPUPerM = (w.cpu - w.cpu0) / perM
	r.CPU2PerM = (w.cpu2 - w.cpu20) / perM
	if b.scenario.Input != "file" {
		r.GenPerM = feed.cpu / perM
	}
	var err error
	switch {
	case b.entry.Report != "":
		r.Got, err = reported, reportErr
	case b.entry.FromSecond:
		var c counts
		c, err = w.second.counted()
		r.Got = c.Records
	case b.entry.Out == "":
		r.Got = -1
	case b.entry.Frames:
		r.Got, err = b.frames(filepath.Join(w.dir, b.entry.Out))
	default:
		r.Got, err = lines(filepath.Join(w.dir, b.entry.Out))
	}
	if err == nil && r.Got == 0 {
		err = errors.New("nothing came out; it said: " + w.peer.said())
	}
	return r, err
}

// prepare chooses ports and writes the configuration.
func (b *bench) prepare(dir string) (*vars, error) {
	v := &vars{Peer: b.entry.Peer, Scenario: b.entry.Scenario, Dir: dir, In: filepath.Join(dir, "in.log"), Logs: filepath.Join(dir, "logs"), N: b.n(), Matchers: matchers(b.entry.Matchers)}
	for i := range 20 {
		v.Twenty = append(v.Twenty, i)
	}
	for _, port := range []*int{&v.Port, &v.Port2, &v.Port3} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		*port = l.Addr().(*net.TCPAddr).Port
		defer l.Close()
	}
	for name, src := range b.entry.Files {
		text, err := os.ReadFile(filepath.Join(b.dir, "peers", src))
		if err != nil {
			return nil, err
		}
		out, err := v.expand(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", src, err)
		}
		if name == "hekad.toml" && b.profile != "" {
			file, err := filepath.Abs(filepath.Join(b.profile, v.Scenario+".prof"))
			if err != nil {
				return nil, err
			}
			out = strings.Replace(out, "[hekad]\n", fmt.Sprintf("[hekad]\ncpuprof = %q\n", file), 1)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(out), 0o644); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// feeder runs gen.
type feeder struct {
	program string
	args    []string
	done    chan error
	cpu     float64
	sent    struct {
		Records, Bytes int
		Seconds        float64
		Closed         bool
	}
}

func (b *bench) feeder(v *vars) *feeder {
	s := b.scenario
	gen, _ := b.program("gen")
	args := []string{"-kind", s.Kind, "-size", strconv.Itoa(s.Size), "-n", strconv.Itoa(v.N)}
	if s.Encoded {
		args = append(args, "-encoded")
	}
	if s.Fresh {
		args = append(args, "-fresh")
	}
	if s.Conns > 0 {
		args = append(args, "-conns", strconv.Itoa(s.Conns))
	}
	if s.Hold != "" {
		args = append(args, "-hold", s.Hold)
	}
	return &feeder{program: gen, args: args, done: make(chan error, 1)}
}

// files writes the log, or that many logs which share the records.
func (f *feeder) files(n int, v *vars) error {
	if n == 0 {
		return f.run("file:" + v.In)
	}
	if err := os.Mkdir(v.Logs, 0o755); err != nil {
		return err
	}
	records, size := 0, 0
	for i := range n {
		share := strconv.Itoa(v.N*(i+1)/n - v.N*i/n)
		if err := f.run(fmt.Sprintf("file:%s/in%04d.log", v.Logs, i), "-n", share); err != nil {
			return err
		}
		records, size = records+f.sent.Records, size+f.sent.Bytes
	}
	f.sent.Records, f.sent.Bytes = records, size
	return nil
}

func (f *feeder) run(to string, more ...string) error {
	cmd := exec.Command(f.program, append(append(slices.Clone(f.args), "-to", to), more...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	f.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return json.Unmarshal(out, &f.sent)
}
