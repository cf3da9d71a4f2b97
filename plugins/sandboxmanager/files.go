package sandboxmanager

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/plugin"
)

// A loaded filter has these files in the working directory, all named after it:
//
//	.toml      its section, as it came
//	.lua       its script, or its WebAssembly module: one name, so that either may replace the other
//	.paused    empty; there while it is paused
//	.toml.old  the pair before a replacement that is under way
//	.lua.old
//	.failed    pair that did not start again
const (
	configEnd = ".toml"
	scriptEnd = ".lua"
	pausedEnd = ".paused"
	oldEnd    = ".old"
	failedEnd = ".failed"
)

const maxFile = 10 << 20

func (f *Filter) path(name, end string) string { return filepath.Join(f.dir, name+end) }

// put replaces a file, so that whoever looks finds the old content or the new. It
// is synced with the next timer event: a thousand loads at once are not to wait for
// the disk.
func (f *Filter) put(path string, data []byte) error {
	tmp := path + ".tmp"
	file, err := f.env.FS.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.env.FS.Rename(tmp, path)
	}
	if err != nil {
		f.env.FS.Remove(tmp)
		return err
	}
	f.unsynced[path] = true
	return nil
}

// sync makes what was written survive a power cut.
func (f *Filter) sync() error {
	if len(f.unsynced) == 0 {
		return nil
	}
	var errs []error
	for path := range f.unsynced {
		file, err := f.env.FS.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue // unloaded since
		}
		if err == nil {
			err = errors.Join(file.Sync(), file.Close())
		}
		errs = append(errs, err)
	}
	clear(f.unsynced)
	return errors.Join(append(errs, f.env.FS.SyncDir(f.dir))...)
}

// write keeps the section and the script.
func (f *Filter) write(name, config, script string) error {
	err := f.put(f.path(name, scriptEnd), []byte(script))
	if err == nil {
		err = f.put(f.path(name, configEnd), []byte(config))
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w; see working_directory", name, err)
	}
	return nil
}

func (f *Filter) readConfig(name string) (string, error) {
	b, err := fsx.ReadFile(f.env.FS, f.path(name, configEnd), maxFile)
	return string(b), err
}

// files lists the files of a filter by their ends.
func (f *Filter) files(name string) (ends []string) {
	list, err := f.env.FS.ReadDir(f.dir)
	if err != nil {
		return nil
	}
	for _, d := range list {
		if end, ok := strings.CutPrefix(d.Name(), name+"."); ok && !d.IsDir() {
			ends = append(ends, "."+end)
		}
	}
	return ends
}

func (f *Filter) removeFiles(name string) {
	for _, end := range f.files(name) {
		if err := f.env.FS.Remove(f.path(name, end)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.env.Log.Error("remove a filter's file", "err", err)
		}
	}
}

// setAside keeps the pair that works until its replacement does. The script goes
// first and the section last: the section's copy says that both are there.
func (f *Filter) setAside(name string) error {
	for _, end := range []string{scriptEnd, configEnd} {
		b, err := fsx.ReadFile(f.env.FS, f.path(name, end), maxFile)
		if err == nil {
			err = f.put(f.path(name, end+oldEnd), b)
		}
		if err != nil {
			return fmt.Errorf("set %s aside: %w", name, err)
		}
	}
	return nil
}

// bringBack undoes setAside, after a failure or a crash.
func (f *Filter) bringBack(name string) error {
	for _, end := range []string{scriptEnd, configEnd} {
		if err := f.env.FS.Rename(f.path(name, end+oldEnd), f.path(name, end)); err != nil {
			return fmt.Errorf("bring the old %s back: %w", name, err)
		}
	}
	return nil
}

// dropAside makes a replacement final: from the removal of the section's copy on.
func (f *Filter) dropAside(name string) error {
	for _, end := range []string{configEnd, scriptEnd} {
		if err := f.env.FS.Remove(f.path(name, end+oldEnd)); err != nil {
			return fmt.Errorf("remove the old %s: %w", name, err)
		}
	}
	return nil
}

func (f *Filter) mark(name string) error {
	return f.put(f.path(name, pausedEnd), nil)
}

func (f *Filter) unmark(name string) error {
	if err := f.env.FS.Remove(f.path(name, pausedEnd)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Restore implements plugin.Manager: it brings the filters of the files into the
// daemon, and ends those that have none. A manager that was replaced finds its filters
// running.
func (f *Filter) Restore() error {
	if err := f.seen.open(); err != nil {
		return fmt.Errorf("remember control messages: %w", err)
	}
	list, err := f.env.FS.ReadDir(f.dir)
	if err != nil {
		return fmt.Errorf("working_directory: %w", err)
	}
	var names []string
	has := map[string]bool{}
	for _, d := range list {
		if !d.Type().IsRegular() || !strings.HasPrefix(d.Name(), f.prefix) {
			continue
		}
		has[d.Name()] = true
		name, ok := strings.CutSuffix(d.Name(), configEnd)
		if !ok { // a crash may have come between the two renames of bringBack
			name, ok = strings.CutSuffix(d.Name(), configEnd+oldEnd)
		}
		if ok && f.prefix+normal(strings.TrimPrefix(name, f.prefix)) == name && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	running := map[string]bool{}
	for _, l := range f.env.Loader.Loaded() {
		running[l.Name] = true
	}
	for _, name := range names {
		if has[name+configEnd+oldEnd] {
			if !has[name+scriptEnd+oldEnd] { // that was renamed already
				err = f.env.FS.Rename(f.path(name, configEnd+oldEnd), f.path(name, configEnd))
			} else {
				err = f.bringBack(name)
			}
			if err != nil {
				f.env.Log.Error("a replacement was cut off and cannot be undone", "filter", name, "err", err)
				continue
			}
			f.env.Log.Warn("a replacement was cut off; the script of before is loaded", "filter", name)
		}
		err := f.again(name, running[name], has[name+pausedEnd])
		delete(running, name)
		if errors.Is(err, plugin.ErrBusy) {
			return fmt.Errorf("restore %s: %w: %w", name, err, plugin.ErrRetry)
		}
		if err != nil {
			f.env.Log.Error("a loaded filter does not start again", "filter", name, "err", err)
		}
	}
	if len(names) > 0 {
		f.env.Log.Info("loaded filters are back", "filters", len(f.env.Loader.Loaded()), "of", len(names))
	}
	for name := range running {
		if err := f.env.Loader.Unload(f.ctx, name); err != nil {
			f.env.Log.Error("unload a filter without files", "filter", name, "err", err)
		}
	}
	return nil
}

// again starts one filter from its files. What does not start is renamed, so
// that it is not tried at every start, and can be looked at.
func (f *Filter) again(name string, runs, paused bool) error {
	config, err := f.readConfig(name)
	if err != nil {
		return err
	}
	l := f.loadable(name, config)
	l.Paused = paused
	if runs {
		err = f.env.Loader.Replace(f.ctx, l)
	} else if err = f.room(); err == nil {
		err = f.env.Loader.Load(f.ctx, l)
	} else {
		return err // its files stay
	}
	if err == nil || errors.Is(err, plugin.ErrBusy) {
		return err
	}
	f.notices = append(f.notices, err.Error())
	for _, end := range []string{scriptEnd, configEnd} {
		if rerr := f.env.FS.Rename(f.path(name, end), f.path(name, end+failedEnd)); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	if runs {
		err = errors.Join(err, f.env.Loader.Unload(f.ctx, name))
	}
	return err
}
