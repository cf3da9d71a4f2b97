package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/itchyny/timefmt-go"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/heka-project/heka/plugin"
)

// suffix is the layout of what a full file's name gets, in UTC.
const suffix = "20060102T150405.000"

// cleaner packs and removes files that are finished, in a goroutine of its own so
// that writing goes on. A finished file is first packed beside itself, synced and
// renamed; only then does the plain one go.
type cleaner struct {
	cfg  *Config
	env  plugin.Env
	perm fs.FileMode

	jobs   chan job
	done   sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	failures, removed atomic.Int64
}

// job is a finished file, and the path that is written to in its place.
type job struct{ base, path string }

func newCleaner(cfg *Config, env plugin.Env, perm fs.FileMode) *cleaner {
	return &cleaner{cfg: cfg, env: env, perm: perm}
}

func (c *cleaner) start() {
	c.jobs = make(chan job, 1024)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.done.Go(func() {
		for j := range c.jobs {
			c.work(j)
		}
	})
}

// stop ends the goroutine. A file that is being packed stays plain, and is packed
// when the daemon starts again.
func (c *cleaner) stop() {
	c.cancel()
	close(c.jobs)
	c.done.Wait()
}

// finished hands a file over. Should a thousand be waiting it stays as it is.
func (c *cleaner) finished(base, path string) {
	if c.cfg.CompressRotated == "" && c.cfg.Keep == 0 {
		return
	}
	select {
	case c.jobs <- job{base, path}:
	default:
		c.failures.Add(1)
	}
}

// name is the final name of a full file.
func (c *cleaner) name(path string) (string, error) {
	at := path + "." + c.env.Clock.Now().UTC().Format(suffix)
	for i := range 10000 {
		to := at
		if i > 0 {
			to = fmt.Sprintf("%s-%04d", at, i)
		}
		free := true
		for _, ext := range []string{"", ".gz", ".zst"} {
			if _, err := c.env.FS.Stat(to + ext); !errors.Is(err, fs.ErrNotExist) {
				free = false
			}
		}
		if free {
			return to, nil
		}
	}
	return "", fmt.Errorf("no name is free behind %s", at)
}

// leftovers hands over what an earlier run of the daemon left plain.
func (c *cleaner) leftovers(path string) {
	if c.cfg.CompressRotated == "" {
		return
	}
	entries, err := c.env.FS.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && unpacked(name) == name && c.mine(name, filepath.Base(path)) {
			c.finished(path, inFolder(path, name))
		}
	}
}

// stamped reports whether s begins with a time as name writes it.
func stamped(s string) bool {
	if len(s) < len(suffix) {
		return false
	}
	_, err := time.Parse(suffix, s[:len(suffix)])
	return err == nil
}

func (c *cleaner) work(j job) {
	if c.cfg.CompressRotated != "" && c.ctx.Err() == nil {
		if err := c.packFile(j.path); err != nil && c.ctx.Err() == nil && !errors.Is(err, fs.ErrNotExist) {
			c.failures.Add(1)
			c.env.Log.Warn(fmt.Sprintf("pack finished file %s: %v; it stays as it is", j.path, err))
		}
	}
	if c.cfg.Keep > 0 {
		if err := c.prune(j); err != nil {
			c.env.Log.Warn(fmt.Sprintf("remove old files of %s: %v; remove them yourself", j.base, err))
		}
	}
}

// packFile makes path.gz or path.zst of a file.
func (c *cleaner) packFile(path string) (err error) {
	ext := map[string]string{"gzip": ".gz", "zstd": ".zst"}[c.cfg.CompressRotated]
	to, tmp := path+ext, path+ext+".tmp"
	in, err := c.env.FS.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := c.env.FS.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|nofollow(c.env.FS, tmp), c.perm)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.env.FS.Remove(tmp)
		}
	}()
	var z io.WriteCloser = gzip.NewWriter(out)
	if ext == ".zst" {
		if z, err = zstd.NewWriter(out, zstd.WithEncoderConcurrency(1)); err != nil {
			out.Close()
			return err
		}
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{z}, &checked{in, c.ctx}, make([]byte, 256<<10))
	for _, step := range []func() error{z.Close, out.Sync, out.Close} {
		if serr := step(); err == nil {
			err = serr
		}
	}
	if err != nil {
		return err
	}
	if err = c.env.FS.Rename(tmp, to); err != nil {
		return err
	}
	if err := c.env.FS.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	return c.env.FS.Remove(path)
}

// checked is a reader that ends with its context.
type checked struct {
	io.Reader
	ctx context.Context
}

func (c *checked) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(b)
}

// prune removes the oldest finished files until no more than keep are left. Only
// names that this output writes are looked at.
func (c *cleaner) prune(j job) error {
	dir, base := filepath.Dir(j.base), filepath.Base(j.base)
	entries, err := c.env.FS.ReadDir(dir)
	if err != nil {
		return err
	}
	var list []string
	for _, e := range entries {
		if e.Type().IsRegular() && c.mine(e.Name(), base) {
			list = append(list, e.Name())
		}
	}
	key := func(name string) string {
		return c.order(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst"), base)
	}
	sort.Slice(list, func(a, b int) bool { return key(list[a]) < key(list[b]) })
	for _, name := range list[:max(0, len(list)-c.cfg.Keep)] {
		if err := c.env.FS.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		c.removed.Add(1)
	}
	return nil
}

// mine reports whether name is one of a finished file: the current name with a
// time behind it, or the configured name with another time in it.
func (c *cleaner) mine(name, base string) bool {
	plain := unpacked(name)
	if rest, ok := strings.CutPrefix(plain, base+"."); ok && stampOf("x."+rest) == "."+rest {
		return true
	}
	if c.cfg.RotationInterval == 0 || isTemplate(c.cfg.Path) {
		return false
	}
	_, ok := c.coded(name)
	return ok && name != base && plain != base
}

// layout is the last part of the path, with its codes.
func (c *cleaner) layout() string { return filepath.Base(c.cfg.Path) }

func (c *cleaner) format(t time.Time) string { return timefmt.Format(t, c.layout()) }

// coded reads the time in a name, with what max_size adds behind it.
func (c *cleaner) coded(name string) (time.Time, bool) {
	plain := unpacked(name)
	for _, s := range []string{name, plain, strings.TrimSuffix(plain, stampOf(plain))} {
		t, err := timefmt.ParseInLocation(s, c.layout(), c.env.Clock.Now().Location())
		if err == nil && c.format(t) == s {
			return t, true
		}
	}
	return time.Time{}, false
}

// stampOf is the ".time" or ".time-n" at the end of a name, "" for none.
func stampOf(s string) string {
	for _, n := range []int{len(suffix) + 1, len(suffix) + 6} {
		if i := len(s) - n; i > 0 && s[i] == '.' && stamped(s[i+1:]) && (n == len(suffix)+1 || s[i+len(suffix)+1] == '-') {
			return s[i:]
		}
	}
	return ""
}

// unpacked is a name without the ending of a packed file.
func unpacked(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
}

// order is a text that sorts finished files by age.
func (c *cleaner) order(name, base string) string {
	plain := unpacked(name)
	if rest, ok := strings.CutPrefix(plain, base+"."); ok && stamped(rest) && c.cfg.RotationInterval == 0 {
		return rest
	}
	if t, ok := c.coded(name); ok {
		return t.UTC().Format(suffix) + stampOf(plain)
	}
	return plain
}
