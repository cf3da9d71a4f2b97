// Package host holds HostInput, which reports the health of the machine: CPU,
// memory, load, disks, file systems, network, processes, pressure, control groups,
// sockets, sensors and the clock, from the proc and sys file systems of Linux.
//
//	ticker ──▶ subject ──read──▶ /proc/stat … ──▶ one message a subject, disk or interface
//
// Types, field names and units are those of the original's Linux decoders, so
// that the filters written for them go on working.
package host

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path"
	"runtime"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed host.toml
var sample string

// Config holds the options of HostInput.
type Config struct {
	Collect         []string `toml:"collect" default:"[\"cpu\",\"memory\",\"load\",\"disk\",\"filesystem\",\"network\",\"process\"]" doc:"Subjects to report: cgroup, cpu, disk, filesystem, load, memory, netstat, network, pressure, process, sensors, sockets, system, tcp, time, top, vmstat."`
	ProcPath        string   `toml:"proc_path" default:"/proc" doc:"Where the proc file system is mounted."`
	SysPath         string   `toml:"sys_path" default:"/sys" doc:"Where the sys file system is mounted."`
	Disks           []string `toml:"disks" doc:"Disks to report; when empty, all that were ever used."`
	Interfaces      []string `toml:"interfaces" doc:"Network interfaces to report; when empty, all."`
	FilesystemTypes []string `toml:"filesystem_types" default:"[\"ext2\",\"ext3\",\"ext4\",\"xfs\",\"btrfs\",\"zfs\",\"f2fs\",\"jfs\",\"vfat\",\"overlay\"]" doc:"Types of file systems to report; a network file system whose server is gone would stop the input."`
	Cgroups         []string `toml:"cgroups" doc:"Control groups (version 2) to report, as paths below their root such as system.slice/*.service; when empty, hekad's own."`
	TopCount        int      `toml:"top_count" default:"10" doc:"How many processes top reports by processor use, and how many by memory."`
}

// subjects maps what collect may name to what does it.
var subjects = map[string]func(*Input) error{
	"cpu": (*Input).cpu, "memory": (*Input).memory, "load": (*Input).load, "disk": (*Input).disk,
	"filesystem": (*Input).filesystem, "network": (*Input).network, "netstat": (*Input).netstat, "process": (*Input).process,
	"pressure": (*Input).pressure, "cgroup": (*Input).cgroup, "sockets": (*Input).sockets, "tcp": (*Input).tcp, "sensors": (*Input).sensors,
	"system": (*Input).system, "vmstat": (*Input).vmstat, "time": (*Input).time, "top": (*Input).top,
}

// Validate checks the subjects.
func (c Config) Validate() error {
	if len(c.Collect) == 0 {
		return &plugin.OptionError{Option: "collect", What: "there is no subject in the list", Fix: "write some of " + known()}
	}
	for _, name := range c.Collect {
		if subjects[name] == nil {
			return &plugin.OptionError{Option: "collect", What: fmt.Sprintf("%q is no subject", name), Fix: "write some of " + known()}
		}
	}
	for _, g := range c.Cgroups {
		if _, err := path.Match(g, ""); err != nil || g == "" || strings.Contains("/"+g+"/", "/../") {
			return &plugin.OptionError{Option: "cgroups", What: fmt.Sprintf("%q is no path below the root of control groups", g), Fix: `write it as "system.slice/*.service"`}
		}
		if strings.ContainsAny(path.Dir(path.Clean("/"+g)), "*?[") {
			return &plugin.OptionError{Option: "cgroups", What: fmt.Sprintf("%q has a pattern before its last part", g), Fix: "leave patterns to the last part"}
		}
	}
	if c.TopCount < 0 || c.TopCount > 1000 {
		return &plugin.OptionError{Option: "top_count", What: fmt.Sprintf("%d is out of range", c.TopCount), Fix: "write 1 to 1000"}
	}
	return nil
}

func known() string {
	var names []string
	for name := range subjects {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

const defaultTicker = 10 * time.Second

func init() {
	plugin.RegisterInput("HostInput", plugin.About{
		Doc:    "Reports CPU, memory, load, disks, file systems, network, processes and more of this machine.",
		Sample: sample,
		Readme: readme,
		Ticker: defaultTicker,
	}, New)
}

// Input reports. Its fields belong to Run's goroutine, but for the counters.
type Input struct {
	cfg   Config
	env   plugin.Env
	fs    fsx.FS
	clock clock.Clock

	head   message.Header     // of the messages of this tick
	b      *message.Builder   // where they go
	ticks  map[string][]int64 // CPU name → its ticks at the last reading
	ran    map[int64]ran      // process → how long it had run at ranAt
	ranAt  time.Time          // time of the last reading of top
	ailing map[string]bool    // subjects whose last reading failed

	readings, failures atomic.Int64
}

// New makes an input.
func New(cfg Config, env plugin.Env) (plugin.Input, error) {
	if runtime.GOOS != "linux" && cfg.ProcPath == "/proc" {
		return nil, fmt.Errorf("read the health of this host: %s has no /proc; remove the section, or set proc_path to a copy of a Linux machine's", runtime.GOOS)
	}
	in := &Input{cfg: cfg, env: env, fs: env.FS, clock: env.Clock, ticks: map[string][]int64{}, ailing: map[string]bool{}}
	if in.fs == nil {
		in.fs = fsx.OS{}
	}
	if in.clock == nil {
		in.clock = clock.Real{}
	}
	if in.env.Ticker <= 0 {
		in.env.Ticker = defaultTicker
	}
	return in, nil
}

// Run reports at once and then at every tick.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	s, err := host.Open(plugin.StreamOptions{Default: message.Header{
		Logger: in.env.Name, Hostname: in.env.Hostname, Severity: message.DefaultSeverity,
	}})
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		in.head = *s.Default()
		in.head.Timestamp = in.clock.Now().UnixNano()
		in.b = s.Builder()
		in.collect()
		if err := s.Send(); err != nil {
			if errors.Is(err, plugin.ErrStopped) {
				return nil
			}
			return err
		}
		s.Idle()
		t := in.clock.NewTimer(in.env.Ticker)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// collect reads every subject. One that cannot be read is logged once, until it
// can be read again; the others go on.
func (in *Input) collect() {
	for _, name := range in.cfg.Collect {
		in.readings.Add(1)
		err := subjects[name](in)
		if err != nil {
			in.failures.Add(1)
			if !in.ailing[name] && in.env.Log != nil {
				in.env.Log.Warn("read "+name+" of this host", "err", err)
			}
		} else if in.ailing[name] && in.env.Log != nil {
			in.env.Log.Info("read " + name + " of this host again")
		}
		in.ailing[name] = err != nil
	}
}

// Report tells how often subjects were read, and how often in vain.
func (in *Input) Report(r *plugin.Report) {
	r.Int("Readings", in.readings.Load(), "count")
	r.Int("ReadFailures", in.failures.Load(), "count")
}

// begin starts a message of that type about a file.
func (in *Input) begin(typ, file string) *message.Builder {
	in.b.Begin(&in.head)
	in.b.Type = typ
	in.b.String("FilePath", file, "")
	return in.b
}
