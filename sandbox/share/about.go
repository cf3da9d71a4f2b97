package share

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// About is a Page taken apart, for programs: the sections Config (of scripts), Exports
// (of modules), Example and Emits, whose lines have fixed forms:
//
//	## Config
//	- name (type, required): What it is.
//	- name (type, default value): What it is.           (or only: None.)
//
//	## Exports
//	- name(arguments): What it is.
//
//	## Example
//	```toml                                              or ```lua
//	…
//	```
type About struct {
	Name    string
	Text    string // paragraphs of Markdown; the first sentence says it all in short
	Config  []ScriptOption
	Exports []Export
	Example string // TOML of a script, Lua of a module; without its fence
	Emits   string
}

// ScriptOption is an option of a script, of its table config.
type ScriptOption struct {
	Name     string
	Type     string // string, int, float, bool
	Default  string // as it would stand in Lua; nil for none
	Required bool
	Doc      string
}

// Export is what a module gives to those who require it.
type Export struct {
	Name string // with arguments, or several names
	Doc  string
}

var (
	optionLine = regexp.MustCompile(`^- (\S+) \((\w+), (?:(required)|default (.+?))\): (.+)$`)
	exportLine = regexp.MustCompile(`^- ((?:[^:]|:\S)+?): (.+)$`)
)

// ParseAbout reads the comment at the head of a script: see Header for its form.
func ParseAbout(source string) (About, error) {
	page, _, ok := Header(source)
	if !ok {
		return About{}, errors.New("there is no comment at the head; begin the file with --[[ and # NAME")
	}
	a := About{Name: page.Name, Text: page.Doc}
	if a.Text == "" {
		return a, errors.New("the comment does not say what the script does; say it below # NAME")
	}
	for _, section := range page.Sections {
		if err := a.section(section.Title, section.Text); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (a *About) section(heading, text string) error {
	switch heading {
	case "Config":
		if text == "None." {
			return nil
		}
		for line := range strings.SplitSeq(text, "\n") {
			m := optionLine.FindStringSubmatch(line)
			if m == nil {
				return fmt.Errorf("## Config: %q is no option; write - NAME (TYPE, required): TEXT or - NAME (TYPE, default VALUE): TEXT", line)
			}
			a.Config = append(a.Config, ScriptOption{Name: m[1], Type: m[2], Default: m[4], Required: m[3] != "", Doc: m[5]})
		}
	case "Exports":
		for line := range strings.SplitSeq(text, "\n") {
			m := exportLine.FindStringSubmatch(line)
			if m == nil {
				if line, ok := strings.CutPrefix(line, "- "); ok && !strings.Contains(line, ": ") {
					m = []string{"", line, ""}
				} else {
					return fmt.Errorf("## Exports: %q is no export; write - NAME: TEXT", line)
				}
			}
			a.Exports = append(a.Exports, Export{m[1], m[2]})
		}
	case "Example":
		_, rest, _ := strings.Cut(text, "\n")
		example, ok := strings.CutSuffix(rest, "\n```")
		if !ok || !strings.HasPrefix(text, "```") {
			return errors.New("## Example: put the example between ``` and ```")
		}
		a.Example = example
	case "Emits":
		a.Emits = text
	default:
		return fmt.Errorf("## %s: there is no such section; use Config, Exports, Example or Emits", heading)
	}
	return nil
}

// Summary is the first sentence of what the script does.
func (a *About) Summary() string {
	text := strings.Join(strings.Fields(a.Text), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

// Scripts lists the scripts that come with hekad, or with a folder lua_modules the
// modules, in order of their names.
func Scripts(folder string) []string {
	list, err := fs.Glob(embedded, folder+"/*.lua")
	if err != nil {
		panic("bug: " + err.Error())
	}
	return list
}

// AboutScript tells of one of them.
func AboutScript(name string) (About, error) {
	b, err := embedded.ReadFile(name)
	if err != nil {
		return About{}, fmt.Errorf("read script %s: none of that name comes with hekad", name)
	}
	a, err := ParseAbout(string(b))
	if err != nil {
		return a, fmt.Errorf("read script %s: %w", name, err)
	}
	return a, nil
}
