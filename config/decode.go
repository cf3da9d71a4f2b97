package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// decoder fills config structs from the tables of one section and keeps the
// canonical text of what they hold.
type decoder struct {
	complain complainFunc
	warn     complainFunc
	hints    func(name string) string // advice for an unknown option, "" for none
	defaults map[string]string        // of common options that this type sets differently, by dotted path
	lines    []line                   // canonical text
	wrong    map[string]bool          // options with a complaint, by dotted path
	errors   int
	failed   bool
	unknowns int
}

// line is one option of the canonical text.
type line struct{ path, value string }

// target is a struct to fill.
type target struct {
	kind string // leaves out options for other kinds
	v    reflect.Value
}

func targetOf(p any) target { return target{v: reflect.ValueOf(p).Elem()} }

func (d *decoder) error(pos Pos, section, what, fix string) {
	d.failed = true
	d.errors++
	d.complain(pos, section, what, fix)
}

// table fills the targets from n, which is nil for a table that is not there.
// An option may belong to several targets: the first tells its mistakes, and its
// default holds for all. where is the place for complaints about what is
// missing; path is the table's place in the section.
func (d *decoder) table(n *node, targets []target, where Pos, section, path string) {
	known := map[string]bool{}
	seen := map[string]*option{}
	for _, t := range targets {
		for _, own := range optionsOf(t.v.Type()) {
			o := &own
			if o.only != "" && o.only != t.kind {
				continue
			}
			known[o.name] = true
			for _, a := range o.alias {
				known[a] = true
			}
			if def, ok := d.defaults[join(path, o.name)]; ok {
				o.def, o.hasDef = def, true
			}
			part := d
			if first := seen[o.name]; first != nil {
				part = &decoder{complain: silent, warn: silent}
				if first.hasDef {
					o.def, o.hasDef = first.def, true
				}
			} else {
				seen[o.name] = o
			}
			part.option(n, &t, o, where, section, path)
		}
	}
	if n == nil {
		return
	}
	meant := map[string]bool{} // by unknown options
	for _, k := range n.keys {
		if !known[k] && !(path == "" && k == "type") {
			meant[d.unknown(n, k, section, known)] = true
		}
	}
	for _, o := range seen {
		if o.required && d.given(n, o, section) == nil && !n.torn && !meant[o.name] {
			d.error(where, section, fmt.Sprintf("needs the option %q", o.name), "add "+o.name+" = "+example(o)+docHint(o))
		}
	}
}

func silent(Pos, string, string, string) {}

// option fills one field: from the file, else with the default.
func (d *decoder) option(n *node, t *target, o *option, where Pos, section, path string) {
	field := t.v.FieldByIndex(o.index)
	full := join(path, o.name)
	switch given := d.given(n, o, section); {
	case given != nil:
		if o.ignored != "" {
			d.warn(given.keyPos(), section, fmt.Sprintf("%q has no effect", o.name), o.ignored)
		}
		if o.required && given.kind == stringNode && given.text == "" && !given.bad {
			d.error(given.valPos(), section, fmt.Sprintf("%q is empty", o.name), "give it a value"+docHint(o))
			return
		}
		before := d.errors
		d.value(given, field, o, section, full)
		if given.bad || d.errors > before {
			if d.wrong == nil {
				d.wrong = map[string]bool{}
			}
			d.wrong[full] = true
		}
	case o.required: // table tells, once it knows all names
	case isTable(o.typ) && o.typ.Kind() == reflect.Struct:
		d.table(nil, []target{{v: field}}, where, section, full)
	case o.hasDef && (o.def != "" || leaf(o.typ).Kind() == reflect.String):
		d.byDefault(field, o, section, full)
	}
}

func (d *decoder) byDefault(field reflect.Value, o *option, section, full string) {
	part := decoder{warn: silent, complain: func(_ Pos, _, what, _ string) {
		panic(fmt.Sprintf("bug: default of option %q: %s", full, what))
	}}
	free := *o
	free.enum = nil // the default may be a value that is written by leaving the option out
	part.value(o.defaultNode(), field, &free, section, full)
	d.lines = append(d.lines, part.lines...)
}

// given finds the option in the table, by its name or an older one.
func (d *decoder) given(n *node, o *option, section string) *node {
	if n == nil {
		return nil
	}
	found := n.kids[o.name]
	for _, a := range o.alias {
		old := n.kids[a]
		switch {
		case old == nil:
		case found != nil:
			d.error(old.keyPos(), section, fmt.Sprintf("%q is an older name of %q, which is given too", a, o.name), "remove one of them")
		default:
			d.warn(old.keyPos(), section, fmt.Sprintf("%q is an older name of %q", a, o.name), "write "+o.name)
			found = old
		}
	}
	return found
}

// unknown complains of an option and returns the one that was probably meant.
func (d *decoder) unknown(n *node, name, section string, known map[string]bool) string {
	kid := n.kids[name]
	what := fmt.Sprintf("has no option %q", name)
	fix := ""
	if d.hints != nil {
		fix = d.hints(name)
	}
	near := ""
	if d.unknowns++; fix == "" && d.unknowns <= maxErrors {
		if near = nearest(name, keysOf(known)); near != "" {
			fix = fmt.Sprintf("did you mean %q?", near)
		}
	}
	if fix == "" && len(known) == 0 {
		fix = "remove it"
	}
	if fix == "" {
		names := keysOf(known)
		slices.Sort(names)
		fix = "it has " + strings.Join(names, ", ")
		if len(names) > 12 {
			fix = "it has " + strings.Join(names[:12], ", ") + " and others"
		}
	}
	d.error(kid.keyPos(), section, what, fix)
	return near
}
