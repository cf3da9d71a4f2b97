//go:build unix

package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/plugin"
)

const echo = "[ProcessInput]\nimmediate_start = true\nsplitter = 'S'\ndecoder = 'D'\ntimeout = 5\n[ProcessInput.command.0]\nbin = '/bin/echo'\nargs = ['TEXT']\n"

type folder string

func (f folder) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(string(f), name)
	os.MkdirAll(filepath.Dir(path), 0o755)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDirectoryIsFollowed(t *testing.T) {
	dir := folder(t.TempDir())
	dir.write(t, "3600/a.toml", strings.ReplaceAll(echo, "TEXT", "one"))
	dir.write(t, "0/b.toml", strings.ReplaceAll(echo, "TEXT", "once"))
	b := start(t, time.Minute, func(env plugin.Env) (plugin.Input, error) {
		return newDirectory(DirectoryConfig{ProcessDir: string(dir)}, env)
	})
	texts := func() string {
		var list []string
		for _, r := range b.host.Records() {
			list = append(list, strings.TrimSpace(r.Data)+"/"+r.Message.Fields[0].Values[0].(string))
		}
		return strings.Join(list, " ")
	}
	b.host.Wait(t, 2)
	if s := texts(); !strings.Contains(s, "one/a.stdout") || !strings.Contains(s, "once/b.stdout") {
		t.Errorf("messages: %s", s)
	}
	for _, s := range b.host.Streams() {
		if o := s.Options(); o.Splitter != "S" || o.Decoder != "D" || !strings.HasPrefix(o.Name, "3600/a.") && !strings.HasPrefix(o.Name, "0/b.") {
			t.Errorf("stream options %+v", o)
		}
	}
	// changed, added, removed, and what is none of them
	dir.write(t, "3600/a.toml", strings.ReplaceAll(echo, "TEXT", "two"))
	dir.write(t, "60/c.toml", strings.ReplaceAll(echo, "TEXT", "three"))
	os.Remove(filepath.Join(string(dir), "0/b.toml"))
	dir.write(t, "x/d.toml", strings.ReplaceAll(echo, "TEXT", "never"))
	dir.write(t, "007/d.toml", strings.ReplaceAll(echo, "TEXT", "never"))
	dir.write(t, "60/d.conf", strings.ReplaceAll(echo, "TEXT", "never"))
	b.until("timers are set", func() bool { return b.sim.Waiting() >= 2 })
	b.sim.Advance(time.Minute)
	b.host.Wait(t, 4)
	if s := texts(); !strings.Contains(s, "two/a.stdout") || !strings.Contains(s, "three/c.stdout") || strings.Contains(s, "never") {
		t.Errorf("messages: %s", s)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	for _, s := range b.host.Streams() {
		if !s.Closed() {
			t.Errorf("stream %s is open", s.Options().Name)
		}
	}
}

func TestDirectoryRefusesWhatOthersMayWrite(t *testing.T) {
	dir := folder(t.TempDir())
	bad := strings.ReplaceAll(echo, "TEXT", "never")
	dir.write(t, "60/open.toml", bad)
	os.Chmod(filepath.Join(string(dir), "60/open.toml"), 0o646)
	dir.write(t, "elsewhere.toml", bad)
	os.Symlink(filepath.Join(string(dir), "elsewhere.toml"), filepath.Join(string(dir), "60/link.toml"))
	dir.write(t, "61/x.toml", bad)
	os.Chmod(filepath.Join(string(dir), "61"), 0o777)
	dir.write(t, "60/broken.toml", "[ProcessInput]\ncomand = 1\n")
	dir.write(t, "60/good.toml", strings.ReplaceAll(echo, "TEXT", "good"))
	b := start(t, time.Minute, func(env plugin.Env) (plugin.Input, error) {
		env.ShareDir = filepath.Dir(string(dir))
		return newDirectory(DirectoryConfig{ProcessDir: filepath.Base(string(dir))}, env)
	})
	if got := b.host.Wait(t, 1); got[0].Data != "good\n" {
		t.Errorf("message %q", got[0].Data)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	log := b.log.String()
	for _, want := range []string{"open.toml", "links are not followed", "/61", "broken.toml", "2:1: unknown option"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing in the log\n%s", want, log)
		}
	}
}

func TestDirectoryThatIsNotThereYet(t *testing.T) {
	dir := folder(filepath.Join(t.TempDir(), "processes"))
	b := start(t, time.Minute, func(env plugin.Env) (plugin.Input, error) {
		return newDirectory(DirectoryConfig{ProcessDir: string(dir)}, env)
	})
	b.until("it is told", func() bool { return strings.Contains(b.log.String(), "no such file") })
	dir.write(t, "60/a.toml", strings.ReplaceAll(echo, "TEXT", "here"))
	b.tick(time.Minute)
	b.host.Wait(t, 1)
}

func TestFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "there is no section",
		"x":                                   "1:",
		"[ProcessInput]":                      "no program to run",
		"[ProcessInput]\n[Other]\n":           "unknown option",
		"[ProcessInput]\ntype = 'X'\n":        "only ProcessInput",
		strings.Replace(echo, "5", "-5", 1):   "is no time",
		strings.Replace(echo, "5", "'1m'", 1): "",
		strings.Replace(echo, "5", "2.5\nticker_interval = 3", 1): "",
	} {
		_, _, err := parseFile(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("parseFile(%q) = %v, want %q", text, err, want)
		}
	}
}

// FuzzFile: any text is a chain that can be run, or an error.
func FuzzFile(f *testing.F) {
	f.Add(echo)
	f.Add("[ProcessInput.command.1]\nbin = 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, chain, err := parseFile(text)
		if err == nil && (len(chain) == 0 || len(chain) != len(c.Command) || c.Timeout < 0) {
			t.Fatalf("%d commands of %q", len(chain), text)
		}
	})
}
