package share

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "lua_filters/x.lua"), "#!/usr/bin/lua\nx = 1")
	for _, tt := range []struct{ name, file, want, chunk string }{
		{"below share_dir", "lua_filters/x.lua", "\nx = 1", "@" + filepath.Join(dir, "lua_filters/x.lua")},
		{"absolute", filepath.Join(dir, "lua_filters/x.lua"), "\nx = 1", "@" + filepath.Join(dir, "lua_filters/x.lua")},
	} {
		got, err := Find(dir, tt.file)
		if err != nil || got.Source != tt.want || got.Chunk != tt.chunk {
			t.Errorf("%s: Find(%q) = %+v, %v", tt.name, tt.file, got, err)
		}
	}
	for _, bad := range []string{"", "lua_filters/none.lua", "/no/such.lua", "a\x00b", "lua_filters", "../../../etc/none"} {
		if got, err := Find(dir, bad); err == nil {
			t.Errorf("Find(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestLoader(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "lua_modules/a.lua"), "first")
	write(t, filepath.Join(dir, "more/a.lua"), "second")
	write(t, filepath.Join(dir, "more/b/c.lua"), "third")
	load := Loader(dir, "lua_modules; "+filepath.Join(dir, "more"))
	for name, want := range map[string]string{"a": "first", "b.c": "third"} {
		if got, _, err := load(name); err != nil || got != want {
			t.Errorf("load(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
	_, _, err := load("none")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "\n\tno file '"+filepath.Join(dir, "more/none.lua")+"'") ||
		!strings.Contains(err.Error(), "none.so'") {
		t.Errorf("load(none): %v", err)
	}
	for _, bad := range []string{"", "a\x00", "..\\..\\x", strings.Repeat("x", 1000), "../../../../etc/passwd", "/etc/passwd"} {
		if _, _, err := load(bad); err == nil {
			t.Errorf("load(%q) succeeds", bad)
		}
	}
}
