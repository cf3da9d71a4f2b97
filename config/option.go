package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/heka-project/heka/plugin"
)

// Options are described by the tags of a config struct's fields:
//
//	toml:"name"      the option; "-" or no tag: not an option
//	default:"5s"     as written in TOML without quotes; lists as a,b or [1, 2]
//	doc:"…"          one sentence
//	unit:"ms"        durations: unit of a bare number, "s" without the tag
//	word:"always=0s" durations: a word that stands for a span
//	enum:"a,b"       what a string (or each string of a list) may be, in any case
//	required:"true"  must be given
//	scalar:"true"    lists: a single value is taken too
//	alias:"a,b"      older names that still work
//	ignored:"…"      accepted without effect; says what takes its place
//	for:"output"     common options: the only kind that has it
type option struct {
	name, doc, unit string
	def             string
	hasDef          bool
	enum, alias     []string
	required        bool
	scalar          bool
	ignored, only   string
	word            string
	typ             reflect.Type
	index           []int // for reflect.Value.FieldByIndex
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	sizeType     = reflect.TypeFor[plugin.Size]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	timeType     = reflect.TypeFor[time.Time]()
)

var optionCache sync.Map // reflect.Type → []option, never changed

// optionsOf lists the options of a struct type; embedded structs without a tag
// add theirs. The list is shared: copy what is to be changed.
func optionsOf(t reflect.Type) []option {
	if list, ok := optionCache.Load(t); ok {
		return list.([]option)
	}
	list := readOptions(t)
	optionCache.Store(t, list)
	return list
}

func readOptions(t reflect.Type) []option {
	var list []option
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("toml")
		if f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct {
			for _, o := range optionsOf(f.Type) {
				o.index = append([]int{i}, o.index...)
				list = append(list, o)
			}
			continue
		}
		name, _, _ := strings.Cut(tag, ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		o := option{name: name, doc: f.Tag.Get("doc"), unit: f.Tag.Get("unit"), typ: f.Type, index: []int{i},
			required: f.Tag.Get("required") == "true", scalar: f.Tag.Get("scalar") == "true",
			word: f.Tag.Get("word"), ignored: f.Tag.Get("ignored"), only: f.Tag.Get("for")}
		o.def, o.hasDef = f.Tag.Lookup("default")
		if e := f.Tag.Get("enum"); e != "" {
			o.enum = strings.Split(e, ",")
		}
		if a := f.Tag.Get("alias"); a != "" {
			o.alias = strings.Split(a, ",")
		}
		list = append(list, o)
	}
	return list
}

// mayBeEmpty reports whether "" says the same as leaving an option with an enum
// out.
func (o *option) mayBeEmpty() bool {
	return o.def == "" && !o.required && leaf(o.typ).Kind() == reflect.String
}

// leaf strips pointers.
func leaf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// isText reports whether values of t read themselves from text.
func isText(t reflect.Type) bool {
	return t != timeType && reflect.PointerTo(t).Implements(textType)
}

// isTable reports whether t is a struct whose fields are options.
func isTable(t reflect.Type) bool {
	t = leaf(t)
	return t.Kind() == reflect.Struct && t != timeType && !isText(t)
}

// units are those that a bare number of a duration may have.
var units = map[string]struct {
	d    time.Duration
	word string
}{
	"ns": {time.Nanosecond, "nanoseconds"}, "us": {time.Microsecond, "microseconds"}, "ms": {time.Millisecond, "milliseconds"},
	"": {time.Second, "seconds"}, "s": {time.Second, "seconds"}, "m": {time.Minute, "minutes"}, "h": {time.Hour, "hours"},
	"d": {24 * time.Hour, "days"},
}

// defaultNode reads a default tag as the value it stands for. Text stays text;
// the rest is TOML, or for lists also words between commas.
func (o *option) defaultNode() *node {
	src := newSource(Source{Name: "default of " + o.name, Text: o.def})
	asText := &node{kind: stringNode, src: src, key: -1, text: o.def}
	t := leaf(o.typ)
	kind := t.Kind()
	if t == sizeType || t == durationType || isText(t) || kind == reflect.String {
		return asText
	}
	if kind == reflect.Bool || kind >= reflect.Int && kind <= reflect.Float64 { // text that stands for a number, as from %ENV
		return asText
	}
	if kind == reflect.Slice && !strings.HasPrefix(o.def, "[") {
		list := &node{kind: listNode, src: src, key: -1}
		elem := *o
		elem.typ = t.Elem()
		for _, word := range strings.Split(o.def, ",") {
			if elem.def = strings.TrimSpace(word); elem.def != "" {
				list.items = append(list.items, elem.defaultNode())
			}
		}
		return list
	}
	src = newSource(Source{Name: src.name, Text: "v = " + o.def})
	root := buildTree(src, func(_ Pos, _, what, _ string) {
		panic(fmt.Sprintf("bug: default %q of option %q: %s", o.def, o.name, what))
	})
	return root.kids["v"]
}
