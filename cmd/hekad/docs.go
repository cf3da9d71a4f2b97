package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
)

// generated stands at the head of every page that nobody should edit.
const generated = "<!-- Written by hekad docs from the tags of the options. make docs writes it anew. -->\n\n"

func (t *terminal) docsCommand() *cobra.Command {
	var root string
	var check bool
	c := &cobra.Command{
		Use:    "docs",
		Short:  "Write the reference pages and the option tables of the plugins' pages",
		Hidden: true,
		Args:   noArgs,
		RunE: func(*cobra.Command, []string) error {
			pages, err := t.pages(root)
			if err != nil {
				return err
			}
			stale, err := writePages(pages, check)
			for _, name := range stale {
				fmt.Fprintln(t.out, name)
			}
			if err == nil && check && len(stale) > 0 {
				err = errors.New("these pages are stale; run make docs")
			}
			return err
		},
	}
	c.Flags().StringVar(&root, "root", ".", "folder of Heka's source")
	c.Flags().BoolVar(&check, "check", false, "write nothing, fail when a page is stale")
	return c
}

// writePages writes what changed and returns its names; with check it only looks.
func writePages(pages map[string]string, check bool) (stale []string, err error) {
	for name, text := range pages {
		old, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return stale, err
		}
		if bytes.Equal(old, []byte(text)) {
			continue
		}
		stale = append(stale, name)
		if check {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return stale, err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return stale, err
		}
	}
	slices.Sort(stale)
	return stale, nil
}

// pages makes everything that is generated, by file name.
func (t *terminal) pages(root string) (map[string]string, error) {
	pages := map[string]string{}
	ref := func(name, text string) { pages[filepath.Join(root, "docs", "reference", name)] = generated + text }
	ref("cli.md", t.commandPage())
	ref("hekad.md", "# The [hekad] section\n\nOptions of the daemon itself, all optional.\n\n"+config.MarkdownTable(config.GlobalOptions()))
	ref(filepath.Join("sandbox", "api.md"), sandbox.ReferencePage())
	scripts, err := scriptPages()
	if err != nil {
		return nil, err
	}
	for name, text := range scripts {
		ref(filepath.FromSlash(name), text)
	}
	folders, err := pluginFolders(filepath.Join(root, "plugins"))
	if err != nil {
		return nil, err
	}
	for _, k := range plugin.Kinds() {
		ref(k.String()+"s.md", kindPage(k, folders))
	}
	for dir, infos := range byFolder(folders) {
		name := filepath.Join(root, "plugins", dir, "README.md")
		old, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if !bytes.Contains(old, []byte("<!-- options -->")) {
			continue
		}
		text, err := config.RewriteOptions(string(old), infos...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		pages[name] = text
	}
	return pages, nil
}

var registers = regexp.MustCompile(`plugin\.Register\w+(?:\[\w+\])?\(\s*"(\w+)"`)

// pluginFolders maps plugin types to the folders whose code registers them.
func pluginFolders(dir string) (map[string]string, error) {
	folders := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, m := range registers.FindAllStringSubmatch(string(text), -1) {
			folders[m[1]] = filepath.Base(filepath.Dir(name))
		}
	}
	return folders, nil
}

// byFolder collects the types of each folder, in the order of plugin.All.
func byFolder(folders map[string]string) map[string][]*plugin.Info {
	out := map[string][]*plugin.Info{}
	for _, i := range plugin.All() {
		if dir, ok := folders[i.Name]; ok {
			out[dir] = append(out[dir], i)
		}
	}
	return out
}

// kindPage describes all types of a kind.
func kindPage(k plugin.Kind, folders map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %ss\n\n", strings.ToUpper(k.String()[:1])+k.String()[1:])
	var list []*plugin.Info
	for _, i := range plugin.All() {
		if i.Kind == k {
			list = append(list, i)
			fmt.Fprintf(&b, "- [%s](#%s): %s\n", i.Name, strings.ToLower(i.Name), i.About.Doc)
		}
	}
	if common := config.CommonOptions(k, nil); len(common) > 0 {
		fmt.Fprintf(&b, "\n## Options of every %s\n\n%s", k, config.MarkdownTable(common))
	}
	for _, i := range list {
		fmt.Fprintf(&b, "\n## %s\n\n%s", i.Name, i.About.Doc)
		if dir, ok := folders[i.Name]; ok {
			fmt.Fprintf(&b, " More in [plugins/%s](../../plugins/%s/README.md).", dir, dir)
		}
		b.WriteString("\n\n" + config.MarkdownOptions(i))
	}
	return b.String()
}

// commandPage describes every command.
func (t *terminal) commandPage() string {
	var b strings.Builder
	b.WriteString("# Commands\n\n" + rootHelp + "\n")
	root := t.root()
	for _, c := range root.Commands() {
		if c.Hidden || c.Name() == "completion" {
			continue
		}
		long := c.Long
		if long == "" {
			long = c.Short + "."
		}
		fmt.Fprintf(&b, "\n## hekad %s\n\n```text\n%s\n```\n", c.Use, strings.TrimSpace(long))
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", dedent(c.Example))
		}
		if c.HasAvailableLocalFlags() {
			b.WriteString("\n| flag | default | |\n|---|---|---|\n")
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				def := f.DefValue
				if def == "[]" {
					def = ""
				}
				if def != "" {
					def = "`" + def + "`"
				}
				if f.Name != "help" {
					fmt.Fprintf(&b, "| `--%s` | %s | %s |\n", f.Name, def, strings.ReplaceAll(f.Usage, "|", `\|`))
				}
			})
		}
	}
	return b.String()
}

// dedent takes two spaces from the head of each line.
func dedent(s string) string {
	return strings.ReplaceAll("\n"+s, "\n  ", "\n")[1:]
}
