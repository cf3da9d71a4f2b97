// Package house holds the rules of this source tree as tests.
package house

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/heka-project/heka"

// floors are the rooms that a package may import, by the room it is in. Imports
// fall like water: a room that is not listed for another cannot be reached from
// it. The room * stands for every one.
var floors = map[string][]string{
	"cmd":       {"*"},
	"admin":     {"pipeline", "config", "plugin", "match", "journal", "message", "internal"},
	"pipeline":  {"config", "plugin", "match", "journal", "sandbox", "message", "internal"},
	"config":    {"plugin", "match", "message", "internal"},
	"plugins":   {"plugin", "match", "journal", "sandbox", "message", "lua", "cbuf", "logstream", "stats", "series", "internal"},
	"sandbox":   {"plugin", "message", "lua", "cbuf", "stats", "internal"},
	"plugin":    {"message", "internal"},
	"match":     {"message", "internal"},
	"journal":   {"message", "internal"},
	"message":   {},
	"lua":       {"cbuf"},
	"cbuf":      {},
	"stats":     {},
	"series":    {"internal"},
	"logstream": {"internal"},
	"internal":  {"message", "internal"},
	"bench":     {"bench"},
	"examples":  {"plugin", "message", "sandbox"},
	"test":      {"*"},
	".":         {},
}

// inTests are rooms that test files may reach beside those.
var inTests = []string{"internal", "plugin", "plugins", "pipeline", "config", "message", "match", "journal"}

// goFiles calls f for every Go file of the tree.
func goFiles(t *testing.T, f func(name string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "bin", "dist", "data"}, d.Name())) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			f(filepath.ToSlash(name), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// room is the first part of a folder's path.
func room(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

func TestNoImportClimbs(t *testing.T) {
	seen := 0
	goFiles(t, func(name string, text []byte) {
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		dir := path.Dir(name)
		from := room(dir)
		allowed, known := floors[from]
		if !known {
			t.Errorf("%s: room %q has no floor; add it to floors", name, from)
			return
		}
		isTest := strings.HasSuffix(name, "_test.go") || strings.HasSuffix(dir, "test")
		for _, im := range f.Imports {
			p, _ := strconv.Unquote(im.Path.Value)
			to, ours := strings.CutPrefix(p, module+"/")
			if !ours || to == dir {
				continue
			}
			seen++
			switch {
			case slices.Contains(allowed, "*") || slices.Contains(allowed, room(to)) || room(to) == from && from != "plugins":
			case from == "plugins" && dir == "plugins/all" && room(to) == "plugins":
			case from == "plugins" && strings.HasPrefix(to, dir+"/") || strings.HasPrefix(dir, to+"/"):
			case isTest && slices.Contains(inTests, room(to)):
			default:
				t.Errorf("%s imports %s: %s may not know of %s", name, to, dir, to)
			}
		}
	})
	if seen < 20 {
		t.Errorf("only %d imports were looked at", seen)
	}
}

// Every plugin folder has its page with the markers of its options, and is linked
// into hekad.
func TestPluginFoldersAreComplete(t *testing.T) {
	all, err := os.ReadFile("plugins/all/all.go")
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := os.ReadDir("plugins")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !d.IsDir() || d.Name() == "all" {
			continue
		}
		dir := "plugins/" + d.Name()
		if !bytes.Contains(all, []byte(strconv.Quote(module+"/"+dir))) {
			t.Errorf("%s is not in plugins/all; add its line", dir)
		}
		page, err := os.ReadFile(dir + "/README.md")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, marker := range []string{"<!-- options -->", "<!-- /options -->"} {
			if !bytes.Contains(page, []byte(marker)) {
				t.Errorf("%s/README.md has no %s", dir, marker)
			}
		}
		samples, _ := filepath.Glob(dir + "/*.toml")
		if len(samples) == 0 {
			t.Errorf("%s has no sample configuration", dir)
		}
	}
}

// tame are plugin folders that parse nothing, or whose parser has its fuzz test in
// another room.
var tame = map[string]string{
	"counter": "counts", "multi": "asks others", "scribble": "writes what the configuration says", "nullsplit": "takes what it gets", "payload": "writes the payload", "null": "writes nothing",
	"filepolling": "hands bytes on", "stdin": "hands bytes on", "udp": "hands bytes on", "logstreamer": "logstream", "sandbox": "sandbox", "all": "links the others",
}

// Every plugin that parses, or that writes what a message says, has a fuzz test.
func TestPluginsAreFuzzed(t *testing.T) {
	fuzzed := map[string]bool{}
	folders := map[string]bool{}
	goFiles(t, func(name string, text []byte) {
		if dir, ok := strings.CutPrefix(path.Dir(name), "plugins/"); ok {
			folders[dir] = true
			fuzzed[dir] = fuzzed[dir] || bytes.Contains(text, []byte("\nfunc Fuzz"))
		}
	})
	for dir := range folders {
		if !fuzzed[dir] && tame[dir] == "" && !strings.Contains(dir, "/") {
			t.Errorf("plugins/%s has no fuzz test; write one, or say in tame why it needs none", dir)
		}
	}
}

// Programs are started in few places, with lists of arguments; there is no shell.
func TestWhoStartsPrograms(t *testing.T) {
	goFiles(t, func(name string, text []byte) {
		for _, room := range []string{"internal/procrun/", "lua/", "cmd/hekad/build.go", "bench/", "test/", "house_test.go"} {
			if strings.HasPrefix(name, room) {
				return
			}
		}
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, call := range []string{"exec.Command", "os.StartProcess", "syscall.ForkExec", "syscall.Exec("} {
			if bytes.Contains(text, []byte(call)) {
				t.Errorf("%s uses %s; start programs by internal/procrun", name, call)
			}
		}
	})
}

// vague are words that say nothing of what a package does.
var vague = regexp.MustCompile(`^(util|utils|common|helper|helpers|misc|base|shared|types)$`)

func TestNamesSaySomething(t *testing.T) {
	goFiles(t, func(name string, _ []byte) {
		for part := range strings.SplitSeq(path.Dir(name), "/") {
			if vague.MatchString(part) {
				t.Errorf("%s: folder %q names no job", name, part)
			}
		}
	})
}

// Work that is left for later is an issue, not a comment; and nothing may depend
// on where this tree lies.
func TestNothingIsLeftOpen(t *testing.T) {
	open := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	goFiles(t, func(name string, text []byte) {
		for i, line := range bytes.Split(text, []byte("\n")) {
			if open.Match(line) {
				t.Errorf("%s:%d: %s", name, i+1, bytes.TrimSpace(line))
			}
		}
	})
}

// hekad must not grow by what it does not use.
func TestLinkedPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command")
	}
	list := exec.Command("go", "list", "-tags", "grpcnotrace", "-deps", "./cmd/hekad")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	for _, bad := range []string{"html/template", "testing", "golang.org/x/net/trace", "runtime/cgo"} {
		if slices.Contains(deps, bad) {
			t.Errorf("hekad links %s; run: go list -deps -f '{{.ImportPath}}: {{.Imports}}' ./cmd/hekad", bad)
		}
	}
	for _, room := range []string{"pipeline", "plugins/token", "config", "match"} {
		if !slices.Contains(deps, module+"/"+room) {
			t.Errorf("hekad does not link %s", room)
		}
	}
}
