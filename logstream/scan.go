package logstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// File is one file of a stream, as a scan found it.
type File struct {
	Path string // absolute
	Rel  string // below the pattern's directory, with slashes
	Info fs.FileInfo
	Old  bool // not written for longer than Config.Oldest

	ranks []rank
	link  bool
}

// Is reports whether info is the same file, by identity.
func (f *File) Is(info fs.FileInfo) bool { return os.SameFile(f.Info, info) }

// Stream is the files that make up one log, oldest first.
type Stream struct {
	Name  string
	Files []*File
	// Err says why the stream cannot be read: several files and no order.
	Err error
}

// Listing is what one scan found. Nobody writes it after.
type Listing struct {
	Streams  []*Stream // by name
	Problems []error   // files and directories that could not be looked at
	Closed   []string  // directories below the first that may not be listed
	dirs     []dirState
	by       map[string]*Stream
	partial  bool // a directory that is there could not be read: files may be missing
}

// Stream finds a stream by name, nil when there is none.
func (l *Listing) Stream(name string) *Stream { return l.by[name] }

type dirState struct {
	path string
	mod  time.Time // before it was read
}

// maxDepth bounds the walk where directories have no identity to tell cycles by,
// maxDirs where links make many ways to the same directories.
const (
	maxDepth = 48
	maxDirs  = 100_000
)

type scan struct {
	p   *Pattern
	fs  fsx.FS
	now time.Time
	l   *Listing
	up  []fs.FileInfo // directories on the way down to the present one
}

// Scan walks the directory. Symbolic links are followed, but not into a
// directory that they lie in.
func (p *Pattern) Scan(fsys fsx.FS, now time.Time) *Listing {
	s := &scan{p: p, fs: fsys, now: now, l: &Listing{by: map[string]*Stream{}}}
	s.dir(p.dir, "", 0)
	for _, st := range s.l.by {
		s.l.Streams = append(s.l.Streams, st)
		p.arrange(st)
	}
	slices.SortFunc(s.l.Streams, func(a, b *Stream) int { return strings.Compare(a.Name, b.Name) })
	return s.l
}

func (s *scan) problem(err error) { s.l.Problems = append(s.l.Problems, err) }

func (s *scan) dir(path, rel string, depth int) {
	info, err := s.fs.Stat(path)
	if err != nil && depth > 0 && !errors.Is(err, fs.ErrPermission) {
		return // gone meanwhile
	}
	if err != nil {
		s.problem(fmt.Errorf("look into log directory: %w; check log_directory and its permissions", err))
		s.l.partial = s.l.partial || passing(err)
		return
	}
	if slices.ContainsFunc(s.up, func(d fs.FileInfo) bool { return os.SameFile(d, info) }) {
		return
	}
	s.up = append(s.up, info)
	defer func() { s.up = s.up[:len(s.up)-1] }()
	if len(s.l.dirs) == maxDirs {
		s.problem(fmt.Errorf("look into log directory %s: there are more than %d; narrow log_directory", path, maxDirs))
	}
	if len(s.l.dirs) >= maxDirs {
		return
	}
	if depth > maxDepth {
		s.problem(fmt.Errorf("look into log directory %s: it lies more than %d levels deep; look for a cycle of links", path, maxDepth))
		return
	}
	s.l.dirs = append(s.l.dirs, dirState{path, info.ModTime()})
	entries, err := s.fs.ReadDir(path)
	switch {
	case err == nil:
	case depth > 0 && errors.Is(err, fs.ErrPermission):
		s.l.Closed = append(s.l.Closed, path)
	case passing(err):
		s.problem(fmt.Errorf("look into log directory: %w; it is tried again, and what was found before stays", err))
		s.l.partial = true
	default:
		s.problem(fmt.Errorf("look into log directory: %w; let hekad's user read it", err))
	}
	for _, e := range entries {
		s.entry(filepath.Join(path, e.Name()), join(rel, e.Name()), e, depth)
	}
}

// passing reports whether the error is one of the machine, such as one of the disk or
// too many open files, and tells nothing about what is in the directory.
func passing(err error) bool {
	return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
}

func join(rel, name string) string {
	if rel == "" {
		return name
	}
	return rel + "/" + name
}

func (s *scan) entry(path, rel string, e fs.DirEntry, depth int) {
	mode := e.Type()
	switch {
	case mode.IsDir():
		s.dir(path, rel, depth+1)
		return
	case !mode.IsRegular() && mode&fs.ModeSymlink == 0:
		return
	}
	m := s.p.re.FindStringSubmatch(rel)
	if m == nil && mode.IsRegular() {
		return
	}
	info, err := s.fs.Stat(path)
	if err != nil {
		if !os.IsNotExist(err) && m != nil {
			s.problem(fmt.Errorf("look at log file: %w", err))
		}
		return // gone meanwhile, or a link to nowhere
	}
	if info.IsDir() {
		s.dir(path, rel, depth+1)
		return
	}
	if m != nil && info.Mode().IsRegular() {
		s.file(&File{Path: path, Rel: rel, Info: info, link: mode&fs.ModeSymlink != 0}, m)
	}
}

func (s *scan) file(f *File, match []string) {
	p := s.p
	f.Old = p.cfg.Oldest > 0 && s.now.Sub(f.Info.ModTime()) > p.cfg.Oldest
	for _, o := range p.order {
		r, err := p.rank(o.group, match[o.index])
		if err != nil {
			s.problem(fmt.Errorf("order log file %s: %w", f.Path, err))
			return
		}
		f.ranks = append(f.ranks, r)
	}
	name := p.cfg.Name
	if len(p.names) > 0 {
		var b strings.Builder
		for _, part := range p.names {
			b.WriteString(part(match))
		}
		name = b.String()
	}
	st := s.l.by[name]
	if st == nil {
		st = &Stream{Name: name}
		s.l.by[name] = st
	}
	st.Files = append(st.Files, f)
}

// arrange sorts a stream's files and takes out what is there twice: names for
// one file, and the compressed copy of a file that still stands beside it.
func (p *Pattern) arrange(st *Stream) {
	slices.SortFunc(st.Files, func(a, b *File) int {
		for i, o := range p.order {
			if c := a.ranks[i].compare(b.ranks[i]); c != 0 {
				if o.reverse {
					return -c
				}
				return c
			}
		}
		return strings.Compare(a.Rel, b.Rel)
	})
	plain := map[string]bool{}
	ids := map[FileID]*File{}
	for _, f := range st.Files {
		plain[f.Rel] = true
		if id, ok := IDOf(f.Info); ok {
			if other := ids[id]; other == nil || other.link && !f.link {
				ids[id] = f
			}
		}
	}
	st.Files = slices.DeleteFunc(st.Files, func(f *File) bool {
		if id, ok := IDOf(f.Info); ok && ids[id] != f {
			return true
		}
		base, packed := uncompressedName(f.Rel)
		return packed && plain[base]
	})
	young := 0
	for _, f := range st.Files {
		if !f.Old {
			young++
		}
	}
	if young > 1 && len(p.order) == 0 {
		st.Err = fmt.Errorf("stream %q has %d files and no order among them, such as %s and %s; set priority, or a differentiator that tells them apart",
			st.Name, young, st.Files[0].Rel, st.Files[len(st.Files)-1].Rel)
	}
}

func uncompressedName(name string) (base string, packed bool) {
	for _, suffix := range [...]string{".gz", ".zst", ".zstd"} {
		if b, ok := strings.CutSuffix(name, suffix); ok {
			return b, true
		}
	}
	return name, false
}
