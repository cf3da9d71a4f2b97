package host

import (
	"errors"
	"io/fs"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"
)

const (
	hertz    = 100 // ticks a second of times in /proc, on every Linux
	statUser = 11  // columns of /proc/PID/stat behind the name
	statSys  = 12
	statThr  = 17
	statBorn = 19
	statRSS  = 21
)

// usedBy is what one process uses.
type usedBy struct {
	pid, ticks, born, threads, rss int64
	name, state                    string
	percent                        float64
}

// ran is how long a process had run at the last reading.
type ran struct{ ticks, born int64 }

// top reports the processes that use most of the processors and of the memory as
// stats.process, one message each. Command lines are left alone: they may hold
// passwords.
func (in *Input) top() error {
	entries, err := in.fs.ReadDir(in.cfg.ProcPath)
	if err != nil {
		return err
	}
	now := in.clock.Now()
	var list []usedBy
	next := map[int64]ran{}
	for _, e := range entries {
		pid, err := number(e.Name())
		if err != nil {
			continue
		}
		p, err := in.oneProcess(pid, e.Name())
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return err
		}
		next[pid] = ran{p.ticks, p.born}
		if last, ok := in.ran[pid]; ok && last.born == p.born {
			if d := now.Sub(in.ranAt); d > 0 {
				p.percent = 100 * float64(max(p.ticks-last.ticks, 0)) / hertz / (float64(d) / float64(time.Second))
			}
		}
		list = append(list, p)
	}
	in.ran, in.ranAt = next, now
	return in.report(list)
}

// report makes a message of each of the first few by either measure.
func (in *Input) report(list []usedBy) error {
	n := min(max(in.cfg.TopCount, 1), len(list))
	chosen := map[int64]bool{}
	for _, by := range []func(a, b *usedBy) bool{
		func(a, b *usedBy) bool {
			return a.percent > b.percent || a.percent == b.percent && a.ticks > b.ticks
		},
		func(a, b *usedBy) bool { return a.rss > b.rss },
	} {
		sort.SliceStable(list, func(i, j int) bool { return by(&list[i], &list[j]) })
		for i := range n {
			chosen[list[i].pid] = true
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].pid < list[j].pid })
	page := int64(os.Getpagesize())
	for i := range list {
		p := &list[i]
		if !chosen[p.pid] {
			continue
		}
		b := in.begin("stats.process", in.cfg.ProcPath)
		b.Int("pid", p.pid, "")
		b.String("name", p.name, "")
		b.String("state", p.state, "")
		b.Double("CPUPercent", p.percent, "%")
		b.Double("CPUTime", float64(p.ticks)/hertz, "s")
		b.Int("ResidentMemory", p.rss*page, "B")
		b.Int("Threads", p.threads, "count")
		if err := b.End(); err != nil {
			return err
		}
	}
	return nil
}

func (in *Input) oneProcess(pid int64, name string) (p usedBy, err error) {
	path := in.cfg.ProcPath + "/" + name + "/stat"
	lines, err := in.read(path)
	if err != nil {
		return p, err
	}
	// The name in parentheses may hold anything, parentheses included.
	line := strings.Join(lines, "\n")
	from, to := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if from < 0 || to < from {
		return p, odd(path, line)
	}
	f := strings.Fields(line[to+1:])
	if len(f) <= statRSS {
		return p, odd(path, line)
	}
	list, err := numbers([]string{f[statUser], f[statSys], f[statThr], f[statBorn], f[statRSS]})
	if err != nil {
		return p, odd(path, line)
	}
	return usedBy{pid: pid, name: line[from+1 : to], state: f[0], ticks: list[0] + list[1], threads: list[2], born: list[3], rss: list[4]}, nil
}
