package host

import (
	"fmt"
	"strings"
)

// network reports /proc/net/dev as stats.netdev, one message an interface.
func (in *Input) network() error {
	path := in.cfg.ProcPath + "/net/dev"
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	if len(lines) < 2 {
		return odd(path, lines[0])
	}
	head := strings.Split(lines[1], "|") // " face |bytes    packets … |bytes    packets …"
	if len(head) != 3 {
		return odd(path, lines[1])
	}
	var columns []string
	for i, prefix := range []string{"receive_", "transmit_"} {
		for _, c := range strings.Fields(head[i+1]) {
			columns = append(columns, prefix+c)
		}
	}
	for _, line := range lines[2:] {
		name, rest, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		list, err := numbers(strings.Fields(rest))
		if !ok || err != nil || len(list) != len(columns) {
			return odd(path, line)
		}
		if !chosen(in.cfg.Interfaces, name) {
			continue
		}
		b := in.begin("stats.netdev", path)
		b.String("netdevice", name, "")
		for i, c := range columns {
			unit := "count"
			if strings.HasSuffix(c, "_bytes") {
				unit = "B"
			}
			b.Int(c, list[i], unit)
		}
		if err := b.End(); err != nil {
			return err
		}
	}
	return nil
}

// netstat reports /proc/net/netstat and /proc/net/snmp as stats.netstat.
func (in *Input) netstat() error {
	for _, name := range []string{"netstat", "snmp"} {
		if err := in.counters(in.cfg.ProcPath + "/net/" + name); err != nil {
			return err
		}
	}
	return nil
}

// counters reads pairs of lines, the names and then the values of a protocol.
func (in *Input) counters(path string) error {
	lines, err := in.read(path)
	if err != nil {
		return err
	}
	if len(lines)%2 != 0 {
		return odd(path, lines[len(lines)-1])
	}
	b := in.begin("stats.netstat", path)
	for i := 0; i+1 < len(lines); i += 2 {
		names, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
		if len(names) == 0 || len(names) != len(values) || names[0] != values[0] || !strings.HasSuffix(names[0], ":") {
			return odd(path, lines[i])
		}
		list, err := numbers(values[1:])
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		protocol := strings.TrimSuffix(names[0], ":")
		for k, v := range list {
			b.Int(protocol+"_"+names[k+1], v, "")
		}
	}
	return b.End()
}
