package host

import (
	"strings"
)

// diskColumns are the first columns of /sys/block/X/stat, with their units.
var diskColumns = [...][2]string{
	{"ReadsCompleted"}, {"ReadsMerged"}, {"SectorsRead"}, {"TimeReading", "ms"},
	{"WritesCompleted"}, {"WritesMerged"}, {"SectorsWritten"}, {"TimeWriting", "ms"},
	{"NumIOInProgress"}, {"TimeDoingIO", "ms"}, {"WeightedTimeDoingIO", "ms"},
}

// disk reports /sys/block/X/stat of each disk as stats.diskstats.
func (in *Input) disk() error {
	dir := in.cfg.SysPath + "/block"
	entries, err := in.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !chosen(in.cfg.Disks, e.Name()) {
			continue
		}
		if err := in.oneDisk(e.Name(), dir+"/"+e.Name()+"/stat"); err != nil {
			return err
		}
	}
	return nil
}

func (in *Input) oneDisk(name, path string) error {
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	list, err := numbers(strings.Fields(lines[0]))
	if err != nil || len(list) < len(diskColumns) {
		return odd(path, lines[0])
	}
	used := false
	for _, v := range list {
		used = used || v != 0
	}
	if !used && len(in.cfg.Disks) == 0 {
		return nil // a loop device nobody has set up, and the like
	}
	b := in.begin("stats.diskstats", path)
	b.Int("TickerInterval", int64(in.env.Ticker.Seconds()), "s")
	b.String("device", name, "")
	for i, c := range diskColumns {
		b.Int(c[0], list[i], c[1])
	}
	return b.End()
}

// usage is what a file system tells of itself.
type usage struct {
	size, free, avail  uint64 // bytes; avail is what users other than root may take
	inodes, inodesFree uint64
}

// filesystem reports each mounted file system of the wanted types as
// stats.filesystem, once however often it is mounted.
func (in *Input) filesystem() error {
	path := in.cfg.ProcPath + "/mounts"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var failed error
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) < 3 {
			return odd(path, line)
		}
		device, mount, typ := unescape(f[0]), unescape(f[1]), f[2]
		if seen[device] || !chosen(in.cfg.FilesystemTypes, typ) {
			continue
		}
		seen[device] = true
		u, err := statfs(mount)
		if err != nil {
			failed = err
			continue
		}
		if u.size == 0 {
			continue
		}
		b := in.begin("stats.filesystem", path)
		b.String("mountpoint", mount, "")
		b.String("device", device, "")
		b.String("fstype", typ, "")
		b.Int("Size", int64(u.size), "B")
		b.Int("Used", int64(u.size-u.free), "B")
		b.Int("Free", int64(u.free), "B")
		b.Int("Available", int64(u.avail), "B")
		if taken := u.size - u.free + u.avail; taken > 0 {
			b.Double("UsedPercent", 100*float64(u.size-u.free)/float64(taken), "%")
		}
		b.Int("Inodes", int64(u.inodes), "count")
		b.Int("InodesFree", int64(u.inodesFree), "count")
		if u.inodes > 0 {
			b.Double("InodesUsedPercent", 100*float64(u.inodes-u.inodesFree)/float64(u.inodes), "%")
		}
		b.Bool("ReadOnly", len(f) > 3 && (f[3] == "ro" || strings.HasPrefix(f[3], "ro,")), "")
		if err := b.End(); err != nil {
			return err
		}
	}
	return failed
}

// unescape undoes \040 and its kin, as /proc/mounts writes blanks.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			v := 0
			for _, c := range []byte(s[i+1 : i+4]) {
				if c < '0' || c > '7' {
					v = -1
					break
				}
				v = v<<3 | int(c-'0')
			}
			if v > 0 && v < 256 {
				out.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
