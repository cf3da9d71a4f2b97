package host

import (
	"strconv"
	"strings"
)

// Columns of a cpu line in /proc/stat. Guest time is part of user time.
var modes = [...]string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}

const (
	modeIdle = 3
	extras   = 5 // modes that get a percentage of their own, in front of the list
)

// cpu reports /proc/stat as stats.procstat: each key with its numbers, and from
// the second reading on what the processors did in between, in percent.
func (in *Input) cpu() error {
	path := in.cfg.ProcPath + "/stat"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	b := in.begin("stats.procstat", path)
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) < 2 {
			return odd(path, line)
		}
		list, err := numbers(f[1:])
		if err != nil {
			return odd(path, line)
		}
		b.Ints(f[0], list, "")
		if strings.HasPrefix(f[0], "cpu") && len(list) > modeIdle {
			in.percent(f[0], list)
		}
	}
	return b.End()
}

// percent adds what a processor did since the last reading.
func (in *Input) percent(name string, ticks []int64) {
	if len(ticks) > len(modes) {
		ticks = ticks[:len(modes)]
	}
	last := in.ticks[name]
	in.ticks[name] = ticks
	if len(last) != len(ticks) {
		return
	}
	total := int64(0)
	for i := range ticks {
		if ticks[i] < last[i] { // iowait may go back a little
			continue
		}
		total += ticks[i] - last[i]
	}
	if total == 0 {
		return
	}
	share := func(i int) float64 { return 100 * float64(max(ticks[i]-last[i], 0)) / float64(total) }
	in.b.Double(name+"_percent", 100-share(modeIdle), "%")
	if name != "cpu" {
		return
	}
	for i := range min(extras, len(ticks)) {
		in.b.Double("cpu_percent_"+modes[i], share(i), "%")
	}
}

// load reports /proc/loadavg as stats.loadavg.
func (in *Input) load() error {
	path := in.cfg.ProcPath + "/loadavg"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	f := strings.Fields(lines[0])
	if len(f) < 4 {
		return odd(path, lines[0])
	}
	b := in.begin("stats.loadavg", path)
	for i, name := range []string{"1MinAvg", "5MinAvg", "15MinAvg"} {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return odd(path, lines[0])
		}
		b.Double(name, v, "")
	}
	running, _, _ := strings.Cut(f[3], "/")
	n, err := number(running)
	if err != nil {
		return odd(path, lines[0])
	}
	b.Int("NumProcesses", n, "")
	return b.End()
}

// memory reports /proc/meminfo as stats.memstats.
func (in *Input) memory() error {
	path := in.cfg.ProcPath + "/meminfo"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	b := in.begin("stats.memstats", path)
	for _, line := range lines {
		key, rest, ok := strings.Cut(line, ":")
		f := strings.Fields(rest)
		if !ok || len(f) == 0 {
			return odd(path, line)
		}
		v, err := number(f[0])
		if err != nil {
			return odd(path, line)
		}
		unit := ""
		if len(f) > 1 {
			unit = f[1]
		}
		b.Int(key, v, unit)
	}
	return b.End()
}
