package share_test

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/sandboxtest"
	"github.com/heka-project/heka/sandbox/share"
)

var readsConfig = regexp.MustCompile(`read_config\(?\s*"(\w+)"`)

// TestAbout: every script tells what it does, and its options are those it reads.
func TestAbout(t *testing.T) {
	for _, folder := range []string{"lua_modules", "lua_decoders", "lua_filters", "lua_encoders"} {
		for _, file := range share.Scripts(folder) {
			a, err := share.AboutScript(file)
			if err != nil {
				t.Error(err)
				continue
			}
			if want := strings.TrimSuffix(path.Base(file), ".lua"); a.Name != want {
				t.Errorf("%s: its comment calls it %q", file, a.Name)
			}
			if !strings.HasSuffix(a.Summary(), ".") || len(a.Summary()) > 160 {
				t.Errorf("%s: %q is no summary in one sentence", file, a.Summary())
			}
			if a.Example == "" {
				t.Errorf("%s: there is no example", file)
			}
			if folder == "lua_modules" {
				if len(a.Exports) == 0 {
					t.Errorf("%s: there are no exports", file)
				}
				if _, err := lua.New(lua.Options{}).Load("=example", a.Example); err != nil {
					t.Errorf("%s: the example: %v", file, err)
				}
				continue
			}
			b, _ := fs.ReadFile(share.Files(), file)
			for _, m := range readsConfig.FindAllStringSubmatch(string(b), -1) {
				if !slices.ContainsFunc(a.Config, func(o share.ScriptOption) bool { return o.Name == m[1] }) {
					t.Errorf("%s reads the option %s and does not tell of it", file, m[1])
				}
			}
			if !strings.Contains(a.Example, `filename = "`+file+`"`) {
				t.Errorf("%s: the example does not name the file", file)
			}
			if a.Emits == "" {
				t.Errorf("%s: it does not say what it emits", file)
			}
		}
	}
}

func TestParseAboutComplaints(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"x = 1", "no comment at the head"},
		{"--[[\nname\n--]]", "begin the file with --[[ and # NAME"},
		{"--[[\n# name\n\n--]]", "what the script does"},
		{"--[[\n# name\nDoes.\n\n## Config\n- a: b\n--]]", `"- a: b" is no option`},
		{"--[[\n# name\nDoes.\n\n## Exports\nx\n--]]", `"x" is no export`},
		{"--[[\n# name\nDoes.\n\n## Example\nx = 1\n--]]", "between"},
		{"--[[\n# name\nDoes.\n\n## Other\n--]]", "no such section"},
	} {
		if _, err := share.ParseAbout(tt.source); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseAbout(%q): %v, want %q", tt.source, err, tt.want)
		}
	}
}

// FuzzParseAbout: any text is told about or refused.
func FuzzParseAbout(f *testing.F) {
	f.Add("--[[\n# a\nText.\n\n## Config\n- x (int, default 1): y\n\n## Exports\n- f(a): b\n\n## Example\n```lua\nx\n```\n\n## Emits\nz\n--]]\n")
	f.Fuzz(func(t *testing.T, source string) {
		a, err := share.ParseAbout(source)
		if err == nil && a.Text == "" {
			t.Fatal("no text and no error")
		}
	})
}

// TestEveryModuleLoads: require finds each module under its name, within the limits of
// a filter, and gives the same table again.
func TestEveryModuleLoads(t *testing.T) {
	names := append(share.Scripts("lua_modules"), share.Scripts("lua_modules/lpeg")...)
	if len(names) < 20 {
		t.Errorf("only %v", names)
	}
	for _, file := range names {
		name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(file, "lua_modules/"), ".lua"), "/", ".")
		box := sandboxtest.Filter(t, `local m = require "`+name+`"
			function process_message()
				inject_payload("txt", "", type(m), " ", m == require "`+name+`")
				return 0
			end`, nil)
		box.Process(message.Draft{})
		if got := box.Injected[0].Payload; got != "table true" && got != "userdata true" {
			t.Errorf("require %q gives %s", name, got)
		}
	}
}
