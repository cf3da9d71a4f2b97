package main

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/heka-project/heka/sandbox/share"
)

// scriptGroups are the folders of stock Lua, each a page below docs/reference/sandbox.
var scriptGroups = []struct{ dir, page, title, intro string }{
	{"lua_decoders", "decoders.md", "Stock decoders in Lua", "For a `SandboxDecoder`: set `filename` to the name of the script."},
	{"lua_filters", "filters.md", "Stock filters in Lua", "For a `SandboxFilter`: set `filename` to the name of the script."},
	{"lua_encoders", "encoders.md", "Stock encoders in Lua", "For a `SandboxEncoder`: set `filename` to the name of the script."},
	{"lua_modules", "modules.md", "Modules in Lua", "For `require` in any script."},
}

// scriptPages makes the pages of the scripts and modules that come with hekad, of
// the comments at their heads.
func scriptPages() (map[string]string, error) {
	pages := map[string]string{}
	for _, g := range scriptGroups {
		names, err := fs.Glob(share.Files(), g.dir+"/*.lua")
		if err != nil {
			return nil, err
		}
		var index, text strings.Builder
		fmt.Fprintf(&index, "# %s\n\n%s A file of the same name in `share_dir` takes its place.\n\n", g.title, g.intro)
		for _, name := range names {
			src, err := fs.ReadFile(share.Files(), name)
			if err != nil {
				return nil, err
			}
			page, _, ok := share.Header(string(src))
			if !ok {
				return nil, fmt.Errorf("%s: the script does not begin with its page", name)
			}
			doc, _, _ := strings.Cut(page.Doc, "\n\n")
			fmt.Fprintf(&index, "- [%s](#%s): %s\n", page.Name, page.Name, strings.ReplaceAll(doc, "\n", " "))
			text.WriteString(scriptSection(name, page))
		}
		pages[path.Join("sandbox", g.page)] = index.String() + text.String()
	}
	return pages, nil
}

// scriptSection writes one script; its options become a table.
func scriptSection(name string, page share.Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n`%s`\n\n%s\n", page.Name, name, page.Doc)
	for _, s := range page.Sections {
		text := s.Text
		if s.Title == "Config" {
			text = optionTable(text)
		}
		fmt.Fprintf(&b, "\n### %s of %s\n\n%s\n", s.Title, page.Name, text)
	}
	return b.String()
}

var scriptOption = regexp.MustCompile(`^- (\w+) \((\w+), (?:default )?(.*?)\): (.*)$`)

// optionTable makes a table of lines such as "- rows (uint, default 1440): what it
// is.", and leaves any other text as it is.
func optionTable(text string) string {
	rows := []string{"| option | type | default | |", "|---|---|---|---|"}
	for line := range strings.SplitSeq(text, "\n") {
		m := scriptOption.FindStringSubmatch(line)
		if m == nil {
			return text
		}
		def := m[3]
		switch {
		case def == "nil":
			def = ""
		case def != "required" && !strings.Contains(def, "`"):
			def = "`" + def + "`"
		}
		rows = append(rows, strings.ReplaceAll(fmt.Sprintf("\x00 `%s` \x00 %s \x00 %s \x00 %s \x00", m[1], m[2], strings.ReplaceAll(def, "|", `\|`),
			strings.ReplaceAll(m[4], "|", `\|`)), "\x00", "|"))
	}
	return strings.Join(rows, "\n")
}
