package config

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/heka-project/heka/plugin"
)

type object = map[string]any

// Schema is a JSON Schema (draft 2020-12) of a whole configuration with the
// types of this build, for editors.
func Schema() []byte {
	defs := object{"env": object{"type": "string", "pattern": `%ENV\[`, "description": "The value of an environment variable."}}
	props := object{"hekad": object{"$ref": "#/$defs/hekad"}}
	defs["hekad"] = schemaTable(GlobalOptions(), "The daemon itself.")
	var names []any
	var cases []any
	for _, info := range plugin.All() {
		table := schemaTable(OptionDocs(info), info.About.Doc)
		table["properties"].(object)["type"] = object{"const": info.Name}
		defs[info.Name] = table
		names = append(names, info.Name)
		ref := object{"$ref": "#/$defs/" + info.Name}
		cases = append(cases, object{"if": object{"properties": object{"type": object{"const": info.Name}}}, "then": ref})
		// a section named like a type may still be of another type
		props[info.Name] = object{"if": object{"not": object{"required": []any{"type"}}}, "then": ref, "else": object{"$ref": "#/$defs/section"}}
	}
	defs["section"] = object{
		"type": "object", "required": []any{"type"},
		"properties": object{"type": object{"enum": names, "description": "The plugin type."}},
		"allOf":      cases,
	}
	out, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Heka configuration", "type": "object",
		"properties": props, "additionalProperties": object{"$ref": "#/$defs/section"}, "$defs": defs,
	}, "", "  ")
	if err != nil {
		panic("bug: schema: " + err.Error())
	}
	return append(out, '\n')
}

func schemaTable(options []OptionDoc, doc string) object {
	props := object{}
	var required []any
	for i := range options {
		d := &options[i]
		s := schemaType(d.typ, d)
		s["description"] = d.sentence()
		if def, ok := schemaDefault(d); ok {
			s["default"] = def
		}
		if d.Ignored != "" {
			s["deprecated"] = true
		}
		props[d.Name] = s
		for _, a := range d.Aliases {
			old := object{"deprecated": true, "description": "Older name of " + d.Name + "."}
			for k, v := range schemaType(d.typ, d) {
				old[k] = v
			}
			props[a] = old
		}
		if d.Required && len(d.Aliases) == 0 {
			required = append(required, d.Name)
		}
	}
	t := object{"type": "object", "properties": props, "additionalProperties": false, "description": doc}
	if len(required) > 0 {
		t["required"] = required
	}
	return t
}

// orEnv is a type that may also be written as "%ENV[NAME]".
func orEnv(t object) object {
	return object{"anyOf": []any{t, object{"$ref": "#/$defs/env"}}}
}

func schemaType(t reflect.Type, d *OptionDoc) object {
	t = leaf(t)
	switch {
	case t == durationType:
		return object{"type": []any{"string", "number"}}
	case t == sizeType:
		return object{"type": []any{"string", "integer"}}
	case isText(t):
		return object{"type": []any{"string", "number", "boolean"}}
	}
	switch t.Kind() {
	case reflect.Bool:
		return orEnv(object{"type": "boolean"})
	case reflect.String:
		if len(d.Enum) > 0 {
			enum := anys(d.Enum)
			if d.Default == "" && !d.Required {
				enum = append(enum, "")
			}
			return orEnv(object{"enum": enum})
		}
		return object{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return orEnv(object{"type": "number"})
	case reflect.Slice:
		list := object{"type": "array", "items": schemaType(t.Elem(), d)}
		if d.scalar {
			return object{"anyOf": []any{list, schemaType(t.Elem(), d)}}
		}
		return list
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaType(t.Elem(), d)}
	case reflect.Struct:
		if t == timeType {
			return object{}
		}
		return schemaTable(d.Options, "")
	case reflect.Interface:
		return object{}
	}
	whole := object{"type": "integer"}
	if strings.HasPrefix(t.Kind().String(), "uint") {
		whole["minimum"] = 0
	}
	return orEnv(whole)
}

func anys(words []string) []any {
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return list
}

// schemaDefault is the default as JSON.
func schemaDefault(d *OptionDoc) (any, bool) {
	if d.Default == "" || len(d.Options) > 0 {
		return nil, false
	}
	if b, err := strconv.ParseBool(d.Default); err == nil && d.Type == "bool" {
		return b, true
	}
	root := buildTree(newSource(Source{Text: "v = " + d.Default}), silent)
	if n := root.kids["v"]; n != nil && n.kind != timeNode {
		return anyValue(n), true
	}
	return nil, false
}
