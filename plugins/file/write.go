package file

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/heka-project/heka/plugin"
)

// flush writes what was collected.
func (o *Output) flush() error {
	err := o.write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// write writes b. What the system does not take is kept in rest.
func (o *Output) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	n, err := o.file.Write(b)
	o.written.Add(int64(n))
	if n < len(b) {
		o.rest = append(o.rest, b[n:]...)
		if err == nil {
			err = errors.New("the system took only a part")
		}
		return o.writeError(err)
	}
	return nil
}

// finish writes what an earlier write left.
func (o *Output) finish() error {
	if len(o.rest) == 0 {
		return nil
	}
	n, err := o.file.Write(o.rest)
	o.written.Add(int64(n))
	o.rest = o.rest[:copy(o.rest, o.rest[n:])]
	if len(o.rest) > 0 {
		if err == nil {
			err = errors.New("the system took only a part")
		}
		return o.writeError(err)
	}
	if cap(o.rest) > keepBuffer {
		o.rest = nil
	}
	return nil
}

// sync has the disk confirm what was written.
func (o *Output) sync() error {
	if err := o.file.Sync(); err != nil {
		return fmt.Errorf("sync file %s: %w; look at the disk and the file system: %w", o.path, err, plugin.ErrRetry)
	}
	return nil
}

// writeError says what to do. Every failed write is tried again.
func (o *Output) writeError(err error) error {
	cure := "look at the disk and the file system"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		cure = "free space; what is left is kept and written then"
	case errors.Is(err, syscall.EFBIG):
		cure = "raise the limit of file sizes, or set rotation_interval"
	}
	return fmt.Errorf("write file %s: %w; %s: %w", o.path, err, cure, plugin.ErrRetry)
}

// Reload opens the file anew with the next delivery: something has moved it away.
func (o *Output) Reload() error {
	o.reopen = true
	if len(o.rest) > 0 {
		return nil
	}
	return o.ready(o.env.Clock.Now())
}

// Stop writes what is left and closes the file.
func (o *Output) Stop() error {
	if o.file == nil {
		return nil
	}
	err := o.finish()
	if cerr := o.file.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close file %s: %w", o.path, cerr)
	}
	o.file = nil
	return err
}

// Report tells the file's name and what was written to it.
func (o *Output) Report(r *plugin.Report) {
	r.Text("Path", *o.name.Load())
	r.Int("WrittenBytes", o.written.Load(), "B")
	r.Int("OpenedCount", o.opened.Load(), "count")
}
