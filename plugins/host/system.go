package host

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// system reports the uptime, open files and entropy as stats.system.
func (in *Input) system() error {
	path := in.cfg.ProcPath + "/uptime"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	f := strings.Fields(lines[0])
	if len(f) != 2 {
		return odd(path, lines[0])
	}
	up, err := strconv.ParseFloat(f[0], 64)
	if _, ierr := strconv.ParseFloat(f[1], 64); err != nil || ierr != nil {
		return odd(path, lines[0])
	}
	b := in.begin("stats.system", path)
	b.Double("Uptime", up, "s")
	path = in.cfg.ProcPath + "/sys/fs/file-nr"
	if lines, err = in.read(path); err == nil {
		list, err := numbers(strings.Fields(lines[0]))
		if err != nil || len(list) != 3 {
			return odd(path, lines[0])
		}
		b.Int("FileHandles", list[0]-list[1], "count")
		b.Int("FileHandlesMax", list[2], "count")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	path = in.cfg.ProcPath + "/sys/kernel/random/entropy_avail"
	if lines, err = in.read(path); err == nil {
		n, err := number(lines[0])
		if err != nil {
			return odd(path, lines[0])
		}
		b.Int("Entropy", n, "bit")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return b.End()
}

// vmstat reports /proc/vmstat as stats.vmstat.
func (in *Input) vmstat() error {
	path := in.cfg.ProcPath + "/vmstat"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	b := in.begin("stats.vmstat", path)
	for _, line := range lines {
		key, text, ok := strings.Cut(line, " ")
		n, err := number(text)
		if !ok || err != nil {
			return odd(path, line)
		}
		b.Int(key, n, "")
	}
	return b.End()
}

// clockState is what the kernel knows of its clock.
type clockState struct {
	offset, maxError, estimated float64 // s
	frequency                   float64 // ppm
	synchronized                bool
	status                      int64
}

// time reports how far the clock is off, as the kernel was told by chronyd, ntpd
// or timesyncd, as stats.time.
func (in *Input) time() error {
	c, err := readClock()
	if err != nil {
		return err
	}
	b := in.begin("stats.time", "adjtimex")
	b.Double("Offset", c.offset, "s")
	b.Double("MaxError", c.maxError, "s")
	b.Double("EstimatedError", c.estimated, "s")
	b.Double("Frequency", c.frequency, "ppm")
	b.Bool("Synchronized", c.synchronized, "")
	b.Int("Status", c.status, "")
	return b.End()
}
