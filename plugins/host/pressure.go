package host

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// pressure reports /proc/pressure as stats.pressure, one message a resource: the
// share of time in which some, or all, tasks waited for it.
func (in *Input) pressure() error {
	found := false
	for _, resource := range []string{"cpu", "memory", "io", "irq"} {
		path := in.cfg.ProcPath + "/pressure/" + resource
		lines, err := in.read(path)
		if errors.Is(err, fs.ErrNotExist) && (found || resource != "irq") {
			continue // this kernel does not have that one
		}
		if err != nil {
			return err
		}
		found = true
		b := in.begin("stats.pressure", path)
		b.String("resource", resource, "")
		if err := in.pressureFields("", lines, path); err != nil {
			return err
		}
		if err := b.End(); err != nil {
			return err
		}
	}
	return nil
}

// pressureFields adds the lines of one such file:
//
//	some avg10=0.12 avg60=0.05 avg300=0.01 total=123456
func (in *Input) pressureFields(prefix string, lines []string, path string) error {
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "some" && f[0] != "full" {
			return odd(path, line)
		}
		for _, kv := range f[1:] {
			key, text, ok := strings.Cut(kv, "=")
			name := prefix + f[0] + "_" + key
			if key == "total" {
				n, err := number(text)
				if err != nil {
					return odd(path, line)
				}
				in.b.Int(name, n, "us")
				continue
			}
			v, err := strconv.ParseFloat(text, 64)
			if !ok || err != nil {
				return odd(path, line)
			}
			in.b.Double(name, v, "%")
		}
	}
	return nil
}
