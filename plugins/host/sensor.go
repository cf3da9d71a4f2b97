package host

import (
	"errors"
	"io/fs"
	"strings"
)

// sensors reports the temperatures, fans and voltages of /sys/class/hwmon as
// stats.sensors, one message each. A sensor that does not answer is left out.
func (in *Input) sensors() error {
	dir := in.cfg.SysPath + "/class/hwmon"
	chips, err := in.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, c := range chips {
		if err := in.oneChip(dir + "/" + c.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (in *Input) oneChip(dir string) error {
	name, err := in.read(dir + "/name")
	if err != nil {
		return err
	}
	entries, err := in.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		sensor, ok := strings.CutSuffix(e.Name(), "_input")
		if !ok {
			continue
		}
		for _, kind := range []struct {
			prefix, field, unit string
			per                 float64
		}{{"temp", "Temperature", "Cel", 1000}, {"fan", "Speed", "rpm", 1}, {"in", "Voltage", "V", 1000}, {"power", "Power", "W", 1e6}, {"curr", "Current", "A", 1000}} {
			if digits := strings.TrimPrefix(sensor, kind.prefix); digits == sensor || strings.Trim(digits, "0123456789") != "" {
				continue
			}
			path := dir + "/" + e.Name()
			v, err := in.milli(path)
			if err != nil {
				return err
			}
			if v == nil {
				continue
			}
			b := in.begin("stats.sensors", path)
			b.String("chip", name[0], "")
			b.String("sensor", in.label(dir+"/"+sensor+"_label", sensor), "")
			b.Double(kind.field, float64(*v)/kind.per, kind.unit)
			for _, limit := range []string{"max", "crit"} {
				if l, err := in.milli(dir + "/" + sensor + "_" + limit); err == nil && l != nil {
					b.Double(kind.field+strings.ToUpper(limit[:1])+limit[1:], float64(*l)/kind.per, kind.unit)
				}
			}
			if err := b.End(); err != nil {
				return err
			}
		}
	}
	return nil
}

// milli reads a file with one number; nil when the sensor does not answer.
func (in *Input) milli(path string) (*int64, error) {
	lines, err := in.read(path)
	if err != nil {
		return nil, ignoreSilent(err)
	}
	n, err := number(lines[0])
	if err != nil {
		return nil, odd(path, lines[0])
	}
	return &n, nil
}

// ignoreSilent passes over what a driver answers for a sensor that is not there.
func ignoreSilent(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

func (in *Input) label(path, otherwise string) string {
	lines, err := in.read(path)
	if err != nil || lines[0] == "" {
		return otherwise
	}
	return lines[0]
}
