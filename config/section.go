package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// draft is a section on its way into the plan.
type draft struct {
	*Section
	node  *node // empty for those that are always there
	sound bool  // decoded without a mistake
	given bool  // by the user
}

// sections decodes every section but [hekad].
func (l *loader) sections(tops []top) {
	for _, t := range tops {
		if t.name == "hekad" {
			continue
		}
		info := l.typeOf(t)
		if info == nil {
			continue
		}
		l.drafts = append(l.drafts, l.decode(t.name, t.node, info, true))
	}
}

// typeOf finds the plugin type of a section; nil after a complaint.
func (l *loader) typeOf(t top) *plugin.Info {
	l.named[t.name] = true
	name, where := t.name, t.node.keyPos()
	typ := t.node.kids["type"]
	switch {
	case typ != nil && typ.bad:
		return nil
	case typ != nil && typ.kind != stringNode:
		l.complain(typ.valPos(), t.name, "type is "+nodeWords[typ.kind]+", not a string", `write type = "…" with the name of a plugin type`)
		return nil
	case typ != nil:
		name, where = typ.text, typ.valPos()
	}
	info, what, fix := lookupType(name)
	switch {
	case info != nil:
		return info
	case l.opt.Foreign != nil && l.opt.Foreign(name):
		l.foreign[t.name] = true
		return nil
	case typ == nil && t.node.torn:
		return nil // its type may stand in what could not be read
	}
	_, isKind := plugin.KindOf(name)
	if typ == nil && !isKind {
		what = "has no type"
		if near := nearest(name, []string{"hekad"}); near != "" {
			fix = `did you mean [hekad]?`
		} else if fix == "hekad plugins lists the types that there are" {
			fix = `add type = "…"; hekad plugins lists the types that there are`
		}
	}
	for _, k := range t.node.keys {
		if kid := t.node.kids[k]; typ == nil && !isKind && kid.kind == tableNode && kid.kids["type"] != nil {
			where, fix = kid.keyPos(), fmt.Sprintf("write [%s]: a dot in a section's name needs quotes", quote(kid.path))
		}
	}
	l.complain(where, t.name, what, fix)
	return nil
}

// decode fills the options of a section, its own and the common ones.
func (l *loader) decode(name string, n *node, info *plugin.Info, given bool) *draft {
	s := &draft{Section: &Section{Name: name, Info: info, Config: info.NewConfig()}, node: n, given: given}
	if given {
		s.Pos = n.keyPos()
	}
	d := &decoder{complain: l.complain, warn: l.warn, defaults: commonDefaults(info),
		hints: func(option string) string { return oldOptions[info.Kind][option] }}
	targets := []target{targetOf(s.Config)}
	switch info.Kind {
	case plugin.KindInput:
		targets = append(targets, targetOf(&s.Input))
	case plugin.KindSplitter:
		targets = append(targets, targetOf(&s.Splitter))
	case plugin.KindFilter, plugin.KindOutput:
		targets = append(targets, targetOf(&s.Route))
	}
	targets[len(targets)-1].kind = info.Kind.String()
	d.table(n, targets, n.keyPos(), name, "")
	if v, ok := s.Config.(plugin.Validator); ok && !d.failed && !n.torn {
		d.blame(n, v.Validate(), n.keyPos(), name, info.Name)
	}
	switch info.Kind {
	case plugin.KindInput:
		l.input(d, s)
	case plugin.KindFilter, plugin.KindOutput:
		l.route(d, s)
	}
	s.sound = !d.failed
	s.Text = "type = " + quote(info.Name) + "\n" + canonicalText(d.lines)
	return s
}

// blame turns what Validate says, which may be several errors joined, into
// complaints at the options that they are about. Options that have a complaint
// already are left out.
func (d *decoder) blame(n *node, err error, where Pos, section, typ string) {
	if err == nil {
		return
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			d.blame(n, one, where, section, typ)
		}
		return
	}
	var oe *plugin.OptionError
	if !errors.As(err, &oe) {
		what, fix := splitAdvice(err.Error(), "hekad help "+typ+" tells what its options are for")
		d.error(where, section, what, fix)
		return
	}
	if d.wrong[oe.Option] {
		return
	}
	if at := n.find(oe.Option); at != nil {
		where = at.valPos()
		if at.kind == tableNode {
			where = at.keyPos()
		}
	}
	fix := oe.Fix
	if fix == "" {
		fix = "hekad help " + typ + " tells what it is for"
	}
	d.error(where, section, named(oe), fix)
}

// named is what is wrong with an option, with its name where the text lacks it:
// the place alone does not tell it, as the option may be missing there.
func named(oe *plugin.OptionError) string {
	top, _, _ := strings.Cut(oe.Option, ".")
	subject, _, _ := strings.Cut(oe.What, " = ")
	if strings.HasPrefix(oe.What, top) || subject != oe.What && !strings.ContainsAny(subject, " \"") {
		return oe.What
	}
	for _, verb := range []string{"is ", "has ", "holds ", "needs ", "names "} {
		if strings.HasPrefix(oe.What, verb) {
			return oe.Option + " " + oe.What
		}
	}
	return oe.Option + ": " + oe.What
}
