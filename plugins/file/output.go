package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/itchyny/timefmt-go"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const (
	// direct is the size from which on a run of frames is written as it lies;
	// smaller ones are copied together. Copying costs a tenth of writing.
	direct = 32 << 10
	// enough is the size at which collected bytes are written.
	enough = 256 << 10
	// keepBuffer is the largest buffer that is kept between two deliveries.
	keepBuffer = 4 << 20
	// lookEvery is how often the file is looked for under its name.
	lookEvery = time.Second
)

// Output is FileOutput. All fields but the counters belong to its goroutine.
type Output struct {
	cfg        Config
	env        plugin.Env
	perm, fold fs.FileMode

	file   fsx.File // nil while it could not be opened
	path   string   // of file, or of the file to open
	root   string   // folder that path may not leave, as a message named it; "" where none did
	hours  period   // that the path is for
	looked time.Time
	reopen bool   // open the file anew before the next write
	buf    []byte // collected, not yet given to write
	rest   []byte // what write could not write; belongs in front of all else

	written, opened atomic.Int64
	name            atomic.Pointer[string] // path, for reports
}

func newOutput(cfg Config, env plugin.Env) (plugin.Output, error) {
	o := &Output{cfg: cfg, env: env}
	var err error
	if o.perm, err = octal(cfg.Perm); err != nil {
		return nil, fmt.Errorf("perm %q: %w", cfg.Perm, err)
	}
	if o.fold, err = octal(cfg.FolderPerm); err != nil {
		return nil, fmt.Errorf("folder_perm %q: %w", cfg.FolderPerm, err)
	}
	if env.Encoding == nil {
		return nil, errors.New("FileOutput has no encoder; set encoder")
	}
	if !cfg.plain() {
		return newMany(cfg, env, o.perm, o.fold)
	}
	o.setPath(env.Clock.Now())
	return o, nil
}

// setPath makes the file's name for the time now, and finds the time after which
// it changes.
func (o *Output) setPath(now time.Time) {
	o.path = o.cfg.Path
	if h := o.cfg.RotationInterval; h > 0 {
		o.path = timefmt.Format(now, o.cfg.Path)
		o.hours = periodOf(now, h)
	}
	p := o.path
	o.name.Store(&p)
}

// period is the time that a path is for: from its beginning on, up to its end.
type period struct{ from, till time.Time }

// periodOf returns the period of now: it begins and ends where the hour of the day,
// by the clock on the wall, is a multiple of hours.
func periodOf(now time.Time, hours int) period {
	y, m, d := now.Date()
	h := now.Hour() - now.Hour()%hours
	p := period{from: time.Date(y, m, d, h, 0, 0, 0, now.Location())}
	for !p.till.After(now) {
		h += hours
		p.till = time.Date(y, m, d, h, 0, 0, 0, now.Location())
	}
	if p.from.After(now) { // an hour that the clock shows twice
		p.from = now
	}
	return p
}

// over reports that now is not in the period: it has ended, or the clock was set
// back to before it.
func (p period) over(now time.Time) bool { return now.Before(p.from) || !now.Before(p.till) }

// Start opens the file.
func (o *Output) Start(context.Context) error { return o.open() }

// open opens the file for appending, making folders on the way.
func (o *Output) open() error {
	if o.root != "" {
		if err := inside(o.root, o.path); err != nil {
			return err
		}
	}
	if dir := filepath.Dir(o.path); dir != "." {
		if err := o.env.FS.MkdirAll(dir, o.fold); err != nil {
			return openError(o.path, err)
		}
	}
	f, err := o.env.FS.OpenFile(o.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|nofollow(o.env.FS, o.path), o.perm)
	if err != nil {
		return openError(o.path, err)
	}
	o.file, o.reopen = f, false
	o.opened.Add(1)
	return nil
}

// openError says what to do, and whether waiting may help.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("open file %s: %w; free space: %w", path, err, plugin.ErrRetry)
	case errors.Is(err, errLink):
		return fmt.Errorf("open file %s: a link in a folder that anybody may write is not followed; remove it, or change path", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open file %s: %w; let hekad's user write there, or change path", path, err)
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		return fmt.Errorf("open file %s: %w; raise the limit of open files: %w", path, err, plugin.ErrRetry)
	case errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EIO):
		return fmt.Errorf("open file %s: %w; look at the file system: %w", path, err, plugin.ErrRetry)
	}
	return fmt.Errorf("open file %s: %w; correct path", path, err)
}

// ready makes sure that the right file is open: the one for this hour, anew
// after Reload, and not one that was deleted.
func (o *Output) ready(now time.Time) error {
	due := o.cfg.RotationInterval > 0 && o.hours.over(now)
	if !due && !o.reopen && o.file != nil && now.Sub(o.looked) >= lookEvery {
		o.looked = now
		o.reopen = o.deleted()
	}
	if !due && !o.reopen && o.file != nil {
		return o.finish()
	}
	if o.file != nil {
		if err := o.finish(); err != nil && !o.deleted() {
			return err // a record is half written: its rest belongs to the old file
		}
		if err := o.file.Close(); err != nil {
			o.env.Log.Warn(fmt.Sprintf("close file %s: %v; what was written last may be lost", o.path, err))
		}
		o.file = nil
	}
	if due {
		o.setPath(now)
	}
	if err := o.open(); err != nil {
		if !errors.Is(err, plugin.ErrRetry) {
			err = fmt.Errorf("%w: %w", err, plugin.ErrRetry)
		}
		return err
	}
	return o.finish()
}

// deleted reports that the file has no name any more.
func (o *Output) deleted() bool {
	if _, err := o.env.FS.Stat(o.path); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	info, err := o.file.Stat()
	return err == nil && fsx.Deleted(info)
}

// Deliver writes all of in.
func (o *Output) Deliver(ctx context.Context, in []message.Selection) error {
	if err := o.ready(o.env.Clock.Now()); err != nil {
		return err
	}
	for i := range in {
		if err := o.deliver(&in[i]); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			break
		}
	}
	if err := o.flush(); err != nil {
		return err
	}
	if cap(o.buf) > keepBuffer {
		o.buf = nil
	}
	if o.cfg.Sync {
		if err := o.sync(); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		for i := range in {
			if n, _ := in[i].Left(); n > 0 {
				return fmt.Errorf("write file %s: %w: %w", o.path, err, plugin.ErrRetry)
			}
		}
	}
	return nil
}

// deliver collects or writes one selection. From then on its bytes are written
// or in rest, so all of it is done.
func (o *Output) deliver(in *message.Selection) error {
	if !o.env.Encoding.Frames() {
		o.buf = o.env.Encoding.AppendAll(o.buf, in)
		in.Done(in.Batch.Len())
		if len(o.buf) >= enough {
			return o.flush()
		}
		return nil
	}
	for i, j := in.NextRun(0); i >= 0; i, j = in.NextRun(j) {
		run := in.Run(i, j)
		in.Done(j)
		if len(run) < direct {
			o.buf = append(o.buf, run...)
			if len(o.buf) < enough {
				continue
			}
			run = nil
		}
		if err := o.flush(); err != nil {
			o.rest = append(o.rest, run...)
			return err
		}
		if err := o.write(run); err != nil {
			return err
		}
	}
	in.Done(in.Batch.Len())
	return nil
}
