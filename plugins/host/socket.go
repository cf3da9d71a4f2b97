package host

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// sockets reports /proc/net/sockstat and sockstat6 as one stats.sockets.
func (in *Input) sockets() error {
	path := in.cfg.ProcPath + "/net/sockstat"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	six, err := in.read(path + "6")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b := in.begin("stats.sockets", path)
	for _, line := range append(lines, six...) {
		proto, rest, ok := strings.Cut(line, ":")
		f := strings.Fields(rest)
		if !ok || len(f)%2 != 0 || len(f) == 0 || proto == "" {
			return odd(path, line)
		}
		for i := 0; i < len(f); i += 2 {
			n, err := number(f[i+1])
			if err != nil {
				return odd(path, line)
			}
			b.Int(proto+"_"+f[i], n, unitOf(f[i]))
		}
	}
	return b.End()
}

// unitOf is the unit of a column of sockstat: memory counts pages for TCP and
// UDP, bytes for fragments.
func unitOf(column string) string {
	switch column {
	case "mem":
		return "pages"
	case "memory":
		return "B"
	}
	return "count"
}

// tcpStates are the states of a connection, by their number in /proc/net/tcp.
var tcpStates = [...]string{1: "Established", "SynSent", "SynRecv", "FinWait1", "FinWait2", "TimeWait", "Close", "CloseWait", "LastAck", "Listen", "Closing", "NewSynRecv"}

// maxTCP bounds what is read of a table of connections: about 400,000 of them.
const maxTCP = 64 << 20

// tcp counts the TCP sockets of both families by state as stats.tcp.
func (in *Input) tcp() error {
	path := in.cfg.ProcPath + "/net/tcp"
	var by [len(tcpStates)]int64
	if err := in.countStates(path, &by); err != nil {
		return err
	}
	if err := in.countStates(path+"6", &by); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b := in.begin("stats.tcp", path)
	total := int64(0)
	for i, name := range tcpStates {
		if name != "" {
			b.Int(name, by[i], "count")
			total += by[i]
		}
	}
	b.Int("Total", total, "count")
	return b.End()
}

// countStates reads line by line: a busy server's table has megabytes.
func (in *Input) countStates(path string, by *[len(tcpStates)]int64) error {
	f, err := in.fs.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	s := bufio.NewScanner(io.LimitReader(f, maxTCP))
	if !s.Scan() || !strings.Contains(s.Text(), "local_address") {
		return odd(path, s.Text())
	}
	for s.Scan() {
		cols := strings.Fields(s.Text())
		if len(cols) < 4 {
			return odd(path, s.Text())
		}
		st, err := strconv.ParseUint(cols[3], 16, 8)
		if err != nil || st == 0 || int(st) >= len(tcpStates) {
			return odd(path, s.Text())
		}
		by[st]++
	}
	return s.Err()
}
