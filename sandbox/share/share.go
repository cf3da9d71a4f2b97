// Package share finds scripts and modules of Lua: those that an operator has put
// into share_dir, and those that come with hekad and lie in this package.
//
//	script   absolute path, or share_dir/NAME, or the embedded NAME
//	module   DIR/NAME.lua of each entry of module_directory, or the embedded lua_modules/NAME.lua
//
// So a file in share_dir takes the place of the one that is built in. Names are
// those of the original's tree: lua_decoders/nginx_access.lua, and dots in a
// module's name are folders. Native modules are never loaded.
package share

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/heka-project/heka/lua"
)

//go:embed all:lua_modules all:lua_decoders all:lua_filters all:lua_encoders
var embedded embed.FS

// Files is the tree that comes with hekad: lua_modules, lua_decoders, lua_filters
// and lua_encoders.
func Files() fs.FS { return embedded }

// maxFile bounds what is read of a file: more is no script.
const maxFile = 16 << 20

// Script is the source of a plugin.
type Script struct {
	Source string
	Chunk  string // its name in messages, "@" and the path
	Path   string // the file, or "" for one that comes with hekad
}

// Find reads the script that a plugin's option filename names.
func Find(shareDir, filename string) (Script, error) {
	if filename == "" || strings.IndexByte(filename, 0) >= 0 {
		return Script{}, fmt.Errorf("find script %q: this is no file name; name a file below share_dir, or an absolute path", filename)
	}
	file := filename
	if !filepath.IsAbs(file) {
		file = filepath.Join(shareDir, filepath.FromSlash(filename))
	}
	b, err := read(file)
	switch {
	case err == nil:
		return Script{lua.SkipShebang(string(b)), "@" + file, file}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return Script{}, fmt.Errorf("read script %s: %w", file, err)
	case filepath.IsAbs(filename):
		return Script{}, fmt.Errorf("read script %s: there is no such file; check the option filename", file)
	}
	name := path.Clean(filepath.ToSlash(filename))
	if b, err := embedded.ReadFile(name); err == nil {
		return Script{string(b), "@" + name, ""}, nil
	}
	return Script{}, fmt.Errorf("read script %s: there is no such file, and none of that name comes with hekad; check the options filename and share_dir", file)
}

// Loader returns how require finds modules of Lua for a script: see
// lua.Options.Loader. moduleDirectory is the option of that name, entries divided
// by semicolons; relative ones are below shareDir, and none at all is
// shareDir/lua_modules.
func Loader(shareDir, moduleDirectory string) func(module string) (source, chunk string, err error) {
	dirs := Directories(shareDir, moduleDirectory)
	return func(module string) (string, string, error) {
		if module == "" || len(module) > 200 || strings.IndexByte(module, 0) >= 0 || strings.Contains(module, "\\") {
			return "", "", errors.New("this is no name of a module")
		}
		name := strings.ReplaceAll(module, ".", "/") + ".lua"
		var tried strings.Builder
		for _, dir := range dirs {
			file := filepath.Join(dir, filepath.FromSlash(name))
			b, err := read(file)
			if err == nil {
				return lua.SkipShebang(string(b)), "@" + file, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return "", "", err
			}
			tried.WriteString("\n\tno file '" + file + "'")
		}
		name = path.Join("lua_modules", name)
		if b, err := embedded.ReadFile(name); err == nil {
			return string(b), "@" + name, nil
		}
		for _, dir := range dirs {
			tried.WriteString("\n\tno file '" + filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(module, ".", "/")+".so")) + "'")
		}
		return "", "", lua.NotFound(tried.String())
	}
}

// Directories are the folders that modules are looked for in.
func Directories(shareDir, moduleDirectory string) []string {
	if moduleDirectory == "" {
		moduleDirectory = "lua_modules"
	}
	var dirs []string
	for _, dir := range strings.Split(moduleDirectory, ";") {
		if dir = strings.TrimSpace(dir); dir == "" {
			continue
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(shareDir, filepath.FromSlash(dir))
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// read reads a regular file of sensible size.
func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("not a file")}
	}
	if info.Size() > maxFile {
		return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("larger than 16 MiB")}
	}
	return os.ReadFile(file)
}
