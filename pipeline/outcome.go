package pipeline

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
)

// Outcome is what a reload comes to.
type Outcome struct {
	Added     []Item              `json:"added"`
	Replaced  []Item              `json:"replaced"`
	Removed   []Item              `json:"removed"`
	Kept      int                 `json:"kept"`       // inputs, filters and outputs that nothing happens to
	Hekad     []config.Difference `json:"hekad"`      // options of [hekad] in force from now on
	NextStart []config.Difference `json:"next_start"` // and those that only a start can change
}

// Item is one input, filter or output.
type Item struct {
	Kind    string              `json:"kind"`
	Name    string              `json:"name"`
	Type    string              `json:"type"`
	Again   bool                `json:"again,omitempty"`    // added since it had ended by itself
	InPlace bool                `json:"in_place,omitempty"` // replaced without a stop: connections and positions stay
	Options []config.Difference `json:"options,omitempty"`  // why it is replaced
}

func itemOf(sec *config.Section) Item {
	return Item{Kind: sec.Info.Kind.String(), Name: sec.Name, Type: sec.Info.Name}
}

// outcome tells what a change does to what runs now.
func (c *change) outcome(now runs) Outcome {
	o := Outcome{Added: []Item{}, Replaced: []Item{}, Removed: []Item{}, Hekad: []config.Difference{}, NextStart: []config.Difference{}}
	for _, sec := range c.plan.Sections {
		var old *config.Section
		touched, inPlace := false, false
		switch sec.Info.Kind {
		case plugin.KindInput:
			if was := now.inputs[sec.Name]; was != nil {
				old = was.sec
				inPlace = c.specs[sec.Name] != nil || now.adapts[sec.Name] && old.Info == sec.Info
			}
			touched = c.inputs[sec.Name] != nil || c.specs[sec.Name] != nil
		case plugin.KindFilter, plugin.KindOutput:
			if was := now.routes[key(sec)]; was != nil {
				old = was.sec
			}
			touched = c.insts[key(sec)] != nil
		default:
			continue
		}
		x := itemOf(sec)
		switch {
		case !touched:
			o.Kept++
		case old == nil:
			x.Again = now.plan != nil && now.plan.Find(sec.Info.Kind, sec.Name) != nil
			o.Added = append(o.Added, x)
		default:
			x.InPlace, x.Options = inPlace, config.Differences(old, sec)
			o.Replaced = append(o.Replaced, x)
		}
	}
	if now.plan == nil {
		return o
	}
	for _, sec := range now.plan.Sections {
		if k := sec.Info.Kind; (k == plugin.KindInput || k == plugin.KindFilter || k == plugin.KindOutput) && c.plan.Find(k, sec.Name) == nil {
			o.Removed = append(o.Removed, itemOf(sec))
		}
	}
	return o
}

func (x Item) String() string { return x.Kind + " " + x.Name + " (" + x.Type + ")" }

// why tells what made the difference.
func (x Item) why() string {
	return strings.Join(texts(x.Options), ", ")
}

func texts(list []config.Difference) []string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.String()
	}
	return out
}

// Text is for people: a line for each plugin that anything happens to.
func (o *Outcome) Text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, x := range o.Added {
		again := ""
		if x.Again {
			again = "\tit had ended by itself"
		}
		fmt.Fprintf(w, "added\t%s%s\n", x, again)
	}
	for _, x := range o.Replaced {
		how := "replaced"
		if x.InPlace {
			how = "changed in place"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", how, x, x.why())
	}
	for _, x := range o.Removed {
		fmt.Fprintf(w, "removed\t%s\n", x)
	}
	fmt.Fprintf(w, "kept\t%s\n", plural(o.Kept, "plugin"))
	for _, d := range o.Hekad {
		fmt.Fprintf(w, "in force\t[hekad]\t%s\n", d)
	}
	for _, d := range o.NextStart {
		fmt.Fprintf(w, "not before the next start\t[hekad]\t%s\n", d)
	}
	w.Flush()
	return b.String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}

// log tells the same to the daemon's log.
func (o *Outcome) log(l *slog.Logger) {
	for _, x := range o.Added {
		l.Info("plugin added", "plugin", x.Name, "type", x.Type)
	}
	for _, x := range o.Replaced {
		what := "plugin replaced"
		if x.InPlace {
			what = "plugin changed in place"
		}
		l.Info(what, "plugin", x.Name, "type", x.Type, "options", x.why())
	}
	for _, x := range o.Removed {
		l.Info("plugin removed", "plugin", x.Name, "type", x.Type)
	}
	for _, d := range o.Hekad {
		l.Info("an option of [hekad] is in force", "option", d.String())
	}
	for _, d := range o.NextStart {
		l.Warn("a changed option of [hekad] has no effect before the next start", "option", d.String())
	}
	inPlace := len(slices.DeleteFunc(slices.Clone(o.Replaced), func(x Item) bool { return !x.InPlace }))
	l.Info("reloaded", "added", len(o.Added), "replaced", len(o.Replaced)-inPlace, "in_place", inPlace, "removed", len(o.Removed), "kept", o.Kept)
}
