package config

import (
	"fmt"

	"github.com/heka-project/heka/plugin"
)

// OneOptions say how the text of a single section is read.
type OneOptions struct {
	Kind    plugin.Kind
	Type    string   // the only type that is allowed; "" for any of the kind
	Impose  string   // TOML of options that hold whatever the section says
	Globals *Globals // of the running daemon
}

// One reads the first section of a TOML text, as a manager gets it from outside:
// what stands behind that section is not looked at, and %ENV is refused, so that the
// text cannot ask for the daemon's environment. The section keeps its name. The error
// is Errors.
func One(text Source, o OneOptions) (*Section, error) {
	l := oneLoader(o.Globals)
	if len(text.Text) > maxFileSize {
		return nil, Errors{{Pos: Pos{File: text.Name}, What: "is too long", Fix: "send the text of one section"}}
	}
	tops := l.merge([]Source{text})
	if len(l.errs) > 0 {
		l.sort(l.errs)
		return nil, l.errs
	}
	if len(tops) == 0 {
		return nil, Errors{{Pos: Pos{File: text.Name}, What: "holds no section", Fix: "write [name] with its options below"}}
	}
	s := l.one(tops[0], o)
	if len(l.errs) > 0 {
		l.sort(l.errs)
		return nil, l.errs
	}
	return s.Section, nil
}

func oneLoader(g *Globals) *loader {
	l := &loader{order: map[string]int{}, foreign: map[string]bool{}, named: map[string]bool{}, globalsSound: true}
	l.plan.Globals = *g
	return l
}

// one decodes the section with what is imposed on it. nil after a complaint.
func (l *loader) one(t top, o OneOptions) *draft {
	if t.name == "hekad" {
		l.complain(t.node.keyPos(), t.name, "is not a plugin", "send the section of one "+o.Kind.String())
		return nil
	}
	info := l.typeOf(t)
	if info == nil {
		return nil
	}
	if info.Kind != o.Kind || o.Type != "" && info.Name != o.Type {
		want := o.Type
		if want == "" {
			want = "a " + o.Kind.String()
		}
		l.complain(place(t.node, "type"), t.name, fmt.Sprintf("is of type %s, not %s", info.Name, want), "only that may be loaded here")
		return nil
	}
	src := newSource(Source{Name: "imposed options", Text: o.Impose})
	over := buildTree(src, func(_ Pos, _, what, _ string) { panic("bug: imposed options: " + what) })
	for _, k := range over.keys {
		if t.node.kids[k] == nil {
			t.node.keys = append(t.node.keys, k)
		}
		t.node.kids[k] = over.kids[k]
	}
	d := l.decode(t.name, t.node, info, true)
	l.drafts = []*draft{d}
	l.resolve()
	return d
}
