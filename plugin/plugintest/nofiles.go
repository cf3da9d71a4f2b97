package plugintest

import (
	"errors"
	"io/fs"
	"log/slog"
	"testing"

	"github.com/heka-project/heka/internal/fsx"
)

var discard = slog.New(slog.DiscardHandler)

// noFiles is a file system for constructors, which may not use any.
type noFiles struct{ t testing.TB }

var errTooEarly = errors.New("files may be opened in Run or Start, not in the constructor")

func (n *noFiles) refuse(op, name string) error {
	n.t.Errorf("the constructor calls %s %q; do it in Run or Start", op, name)
	return &fs.PathError{Op: op, Path: name, Err: errTooEarly}
}

func (n *noFiles) OpenFile(name string, _ int, _ fs.FileMode) (fsx.File, error) {
	return nil, n.refuse("open", name)
}
func (n *noFiles) Rename(from, _ string) error                { return n.refuse("rename", from) }
func (n *noFiles) Remove(name string) error                   { return n.refuse("remove", name) }
func (n *noFiles) MkdirAll(path string, _ fs.FileMode) error  { return n.refuse("mkdir", path) }
func (n *noFiles) ReadDir(name string) ([]fs.DirEntry, error) { return nil, n.refuse("readdir", name) }
func (n *noFiles) Stat(name string) (fs.FileInfo, error)      { return nil, n.refuse("stat", name) }
func (n *noFiles) SyncDir(name string) error                  { return n.refuse("sync", name) }
