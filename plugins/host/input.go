// Package host holds HostInput, which reports the health of the machine: CPU,
// memory, load, disks, file systems, network and processes, from the proc and sys
// file systems of Linux.
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
	Collect         []string `toml:"collect" default:"[\"cpu\",\"memory\",\"load\",\"disk\",\"filesystem\",\"network\",\"process\"]" doc:"Subjects to report: cpu, memory, load, disk, filesystem, network, netstat, process."`
	ProcPath        string   `toml:"proc_path" default:"/proc" doc:"Where the proc file system is mounted."`
	SysPath         string   `toml:"sys_path" default:"/sys" doc:"Where the sys file system is mounted."`
	Disks           []string `toml:"disks" doc:"Disks to report; when empty, all that were ever used."`
	Interfaces      []string `toml:"interfaces" doc:"Network interfaces to report; when empty, all."`
	FilesystemTypes []string `toml:"filesystem_types" default:"[\"ext2\",\"ext3\",\"ext4\",\"xfs\",\"btrfs\",\"zfs\",\"f2fs\",\"jfs\",\"vfat\",\"overlay\"]" doc:"Types of file systems to report; a network file system whose server is gone would stop the input."`
}

// subjects maps what collect may name to what does it.
var subjects = map[string]func(*Input) error{
	"cpu": (*Input).cpu, "memory": (*Input).memory, "load": (*Input).load, "disk": (*Input).disk,
	"filesystem": (*Input).filesystem, "network": (*Input).network, "netstat": (*Input).netstat, "process": (*Input).process,
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
		Doc:    "Reports CPU, memory, load, disks, file systems, network and processes of this machine.",
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
func (in *Input) begin(typ, path string) *message.Builder {
	in.b.Begin(&in.head)
	in.b.Type = typ
	in.b.String("FilePath", path, "")
	return in.b
}
