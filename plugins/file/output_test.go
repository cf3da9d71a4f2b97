package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// payloads is an encoder that writes the payload; "bad" cannot be encoded.
type payloads struct{}

func (payloads) Encode(dst []byte, v *message.View) ([]byte, error) {
	if v.Payload() == "bad" {
		return dst, errors.New("bad payload")
	}
	return append(dst, v.Payload()...), nil
}

type frames struct{ payloads }

func (frames) Passthrough() {}

// smallDisk is a file system on which room bytes can still be written.
type smallDisk struct {
	fsx.OS
	room int
}

type smallFile struct {
	fsx.File
	d *smallDisk
}

func (d *smallDisk) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	f, err := d.OS.OpenFile(name, flag, perm)
	return smallFile{f, d}, err
}

func (f smallFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b[:min(len(b), f.d.room)])
	if f.d.room -= n; n < len(b) && err == nil {
		err = &fs.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	}
	return n, err
}

func config(path string) Config {
	return Config{Path: path, Perm: "644", FolderPerm: "700", FlushInterval: time.Second, FlushCount: 1, FlushOperator: "AND"}
}

func open(t testing.TB, cfg Config, enc plugin.Encoder, framing bool, fsys fsx.FS, clk clock.Clock) *Output {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	out, err := newOutput(cfg, plugin.Env{
		Name: "f", Log: slog.New(slog.DiscardHandler), Clock: clk, FS: fsys, Encoding: plugin.NewEncoding(enc, framing, 1<<16),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := out.(*Output)
	if err := o.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Stop() })
	return o
}

func deliver(t testing.TB, o *Output, in ...*message.Selection) {
	t.Helper()
	if err := try(o, in...); err != nil {
		t.Fatal(err)
	}
}

func try(o *Output, in ...*message.Selection) error {
	list := make([]message.Selection, len(in))
	for i := range in {
		list[i] = *in[i]
	}
	err := o.Deliver(context.Background(), list)
	for i := range in {
		*in[i] = list[i]
	}
	return err
}

func content(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDeliverEncodesAndRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "out.log")
	o := open(t, config(path), payloads{}, false, fsx.OS{}, clock.Real{})
	one := plugintest.Select(func(i int) bool { return i != 1 }, plugintest.Payloads("one\n", "not mine\n", "bad", "two\n")...)
	two := plugintest.Select(nil, plugintest.Payloads("three\n")...)
	deliver(t, o, one, two)
	if got := content(t, path); got != "one\ntwo\nthree\n" {
		t.Errorf("file = %q", got)
	}
	if r := one.Refused(); len(r) != 1 || r[0].Index != 2 || !strings.Contains(r[0].Reason, "bad payload") {
		t.Errorf("refused %+v", r)
	}
	if n, _ := one.Left(); n != 0 {
		t.Errorf("%d messages are left", n)
	}
	info, _ := os.Stat(filepath.Dir(path))
	if info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v", info.Mode())
	}
	var r plugin.Report
	o.Report(&r)
	if r.Metrics[0].Value != path || r.Metrics[1].Value != int64(14) {
		t.Errorf("report %+v", r.Metrics)
	}
}

func TestFramedRunsAreWrittenAsTheyLie(t *testing.T) {
	for _, size := range []int{10, 5000, 50000} {
		path := filepath.Join(t.TempDir(), "out")
		o := open(t, config(path), frames{}, true, fsx.OS{}, clock.Real{})
		var drafts []message.Draft
		var want []byte
		pick := func(i int) bool { return i%7 != 3 }
		for i := range 30 {
			d := message.Draft{UUID: [16]byte{1, byte(i)}, Header: message.Header{Payload: strings.Repeat(string(rune('a'+i)), size)}}
			drafts = append(drafts, d)
			if pick(i) {
				want = message.AppendFrame(want, d.Encode())
			}
		}
		deliver(t, o, plugintest.Select(pick, drafts...))
		if got := content(t, path); got != string(want) {
			t.Errorf("payloads of %d: file has %d bytes, want %d, the same frames", size, len(got), len(want))
		}
	}
}

func TestFullDiskGoesOnWithoutTearingOrDoubling(t *testing.T) {
	for _, framing := range []bool{false, true} {
		t.Run(fmt.Sprintf("framing %v", framing), func(t *testing.T) {
			var enc plugin.Encoder = payloads{}
			if framing {
				enc = frames{}
			}
			path := filepath.Join(t.TempDir(), "out")
			disk := &smallDisk{room: 1 << 30}
			o := open(t, config(path), enc, framing, disk, clock.Real{})
			var want []byte
			var sels []*message.Selection
			for s := range 3 {
				var drafts []message.Draft
				for i := range 40 {
					d := message.Draft{UUID: [16]byte{1}, Header: message.Header{Payload: strings.Repeat("x", 3000) + fmt.Sprintf(" %d.%d\n", s, i)}}
					drafts = append(drafts, d)
					if framing {
						want = message.AppendFrame(want, d.Encode())
					} else {
						want = append(want, d.Payload...)
					}
				}
				sels = append(sels, plugintest.Select(nil, drafts...))
			}
			for _, room := range []int{0, 1000, 7, 100000, 0, 200000} {
				disk.room = room
				err := try(o, sels...)
				if !errors.Is(err, plugin.ErrRetry) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") {
					t.Fatalf("with %d bytes of room: %v", room, err)
				}
				if got := content(t, path); !bytes.HasPrefix(want, []byte(got)) {
					t.Fatalf("after %d bytes of room the file is no prefix of what is wanted", room)
				}
			}
			disk.room = 1 << 30
			deliver(t, o, sels...)
			if got := content(t, path); got != string(want) {
				t.Errorf("file has %d bytes, want %d and the same", len(got), len(want))
			}
		})
	}
}

func TestRotationByTheClock(t *testing.T) {
	dir := t.TempDir()
	zone := time.FixedZone("here", 5*3600+1800)
	clk := clock.NewSim(time.Date(2024, 2, 29, 22, 30, 0, 0, zone))
	cfg := config(filepath.Join(dir, "%Y", "%m-%d_%H.log"))
	cfg.RotationInterval = 4
	o := open(t, cfg, payloads{}, false, fsx.OS{}, clk)
	for i, at := range []time.Duration{0, 89 * time.Minute, time.Minute, 4 * time.Hour, 11 * time.Hour} {
		clk.Advance(at)
		deliver(t, o, plugintest.Select(nil, plugintest.Payloads(fmt.Sprint(i))...))
	}
	for name, want := range map[string]string{"02-29_22": "01", "03-01_00": "2", "03-01_04": "3", "03-01_15": "4"} {
		if got := content(t, filepath.Join(dir, "2024", name+".log")); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
}

// A clock that was set wrong and is set right again writes into the right files.
func TestRotationWhenTheClockIsSet(t *testing.T) {
	dir := t.TempDir()
	clk := clock.NewSim(time.Date(2024, 2, 29, 22, 30, 0, 0, time.UTC))
	cfg := config(filepath.Join(dir, "%m-%d.log"))
	cfg.RotationInterval = 24
	o := open(t, cfg, payloads{}, false, fsx.OS{}, clk)
	for i, jump := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour, -30 * time.Second, 48 * time.Hour} {
		clk.Jump(jump)
		deliver(t, o, plugintest.Select(nil, plugintest.Payloads(fmt.Sprint(i))...))
	}
	for name, want := range map[string]string{"02-29": "023", "03-01": "1", "03-02": "4"} {
		if got := content(t, filepath.Join(dir, name+".log")); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	clk := clock.NewSim(time.Unix(1000, 0))
	o := open(t, config(path), payloads{}, false, fsx.OS{}, clk)
	say := func(text string) { deliver(t, o, plugintest.Select(nil, plugintest.Payloads(text)...)) }
	say("a")
	os.Rename(path, path+".1")
	say("b")
	if got := content(t, path+".1"); got != "ab" {
		t.Errorf("before SIGHUP: %q", got)
	}
	if err := o.Reload(); err != nil {
		t.Fatal(err)
	}
	say("c")
	if got := content(t, path); got != "c" {
		t.Errorf("after SIGHUP: %q", got)
	}
	os.Remove(path)
	clk.Advance(2 * time.Second)
	say("d")
	if got := content(t, path); got != "d" {
		t.Errorf("after the file was deleted: %q", got)
	}
}

func TestReloadWithHalfARecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	disk := &smallDisk{room: 2}
	o := open(t, config(path), payloads{}, false, disk, clock.Real{})
	sel := plugintest.Select(nil, plugintest.Payloads("abcd")...)
	if err := try(o, sel); !errors.Is(err, plugin.ErrRetry) {
		t.Fatal(err)
	}
	os.Rename(path, path+".1")
	if err := o.Reload(); err != nil {
		t.Fatal(err)
	}
	if err := try(o, sel); !errors.Is(err, plugin.ErrRetry) {
		t.Fatal(err)
	}
	disk.room = 100
	deliver(t, o, sel, plugintest.Select(nil, plugintest.Payloads("e")...))
	if a, b := content(t, path+".1"), content(t, path); a != "abcd" || b != "e" {
		t.Errorf("old file %q, new file %q", a, b)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)
	for path, want := range map[string]string{
		dir:                             "is a directory; correct path",
		filepath.Join(dir, "file", "x"): "not a directory; correct path",
	} {
		out, err := newOutput(config(path), plugin.Env{Log: slog.New(slog.DiscardHandler), Clock: clock.Real{}, FS: fsx.OS{}, Encoding: plugin.NewEncoding(payloads{}, false, 100)})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.(*Output).Start(context.Background()); err == nil || !strings.HasSuffix(err.Error(), want) || errors.Is(err, plugin.ErrRetry) {
			t.Errorf("Start with path %s: %v, want …%s", path, err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for option, spoil := range map[string]func(*Config){
		"path":              func(c *Config) { c.Path = "" },
		"perm":              func(c *Config) { c.Perm = "rw" },
		"folder_perm":       func(c *Config) { c.FolderPerm = "1777" },
		"rotation_interval": func(c *Config) { c.RotationInterval = 5 },
		"flush_interval":    func(c *Config) { c.FlushInterval = -1 },
		"flush_count":       func(c *Config) { c.FlushCount = 0 },
		"flush_operator":    func(c *Config) { c.FlushOperator = "XOR" },
	} {
		c := config("x")
		spoil(&c)
		plugintest.BadOption(t, &c, option)
	}
}

func BenchmarkWrite(b *testing.B) {
	block := bytes.Repeat([]byte("x"), 240<<10)
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.SetBytes(int64(len(block)))
	for i := 0; b.Loop(); i++ {
		if i%64 == 0 {
			f.Truncate(0)
			f.Seek(0, 0)
		}
		f.Write(block)
	}
}

func BenchmarkDeliver(b *testing.B) {
	for _, bm := range []struct {
		name    string
		enc     plugin.Encoder
		framing bool
		size, n int
		pick    func(int) bool
	}{
		{"frames of 100 B", frames{}, true, 100, 1800, nil},
		{"frames of 1 KB", frames{}, true, 1000, 230, nil},
		{"half of the frames of 1 KB", frames{}, true, 1000, 460, func(i int) bool { return i%2 == 0 }},
		{"payloads of 200 B", payloads{}, false, 200, 1000, nil},
	} {
		b.Run(bm.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "out")
			o := open(b, config(path), bm.enc, bm.framing, fsx.OS{}, clock.Real{})
			var drafts []message.Draft
			for range bm.n {
				drafts = append(drafts, message.Draft{Header: message.Header{Payload: strings.Repeat("x", bm.size)}})
			}
			proto := plugintest.Select(bm.pick, drafts...)
			list := make([]message.Selection, 1)
			b.SetBytes(int64(proto.Size()))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%64 == 0 {
					os.Truncate(path, 0)
				}
				list[0] = *proto
				if err := o.Deliver(context.Background(), list); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(proto.Len()), "ns/msg")
		})
	}
}
