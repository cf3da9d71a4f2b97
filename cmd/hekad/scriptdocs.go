package main

import (
	"fmt"
	"path"
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
		var index, text strings.Builder
		fmt.Fprintf(&index, "# %s\n\n%s A file of the same name in `share_dir` takes its place.\n\n", g.title, g.intro)
		for _, file := range share.Scripts(g.dir) {
			a, err := share.AboutScript(file)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&index, "- [%s](#%s): %s\n", a.Name, a.Name, a.Summary())
			text.WriteString(scriptSection(file, &a))
		}
		pages[path.Join("sandbox", g.page)] = index.String() + text.String()
	}
	return pages, nil
}

// scriptSection describes one script or module.
func scriptSection(file string, a *share.About) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n`%s`\n\n%s\n", a.Name, file, a.Text)
	if len(a.Config) > 0 {
		b.WriteString("\n" + scriptOptions(a.Config))
	}
	if len(a.Exports) > 0 {
		b.WriteString("\n| export | |\n|---|---|\n")
		for _, e := range a.Exports {
			fmt.Fprintf(&b, "| `%s` | %s |\n", cell(e.Name), cell(e.Doc))
		}
	}
	if a.Example != "" {
		language := "toml"
		if len(a.Exports) > 0 {
			language = "lua"
		}
		fmt.Fprintf(&b, "\n```%s\n%s\n```\n", language, a.Example)
	}
	if a.Emits != "" {
		fmt.Fprintf(&b, "\n**Emits:** %s\n", a.Emits)
	}
	return b.String()
}

// scriptOptions makes a table of options.
func scriptOptions(options []share.ScriptOption) string {
	var b strings.Builder
	b.WriteString("| option | type | default | |\n|---|---|---|---|\n")
	for _, o := range options {
		def := o.Default
		switch {
		case o.Required:
			def = "required"
		case def == "nil":
			def = ""
		case !strings.Contains(def, "`"):
			def = "`" + def + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", o.Name, o.Type, cell(def), cell(o.Doc))
	}
	return b.String()
}

// cell is a text of one line in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
