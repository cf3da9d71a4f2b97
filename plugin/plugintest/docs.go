package plugintest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
)

// checkDocs looks at what a user reads of a type.
func checkDocs(t testing.TB, info *plugin.Info, foreign func(string) bool) {
	a := info.About
	if !strings.HasSuffix(a.Doc, ".") {
		t.Errorf("About.Doc %q is not a sentence", a.Doc)
	}
	checkOptions(t, config.OptionDocs(info), "")
	if a.Sample == "" {
		t.Error("About.Sample is empty")
	} else {
		load(t, "the sample", a.Sample, foreign)
	}
	checkPage(t, info)
	for i, block := range TOMLBlocks(a.Readme) {
		load(t, fmt.Sprintf("example %d of README.md", i+1), block, foreign)
	}
}

func checkOptions(t testing.TB, list []config.OptionDoc, path string) {
	for _, d := range list {
		if !strings.HasSuffix(d.Doc, ".") {
			t.Errorf("the doc of option %s%s is %q; write a sentence", path, d.Name, d.Doc)
		}
		checkOptions(t, d.Options, path+d.Name+".")
	}
}

func load(t testing.TB, what, text string, foreign func(string) bool) {
	t.Helper()
	env := func(name string) (string, bool) { return "1", true } // examples may ask for some
	plan, err := config.Parse([]config.Source{{Name: "example.toml", Text: text}}, config.Options{Env: env, Foreign: foreign})
	if err != nil {
		t.Errorf("%s does not load:\n%v\n%s", what, err, text)
		return
	}
	if len(plan.Warnings) > 0 {
		t.Errorf("%s loads with warnings:\n%v\n%s", what, plan.Warnings, text)
	}
}

// pageParts are the headings that each plugin's page has, in this order.
var pageParts = []string{"## Example", "## Options", "## What ", "## When it goes wrong"}

func checkPage(t testing.TB, info *plugin.Info) {
	page := info.About.Readme
	if page == "" {
		t.Error("About.Readme is empty")
		return
	}
	title, _, _ := strings.Cut(page, "\n")
	if !strings.HasPrefix(title, "# ") || !strings.Contains(page, info.Name) {
		t.Errorf("README.md begins with %q and must name %s", title, info.Name)
	}
	at := 0
	for _, part := range pageParts {
		i := strings.Index(page[at:], "\n"+part)
		if i < 0 {
			t.Errorf("README.md lacks the part %q, or has it in another order", part)
			continue
		}
		at += i + 1
	}
	if _, err := config.RewriteOptions(page, info); err != nil && strings.Count(page, "<!-- options -->") < 2 {
		t.Errorf("README.md: %v", err)
	}
}

var tomlBlock = regexp.MustCompile("(?ms)^```toml\n(.*?)^```")

// TOMLBlocks returns the TOML examples of a Markdown page.
func TOMLBlocks(page string) []string {
	var list []string
	for _, m := range tomlBlock.FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return list
}
