package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestNamedControlGroups(t *testing.T) {
	cfg := config("cgroup")
	cfg.Cgroups = []string{"system.slice/*.service", "/heka"}
	got, _ := run(t, cfg, plugin.Env{}, 3)
	for i, want := range []string{"cgroup=/heka ", "cgroup=/system.slice/a.service memory_current=11B", "cgroup=/system.slice/b.service memory_current=22B"} {
		if !strings.Contains(got[i], want) {
			t.Errorf("message %d is %s, want %s", i, got[i], want)
		}
	}
	for _, name := range []string{"", "../x", "a/../../x", "a*/b", "["} {
		cfg.Cgroups = []string{name}
		plugintest.BadOption(t, cfg, "cgroups")
	}
}

// Beside version 1 the groups of version 2 have a place of their own.
func TestUnifiedControlGroups(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "fs/cgroup/unified/heka"), 0o700)
	os.WriteFile(filepath.Join(dir, "fs/cgroup/unified/cgroup.controllers"), nil, 0o600)
	os.WriteFile(filepath.Join(dir, "fs/cgroup/unified/heka/pids.current"), []byte("3\n"), 0o600)
	cfg := config("cgroup")
	cfg.SysPath = dir
	if got, _ := run(t, cfg, plugin.Env{}, 1); !strings.HasSuffix(got[0], "cgroup=/heka pids_current=3count") {
		t.Errorf("message %s", got[0])
	}
}

func TestTop(t *testing.T) {
	dir := t.TempDir()
	write := func(pid, name, ticks, rss string) {
		os.MkdirAll(filepath.Join(dir, pid), 0o700)
		os.WriteFile(filepath.Join(dir, pid, "stat"), []byte(pid+" ("+name+") S 0 1 1 0 -1 0 1 2 3 4 "+ticks+" 0 7 8 20 0 5 0 22 1 "+rss+" 1\n"), 0o600)
	}
	write("1", "init", "1000", "10")
	write("20", "busy) (x", "100", "20")
	write("3", "fat", "0", "9000")
	os.MkdirAll(filepath.Join(dir, "40"), 0o700) // has just ended
	cfg := config("top")
	cfg.ProcPath, cfg.TopCount = dir, 1
	got, _ := run(t, cfg, plugin.Env{}, 2, func() { write("20", "busy) (x", "600", "20") })
	for i, want := range []string{"pid=1 name=init state=S CPUPercent=0.00% CPUTime=10.00s", "pid=3 name=fat", "pid=3 name=fat", "pid=20 name=busy) (x state=S CPUPercent=50.00% CPUTime=6.00s"} {
		if !strings.Contains(got[i], want) {
			t.Errorf("message %d is %s, want %s", i, got[i], want)
		}
	}
}

// FuzzFiles: whatever a file of the kernel holds, each subject answers.
func FuzzFiles(f *testing.F) {
	for _, name := range []string{"pressure/cpu", "net/sockstat", "net/tcp", "uptime", "vmstat", "self/cgroup", "42/stat", "net/netstat", "meminfo"} {
		b, err := os.ReadFile("testdata/proc/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	b, _ := os.ReadFile("testdata/sys/fs/cgroup/heka/io.stat")
	f.Add(b)
	dir := f.TempDir()
	var files []string
	for _, name := range []string{"proc/stat", "proc/loadavg", "proc/meminfo", "proc/net/dev", "proc/net/netstat", "proc/9/stat", "sys/block/d/stat", "proc/pressure/cpu",
		"proc/net/sockstat", "proc/net/tcp", "proc/uptime", "proc/sys/fs/file-nr", "proc/vmstat", "proc/self/cgroup", "sys/class/hwmon/h/name", "sys/class/hwmon/h/temp1_input",
		"sys/fs/cgroup/g/cpu.stat", "sys/fs/cgroup/g/cpu.max", "sys/fs/cgroup/g/memory.current", "sys/fs/cgroup/g/memory.stat", "sys/fs/cgroup/g/io.stat"} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o700)
		files = append(files, path)
	}
	cfg := config("cpu")
	cfg.ProcPath, cfg.SysPath, cfg.Cgroups = dir+"/proc", dir+"/sys", []string{"g"}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, path := range files {
			os.WriteFile(path, b, 0o600)
		}
		p, err := New(cfg, plugin.Env{})
		if err != nil {
			t.Fatal(err)
		}
		in := p.(*Input)
		in.b = message.NewBuilder(1 << 16)
		for name, read := range subjects {
			if name != "filesystem" && name != "time" {
				read(in)
			}
		}
	})
}
