package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Difference is an option that is not as it was. Secrets are hidden in both values.
type Difference struct {
	Section string `json:"section,omitempty"` // that the option stands in, where it is not the section at hand
	Option  string `json:"option"`            // dotted, or "type"; "" when it is a file that the section uses
	Was     string `json:"was"`               // as TOML; "" where there was none
	Now     string `json:"now"`               // "" where there is none
}

func (d Difference) String() string {
	where := ""
	if d.Section != "" {
		where = "[" + d.Section + "] "
	}
	switch {
	case d.Option == "":
		return where + "a file that it uses"
	case d.Was == "":
		return where + d.Option + " = " + d.Now
	case d.Now == "":
		return where + "without " + d.Option
	case d.Was == d.Now: // secrets, or a long text that differs further on
		return where + d.Option
	}
	return where + d.Option + " " + d.Was + " → " + d.Now
}

// Differences lists what makes two sections different, with what they name: a decoder's
// option that changed is a difference of its inputs.
func Differences(was, now *Section) []Difference {
	list := diffText(was.Text, now.Text)
	if was.Files != now.Files {
		list = append(list, Difference{})
	}
	seen := map[string]bool{}
	var refs func(was, now *Section)
	refs = func(was, now *Section) {
		for _, b := range now.Refs {
			i := slices.IndexFunc(was.Refs, func(a *Section) bool { return a.Name == b.Name && a.Info == b.Info })
			if i < 0 || seen[b.Name] {
				continue // that another one is named shows in the option that names it
			}
			seen[b.Name] = true
			a := was.Refs[i]
			for _, d := range diffText(a.Text, b.Text) {
				d.Section = b.Name
				list = append(list, d)
			}
			if a.Files != b.Files {
				list = append(list, Difference{Section: b.Name})
			}
			refs(a, b)
		}
	}
	refs(was, now)
	return list
}

// maxShown is how much of a value is shown.
const maxShown = 60

// diffText compares canonical texts line by line.
func diffText(was, now string) (list []Difference) {
	old, cur := options(was), options(now)
	all := maps.Clone(old)
	maps.Copy(all, cur)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a, b := old[name], cur[name]
		if a == b {
			continue
		}
		list = append(list, Difference{Option: name, Was: shown(name, a), Now: shown(name, b)})
	}
	return list
}

func shown(name, value string) string {
	if value == "" {
		return ""
	}
	_, value, _ = strings.Cut(redacted(name+" = "+value), " = ")
	if r := []rune(value); len(r) > maxShown {
		value = string(r[:maxShown]) + "…"
	}
	return value
}

// options are the lines of a canonical text.
func options(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = "); ok {
			m[name] = value
		}
	}
	return m
}

// TakeOver makes the [hekad] of a plan fit for a daemon that runs: options that only a
// start can change go back to what they are in running. It tells which options are in
// force from now on, and which wait for the next start.
func (p *Plan) TakeOver(running *Plan) (changed, waiting []Difference) {
	differ := diffText(running.Text, p.Text)
	kept := p.Globals.Keep(&running.Globals)
	was, now := options(running.Text), options(p.Text)
	for _, d := range differ {
		name, _, _ := strings.Cut(d.Option, ".")
		switch {
		case ignoredGlobals()[name]:
		case slices.Contains(kept, name):
			waiting = append(waiting, d)
			now[d.Option] = was[d.Option]
		default:
			changed = append(changed, d)
		}
	}
	var lines []line
	for name, value := range now {
		lines = append(lines, line{name, value})
	}
	p.Text = canonicalText(lines)
	return changed, waiting
}

// ignoredGlobals are accepted for old configurations only.
func ignoredGlobals() map[string]bool {
	m := map[string]bool{}
	t := reflect.TypeFor[Globals]()
	for i := range t.NumField() {
		if _, ok := t.Field(i).Tag.Lookup("ignored"); ok {
			m[t.Field(i).Tag.Get("toml")] = true
		}
	}
	return m
}
