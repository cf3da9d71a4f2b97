package filepolling

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) { plugintest.Run(t, "FilePollingInput", "") }

// run starts the input, takes the steps with a tick behind each, and stops it.
func run(t *testing.T, cfg Config, host *plugintest.Host, steps ...func()) (log string, in *Input) {
	t.Helper()
	sim := clock.NewSim(time.Unix(1000, 0))
	var buf bytes.Buffer
	p, err := newInput(cfg, plugin.Env{Name: "poll", Hostname: "here", Clock: sim, Ticker: 7 * time.Second, MaxMessageSize: 4096, Log: slog.New(slog.NewTextHandler(&buf, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, host) }()
	waiting := func() {
		for sim.Waiting() == 0 { // nothing tells when a timer is set
			time.Sleep(time.Millisecond)
		}
	}
	waiting()
	for _, step := range steps {
		step()
		sim.Advance(7 * time.Second)
		waiting()
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	return buf.String(), p.(*Input)
}

func TestReadsTheWholeFileAtEveryTick(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write := func(s string) func() { return func() { os.WriteFile(path, []byte(s), 0o600) } }
	write("one\ntwo")()
	host := &plugintest.Host{}
	run(t, Config{FilePath: path, MaxFileSize: 100}, host, func() {}, write(""), write("three"))
	var got []string
	for _, r := range host.Records() {
		m := r.Message
		got = append(got, m.Payload)
		if m.Type != "heka.file.polling" || m.Logger != "poll" || m.Hostname != "here" || fmt.Sprint(m.Fields[0].Values, m.Fields[1].Values) != "[7] ["+path+"]" {
			t.Errorf("message %+v", m)
		}
	}
	if s := fmt.Sprintf("%q", got); s != `["one\ntwo" "one\ntwo" "three"]` {
		t.Errorf("payloads %s", s)
	}
}

func TestWhatCannotBeReadIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	host := &plugintest.Host{}
	log, in := run(t, Config{FilePath: path, MaxFileSize: 100}, host,
		func() {},
		func() { os.WriteFile(path, bytes.Repeat([]byte("x"), 101), 0o600) },
		func() { os.WriteFile(path, bytes.Repeat([]byte("x"), 100), 0o600) },
		func() { os.Remove(path); os.Mkdir(path, 0o700) })
	if len(host.Records()) != 1 || in.failures.Load() != 4 {
		t.Errorf("%d records, %d failures", len(host.Records()), in.failures.Load())
	}
	if strings.Count(log, "read file_path") != 2 || strings.Count(log, "can be read again") != 1 || !strings.Contains(log, "not a regular file") {
		t.Errorf("log is\n%s", log)
	}
}

func TestLongFilesComeInPieces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	text := strings.Repeat("0123456789", 1000)
	os.WriteFile(path, []byte(text), 0o600)
	host := &plugintest.Host{}
	run(t, Config{FilePath: path, MaxFileSize: 1 << 20}, host)
	all := ""
	for _, r := range host.Records() {
		if len(r.Data) > 4096 {
			t.Errorf("a piece has %d bytes", len(r.Data))
		}
		all += r.Data
	}
	if all != text {
		t.Errorf("%d bytes came, want %d and the same", len(all), len(text))
	}
}

func TestValidate(t *testing.T) {
	for option, c := range map[string]Config{"file_path": {MaxFileSize: 1}, "max_file_size": {FilePath: "x"}} {
		plugintest.BadOption(t, c, option)
	}
}
