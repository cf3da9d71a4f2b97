package host

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
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

var start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

func config(subject ...string) Config {
	return Config{Collect: subject, ProcPath: "testdata/proc", SysPath: "testdata/sys", FilesystemTypes: []string{"ext4"}}
}

// show writes a message's type and fields in one line each.
func show(d *message.Draft) string {
	s := d.Type
	for _, f := range d.Fields {
		v := fmt.Sprint(f.Values...)
		if len(f.Values) != 1 {
			v = strings.ReplaceAll(fmt.Sprint(f.Values), " ", ",")
		}
		if f.Type == message.Double {
			v = fmt.Sprintf("%.2f", f.Values[0])
		}
		s += " " + f.Name + "=" + v + f.Representation
	}
	return s
}

// run starts the input, waits for n messages after each step and stops it.
func run(t *testing.T, cfg Config, env plugin.Env, n int, steps ...func()) (got []string, in plugin.Input) {
	t.Helper()
	sim := clock.NewSim(start)
	env.Name, env.Hostname, env.Clock, env.Ticker = "HostInput", "h", sim, 10*time.Second
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	in, err := New(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	h := &plugintest.Host{}
	go func() { done <- in.Run(ctx, h) }()
	recs := h.Wait(t, n)
	for i, step := range steps {
		for end := time.Now().Add(plugintest.Timeout); sim.Waiting() != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(end) { // nothing tells when a timer is set
				t.Fatal("the timer is not set")
			}
		}
		step()
		sim.Advance(10 * time.Second)
		recs = h.Wait(t, n*(i+2))
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	for _, r := range recs {
		d := r.Message
		if d.Logger != "HostInput" || d.Hostname != "h" || d.Severity != 7 || d.Timestamp < start.UnixNano() || d.Payload != "" {
			t.Errorf("header is %+v", d.Header)
		}
		got = append(got, show(d))
	}
	return got, in
}

func TestSubjects(t *testing.T) {
	const disk = "ReadsCompleted=40474 ReadsMerged=7647 SectorsRead=2249338 TimeReading=15289ms WritesCompleted=2198 WritesMerged=8883 SectorsWritten=478776 TimeWriting=2848ms NumIOInProgress=0 TimeDoingIO=7068ms WeightedTimeDoingIO=18507ms"
	for _, tt := range []struct {
		cfg  Config
		want []string
	}{
		{config("load"), []string{"stats.loadavg FilePath=testdata/proc/loadavg 1MinAvg=0.38 5MinAvg=0.11 15MinAvg=0.03 NumProcesses=1"}},
		{config("cpu"), []string{"stats.procstat FilePath=testdata/proc/stat cpu=[4112,10,3122,255818,518,0,34,21,0,0] cpu0=[1803,4,1377,128566,38,0,7,7,0,0] cpu1=[2309,6,1745,127252,480,0,27,14,0,0] intr=[240105,0,9,0,0,1] ctxt=450984 btime=1795612076 processes=10235 procs_running=1 procs_blocked=0 softirq=[131363,0,20576,6,556,38581,0,23,40344,0,31277]"}},
		{config("memory"), []string{"stats.memstats FilePath=testdata/proc/meminfo MemTotal=24684092kB MemFree=24336704kB MemAvailable=24330876kB Buffers=3812kB Cached=175508kB SwapCached=0kB Active=108172kB Inactive=164192kB Active(anon)=101008kB VmallocTotal=34359738367kB HugePages_Total=0 Hugepagesize=2048kB"}},
		{config("disk"), []string{"stats.diskstats FilePath=testdata/sys/block/vda/stat TickerInterval=10s device=vda " + disk}},
		{config("network"), []string{
			"stats.netdev FilePath=testdata/proc/net/dev netdevice=lo receive_bytes=3193B receive_packets=29count receive_errs=0count receive_drop=0count receive_fifo=0count receive_frame=0count receive_compressed=0count receive_multicast=0count transmit_bytes=3193B transmit_packets=29count transmit_errs=0count transmit_drop=0count transmit_fifo=0count transmit_colls=0count transmit_carrier=0count transmit_compressed=0count",
			"stats.netdev FilePath=testdata/proc/net/dev netdevice=eth0 receive_bytes=-1B receive_packets=2count receive_errs=3count receive_drop=4count receive_fifo=5count receive_frame=6count receive_compressed=7count receive_multicast=8count transmit_bytes=9B transmit_packets=10count transmit_errs=11count transmit_drop=12count transmit_fifo=13count transmit_colls=14count transmit_carrier=15count transmit_compressed=16count"}},
		{config("netstat"), []string{
			"stats.netstat FilePath=testdata/proc/net/netstat TcpExt_SyncookiesSent=1 TcpExt_SyncookiesRecv=2 IpExt_InNoRoutes=0 IpExt_InOctets=123456",
			"stats.netstat FilePath=testdata/proc/net/snmp Ip_Forwarding=2 Ip_DefaultTTL=64 Tcp_RtoAlgorithm=1 Tcp_MaxConn=-1"}},
		{config("process"), []string{"stats.processes FilePath=testdata/proc Total=3count Threads=9count Running=1count Sleeping=1count Blocked=0count Idle=0count Zombie=1count Stopped=0count Other=0count"}},
		{config("pressure"), []string{
			"stats.pressure FilePath=testdata/proc/pressure/cpu resource=cpu some_avg10=1.25% some_avg60=0.50% some_avg300=0.00% some_total=8415488591us full_avg10=0.00% full_avg60=0.00% full_avg300=0.00% full_total=0us",
			"stats.pressure FilePath=testdata/proc/pressure/io resource=io some_avg10=0.00% some_avg60=0.00% some_avg300=0.00% some_total=77us full_avg10=0.00% full_avg60=0.00% full_avg300=0.00% full_total=66us",
			"stats.pressure FilePath=testdata/proc/pressure/irq resource=irq full_avg10=3.00% full_avg60=0.00% full_avg300=0.00% full_total=5us"}},
		{config("cgroup"), []string{"stats.cgroup FilePath=testdata/sys/fs/cgroup/heka cgroup=/heka cpu_usage=5000us cpu_user=3000us cpu_system=2000us cpu_nr_periods=9count cpu_nr_throttled=1count cpu_throttled=70us cpu_max=1.50 memory_current=1048576B memory_anon=1000B memory_file=2000B memory_pgfault=3count memory_events_low=0count memory_events_high=1count memory_events_max=2count memory_events_oom=3count memory_events_oom_kill=4count io_rbytes=15B io_wbytes=25B io_rios=2count io_wios=3count io_dbytes=0B io_dios=0count pids_current=7count cpu_pressure_some_avg10=0.00% cpu_pressure_some_avg60=0.10% cpu_pressure_some_avg300=0.00% cpu_pressure_some_total=9us"}},
		{config("sockets"), []string{"stats.sockets FilePath=testdata/proc/net/sockstat sockets_used=16count TCP_inuse=1count TCP_orphan=0count TCP_tw=10count TCP_alloc=1count TCP_mem=3pages UDP_inuse=0count UDP_mem=1pages FRAG_inuse=0count FRAG_memory=4096B TCP6_inuse=2count FRAG6_inuse=0count FRAG6_memory=0B"}},
		{config("tcp"), []string{"stats.tcp FilePath=testdata/proc/net/tcp Established=1count SynSent=0count SynRecv=0count FinWait1=0count FinWait2=0count TimeWait=1count Close=0count CloseWait=0count LastAck=0count Listen=2count Closing=0count NewSynRecv=0count Total=4count"}},
		{config("sensors"), []string{
			"stats.sensors FilePath=testdata/sys/class/hwmon/hwmon0/fan1_input chip=coretemp sensor=fan1 Speed=1200.00rpm",
			"stats.sensors FilePath=testdata/sys/class/hwmon/hwmon0/in0_input chip=coretemp sensor=in0 Voltage=1.05V",
			"stats.sensors FilePath=testdata/sys/class/hwmon/hwmon0/temp1_input chip=coretemp sensor=Core 0 Temperature=45.50Cel TemperatureCrit=100.00Cel",
			"stats.sensors FilePath=testdata/sys/class/hwmon/hwmon0/temp2_input chip=coretemp sensor=temp2 Temperature=-3.00Cel"}},
		{config("system"), []string{"stats.system FilePath=testdata/proc/uptime Uptime=14753.53s FileHandles=2800count FileHandlesMax=2466186count Entropy=256bit"}},
		{config("vmstat"), []string{"stats.vmstat FilePath=testdata/proc/vmstat nr_free_pages=6087654 pgfault=123456 oom_kill=2"}},
	} {
		got, _ := run(t, tt.cfg, plugin.Env{}, len(tt.want))
		if s, want := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); s != want {
			t.Errorf("%s\n got %s\nwant %s", tt.cfg.Collect, s, want)
		}
	}
	cfg := config("network", "disk")
	cfg.Interfaces, cfg.Disks = []string{"eth0"}, []string{"loop0"}
	if got, _ := run(t, cfg, plugin.Env{}, 2); !strings.Contains(got[0], "netdevice=eth0") || !strings.Contains(got[1], "device=loop0") {
		t.Errorf("chosen devices gave %s", got)
	}
}

func TestPercent(t *testing.T) {
	dir := t.TempDir()
	os.CopyFS(dir, os.DirFS("testdata/proc"))
	cfg := config("cpu")
	cfg.ProcPath = dir
	got, _ := run(t, cfg, plugin.Env{}, 1, func() {
		later, _ := os.ReadFile("testdata/stat.later")
		os.WriteFile(filepath.Join(dir, "stat"), later, 0o600)
	})
	for _, want := range []string{"cpu_percent=70.00%", "cpu_percent_user=50.00% cpu_percent_nice=0.00% cpu_percent_system=10.00% cpu_percent_idle=30.00% cpu_percent_iowait=10.00%", "cpu0_percent=70.00%"} {
		if !strings.Contains(got[1], want) {
			t.Errorf("second reading lacks %s: %s", want, got[1])
		}
	}
	if strings.Contains(got[1], "cpu1_percent") || strings.Contains(got[0], "percent") {
		t.Errorf("there is no share of no time: %s", got)
	}
}

// A subject that fails is logged once and again when it is well; others go on.
func TestAiling(t *testing.T) {
	dir := t.TempDir()
	os.CopyFS(dir, os.DirFS("testdata/proc"))
	os.Remove(filepath.Join(dir, "loadavg"))
	cfg := config("load", "memory")
	cfg.ProcPath = dir
	var log bytes.Buffer
	env := plugin.Env{Log: slog.New(slog.NewTextHandler(&log, nil))}
	_, in := run(t, cfg, env, 1, func() {}, func() {
		os.WriteFile(filepath.Join(dir, "loadavg"), []byte("1 2 3 4/5 6\n"), 0o600)
	})
	if s := log.String(); strings.Count(s, "read load of this host") != 2 || strings.Count(s, "again") != 1 {
		t.Errorf("log is\n%s", s)
	}
	var r plugin.Report
	in.(plugin.Reporter).Report(&r)
	if s := fmt.Sprint(r.Metrics); s != "[{Readings 6 count} {ReadFailures 2 count}]" {
		t.Errorf("report is %s", s)
	}
}

// Every subject answers damaged files with an error.
func TestOddFiles(t *testing.T) {
	for _, content := range []string{"", "x", "a b c d e\n", ": : :\n:::|\n", "Ip: a b\nIp: 1\n", "||\na|b|c\nlo 1\n", "\x00\xff", "1 (x"} {
		dir := t.TempDir()
		for _, name := range []string{"proc/stat", "proc/loadavg", "proc/meminfo", "proc/mounts", "proc/net/dev", "proc/net/netstat", "proc/net/snmp", "proc/9/stat", "sys/block/d/stat",
			"proc/pressure/cpu", "proc/net/sockstat", "proc/net/tcp", "proc/uptime", "proc/vmstat", "proc/self/cgroup", "sys/class/hwmon/h/name", "sys/class/hwmon/h/temp1_input"} {
			path := filepath.Join(dir, name)
			os.MkdirAll(filepath.Dir(path), 0o700)
			os.WriteFile(path, []byte(content), 0o600)
		}
		cfg := config("cpu")
		cfg.ProcPath, cfg.SysPath = dir+"/proc", dir+"/sys"
		p, err := New(cfg, plugin.Env{})
		if err != nil {
			t.Fatal(err)
		}
		in := p.(*Input)
		in.b = message.NewBuilder(0)
		for name, read := range subjects {
			if name == "time" { // of no file
				continue
			}
			if err := read(in); err == nil && name != "filesystem" {
				t.Errorf("%s reads %q without complaint", name, content)
			}
		}
	}
}

func TestMissing(t *testing.T) {
	cfg := config("cpu")
	cfg.ProcPath, cfg.SysPath = "testdata/none", "testdata/none"
	p, _ := New(cfg, plugin.Env{})
	for name, read := range subjects {
		if name == "time" { // of no file
			continue
		}
		if err := read(p.(*Input)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s without files = %v", name, err)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, cfg := range []Config{{}, {Collect: []string{"gpu"}}} {
		var oe *plugin.OptionError
		if err := cfg.Validate(); !errors.As(err, &oe) || oe.Option != "collect" || !strings.HasSuffix(oe.Fix, known()) {
			t.Errorf("Validate(%v) = %v", cfg.Collect, err)
		}
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{`/a\040b`: "/a b", `/a`: "/a", `\9`: `\9`, `/a\134`: `/a\`, `\000x`: `\000x`} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}
