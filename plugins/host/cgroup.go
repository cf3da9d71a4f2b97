package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/heka-project/heka/message"
)

// maxCgroups bounds the groups that patterns find.
const maxCgroups = 1000

// memoryParts are those of memory.stat that are reported.
var memoryParts = map[string]bool{"anon": true, "file": true, "kernel": true, "kernel_stack": true, "pagetables": true, "sock": true, "shmem": true,
	"slab": true, "pgfault": true, "pgmajfault": true}

// cgroup reports control groups (version 2) as stats.cgroup, one message each:
// what they have used of processors, memory and disks, and their limits.
func (in *Input) cgroup() error {
	names, err := in.cgroups()
	if err != nil {
		return err
	}
	var failed error
	for _, name := range names {
		if err := in.oneCgroup(name); err != nil {
			failed = err
		}
	}
	return failed
}

// cgroupRoot is where version 2 is mounted, alone or beside version 1.
func (in *Input) cgroupRoot() string {
	root := in.cfg.SysPath + "/fs/cgroup"
	if _, err := in.fs.Stat(root + "/cgroup.controllers"); err != nil {
		if _, err := in.fs.Stat(root + "/unified/cgroup.controllers"); err == nil {
			return root + "/unified"
		}
	}
	return root
}

// cgroups lists the groups to report: those of the configuration, else our own.
func (in *Input) cgroups() ([]string, error) {
	if len(in.cfg.Cgroups) == 0 {
		file := in.cfg.ProcPath + "/self/cgroup"
		lines, err := in.read(file)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			if name, ok := strings.CutPrefix(line, "0::"); ok {
				return []string{path.Clean("/" + name)}, nil
			}
		}
		return nil, fmt.Errorf("read %s: there is no control group of version 2; mount it, or take cgroup out of collect", file)
	}
	var list []string
	for _, pattern := range in.cfg.Cgroups {
		if !strings.ContainsAny(pattern, "*?[") {
			list = append(list, path.Clean("/"+pattern))
			continue
		}
		dir, last := path.Split(path.Clean("/" + pattern))
		entries, err := in.fs.ReadDir(in.cgroupRoot() + dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if ok, _ := path.Match(last, e.Name()); ok && e.IsDir() && len(list) < maxCgroups {
				list = append(list, dir+e.Name())
			}
		}
	}
	sort.Strings(list)
	return list, nil
}

func (in *Input) oneCgroup(name string) error {
	dir := strings.TrimSuffix(in.cgroupRoot()+name, "/")
	b := in.begin("stats.cgroup", dir)
	b.String("cgroup", name, "")
	found := false
	for _, file := range []struct {
		name string
		add  func(b *message.Builder, path string, lines []string) error
	}{
		{"cpu.stat", cpuStat}, {"cpu.max", cpuMax}, {"memory.current", single("memory_current", "B")}, {"memory.peak", single("memory_peak", "B")},
		{"memory.max", single("memory_max", "B")}, {"memory.high", single("memory_high", "B")}, {"memory.swap.current", single("memory_swap_current", "B")},
		{"memory.stat", memoryStat}, {"memory.events", keyed("memory_events_", "count", nil)}, {"io.stat", ioStat},
		{"pids.current", single("pids_current", "count")}, {"pids.max", single("pids_max", "count")},
		{"cpu.pressure", in.groupPressure("cpu_pressure_")}, {"memory.pressure", in.groupPressure("memory_pressure_")}, {"io.pressure", in.groupPressure("io_pressure_")},
	} {
		lines, err := in.read(dir + "/" + file.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the controller is off, or this is the root
		}
		if err != nil && strings.HasSuffix(file.name, ".pressure") {
			continue // pressure may be switched off: reading says so
		}
		if err == nil && (len(lines) > 1 || lines[0] != "") { // an empty io.stat: nothing was read or written
			err = file.add(b, dir+"/"+file.name, lines)
		}
		if err != nil {
			return err
		}
		found = true
	}
	if !found {
		return &fs.PathError{Op: "read control group", Path: dir, Err: fs.ErrNotExist}
	}
	return b.End()
}

func (in *Input) groupPressure(prefix string) func(*message.Builder, string, []string) error {
	return func(_ *message.Builder, path string, lines []string) error {
		return in.pressureFields(prefix, lines, path)
	}
}

// single is a file of one number, or max for no limit, which is left out.
func single(name, unit string) func(*message.Builder, string, []string) error {
	return func(b *message.Builder, path string, lines []string) error {
		if lines[0] == "max" {
			return nil
		}
		n, err := number(lines[0])
		if err != nil {
			return odd(path, lines[0])
		}
		b.Int(name, n, unit)
		return nil
	}
}

// keyed is a file of lines with a name and a number. only, when not nil, says
// which are wanted.
func keyed(prefix, unit string, only map[string]bool) func(*message.Builder, string, []string) error {
	return func(b *message.Builder, path string, lines []string) error {
		for _, line := range lines {
			key, text, ok := strings.Cut(line, " ")
			n, err := number(text)
			if !ok || err != nil {
				return odd(path, line)
			}
			if only == nil || only[key] {
				b.Int(prefix+key, n, unit)
			}
		}
		return nil
	}
}

func cpuStat(b *message.Builder, path string, lines []string) error {
	for _, line := range lines {
		key, text, ok := strings.Cut(line, " ")
		n, err := number(text)
		if !ok || err != nil {
			return odd(path, line)
		}
		unit := "count"
		if k, ok := strings.CutSuffix(key, "_usec"); ok {
			key, unit = k, "us"
		}
		b.Int("cpu_"+key, n, unit)
	}
	return nil
}

// cpuMax is "quota period" in microseconds: together so many processors.
func cpuMax(b *message.Builder, path string, lines []string) error {
	f := strings.Fields(lines[0])
	if len(f) != 2 {
		return odd(path, lines[0])
	}
	if f[0] == "max" {
		return nil
	}
	list, err := numbers(f)
	if err != nil || list[1] <= 0 {
		return odd(path, lines[0])
	}
	b.Double("cpu_max", float64(list[0])/float64(list[1]), "")
	return nil
}

func memoryStat(b *message.Builder, path string, lines []string) error {
	for _, line := range lines {
		key, text, ok := strings.Cut(line, " ")
		n, err := number(text)
		if !ok || err != nil {
			return odd(path, line)
		}
		unit := "B"
		if strings.HasPrefix(key, "pg") {
			unit = "count"
		}
		if memoryParts[key] {
			b.Int("memory_"+key, n, unit)
		}
	}
	return nil
}

// ioStat adds up a line for each device: "254:0 rbytes=1 wbytes=2 rios=3 …".
func ioStat(b *message.Builder, path string, lines []string) error {
	sums := map[string]int64{}
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) == 0 || !strings.Contains(f[0], ":") {
			return odd(path, line)
		}
		for _, kv := range f[1:] {
			key, text, ok := strings.Cut(kv, "=")
			n, err := number(text)
			if !ok || err != nil {
				return odd(path, line)
			}
			sums[key] += n
		}
	}
	for _, key := range []string{"rbytes", "wbytes", "rios", "wios", "dbytes", "dios"} {
		if v, ok := sums[key]; ok {
			unit := "count"
			if strings.HasSuffix(key, "bytes") {
				unit = "B"
			}
			b.Int("io_"+key, v, unit)
		}
	}
	return nil
}
