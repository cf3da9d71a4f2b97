package logstreamer

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/logstream"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// rig runs inputs over one directory of logs and one of positions.
type rig struct {
	t    testing.TB
	dir  string
	base string
	cfg  Config
	fs   fsx.FS
	log  logBuffer

	host *plugintest.Host
	in   *Input
	stop func() error
}

type logBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(b)
}

func (l *logBuffer) text() string {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.String()
}

func newRig(t testing.TB, match string, priority ...string) *rig {
	dir := t.TempDir()
	r := &rig{t: t, dir: filepath.Join(dir, "logs"), base: filepath.Join(dir, "base"), fs: fsx.OS{}}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.cfg = Config{
		LogDirectory: r.dir, FileMatch: match, Priority: priority, OldestDuration: 720 * time.Hour,
		RescanInterval: time.Minute, CheckDataInterval: 20 * time.Millisecond,
	}
	t.Cleanup(func() {
		if r.stop != nil {
			r.halt()
		}
	})
	return r
}

// run starts an input with a host of its own.
func (r *rig) run() {
	r.t.Helper()
	if err := r.cfg.Validate(); err != nil {
		r.t.Fatal(err)
	}
	in, err := newInput(r.cfg, plugin.Env{
		Name: "logs", Log: slog.New(slog.NewTextHandler(&r.log, nil)), Hostname: "me", BaseDir: r.base,
		Clock: clock.Real{}, FS: r.fs,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.in = in.(*Input)
	r.in.lastWait = 50 * time.Millisecond // the host confirms at once or not at all
	r.host = &plugintest.Host{Splitter: plugintest.Lines{}, Space: 4 << 10}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	host := r.host
	go func() { done <- in.Run(ctx, host) }()
	r.stop = func() error {
		cancel()
		return <-done
	}
}

// halt ends the input in good order.
func (r *rig) halt() {
	r.t.Helper()
	if err := r.stop(); err != nil {
		r.t.Errorf("Run: %v", err)
	}
	r.stop = nil
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) add(name, text string) {
	r.t.Helper()
	os.MkdirAll(filepath.Dir(r.path(name)), 0o755)
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) want(texts ...string) []plugintest.Record {
	r.t.Helper()
	got := r.host.Wait(r.t, len(texts))
	for i, rec := range got {
		if i >= len(texts) || rec.Data != texts[i] {
			r.t.Fatalf("record %d = %q, want %q; log:\n%s", i, rec.Data, append(texts, "nothing")[min(i, len(texts))], r.log.text())
		}
	}
	return got
}

func TestRecordsAndReport(t *testing.T) {
	r := newRig(t, `(?P<Site>\w+)\.log`)
	r.cfg.Differentiator = []string{"site-", "Site"}
	r.add("a.log", "one\ntwo\nhalf")
	r.run()
	got := r.want("one\n", "two\n")
	h := got[0].Header
	if h.Type != "logfile" || h.Logger != "site-a" || h.Hostname != "me" || h.Severity != 7 || h.Timestamp != 0 || got[0].Stream != "site-a" {
		t.Errorf("header = %+v of stream %q", h, got[0].Stream)
	}
	r.add("a.log", " line\n")
	r.want("one\n", "two\n", "half line\n")
	r.add("sub/b.log", "new stream\n")
	got = r.host.Wait(t, 4)
	if got[3].Header.Logger != "site-b" {
		t.Errorf("record of the new stream = %+v", got[3])
	}
	var rep plugin.Report
	r.in.Report(&rep)
	if len(rep.Metrics) != 4 || rep.Metrics[0] != (plugin.Metric{Name: "site-a-filename", Value: r.path("a.log")}) ||
		rep.Metrics[1] != (plugin.Metric{Name: "site-a-bytes", Value: int64(18), Representation: "B"}) {
		t.Errorf("report = %+v", rep.Metrics)
	}
}

func TestPositionIsOnlyWhatWasAcknowledged(t *testing.T) {
	r := newRig(t, `a\.log`)
	r.add("a.log", "one\n")
	r.run()
	r.want("one\n")
	r.host.Hold()
	r.add("a.log", "two\nthree\nha")
	r.want("one\n", "two\n", "three\n")
	r.host.Stop() // as in a crash: nothing more is acknowledged
	r.stop()
	r.stop = nil
	s, ok, err := logstream.LoadState(fsx.OS{}, filepath.Join(r.base, "logstreamer", "logs"))
	if !ok || err != nil || s.Seek != 4 || s.File != r.path("a.log") {
		t.Errorf("saved %+v, %v, %v; want seek 4", s, ok, err)
	}
	r.add("a.log", "lf\n")
	r.run()
	r.want("two\n", "three\n", "half\n")
	r.halt()
	r.add("a.log", "four\n")
	r.run()
	r.want("four\n")
}

func TestUnfinishedLineIsNotLostOverAStop(t *testing.T) {
	r := newRig(t, `a\.log`)
	r.add("a.log", "one\nhal")
	r.run()
	r.want("one\n")
	r.halt()
	r.add("a.log", "f\n")
	r.run()
	r.want("half\n")
}

func TestInitialTail(t *testing.T) {
	r := newRig(t, `(?P<N>\w)\.log`)
	r.cfg.Differentiator = []string{"N"}
	r.cfg.InitialTail = true
	r.add("a.log", "old\n")
	r.run()
	r.host.Until(t, "the stream", func() bool { return true })
	for len(r.in.all()) == 0 {
		time.Sleep(time.Millisecond)
	}
	r.add("a.log", "new\n")
	r.want("new\n")
	r.add("b.log", "from its beginning\n")
	r.want("new\n", "from its beginning\n")
}

func TestLateLinesSurviveARestart(t *testing.T) {
	r := newRig(t, `log(\.(?P<N>\d))?`, "^N")
	r.add("log", "a\n")
	r.run()
	r.want("a\n")
	r.must(os.Rename(r.path("log"), r.path("log.1")))
	r.add("log", "b\n")
	r.want("a\n", "b\n")
	r.add("log.1", "late\n")
	r.want("a\n", "b\n", "late\n")
	r.halt()
	r.add("log.1", "later\n")
	r.add("log", "c\n")
	r.run()
	got := r.host.Wait(t, 2)
	if s := got[0].Data + got[1].Data; s != "c\nlater\n" && s != "later\nc\n" || len(got) != 2 {
		t.Errorf("after the restart: %v", got)
	}
}

func TestTroubleIsNamed(t *testing.T) {
	r := newRig(t, `\w+\.log`)
	r.add("a.log", "a\n")
	r.add("b.log", "b\n")
	r.must(os.MkdirAll(filepath.Join(r.base, "logstreamer"), 0o755))
	r.run()
	for !strings.Contains(r.log.text(), "set priority") {
		time.Sleep(time.Millisecond)
	}
	r.must(os.Remove(r.path("b.log")))
	r.want("a\n")
	other := newRig(t, `a\.log`)
	other.base, other.cfg.LogDirectory = r.base, r.dir
	other.run()
	for !strings.Contains(other.log.text(), "is read by") {
		time.Sleep(time.Millisecond)
	}
	r.halt()
	r.must(os.WriteFile(filepath.Join(r.base, "logstreamer", "logs"), []byte("{"), 0o600))
	r.run()
	r.want("a\n")
	if !strings.Contains(r.log.text(), "position file") {
		t.Errorf("log says nothing of the damaged position file:\n%s", r.log.text())
	}
}

func TestManyStreamsLeaveNothingBehind(t *testing.T) {
	const n = 2000
	r := newRig(t, `(?P<N>\d+)\.log`)
	r.cfg.Differentiator = []string{"N"}
	for i := range n {
		r.add(fmt.Sprintf("%d.log", i), "first\n")
	}
	r.run()
	r.host.Wait(t, n)
	for i := range n {
		r.add(fmt.Sprintf("%d.log", i), "second\n")
	}
	r.host.Wait(t, 2*n)
	r.halt()
	for _, s := range r.host.Streams() {
		if !s.Closed() {
			t.Fatalf("stream %q is still open", s.Options().Name)
		}
	}
	r.run()
	for i := range n {
		r.add(fmt.Sprintf("%d.log", i), "third\n")
	}
	for _, rec := range r.host.Wait(t, n) {
		if rec.Data != "third\n" {
			t.Fatalf("after a restart %q came again", rec.Data)
		}
	}
}

// fullDisk cannot write while full is set.
type fullDisk struct {
	fsx.OS
	full atomic.Bool
}

func (d *fullDisk) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	if flag&os.O_WRONLY != 0 && d.full.Load() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOSPC}
	}
	return d.OS.OpenFile(name, flag, perm)
}

func TestReadingGoesOnWhilePositionsCannotBeSaved(t *testing.T) {
	r := newRig(t, `a\.log`)
	disk := new(fullDisk)
	disk.full.Store(true)
	r.fs = disk
	r.add("a.log", "one\n")
	r.run()
	r.want("one\n")
	r.halt()
	if !strings.Contains(r.log.text(), "save position file: ") || !strings.Contains(r.log.text(), "no space left") {
		t.Errorf("log: %s", r.log.text())
	}
	r.run()
	r.want("one\n")
	disk.full.Store(false)
	r.add("a.log", "two\n")
	r.want("one\n", "two\n")
	r.halt()
	r.add("a.log", "three\n")
	r.run()
	r.want("three\n")
}

func TestStreamsThatTheEngineEnds(t *testing.T) {
	r := newRig(t, `(?P<N>\w)\.log`)
	r.cfg.Differentiator = []string{"N"}
	for i := range 20 {
		r.add(string(rune('a'+i))+".log", strings.Repeat("line\n", 1000))
	}
	r.run()
	r.host.Wait(t, 20000)
	r.host.Stop() // every stream is told that it is over
	r.add("a.log", "more\n")
	if err := r.stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	r.stop = nil
}
