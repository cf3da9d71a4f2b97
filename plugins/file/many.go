package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// maxSound bounds the paths that are remembered as looked at.
const maxSound = 16384

// Many is FileOutput where there is more to do than to append to one file: paths
// that messages name, limits of size, packing, cleaning up. Each file is an Output
// of its own; the one used longest ago is closed when there are too many. All
// fields but the counters belong to its goroutine.
type Many struct {
	cfg        Config
	env        plugin.Env
	perm, fold fs.FileMode
	pack       *packer // nil: what is written is not packed

	tmpl  template
	hours period // that tmpl is for
	files map[string]*target
	turn  uint64 // of the delivery at hand
	key   []byte // scratch: path of the message at hand
	view  message.View
	clean *cleaner
	sound map[string]bool // paths that were looked at for what a crash left

	started          bool
	written, opened  atomic.Int64 // of files that are closed
	open, rotated    atomic.Int64
	writing, opening atomic.Int64 // of files that are open
}

// target is a file that is open, or is to be.
type target struct {
	*Output
	raw  []byte // collected, not packed yet
	size int64  // of the file with all that was given to it
	used uint64 // turn of the last delivery to it
}

func newMany(cfg Config, env plugin.Env, perm, fold fs.FileMode) (*Many, error) {
	m := &Many{cfg: cfg, env: env, perm: perm, fold: fold, files: map[string]*target{}, sound: map[string]bool{}}
	if cfg.Compression != "" {
		m.pack = newPacker(cfg.Compression)
	}
	if m.cfg.MaxOpenFiles == 0 {
		m.cfg.MaxOpenFiles = 128
	}
	m.clean = newCleaner(&m.cfg, env, perm)
	return m, m.setPath(env.Clock.Now())
}

// setPath fills the time now into the path.
func (m *Many) setPath(now time.Time) (err error) {
	h := m.cfg.RotationInterval
	m.tmpl, err = parseTemplate(m.cfg.Path, h > 0, now)
	if h > 0 {
		m.hours = periodOf(now, h)
	}
	return err
}

// Start opens the file, where its path is known, and starts the cleaning up.
func (m *Many) Start(context.Context) error {
	if !m.started {
		m.clean.start()
		m.started = true
	}
	if m.tmpl.fields() {
		return nil
	}
	var v message.View
	path := string(m.tmpl.append(nil, &v))
	_, err := m.target(path)
	return err
}

// target returns the file of that path, opened.
func (m *Many) target(path string) (*target, error) {
	if t := m.files[path]; t != nil {
		if t.file == nil { // it could not be opened again
			return t, m.reopenTarget(t)
		}
		t.used = m.turn
		return t, nil
	}
	for len(m.files) >= m.cfg.MaxOpenFiles {
		if err := m.closeOldest(); err != nil {
			return nil, err
		}
	}
	cfg := m.cfg
	cfg.Path, cfg.RotationInterval = path, 0
	t := &target{Output: &Output{cfg: cfg, env: m.env, perm: m.perm, fold: m.fold}, used: m.turn}
	t.setPath(m.env.Clock.Now())
	if m.tmpl.fields() {
		t.root = m.tmpl.root()
	}
	if err := m.reopenTarget(t); err != nil {
		return nil, err
	}
	m.files[path] = t
	m.open.Store(int64(len(m.files)))
	return t, nil
}

func (m *Many) reopenTarget(t *target) error {
	if t.root != "" { // before anything looks into it
		if err := inside(t.root, t.path); err != nil {
			return err
		}
	}
	first := !m.sound[t.path]
	if first && m.pack != nil {
		if err := m.repair(t.path); err != nil {
			return err
		}
	}
	if err := t.Output.open(); err != nil {
		return err
	}
	if first {
		if len(m.sound) >= maxSound {
			clear(m.sound)
		}
		m.sound[t.path] = true
		m.clean.leftovers(t.path)
	}
	t.size = 0
	if info, err := t.file.Stat(); err == nil {
		t.size = info.Size()
	}
	return nil
}

// closeOldest closes the file that was used longest ago.
func (m *Many) closeOldest() error {
	var old *target
	for _, t := range m.files {
		if old == nil || t.used < old.used {
			old = t
		}
	}
	return m.closeTarget(old)
}

// closeTarget writes what a file still has to get and closes it. Where that fails
// it stays as it is.
func (m *Many) closeTarget(t *target) error {
	if t.file == nil && len(t.rest)+len(t.raw) > 0 {
		if err := m.reopenTarget(t); err != nil {
			return fmt.Errorf("%w: %w", err, plugin.ErrRetry)
		}
	}
	if err := m.flushTarget(t); err != nil {
		return err
	}
	if t.file != nil {
		if err := t.finish(); err != nil {
			return err
		}
		if err := t.Stop(); err != nil {
			m.env.Log.Warn(err.Error() + "; what was written last may be lost")
		}
	}
	m.written.Add(t.Output.written.Load())
	m.opened.Add(t.Output.opened.Load())
	delete(m.files, t.path)
	m.open.Store(int64(len(m.files)))
	return nil
}

// ready makes all files ready for a delivery: what was left of the last one is
// written, those that were moved or deleted are opened anew, those of the hour
// that has passed are closed.
func (m *Many) ready(now time.Time) error {
	due := m.cfg.RotationInterval > 0 && m.hours.over(now)
	var finished []string
	for path, t := range m.files {
		if due {
			if err := m.closeTarget(t); err != nil {
				return err
			}
			m.rotated.Add(1)
			finished = append(finished, path)
			continue
		}
		opened := t.Output.opened.Load()
		if err := t.Output.ready(now); err != nil {
			return err
		}
		if t.Output.opened.Load() != opened {
			t.size = 0
			if info, err := t.file.Stat(); err == nil {
				t.size = info.Size()
			}
		}
	}
	if !due {
		return nil
	}
	err := m.setPath(now)
	current := string(m.tmpl.append(nil, new(message.View)))
	for _, path := range finished {
		m.clean.finished(current, path)
	}
	return err
}

// Deliver appends each message to its file. A message whose path cannot be opened
// is refused, where another may; where there is but one file it is tried again.
func (m *Many) Deliver(ctx context.Context, in []message.Selection) error {
	m.turn++
	if err := m.ready(m.env.Clock.Now()); err != nil {
		return err
	}
	var failed error
	for k := range in {
		if failed = m.collect(ctx, &in[k]); failed != nil {
			break
		}
	}
	for _, t := range m.files {
		if err := m.flushTarget(t); failed == nil {
			failed = err
		}
		if failed == nil && m.cfg.Sync {
			failed = t.sync()
		}
	}
	m.count()
	return failed
}

// collect gives the messages of one selection to their files.
func (m *Many) collect(ctx context.Context, s *message.Selection) error {
	for i := s.Next(-1); i >= 0; i = s.Next(i) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write files: %w: %w", err, plugin.ErrRetry)
		}
		msg := s.At(i)
		m.view.Parse(msg, nil)
		m.key = m.tmpl.append(m.key[:0], &m.view)
		t := m.files[string(m.key)] // without an allocation
		if t == nil || t.file == nil {
			var err error
			if t, err = m.target(string(m.key)); err != nil {
				if errors.Is(err, plugin.ErrRetry) {
					return err
				}
				if !m.tmpl.fields() {
					return fmt.Errorf("%w: %w", err, plugin.ErrRetry)
				}
				s.Refuse(i, err.Error())
				s.Done(i + 1)
				continue
			}
		}
		t.used = m.turn
		if err := m.give(t, s, i, msg); err != nil {
			return err
		}
	}
	s.Done(s.Batch.Len())
	return nil
}

// give encodes one message for its file and writes when enough is collected. From
// then on it is done.
func (m *Many) give(t *target, s *message.Selection, i int, msg []byte) error {
	n := len(t.raw)
	out, err := m.env.Encoding.Append(t.raw, msg)
	if err != nil {
		s.Refuse(i, "encode: "+err.Error())
		out = out[:n]
	}
	t.raw = out
	if limit := int64(m.cfg.MaxSize); limit > 0 && len(out) > n && t.size+int64(len(out)) > limit && t.size+int64(n) > 0 {
		last := append([]byte(nil), out[n:]...)
		t.raw = out[:n]
		if err := m.rotate(t); err != nil {
			return err // the message is not done: it comes again
		}
		t.raw = append(t.raw, last...)
	}
	s.Done(i + 1)
	if len(t.raw) >= enough {
		return m.flushTarget(t)
	}
	return nil
}

// flushTarget writes what a file has collected, packed where that is asked for.
// What the system does not take is kept.
func (m *Many) flushTarget(t *target) error {
	if len(t.raw) == 0 || t.file == nil {
		return nil
	}
	if m.pack != nil {
		t.buf = m.pack.append(t.buf, t.raw)
	} else {
		t.buf = append(t.buf, t.raw...)
	}
	if t.raw = t.raw[:0]; cap(t.raw) > keepBuffer {
		t.raw = nil
	}
	t.size += int64(len(t.buf))
	if len(t.rest) > 0 { // behind what an earlier write left
		t.rest = append(t.rest, t.buf...)
		t.buf = t.buf[:0]
		return t.finish()
	}
	err := t.flush()
	if cap(t.buf) > keepBuffer {
		t.buf = nil
	}
	return err
}

// rotate gives a full file its final name and opens a new one.
func (m *Many) rotate(t *target) error {
	if err := m.flushTarget(t); err != nil {
		return err
	}
	if err := t.finish(); err != nil {
		return err
	}
	to, err := m.clean.name(t.path)
	if err == nil {
		err = m.env.FS.Rename(t.path, to)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rename full file %s: %w; let hekad's user write the folder: %w", t.path, err, plugin.ErrRetry)
	}
	if err := t.Stop(); err != nil {
		m.env.Log.Warn(err.Error() + "; what was written last may be lost")
	}
	m.rotated.Add(1)
	if err == nil {
		m.clean.finished(t.path, to)
	}
	if err := m.reopenTarget(t); err != nil {
		if !errors.Is(err, plugin.ErrRetry) {
			err = fmt.Errorf("%w: %w", err, plugin.ErrRetry)
		}
		return err
	}
	return nil
}

// count adds up the figures of open files.
func (m *Many) count() {
	var w, o int64
	for _, t := range m.files {
		w += t.Output.written.Load()
		o += t.Output.opened.Load()
	}
	m.writing.Store(w)
	m.opening.Store(o)
}

// Reload opens all files anew with the next delivery.
func (m *Many) Reload() error {
	for _, t := range m.files {
		if err := t.Reload(); err != nil {
			return err
		}
	}
	return nil
}

// Stop writes what is left, closes all files and ends the cleaning up.
func (m *Many) Stop() error {
	var errs []error
	for path, t := range m.files {
		errs = append(errs, m.flushTarget(t), t.Stop())
		delete(m.files, path)
	}
	if m.started {
		m.clean.stop()
		m.started = false
	}
	return errors.Join(errs...)
}

// Report tells the path as configured and what was written.
func (m *Many) Report(r *plugin.Report) {
	r.Text("Path", m.cfg.Path)
	r.Int("WrittenBytes", m.written.Load()+m.writing.Load(), "B")
	r.Int("OpenedCount", m.opened.Load()+m.opening.Load(), "count")
	r.Int("OpenFiles", m.open.Load(), "count")
	r.Int("RotatedCount", m.rotated.Load(), "count")
	r.Int("PackFailures", m.clean.failures.Load(), "count")
	r.Int("RemovedCount", m.clean.removed.Load(), "count")
}

// inFolder is a path in the folder of another.
func inFolder(of, name string) string { return filepath.Join(filepath.Dir(of), name) }
