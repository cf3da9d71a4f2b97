package config

import (
	"reflect"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// OptionDoc describes one option, as its tags do. It is what help, reference
// pages, READMEs and the JSON schema are made of.
type OptionDoc struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`              // in words: "string", "duration", "list of string", "table of …"
	Default  string      `json:"default,omitempty"` // as TOML; "" for none
	Unit     string      `json:"unit,omitempty"`    // durations: of a bare number, in words
	Enum     []string    `json:"enum,omitempty"`
	Doc      string      `json:"doc"`
	Required bool        `json:"required,omitempty"`
	Ignored  string      `json:"ignored,omitempty"` // accepted without effect; what takes its place
	Aliases  []string    `json:"aliases,omitempty"`
	Secret   bool        `json:"secret,omitempty"`
	Common   bool        `json:"common,omitempty"`  // shared by all plugins of the kind
	Differs  bool        `json:"differs,omitempty"` // common, with a default of this type's own
	Options  []OptionDoc `json:"options,omitempty"` // of a table, or of each table of a list or map

	typ    reflect.Type
	scalar bool
}

// OptionDocs lists the options of a type: its own first, then those that all plugins
// of its kind share.
func OptionDocs(info *plugin.Info) []OptionDoc {
	list := docsOf(reflect.TypeOf(info.NewConfig()).Elem(), nil, "", "", 0)
	own := map[string]bool{}
	for i := range list {
		own[list[i].Name] = true
		if s, ok := commonDefaults(info)[list[i].Name]; ok && list[i].Default == "" {
			list[i].Default = defaultText(&option{def: s, typ: list[i].typ})
		}
	}
	for _, d := range CommonOptions(info.Kind, commonDefaults(info)) {
		if !own[d.Name] {
			list = append(list, d)
		}
	}
	return list
}

// CommonOptions lists the options that all plugins of a kind share. defaults
// take the place of those in the tags, by dotted name; nil for none.
func CommonOptions(kind plugin.Kind, defaults map[string]string) []OptionDoc {
	c := common(kind)
	if c == nil {
		return nil
	}
	list := docsOf(reflect.TypeOf(c).Elem(), defaults, kind.String(), "", 0)
	for i := range list {
		list[i].Common = true
	}
	return list
}

// GlobalOptions lists the options of the [hekad] section.
func GlobalOptions() []OptionDoc {
	return docsOf(reflect.TypeFor[Globals](), nil, "", "", 0)
}

// maxDepth bounds tables within tables, should a type hold itself.
const maxDepth = 6

func docsOf(t reflect.Type, defaults map[string]string, kind, path string, depth int) []OptionDoc {
	var list []OptionDoc
	for _, o := range optionsOf(t) {
		if o.only != "" && o.only != kind || depth > maxDepth {
			continue
		}
		full := join(path, o.name)
		d := OptionDoc{Name: o.name, Type: typeWords(o.typ), Enum: o.enum, Doc: o.doc, Required: o.required, Ignored: o.ignored,
			Aliases: o.alias, Secret: secretName(o.name), typ: o.typ, scalar: o.scalar}
		if def, ok := defaults[full]; ok {
			d.Differs = !o.hasDef || def != o.def
			o.def, o.hasDef = def, true
		}
		if o.hasDef && !o.required {
			d.Default = defaultText(&o)
		}
		if leafOf(o.typ) == durationType {
			d.Unit = units[o.unit].word
		}
		if inner := leafOf(o.typ); isTable(inner) {
			d.Options = docsOf(inner, defaults, kind, full, depth+1)
			for _, x := range d.Options {
				d.Differs = d.Differs || x.Differs
			}
		}
		list = append(list, d)
	}
	return list
}

// leafOf strips pointers, lists and maps.
func leafOf(t reflect.Type) reflect.Type {
	for t != durationType && !isText(t) && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	return t
}

func typeWords(t reflect.Type) string {
	t = leaf(t)
	switch {
	case t == durationType:
		return "duration"
	case t == sizeType:
		return "size"
	case isText(t):
		return "string"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.String:
		return "string"
	case reflect.Slice:
		return "list of " + typeWords(t.Elem())
	case reflect.Map:
		return "table of " + typeWords(t.Elem())
	case reflect.Struct:
		return "table"
	case reflect.Interface:
		return "any"
	}
	return "int"
}

// defaultText writes a default as TOML would.
func defaultText(o *option) string {
	t := leaf(o.typ)
	switch {
	case t == durationType, t == sizeType:
		if o.def == "0" || o.def == "" {
			return o.def
		}
		return quote(o.def)
	case isText(t), t.Kind() == reflect.String:
		return quote(o.def)
	case o.def == "":
		return ""
	}
	part := decoder{complain: silent, warn: silent}
	part.value(o.defaultNode(), reflect.New(t).Elem(), o, "", "x")
	if t.Kind() != reflect.Slice {
		return o.def
	}
	if strings.HasPrefix(o.def, "[") {
		return o.def
	}
	values := make([]string, 0, len(part.lines))
	for _, l := range part.lines {
		if l.value != "[]" {
			values = append(values, l.value)
		}
	}
	return "[" + strings.Join(values, ", ") + "]"
}
