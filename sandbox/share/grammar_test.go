package share_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/cjson"
	"github.com/heka-project/heka/lua/lpeg"
)

var update = flag.Bool("update", false, "rewrite what the files of testdata want")

// position is where an error was raised.
var position = regexp.MustCompile(`^[\w/.]+:\d+: `)

// clock is the time that scripts see in tests.
func clock() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// load finds the modules of this folder.
func load(module string) (source, chunk string, err error) {
	name := "lua_modules/" + strings.ReplaceAll(module, ".", "/") + ".lua"
	b, err := os.ReadFile(name)
	if err != nil {
		return "", "", lua.NotFound("\n\tno file '" + name + "'")
	}
	return string(b), "@" + name, nil
}

// newVM makes a VM like that of a decoder, with its usual limits.
func newVM() *lua.VM {
	vm := lua.New(lua.Options{Profile: lua.Sandbox, Instructions: 1_000_000, Memory: 8 << 20, Loader: load, Now: clock})
	lpeg.Open(vm)
	cjson.Open(vm, cjson.Options{})
	return vm
}

// plain turns a Lua value into what package json writes: keys in order, an empty
// table as an object.
func plain(v lua.Value) any {
	switch v.Type() {
	case lua.TypeNil:
		return nil
	case lua.TypeBool:
		return v.Truth()
	case lua.TypeNumber:
		return json.Number(strconv.FormatFloat(v.Num(), 'f', -1, 64))
	case lua.TypeString:
		return v.Str()
	case lua.TypeTable:
		t := v.Table()
		if n := t.Len(); n > 0 {
			list := make([]any, n)
			for i := range list {
				list[i] = plain(t.GetInt(i + 1))
			}
			return list
		}
		m := map[string]any{}
		for k, val, _ := t.Next(lua.Nil); !k.IsNil(); k, val, _ = t.Next(k) {
			name, _ := k.ToString()
			m[name] = plain(val)
		}
		return m
	}
	return v.Type().String()
}

// marshal is json.Marshal without the escapes for HTML.
func marshal(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func toJSON(t *testing.T, v lua.Value) string {
	t.Helper()
	return marshal(t, plain(v))
}

// TestGrammar matches the lines of testdata/grammar. An expression gives a pattern,
// or a function of the subject.
func TestGrammar(t *testing.T) {
	files, _ := filepath.Glob("testdata/grammar/*.txt")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			f := readCases(t, name)
			for i := range f.blocks {
				block := &f.blocks[i]
				vm := newVM()
				code := "require 'lpeg'; local g = " + block.expr + "\nif type(g) == 'function' then match = g else function match(s) return g:match(s) end end"
				if err := vm.Do("=case", code); err != nil {
					t.Errorf("%s: %s: %v", name, block.expr, err)
					continue
				}
				match := vm.Global("match")
				for j := range block.cases {
					c := &block.cases[j]
					got := "nil"
					res, err := vm.Call(match, lua.String(c.subject))
					if err != nil {
						got = "error " + position.ReplaceAllString(err.Error(), "")
					} else if len(res) > 0 && res[0] != lua.Nil {
						got = toJSON(t, res[0])
					}
					if *update {
						c.want = got
					} else if got != c.want {
						t.Errorf("%s:%d: %s\n%s\n got %s\nwant %s", name, c.line, block.expr, c.subject, got, c.want)
					}
				}
			}
			if *update {
				if err := f.write(name); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// subjects are the lines of all cases, for the fuzz tests.
func subjects(t testing.TB) (subjects []string) {
	files, _ := filepath.Glob("testdata/*/*.txt")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if s, ok := strings.CutPrefix(line, "> "); ok {
				subjects = append(subjects, s)
			}
		}
	}
	slices.Sort(subjects)
	return slices.Compact(subjects)
}
