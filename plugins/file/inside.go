package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// root is the folder that messages cannot leave: what the configuration says
// before the first place for a value.
func (t template) root() string {
	fixed := ""
	for _, s := range t {
		if s.field != "" {
			break
		}
		fixed += s.text
	}
	i := len(fixed)
	for i > 0 && !os.IsPathSeparator(fixed[i-1]) {
		i--
	}
	return filepath.Clean(fixed[:i])
}

// inside checks a path below root that a message has named, as far as it exists:
// a link that leads out of root is not followed, and what is no file is not
// opened, for a pipe might never answer.
func inside(root, path string) error {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return fmt.Errorf("open file %s: %w", path, err)
	}
	at := root
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return openError(path, err)
		case info.Mode()&fs.ModeSymlink != 0:
			if !within(root, at) {
				return fmt.Errorf("open file %s: %s is a link that leads out of %s, and messages name this path; remove the link, or give path the folder that it leads to", path, at, root)
			}
			if info, err = os.Stat(at); err != nil {
				return openError(path, err)
			}
		}
		if m := info.Mode(); !m.IsRegular() && !m.IsDir() {
			return fmt.Errorf("open file %s: %s is no file but a pipe, socket or device, and messages name this path; remove it", path, at)
		}
	}
	return nil
}

// within reports whether a link leads to a place below root that exists.
func within(root, link string) bool {
	to, err := filepath.EvalSymlinks(link)
	if err != nil {
		return false
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return false
	}
	if to, err = filepath.Abs(to); err != nil {
		return false
	}
	if root, err = filepath.Abs(root); err != nil {
		return false
	}
	rel, err := filepath.Rel(root, to)
	return err == nil && filepath.IsLocal(rel)
}
