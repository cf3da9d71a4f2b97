package host

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// states are the letters of a process's state in /proc/PID/stat.
var states = [...]struct {
	letters, name string
}{
	{"R", "Running"}, {"S", "Sleeping"}, {"D", "Blocked"}, {"I", "Idle"}, {"Z", "Zombie"}, {"Tt", "Stopped"},
}

// process counts the processes by state as stats.processes.
func (in *Input) process() error {
	entries, err := in.fs.ReadDir(in.cfg.ProcPath)
	if err != nil {
		return err
	}
	var total, threads, other int64
	var by [len(states)]int64
	for _, e := range entries {
		if c := e.Name()[0]; c < '0' || c > '9' {
			continue
		}
		path := in.cfg.ProcPath + "/" + e.Name() + "/stat"
		lines, err := in.read(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return err
		}
		// The name in parentheses may hold anything, parentheses included.
		line := strings.Join(lines, "\n")
		f := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
		if len(f) < 18 {
			return odd(path, line)
		}
		n, err := number(f[17])
		if err != nil {
			return odd(path, line)
		}
		total++
		threads += n
		k := 0
		for k < len(states) && !strings.Contains(states[k].letters, f[0]) {
			k++
		}
		if k < len(states) {
			by[k]++
		} else {
			other++
		}
	}
	b := in.begin("stats.processes", in.cfg.ProcPath)
	b.Int("Total", total, "count")
	b.Int("Threads", threads, "count")
	for k, s := range states {
		b.Int(s.name, by[k], "count")
	}
	b.Int("Other", other, "count")
	return b.End()
}
