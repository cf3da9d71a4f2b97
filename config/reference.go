package config

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// ReferencePages are the generated pages of docs/reference, by file name: one for
// each plugin type of this build, one for each kind's common options, one for
// [hekad], and plugins.md that leads to them.
func ReferencePages() map[string]string {
	pages := map[string]string{"hekad.md": "# The [hekad] section\n\nOptions of the daemon itself.\n\n" + MarkdownTable(GlobalOptions())}
	var index strings.Builder
	index.WriteString("# Plugins\n\nOptions of the daemon: [hekad](hekad.md).\n")
	for _, kind := range plugin.Kinds() {
		fmt.Fprintf(&index, "\n## %ss\n\n", suffix(kind))
		if list := CommonOptions(kind, nil); list != nil {
			name := "common-" + kind.String() + ".md"
			pages[name] = fmt.Sprintf("# Options of every %s\n\nA plugin's page tells where its defaults differ.\n\n%s", kind, MarkdownTable(list))
			fmt.Fprintf(&index, "[Options of every %s](%s)\n\n", kind, name)
		}
		for _, info := range plugin.All() {
			if info.Kind == kind {
				pages[info.Name+".md"] = referencePage(info)
				fmt.Fprintf(&index, "- [%s](%s.md): %s\n", info.Name, info.Name, info.About.Doc)
			}
		}
	}
	pages["plugins.md"] = index.String()
	return pages
}

func referencePage(info *plugin.Info) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", info.Name, info.About.Doc)
	if s := strings.TrimSpace(info.About.Sample); s != "" {
		fmt.Fprintf(&b, "\n```toml\n%s\n```\n", s)
	}
	table := MarkdownOptions(info)
	link := fmt.Sprintf("the options of every %s", info.Kind)
	table = strings.Replace(table, link, fmt.Sprintf("[%s](common-%s.md)", link, info.Kind), 1)
	fmt.Fprintf(&b, "\n## Options\n\n%s", table)
	return b.String()
}
