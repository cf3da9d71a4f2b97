package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// HelpText is what a terminal shows about a type: what it is, its options, and a
// sample that runs.
func HelpText(info *plugin.Info) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n%s\n", info.Name, info.Kind, info.About.Doc)
	var own, shared []OptionDoc
	for _, d := range OptionDocs(info) {
		if d.Common {
			shared = append(shared, d)
		} else {
			own = append(own, d)
		}
	}
	helpOptions(&b, "Options", own, "  ")
	helpOptions(&b, fmt.Sprintf("Options of every %s", info.Kind), shared, "  ")
	if s := strings.TrimSpace(info.About.Sample); s != "" {
		fmt.Fprintf(&b, "\nExample:\n\n  %s\n", strings.ReplaceAll(s, "\n", "\n  "))
	}
	return b.String()
}

func helpOptions(b *strings.Builder, title string, list []OptionDoc, indent string) {
	if len(list) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(b, "\n%s:\n", title)
	}
	for _, d := range list {
		fmt.Fprintf(b, "%s%s  %s\n", indent, d.Name, strings.Join(d.facts(), ", "))
		for _, line := range wrap(d.sentence(), 76-len(indent)-4) {
			fmt.Fprintf(b, "%s    %s\n", indent, line)
		}
		helpOptions(b, "", d.Options, indent+"    ")
	}
}

// facts are the short words about an option: type, unit, default or duty.
func (d *OptionDoc) facts() []string {
	facts := []string{d.Type}
	if d.Unit != "" {
		facts = append(facts, "a bare number is "+d.Unit)
	}
	if len(d.Enum) > 0 {
		facts = append(facts, "one of "+quoteAll(d.Enum))
	}
	switch {
	case d.Required:
		facts = append(facts, "required")
	case d.Default != "" && len(d.Options) == 0:
		facts = append(facts, "default "+d.Default)
	}
	return facts
}

// sentence is the doc, and what else must be known.
func (d *OptionDoc) sentence() string {
	s := d.Doc
	if len(d.Aliases) > 0 {
		s += " Older names: " + strings.Join(d.Aliases, ", ") + "."
	}
	return s
}

func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}

// MarkdownOptions is the option table of a type: its own options, and those
// common ones whose default is its own.
func MarkdownOptions(info *plugin.Info) string {
	var own []OptionDoc
	for _, d := range OptionDocs(info) {
		if !d.Common || d.Differs && d.Default != "" {
			own = append(own, d)
		} else if d.Differs { // a table: only what differs in it
			d.Options = slices.DeleteFunc(slices.Clone(d.Options), func(x OptionDoc) bool { return !x.Differs })
			own = append(own, d)
		}
	}
	tail := ""
	if common(info.Kind) != nil {
		tail = fmt.Sprintf("And the options of every %s.\n", info.Kind)
	}
	if len(own) == 0 {
		return "It has no options of its own.\n" + tail
	}
	if tail != "" {
		tail = "\n" + tail
	}
	return MarkdownTable(own) + tail
}

// MarkdownTable writes options as a Markdown table; those of tables within
// tables have dotted names.
func MarkdownTable(list []OptionDoc) string {
	var b strings.Builder
	b.WriteString("| option | type | default | |\n|---|---|---|---|\n")
	markdownRows(&b, list, "")
	return b.String()
}

func markdownRows(b *strings.Builder, list []OptionDoc, path string) {
	for _, d := range list {
		name := join(path, d.Name)
		def := ""
		switch {
		case d.Required:
			def = "**required**"
		case d.Default != "" && len(d.Options) == 0:
			def = "`" + strings.ReplaceAll(d.Default, "|", `\|`) + "`"
		}
		doc := d.sentence()
		if len(d.Enum) > 0 {
			doc += " One of " + strings.ReplaceAll("`"+strings.Join(d.Enum, "`, `")+"`", "``", "`\"\"`") + "."
		}
		if d.Unit != "" {
			doc += " A bare number is " + d.Unit + "."
		}
		doc = strings.ReplaceAll(strings.ReplaceAll(doc, "|", `\|`), "\n", " ")
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", name, d.Type, def, doc)
		inner := name
		switch {
		case strings.HasPrefix(d.Type, "list"):
			inner += "[]"
		case strings.HasPrefix(d.Type, "table of"):
			inner += ".NAME"
		}
		markdownRows(b, d.Options, inner)
	}
}

// Markers around the generated part of a README.
const (
	optionsBegin = "<!-- options -->"
	optionsEnd   = "<!-- /options -->"
)

// RewriteOptions puts the option tables of the types into a page, between the
// markers <!-- options --> and <!-- /options -->. Several types share one pair,
// each with its name above, or have one each: the first pair is the first type's
// and so on.
func RewriteOptions(page string, infos ...*plugin.Info) (string, error) {
	pairs := strings.Count(page, optionsBegin)
	if pairs == 0 || pairs != strings.Count(page, optionsEnd) || pairs > 1 && pairs != len(infos) {
		return "", fmt.Errorf("%d markers %s and %d markers %s for %d plugin types; write one pair, or one for each type",
			pairs, optionsBegin, strings.Count(page, optionsEnd), optionsEnd, len(infos))
	}
	var b strings.Builder
	for i := range pairs {
		before, rest, _ := strings.Cut(page, optionsBegin)
		_, after, ok := strings.Cut(rest, optionsEnd)
		if !ok {
			return "", fmt.Errorf("marker %s comes before %s; write the options between them", optionsEnd, optionsBegin)
		}
		b.WriteString(before + optionsBegin + "\n")
		here := infos
		if pairs > 1 {
			here = infos[i : i+1]
		}
		for _, info := range here {
			if len(here) > 1 {
				fmt.Fprintf(&b, "\n**%s**\n\n", info.Name)
			}
			b.WriteString(MarkdownOptions(info))
		}
		b.WriteString(optionsEnd)
		page = after
	}
	return b.String() + page, nil
}
