package share_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
	"github.com/heka-project/heka/sandbox/share"
)

// TestModules runs the scripts of testdata/modules on one message: an assertion
// that fails stops them.
func TestModules(t *testing.T) {
	d := at(10.5, "foo", "bar", "int", 999, "double", 99.9, "no", false)
	d.UUID, _ = message.ParseUUID("8e414f01-9d7f-4a48-a5e1-ae92e5954df5")
	for _, tt := range []struct {
		name string
		want []string // payloads
	}{
		{"alert", []string{"one\ntwo", "three", "four"}},
		{"annotation", []string{`{"annotations":[{"text":"first","x":1000,"shortText":"A","col":1},{"text":"with \"quotes\"","x":60000,"shortText":"M","col":1}]}` + "\n" +
			`{"annotations":[{"text":"with \"quotes\"","x":60000,"shortText":"M","col":1}]}` + "\n" + `{"annotations":[]}` + "\n"}},
		{"anomaly", nil},
		{"others", nil},
	} {
		src, err := os.ReadFile("testdata/modules/" + tt.name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		o := sandboxtest.Options(sandbox.Filter, string(src), nil)
		o.ProcessInject = 10
		b := sandboxtest.New(t, o)
		if err := b.TryProcess(d); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, d := range b.Injected {
			got = append(got, d.Payload)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: payloads %q, want %q", tt.name, got, tt.want)
		}
	}
}

var (
	option  = regexp.MustCompile(`^- ([a-zA-Z_]+) \((string|uint|int|bool), (required|default .+)\): \S.*\.$`)
	reading = regexp.MustCompile(`(?:read_config|list)\("([a-zA-Z_]+)"\)`)
)

// TestHeaders holds the pages of filters and encoders to their form, and to what
// the scripts read.
func TestHeaders(t *testing.T) {
	n := 0
	for _, dir := range []string{"lua_filters", "lua_encoders"} {
		err := fs.WalkDir(share.Files(), dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".lua" {
				return err
			}
			n++
			src := sandboxtest.Script(t, name)
			page, code, ok := share.Header(src)
			if !ok || page.Name != strings.TrimSuffix(path.Base(name), ".lua") || page.Doc == "" {
				t.Errorf("%s: no page: %+v", name, page)
				return nil
			}
			for _, s := range []string{"Config", "Example", "Emits"} {
				if page.Section(s) == "" {
					t.Errorf("%s: no section %s", name, s)
				}
			}
			checkOptions(t, name, page.Section("Config"), code)
			checkExample(t, name, page.Section("Example"))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n != 23 {
		t.Errorf("%d filters and encoders", n)
	}
}

func checkOptions(t *testing.T, name, section, code string) {
	var documented, read []string
	for line := range strings.SplitSeq(strings.TrimSpace(section), "\n") {
		m := option.FindStringSubmatch(line)
		if m == nil && section != "None." {
			t.Errorf("%s: option %q", name, line)
		} else if m != nil {
			documented = append(documented, m[1])
		}
	}
	for _, m := range reading.FindAllStringSubmatch(code, -1) {
		read = append(read, m[1])
	}
	slices.Sort(documented)
	slices.Sort(read)
	if read = slices.Compact(read); !slices.Equal(documented, read) {
		t.Errorf("%s: documents %v, reads %v", name, documented, read)
	}
}

func checkExample(t *testing.T, name, section string) {
	text, ok := strings.CutPrefix(section, "```toml\n")
	text, ok2 := strings.CutSuffix(text, "```")
	var config map[string]any
	if !ok || !ok2 || !strings.Contains(text, `"`+name+`"`) {
		t.Errorf("%s: example %q", name, section)
	} else if err := toml.Unmarshal([]byte(text), &config); err != nil {
		t.Errorf("%s: example: %v", name, err)
	}
}
