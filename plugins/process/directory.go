package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/plugin"
)

func init() {
	plugin.RegisterInput("ProcessDirectoryInput", plugin.About{
		Doc:     "Runs the chains of programs that the files of a folder name, and follows its changes.",
		Readme:  readme,
		Sample:  sample,
		Ticker:  defaultRescan,
		CanExit: true,
	}, newDirectory)
}

const (
	defaultRescan = 300 * time.Second
	maxFiles      = 1000    // that are run
	maxFile       = 1 << 20 // bytes of one
	maxPause      = 30 * time.Second
)

// DirectoryConfig holds the options of ProcessDirectoryInput.
type DirectoryConfig struct {
	ProcessDir string `toml:"process_dir" default:"processes" doc:"Folder with a sub-folder for each interval in seconds, which holds a file for each chain; relative to share_dir."`
}

// Validate checks what shows without the folder.
func (c DirectoryConfig) Validate() error {
	if c.ProcessDir == "" {
		return &plugin.OptionError{Option: "process_dir", What: "is empty", Fix: `name a folder, such as "processes"`}
	}
	return nil
}

// Directory runs what it finds. Its fields belong to Run's goroutine, but for the
// counters.
type Directory struct {
	env plugin.Env
	dir string

	running map[string]*process // by path below dir
	gripes  map[string]string   // what was logged last, by path

	count    counters
	files    atomic.Int64
	refusals atomic.Int64
}

// process is a file that is run.
type process struct {
	text string // of the file
	stop func()
	done chan struct{}
}

func newDirectory(cfg DirectoryConfig, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	d := &Directory{env: prepare(env), dir: cfg.ProcessDir}
	if d.env.FS == nil {
		d.env.FS = fsx.OS{}
	}
	if d.env.Ticker <= 0 {
		d.env.Ticker = defaultRescan
	}
	if !filepath.IsAbs(d.dir) {
		d.dir = filepath.Join(env.ShareDir, d.dir)
	}
	return d, nil
}

// Run looks at the folder at once and then at every tick, until ctx ends.
func (d *Directory) Run(ctx context.Context, host plugin.Host) error {
	d.running, d.gripes = map[string]*process{}, map[string]string{}
	defer d.stopAll()
	for {
		d.scan(ctx, host)
		t := d.env.Clock.NewTimer(d.env.Ticker)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// scan starts what is new, stops what is gone, and does both to what has changed.
func (d *Directory) scan(ctx context.Context, host plugin.Host) {
	found := d.find()
	for path, p := range d.running {
		if text, ok := found[path]; !ok || text != p.text {
			p.stop()
			<-p.done
			delete(d.running, path)
			d.env.Log.Info("process stopped: its file is gone or has changed", "file", path)
		}
	}
	var paths []string
	for path := range found {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		if d.running[path] == nil {
			d.start(ctx, host, path, found[path])
		}
	}
	d.files.Store(int64(len(d.running)))
}

func (d *Directory) stopAll() {
	for _, p := range d.running {
		p.stop()
	}
	for _, p := range d.running {
		<-p.done
	}
	d.files.Store(0)
}

// find reads all files. One that cannot be read now keeps what runs of it.
func (d *Directory) find() map[string]string {
	found := map[string]string{}
	folders, err := d.env.FS.ReadDir(d.dir)
	d.gripe("", err)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			for path, p := range d.running {
				found[path] = p.text
			}
		}
		return found
	}
	for _, folder := range folders {
		name := folder.Name()
		if n, err := strconv.ParseUint(name, 10, 31); err != nil || strconv.FormatUint(n, 10) != name || !folder.IsDir() {
			continue
		}
		if err := safe(folder); err != nil {
			d.gripe(name, err)
			continue
		}
		files, err := d.env.FS.ReadDir(filepath.Join(d.dir, name))
		d.gripe(name, err)
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".toml") || strings.HasPrefix(f.Name(), ".") {
				continue
			}
			path := name + "/" + f.Name()
			text, err := d.read(path, f)
			if err == nil && len(found) >= maxFiles {
				err = fmt.Errorf("there are more than %d files; this one is not run", maxFiles)
			}
			d.gripe(path, err)
			switch {
			case err == nil:
				found[path] = text
			case d.running[path] != nil && !errors.Is(err, errUnsafe):
				found[path] = d.running[path].text
			}
		}
	}
	return found
}

var errUnsafe = errors.New("it is not run")

// safe refuses what others than its owner could have put there: it would be run
// with hekad's rights.
func safe(e fs.DirEntry) error {
	info, err := e.Info()
	switch {
	case err != nil:
		return err
	case !e.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("is no regular file, and links are not followed; %w", errUnsafe)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0:
		return fmt.Errorf("anybody may write it (mode %v); chmod o-w: %w", info.Mode().Perm(), errUnsafe)
	}
	return nil
}

func (d *Directory) read(path string, e fs.DirEntry) (string, error) {
	if err := safe(e); err != nil {
		return "", err
	}
	b, err := fsx.ReadFile(d.env.FS, filepath.Join(d.dir, path), maxFile)
	return string(b), err
}

// gripe logs what is wrong with a path, once until that changes.
func (d *Directory) gripe(path string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if d.gripes[path] == text {
		return
	}
	d.gripes[path] = text
	if err != nil {
		d.refusals.Add(1)
		d.env.Log.Warn("process_dir: cannot be used", "path", filepath.Join(d.dir, path), "err", err)
	}
}

// start runs one file in a goroutine of its own.
func (d *Directory) start(ctx context.Context, host plugin.Host, path, text string) {
	folder, base, _ := strings.Cut(path, "/")
	f, chain, err := parseFile(text)
	d.gripe(path, err)
	ctx, cancel := context.WithCancel(ctx)
	p := &process{text: text, stop: cancel, done: make(chan struct{})}
	d.running[path] = p
	if err != nil {
		close(p.done)
		return
	}
	seconds, _ := strconv.ParseUint(folder, 10, 31)
	r := &runner{
		cfg: f.Config, chain: chain, name: strings.TrimSuffix(base, ".toml"), ticker: time.Duration(seconds) * time.Second,
		env: d.env, log: d.env.Log.With("file", path), count: &d.count,
		open: func(o plugin.StreamOptions) (plugin.Stream, error) {
			o.Name, o.Splitter, o.Decoder = folder+"/"+o.Name, f.Splitter, f.Decoder
			return host.Open(o)
		},
	}
	d.env.Log.Info("process started", "file", path)
	go func() {
		defer close(p.done)
		d.keep(ctx, r)
	}()
}

// keep runs r again, after growing pauses, when it fails: a chain that runs once
// has no tick to wait for.
func (d *Directory) keep(ctx context.Context, r *runner) {
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, maxPause) {
		err := r.run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		r.tell(err)
		t := d.env.Clock.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// Report tells how many files are run, and how often.
func (d *Directory) Report(r *plugin.Report) {
	r.Int("Files", d.files.Load(), "count")
	r.Int("FilesRefused", d.refusals.Load(), "count")
	d.count.report(r)
}
