package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// output makes a started output with any options.
func output(t testing.TB, cfg Config, fsys fsx.FS, clk clock.Clock) *Many {
	t.Helper()
	if cfg.MaxOpenFiles == 0 {
		cfg.MaxOpenFiles = 8
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	out, err := newOutput(cfg, plugin.Env{
		Name: "f", Log: slog.New(slog.DiscardHandler), Clock: clk, FS: fsys, Encoding: plugin.NewEncoding(payloads{}, false, 1<<16),
	})
	if err != nil {
		t.Fatal(err)
	}
	m := out.(*Many)
	if err := m.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Stop() })
	return m
}

func give(t testing.TB, m *Many, drafts ...message.Draft) []message.Refusal {
	t.Helper()
	list := []message.Selection{*plugintest.Select(nil, drafts...)}
	if err := m.Deliver(context.Background(), list); err != nil {
		t.Fatal(err)
	}
	if n, _ := list[0].Left(); n != 0 {
		t.Errorf("%d messages are left", n)
	}
	return list[0].Refused()
}

// tree lists the files below dir with what is in them.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			if b, err := os.ReadFile(path); err == nil { // it may just be packed
				files[filepath.ToSlash(name)] = string(b)
			}
		}
		return nil
	})
	return files
}

func draft(host, app, text string) message.Draft {
	d := message.Draft{Header: message.Header{Hostname: host, Type: "t", Payload: text, Severity: 6, Pid: 42}}
	if app != "" {
		d.Fields = []message.DraftField{{Name: "app", Type: message.String, Values: []any{app}}}
	}
	return d
}

func TestMessagesNameTheirFiles(t *testing.T) {
	dir := t.TempDir()
	m := output(t, config(dir+"/%{Hostname}/%{Fields[app]}-%{Severity}-%{Pid}.log"), fsx.OS{}, clock.Real{})
	give(t, m, draft("a", "web", "1\n"), draft("b", "web", "2\n"), draft("a", "web", "3\n"), draft("a", "", "4\n"), draft("", "x", "5\n"))
	want := map[string]string{"a/web-6-42.log": "1\n3\n", "b/web-6-42.log": "2\n", "a/_-6-42.log": "4\n", "_/x-6-42.log": "5\n"}
	if got := tree(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func TestMessagesCannotLeaveTheirFolder(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "root")
	m := output(t, config(dir+"/%{Hostname}/%{Fields[app]}"), fsx.OS{}, clock.Real{})
	evil := []string{"..", "../..", "/etc/passwd", "../../x", `..\..\x`, ".", "a/b", "\x00", "\n", "~root", "...", "-rf", strings.Repeat("x", 5000), "\xff\xfe", "a\u202eb", "con:", "$(x)", "\uff0e\uff0e\uff0fetc", "\u2025/", "..\x00", "\u2215etc\u2215passwd", strings.Repeat("\u00e9", 300), "\r\x1b[2J", " ", "%2e%2e%2f"}
	for _, e := range evil {
		for _, f := range evil {
			if ref := give(t, m, draft(e, f, "x")); len(ref) != 0 {
				t.Errorf("%q/%q refused: %v", e, f, ref)
			}
		}
	}
	for name := range tree(t, top) {
		if !strings.HasPrefix(name, "root/") || strings.Count(name, "/") != 2 {
			t.Errorf("a message made %q", name)
		}
	}
	if m.open.Load() > 8 {
		t.Errorf("%d files are open", m.open.Load())
	}
}

func TestLinksOutOfTheFolderOfMessagesAreNotFollowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such links here")
	}
	top := t.TempDir()
	dir := filepath.Join(top, "real")
	for _, d := range []string{"/real/inner", "/out"} {
		os.MkdirAll(top+d, 0o700)
	}
	os.WriteFile(top+"/out/file", []byte("safe"), 0o600)
	for link, to := range map[string]string{
		"/root": dir, "/real/away": top + "/out", "/real/up": "..", "/real/near": "inner", "/real/nowhere": top + "/out/new", "/real/inner/file": "../../out/file", "/real/loop": "loop",
	} {
		if err := os.Symlink(to, top+link); err != nil {
			t.Fatal(err)
		}
	}
	m := output(t, config(top+"/root/%{Hostname}/%{Fields[app]}"), fsx.OS{}, clock.Real{}) // a root that is a link is the configuration's
	for _, tt := range []struct{ host, app, want string }{
		{"away", "x", "leads out of"}, {"away", "file", "leads out of"}, {"up", "x", "leads out of"}, {"nowhere", "x", "leads out of"}, {"inner", "file", "leads out of"}, {"loop", "x", "leads out of"},
		{"near", "x", ""}, {"new", "x", ""},
	} {
		ref := give(t, m, draft(tt.host, tt.app, "text"))
		if got := fmt.Sprint(ref); tt.want == "" && len(ref) != 0 || !strings.Contains(got, tt.want) {
			t.Errorf("%s/%s: refused %v, want %q", tt.host, tt.app, got, tt.want)
		}
	}
	if got := fmt.Sprint(tree(t, top+"/out")); got != "map[file:safe]" {
		t.Errorf("outside there are %s", got)
	}
	cut := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x4a" // would be cut off as an unfinished write
	os.WriteFile(top+"/out/file", []byte(cut), 0o600)
	packed := config(top + "/root/%{Hostname}/%{Fields[app]}")
	packed.Compression = "gzip"
	if ref := give(t, output(t, packed, fsx.OS{}, clock.Real{}), draft("away", "file", "text")); len(ref) != 1 || content(t, top+"/out/file") != cut {
		t.Errorf("packed: refused %v, outside there is %q", ref, content(t, top+"/out/file"))
	}
	if got := content(t, dir+"/inner/x"); got != "text" {
		t.Errorf("through a link that stays inside: %q", got)
	}
}

func TestRootOfTemplate(t *testing.T) {
	for path, want := range map[string]string{"/var/log/%{Type}": "/var/log", "/var/log/x-%{Type}/y": "/var/log", "%{Type}": ".", "a/%{Type}": "a", "/%{Type}": "/"} {
		tmpl, err := parseTemplate(path, false, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got := filepath.ToSlash(tmpl.root()); got != want {
			t.Errorf("root of %q = %q, want %q", path, got, want)
		}
	}
}

// FuzzTemplate: whatever a message says, its path has the folders that the
// configuration gives it, none of them ".." and no control characters.
func FuzzTemplate(f *testing.F) {
	f.Add("../x", "a/b")
	f.Add(".", "\x00")
	tmpl, err := parseTemplate("/r/%{Hostname}/%{Fields[app]}.%{Type}", false, time.Time{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, host, app string) {
		d := draft(host, app, "")
		d.Type = app
		var v message.View
		if !v.Parse(d.Encode(), nil) {
			t.Skip()
		}
		path := string(tmpl.append(nil, &v))
		parts := strings.Split(path, "/")
		if len(parts) != 4 || parts[1] != "r" || filepath.Clean(path) != path || !utf8.ValidString(path) || len(path) > 400 {
			t.Fatalf("path %q", path)
		}
		for _, c := range path {
			if c < ' ' || c == 0x7f || c == '\\' {
				t.Fatalf("path %q", path)
			}
		}
	})
}

func TestTheOldestFileIsClosed(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir + "/%{Hostname}")
	cfg.MaxOpenFiles = 2
	m := output(t, cfg, fsx.OS{}, clock.Real{})
	for i := range 20 {
		give(t, m, draft("always", "", "a"), draft(fmt.Sprint("h", i%5), "", "x"))
		if n := len(m.files); n > 2 {
			t.Fatalf("%d files are open", n)
		}
	}
	if got := tree(t, dir); got["always"] != strings.Repeat("a", 20) || got["h3"] != "xxxx" || len(got) != 6 {
		t.Errorf("files %q", got)
	}
	var r plugin.Report
	m.Report(&r)
	if r.Metrics[1].Value != int64(40) || m.files[dir+"/always"].Output.opened.Load() != 1 {
		t.Errorf("report %+v", r.Metrics)
	}
}

func TestPathThatCannotBeOpenedIsRefused(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(dir+"/taken", 0o700)
	m := output(t, config(dir+"/%{Hostname}"), fsx.OS{}, clock.Real{})
	ref := give(t, m, draft("a", "", "1"), draft("taken", "", "2"), draft("a", "", "3"))
	if len(ref) != 1 || ref[0].Index != 1 || !strings.Contains(ref[0].Reason, "is a directory") {
		t.Errorf("refused %v", ref)
	}
	if got := content(t, dir+"/a"); got != "13" {
		t.Errorf("the others: %q", got)
	}
}

func TestRotationBySize(t *testing.T) {
	for _, pack := range []string{"", "gzip", "zstd"} {
		t.Run(pack, func(t *testing.T) {
			dir := t.TempDir()
			clk := clock.NewSim(time.Date(2026, 11, 25, 17, 0, 0, 0, time.UTC))
			cfg := config(dir + "/x.log")
			cfg.MaxSize, cfg.Keep, cfg.CompressRotated = 10, 2, pack
			os.WriteFile(dir+"/x.log.other", nil, 0o600)
			os.WriteFile(dir+"/x.log", []byte("old\n"), 0o600)
			m := output(t, cfg, fsx.OS{}, clk)
			for i := range 4 {
				give(t, m, plugintest.Payloads(fmt.Sprintf("%da\n", i), fmt.Sprintf("%db\n", i), "0123456789abc\n")...)
				clk.Advance(time.Second)
			}
			if err := m.Stop(); err != nil {
				t.Fatal(err)
			}
			got := tree(t, dir)
			if pack == "" {
				want := map[string]string{"x.log": "0123456789abc\n", "x.log.other": "", "x.log.20261125T170003.000": "0123456789abc\n", "x.log.20261125T170003.000-0001": "3a\n3b\n"}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("files %q, want %q", got, want)
				}
			}
			for name := range got {
				if strings.HasSuffix(name, ".tmp") {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

func TestFinishedFilesArePacked(t *testing.T) {
	dir := t.TempDir()
	clk := clock.NewSim(time.Date(2026, 11, 25, 17, 0, 0, 0, time.UTC))
	cfg := config(dir + "/x.log")
	cfg.MaxSize, cfg.CompressRotated = 5, "gzip"
	os.WriteFile(dir+"/x.log.20261124T170000.000", []byte("of yesterday"), 0o600)
	m := output(t, cfg, fsx.OS{}, clk)
	give(t, m, plugintest.Payloads("one\n", "two\n")...)
	for end := time.Now().Add(plugintest.Timeout); len(tree(t, dir)) != 3 || strings.Contains(fmt.Sprint(tree(t, dir)), ".000:"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("files %q", tree(t, dir))
		}
	}
	for name, want := range map[string]string{"x.log.20261124T170000.000.gz": "of yesterday", "x.log.20261125T170000.000.gz": "one\n"} {
		if got := unpack(t, "gzip", content(t, dir+"/"+name)); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if got := content(t, dir+"/x.log"); got != "two\n" {
		t.Errorf("x.log holds %q", got)
	}
}

func unpack(t testing.TB, kind, s string) string {
	t.Helper()
	var r io.Reader
	var err error
	if kind == "gzip" {
		r, err = gzip.NewReader(strings.NewReader(s))
	} else {
		r, err = zstd.NewReader(strings.NewReader(s))
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWritesArePacked(t *testing.T) {
	for _, kind := range []string{"gzip", "zstd"} {
		path := filepath.Join(t.TempDir(), "x")
		cfg := config(path)
		cfg.Compression = kind
		m := output(t, cfg, fsx.OS{}, clock.Real{})
		want := ""
		for i := range 3 {
			text := strings.Repeat(fmt.Sprintf("line %d\n", i), 1000)
			give(t, m, plugintest.Payloads(text)...)
			want += text
			if got := unpack(t, kind, content(t, path)); got != want { // whole after each delivery
				t.Errorf("%s: %d bytes come out, want %d", kind, len(got), len(want))
			}
		}
		if n := len(content(t, path)); n > len(want)/10 {
			t.Errorf("%s: %d bytes of %d", kind, n, len(want))
		}
	}
}

// A packed file that a crash cut in the middle of a write can be read, and written
// on, from the start of that write; a file of another kind is left alone.
func TestPackedFilesAreMended(t *testing.T) {
	texts := []string{"one\n", strings.Repeat("two ", 300) + "\n", fmt.Sprint(time.Now().UnixNano(), "three\n")}
	for _, kind := range []string{"gzip", "zstd"} {
		var sound []byte
		var ends []int
		p := newPacker(kind)
		for _, text := range texts {
			sound = p.append(sound, []byte(text))
			ends = append(ends, len(sound))
		}
		for cut := 1; cut <= len(sound); cut++ {
			path := filepath.Join(t.TempDir(), "x")
			os.WriteFile(path, sound[:cut], 0o600)
			cfg := config(path)
			cfg.Compression = kind
			m := output(t, cfg, fsx.OS{}, clock.Real{})
			give(t, m, plugintest.Payloads("new\n")...)
			want := "new\n"
			for i := len(ends) - 1; i >= 0; i-- {
				if cut >= ends[i] {
					want = texts[i] + want
				}
			}
			if got := unpack(t, kind, content(t, path)); got != want {
				t.Fatalf("%s cut at %d of %d: %d bytes come out, want %d", kind, cut, len(sound), len(got), len(want))
			}
			m.Stop()
		}
		path := filepath.Join(t.TempDir(), "x")
		os.WriteFile(path, []byte("plain text"), 0o600)
		cfg := config(path)
		cfg.Compression = kind
		out, err := newOutput(cfg, plugin.Env{Log: slog.New(slog.DiscardHandler), Clock: clock.Real{}, FS: fsx.OS{}, Encoding: plugin.NewEncoding(payloads{}, false, 100)})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.(*Many).Start(context.Background()); err == nil || !strings.Contains(err.Error(), "does not begin with "+kind) || content(t, path) != "plain text" {
			t.Errorf("plain file: %v", err)
		}
		out.(*Many).Stop()
	}
}

// FuzzPackedEnd: in any bytes an end is found, within them, and never behind one
// that cannot be read.
func FuzzPackedEnd(f *testing.F) {
	for _, kind := range []string{"gzip", "zstd"} {
		p := newPacker(kind)
		b := p.append(p.append(nil, []byte("some text")), bytes.Repeat([]byte("x"), 1000))
		f.Add(b)
		f.Add(b[:len(b)-3])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, find := range map[string]func(io.Reader, int64) (int64, error){"gzip": gzipEnd, "zstd": zstdEnd} {
			if end, err := find(bytes.NewReader(b), int64(len(b))); err != nil || end < 0 || end > int64(len(b)) {
				t.Fatalf("%s: end %d of %d, %v", name, end, len(b), err)
			}
		}
	})
}

func TestKeepOfNamesWithTimes(t *testing.T) {
	dir := t.TempDir()
	clk := clock.NewSim(time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC))
	cfg := config(dir + "/app-%Y-%m-%d_%H.log")
	cfg.RotationInterval, cfg.Keep, cfg.CompressRotated = 1, 2, "zstd"
	for _, other := range []string{"app-2026-11-25_05.log.gz", "app-2026-11-25_05.txt", "app-2026-99-25_05.log", "b.log"} {
		os.WriteFile(filepath.Join(dir, other), nil, 0o600)
	}
	m := output(t, cfg, fsx.OS{}, clk)
	for i := range 5 {
		give(t, m, plugintest.Payloads(fmt.Sprint(i))...)
		clk.Advance(time.Hour)
		for end := time.Now().Add(plugintest.Timeout); i > 0 && len(tree(t, dir)["app-2026-11-25_"+fmt.Sprint(9+i)+".log"]) > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("files %q", tree(t, dir))
			}
		}
	}
	want := []string{"app-2026-11-25_05.txt", "app-2026-11-25_12.log.zst", "app-2026-11-25_13.log.zst", "app-2026-11-25_14.log", "app-2026-99-25_05.log", "b.log"}
	var names []string
	for end := time.Now().Add(plugintest.Timeout); time.Now().Before(end) && !slices.Equal(names, want); time.Sleep(time.Millisecond) {
		names = nil
		for n := range tree(t, dir) {
			names = append(names, n)
		}
		slices.Sort(names)
	}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

func TestTimeAndValuesInOnePath(t *testing.T) {
	dir := t.TempDir()
	clk := clock.NewSim(time.Date(2026, 11, 25, 23, 30, 0, 0, time.UTC))
	cfg := config(dir + "/%Y-%m-%d/%{Hostname}.log")
	cfg.RotationInterval = 24
	m := output(t, cfg, fsx.OS{}, clk)
	give(t, m, draft("%H", "", "1"))
	clk.Advance(time.Hour)
	give(t, m, draft("%H", "", "2"))
	if got := fmt.Sprint(tree(t, dir)); got != "map[2026-11-25/%H.log:1 2026-11-26/%H.log:2]" {
		t.Errorf("files %s", got)
	}
}

func TestManyFilesOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	disk := &smallDisk{room: 0}
	for _, pack := range []string{"", "gzip"} {
		disk.room = 0
		cfg := config(dir + "/%{Hostname}" + pack)
		cfg.Compression = pack
		m := output(t, cfg, disk, clock.Real{})
		list := []message.Selection{*plugintest.Select(nil, draft("a", "", "one\n"), draft("b", "", "two\n"), draft("a", "", "three\n"))}
		for _, room := range []int{0, 3, 5, 0} {
			disk.room = room
			if err := m.Deliver(context.Background(), list); !errors.Is(err, plugin.ErrRetry) {
				t.Fatalf("with %d bytes of room: %v", room, err)
			}
		}
		disk.room = 1000
		if err := m.Deliver(context.Background(), list); err != nil {
			t.Fatal(err)
		}
		a, b := content(t, dir+"/a"+pack), content(t, dir+"/b"+pack)
		if pack != "" {
			a, b = unpack(t, pack, a), unpack(t, pack, b)
		}
		if a != "one\nthree\n" || b != "two\n" {
			t.Errorf("a %q, b %q", a, b)
		}
	}
}

func TestReopenOfMany(t *testing.T) {
	dir := t.TempDir()
	m := output(t, config(dir+"/%{Hostname}"), fsx.OS{}, clock.Real{})
	give(t, m, draft("a", "", "1"), draft("b", "", "1"))
	os.Rename(dir+"/a", dir+"/a.old")
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	give(t, m, draft("a", "", "2"), draft("b", "", "2"))
	if got := fmt.Sprint(tree(t, dir)); got != "map[a:2 a.old:1 b:12]" {
		t.Errorf("files %s", got)
	}
}

func TestLinksInSharedFoldersAreNotFollowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such links here")
	}
	dir := t.TempDir()
	os.WriteFile(dir+"/victim", []byte("safe"), 0o600)
	os.Mkdir(dir+"/shared", 0o700)
	os.Symlink(dir+"/victim", dir+"/shared/link")
	try := func() error {
		o, err := newOutput(config(dir+"/shared/link"), plugin.Env{Log: slog.New(slog.DiscardHandler), Clock: clock.Real{}, FS: fsx.OS{}, Encoding: plugin.NewEncoding(payloads{}, false, 100)})
		if err != nil {
			t.Fatal(err)
		}
		defer o.(*Output).Stop()
		return o.(*Output).Start(context.Background())
	}
	if err := try(); err != nil {
		t.Errorf("in a folder of our own: %v", err)
	}
	os.Chmod(dir+"/shared", 0o777)
	if err := try(); err == nil || !strings.Contains(err.Error(), "is not followed") {
		t.Errorf("in a shared folder: %v", err)
	}
}

// syncs counts the calls of Sync.
type syncs struct {
	fsx.OS
	n int
}

type syncFile struct {
	fsx.File
	of *syncs
}

func (s *syncs) OpenFile(name string, flag int, perm os.FileMode) (fsx.File, error) {
	f, err := s.OS.OpenFile(name, flag, perm)
	return &syncFile{f, s}, err
}

func (f *syncFile) Sync() error { f.of.n++; return f.File.Sync() }

func TestSync(t *testing.T) {
	for _, path := range []string{"/x", "/%{Hostname}"} {
		disk := &syncs{}
		cfg := config(t.TempDir() + path)
		cfg.Sync, cfg.MaxOpenFiles = true, 8
		out, err := newOutput(cfg, plugin.Env{Log: slog.New(slog.DiscardHandler), Clock: clock.Real{}, FS: disk, Encoding: plugin.NewEncoding(payloads{}, false, 100)})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.(plugin.Starter).Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := out.Deliver(context.Background(), []message.Selection{*plugintest.Select(nil, draft("a", "", "1"))}); err != nil || disk.n != 1 {
			t.Errorf("%s: %d syncs, %v", path, disk.n, err)
		}
		out.(plugin.Stopper).Stop()
	}
}

func TestValidateOfMany(t *testing.T) {
	for _, tt := range []struct {
		option string
		spoil  func(*Config)
	}{
		{"path", func(c *Config) { c.Path = "a/%{Typ}" }},
		{"path", func(c *Config) { c.Path = "a/%{Type" }},
		{"path", func(c *Config) { c.Path = "a/%{Fields[]}" }},
		{"path", func(c *Config) { c.Path = "a\x00" }},
		{"max_size", func(c *Config) { c.MaxSize = -1 }},
		{"keep", func(c *Config) { c.Keep = -1 }},
		{"keep", func(c *Config) { c.Keep = 1 }},
		{"keep", func(c *Config) { c.Keep, c.RotationInterval, c.Path = 1, 1, "%H/x" }},
		{"compress_rotated", func(c *Config) { c.CompressRotated = "gzip" }},
		{"compress_rotated", func(c *Config) { c.MaxSize, c.Compression, c.CompressRotated = 1, "gzip", "gzip" }},
		{"max_open_files", func(c *Config) { c.MaxOpenFiles = -1 }},
	} {
		c := config("x")
		c.MaxOpenFiles = 1
		tt.spoil(&c)
		plugintest.BadOption(t, &c, tt.option)
	}
}

func BenchmarkMany(b *testing.B) {
	m := output(b, config(b.TempDir()+"/%{Hostname}/%{Fields[app]}.log"), fsx.OS{}, clock.Real{})
	var drafts []message.Draft
	for i := range 1000 {
		drafts = append(drafts, draft(fmt.Sprint("h", i%2), fmt.Sprint("app", i%3), string(bytes.Repeat([]byte("x"), 200))))
	}
	proto := plugintest.Select(nil, drafts...)
	list := make([]message.Selection, 1)
	b.SetBytes(int64(proto.Size()))
	b.ReportAllocs()
	for b.Loop() {
		list[0] = *proto
		if err := m.Deliver(context.Background(), list); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/msg")
}
