package main

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/sandbox/share"
)

// What the pages of the stock scripts show is a sound configuration.
func TestScriptExamplesAreSound(t *testing.T) {
	block := regexp.MustCompile("(?ms)^```toml\n(.*?)^```")
	for _, dir := range []string{"lua_decoders", "lua_filters", "lua_encoders"} {
		names, err := fs.Glob(share.Files(), dir+"/*.lua")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			src, err := fs.ReadFile(share.Files(), name)
			if err != nil {
				t.Fatal(err)
			}
			page, _, ok := share.Header(string(src))
			m := block.FindStringSubmatch(page.Section("Example"))
			if !ok || m == nil {
				t.Errorf("%s: the script shows no configuration", name)
				continue
			}
			text := m[1]
			if strings.Contains(text, `"PayloadEncoder"`) {
				text += "\n[PayloadEncoder]\n"
			}
			if _, err := config.Parse([]config.Source{{Name: name, Text: text}}, config.Options{}); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOptionTable(t *testing.T) {
	got := optionTable("- rows (uint, default 1440): rows of the graph.\n- name (string, required): a|b.\n- tests (string, default `f(\"x\", 1)`): tests.\n- none (string, default nil): nothing.")
	want := strings.Join([]string{"| option | type | default | |", "|---|---|---|---|", "| `rows` | uint | `1440` | rows of the graph. |",
		`| ` + "`name`" + ` | string | required | a\|b. |`, "| `tests` | string | `f(\"x\", 1)` | tests. |", "| `none` | string |  | nothing. |"}, "\n")
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := optionTable("None."); got != "None." {
		t.Errorf("no options: %q", got)
	}
}
