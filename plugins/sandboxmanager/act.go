package sandboxmanager

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/plugin"
)

// errFull is the one failure that is only logged.
var errFull = errors.New("max_filters are loaded; unload one, or raise max_filters")

// act does what an order says; o.Name becomes the name of the filter.
func (f *Filter) act(o *control.Order) error {
	if o.Action != control.Load && o.Action != control.Replace {
		section := o.Name
		o.Name = f.full(section)
		switch o.Action {
		case control.Pause:
			return f.pause(o.Name)
		case control.Resume:
			return f.resume(o.Name)
		}
		return f.unload(o.Name)
	}
	section, err := f.env.Loader.Section(&plugin.Loadable{Config: o.Config, Type: filterType, Impose: f.impose("x.lua")})
	if err != nil {
		return err
	}
	o.Name = f.full(section)
	if len(o.Name) > 200 {
		return fmt.Errorf("the name %.40s… has more than 200 bytes; use a shorter one", o.Name)
	}
	now := f.find(o.Name)
	switch {
	case o.Action == control.Replace && now == nil:
		return fmt.Errorf("replace %s: %w; load it first", o.Name, plugin.ErrNotLoaded)
	case o.Action == control.Load && now != nil && now.State != plugin.StateTerminated:
		return fmt.Errorf("load %s: %w; replace or unload it", o.Name, plugin.ErrLoaded)
	case now == nil || now.State == plugin.StateTerminated:
		if err := f.room(); err != nil {
			return err
		}
	}
	if now == nil {
		return f.load(o)
	}
	return f.replace(o, now)
}

// find returns what is known of a filter, nil when it is not loaded.
func (f *Filter) find(name string) *plugin.Loaded {
	for _, l := range f.env.Loader.Loaded() {
		if l.Name == name {
			return &l
		}
	}
	return nil
}

// room says whether one more filter may run.
func (f *Filter) room() error {
	running, memory := 0, int64(0)
	for _, l := range f.env.Loader.Loaded() {
		if l.State != plugin.StateTerminated {
			running++
			memory += l.Metric("Memory")
		}
	}
	if running >= f.cfg.MaxFilters {
		return errFull
	}
	if m := int64(f.cfg.MaxMemory); m > 0 && memory >= m {
		return fmt.Errorf("the loaded filters use all of max_memory = %s; unload one, or raise it", f.cfg.MaxMemory)
	}
	return nil
}

// loadable is the filter as its files have it.
func (f *Filter) loadable(name, config string) *plugin.Loadable {
	return &plugin.Loadable{Name: name, Config: config, Type: filterType, Impose: f.impose(f.path(name, ".lua"))}
}

// impose writes the options that a loaded filter cannot choose.
func (f *Filter) impose(script string) string {
	return "filename = " + quote(script) + "\n" + f.Imposed()
}

// Imposed implements plugin.Manager.
func (f *Filter) Imposed() string {
	var b strings.Builder
	text := func(name, value string) { b.WriteString(name + " = " + quote(value) + "\n") }
	number := func(name string, n uint64) { b.WriteString(name + " = " + strconv.FormatUint(n, 10) + "\n") }
	text("module_directory", f.cfg.ModuleDirectory)
	number("memory_limit", uint64(f.cfg.MemoryLimit))
	number("instruction_limit", f.cfg.InstructionLimit)
	number("output_limit", uint64(f.cfg.OutputLimit))
	b.WriteString("can_exit = true\ncall_time = 10\nmax_restarts = 0\n")
	return b.String()
}

// quote writes a TOML string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (f *Filter) load(o *control.Order) error {
	f.removeFiles(o.Name) // left by one that ended while nobody looked
	if err := f.write(o.Name, o.Config, o.Script); err != nil {
		f.removeFiles(o.Name)
		return err
	}
	if err := f.env.Loader.Load(f.ctx, f.loadable(o.Name, o.Config)); err != nil {
		f.removeFiles(o.Name)
		return err
	}
	return nil
}

// replace puts the new files beside the old ones first, so that whatever happens
// on the way one whole pair is there.
func (f *Filter) replace(o *control.Order, now *plugin.Loaded) error {
	if err := f.setAside(o.Name); err != nil {
		return err
	}
	err := f.write(o.Name, o.Config, o.Script)
	if err == nil {
		n := f.loadable(o.Name, o.Config)
		n.Paused = now.State == plugin.StatePaused
		err = f.env.Loader.Replace(f.ctx, n)
	}
	if err != nil {
		return errors.Join(err, f.bringBack(o.Name))
	}
	return f.dropAside(o.Name)
}

func (f *Filter) pause(name string) error {
	if err := f.env.Loader.Pause(f.ctx, name); err != nil {
		return err
	}
	return f.mark(name)
}

// resume goes on with a paused filter, and starts one again that has ended.
func (f *Filter) resume(name string) error {
	l := f.find(name)
	switch {
	case l == nil:
		return fmt.Errorf("resume %s: %w", name, plugin.ErrNotLoaded)
	case l.State == plugin.StateTerminated:
		config, err := f.readConfig(name)
		if err == nil {
			err = f.room()
		}
		if err == nil {
			err = f.env.Loader.Replace(f.ctx, f.loadable(name, config))
		}
		if err != nil {
			return err
		}
	default:
		if err := f.env.Loader.Resume(f.ctx, name); err != nil {
			return err
		}
	}
	return f.unmark(name)
}

// unload ends a filter and removes its files, which may be there without it.
func (f *Filter) unload(name string) error {
	err := f.env.Loader.Unload(f.ctx, name)
	if errors.Is(err, plugin.ErrBusy) {
		return err
	}
	f.removeFiles(name)
	return err
}
