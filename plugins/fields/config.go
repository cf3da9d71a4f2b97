// Package fields holds FieldsDecoder and FieldsFilter, which change the fields of
// messages: what is secret is redacted, numbers in texts become numbers, names are
// changed, and what nobody needs is dropped.
//
//	field ─▶ keep, drop ─▶ redact ─▶ convert ─▶ rename ─▶ message, then what is set
//
// What is done with a field is found out once for each name. A value that cannot
// be converted stays as it is and is counted: no message is lost. FieldsDecoder
// changes messages as they are made, behind another decoder; FieldsFilter injects
// changed copies.
package fields

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed fields.toml
var sample string

// Options are what both have. Names are those of dynamic fields, in which a * at
// the end stands for any rest, or of header fields.
type Options struct {
	Keep    []string          `toml:"keep" doc:"Dynamic fields to keep, all others are dropped; name* stands for all that begin so; when empty, all."`
	Drop    []string          `toml:"drop" doc:"Dynamic fields to drop, and header texts to empty."`
	Redact  map[string]Redact `toml:"redact" doc:"How to hide what a field holds, by its name."`
	Convert map[string]string `toml:"convert" doc:"What a dynamic field becomes, by its name: string, integer, double or bool, and behind a | its representation."`
	Rename  map[string]string `toml:"rename" doc:"What a dynamic field is called henceforth, by its name; the name of a header field moves its first value there."`
	Set     map[string]string `toml:"set" doc:"Texts to write, by the name of a dynamic or header field."`
	HashKey string            `toml:"hash_key" doc:"Key of method hash."`
}

// Redact says how to hide a value.
type Redact struct {
	Method    string `toml:"method" required:"true" enum:"hash,mask,truncate,replace,set" doc:"hash writes HMAC-SHA256 in hexadecimal, mask a * for each character, truncate the first ones only, replace what with says for what pattern finds, set what with says."`
	KeepFirst int    `toml:"keep_first" doc:"Characters that mask leaves at the beginning."`
	KeepLast  int    `toml:"keep_last" doc:"Characters that mask leaves at the end."`
	Length    int    `toml:"length" doc:"Characters that truncate leaves, and hexadecimal digits that hash writes; 0 writes all 64."`
	Pattern   string `toml:"pattern" doc:"Regular expression (RE2) that replace looks for."`
	With      string `toml:"with" default:"[redacted]" doc:"What replace and set write; in replace, ${1} is the first group."`
}

// Validate compiles the options.
func (o *Options) Validate() error {
	_, err := o.compile()
	return err
}

var headers = map[string]int{"Type": message.NumType, "Logger": message.NumLogger, "Payload": message.NumPayload, "EnvVersion": message.NumEnvVersion,
	"Hostname": message.NumHostname, "Severity": message.NumSeverity, "Pid": message.NumPid}

// rules are compiled options; immutable.
type rules struct {
	keep, drop []string
	redact     map[string]*redactor
	wild       []string // names of redact with a *, longest first
	convert    map[string]conversion
	rename     map[string]string
	set        []setting
	headers    []headerRule
}

// conversion is a target of convert.
type conversion struct {
	to   message.ValueType
	repr string
	set  bool // the representation is given
}

// setting is a text to write.
type setting struct {
	header int // 0 for a dynamic field
	head   message.FieldHead
	text   string
	number int32
}

// headerRule is what is done with a header text.
type headerRule struct {
	num    int
	drop   bool
	redact *redactor
}

func wrong(option, fix, what string, args ...any) error {
	return &plugin.OptionError{Option: option, What: fmt.Sprintf(what, args...), Fix: fix}
}

func (o *Options) compile() (*rules, error) {
	r := &rules{keep: o.Keep, redact: map[string]*redactor{}, convert: map[string]conversion{}, rename: o.Rename}
	for i, name := range o.Drop {
		switch num := headers[name]; {
		case num == 0:
			r.drop = append(r.drop, name)
		case num == message.NumSeverity || num == message.NumPid || num == message.NumType:
			return nil, wrong(fmt.Sprintf("drop[%d]", i), "leave it out", "%s cannot be dropped", name)
		default:
			r.headers = append(r.headers, headerRule{num: num, drop: true})
		}
	}
	for _, name := range sorted(o.Redact) {
		one := o.Redact[name]
		x, err := one.compile(o.HashKey)
		if err != nil {
			var oe *plugin.OptionError
			if errors.As(err, &oe) && oe.Option != "hash_key" {
				oe.Option = "redact." + name + "." + oe.Option
			}
			return nil, err
		}
		switch num := headers[name]; {
		case num == message.NumSeverity || num == message.NumPid:
			return nil, wrong("redact."+name, "leave it out", "%s is a number", name)
		case num != 0:
			r.headers = append(r.headers, headerRule{num: num, redact: x})
		case strings.HasSuffix(name, "*"):
			r.wild = append(r.wild, name)
		}
		r.redact[name] = x
	}
	sort.SliceStable(r.wild, func(i, j int) bool { return len(r.wild[i]) > len(r.wild[j]) })
	for _, name := range sorted(o.Convert) {
		typ, repr, set := strings.Cut(o.Convert[name], "|")
		c := conversion{repr: repr, set: set}
		switch typ {
		case "string":
			c.to = message.String
		case "integer":
			c.to = message.Integer
		case "double":
			c.to = message.Double
		case "bool":
			c.to = message.Bool
		default:
			return nil, wrong("convert."+name, `write string, integer, double or bool, and a representation as in "integer|B"`, "%q is no type", typ)
		}
		r.convert[name] = c
	}
	for _, name := range sorted(o.Rename) {
		if o.Rename[name] == "" {
			return nil, wrong("rename."+name, "write a name, or put the field into drop", "the new name is empty")
		}
	}
	for _, name := range sorted(o.Set) {
		s := setting{header: headers[name], head: message.NewFieldHead(name, message.String, ""), text: o.Set[name]}
		if s.header == message.NumSeverity || s.header == message.NumPid {
			n, err := strconv.ParseInt(s.text, 10, 32)
			if err != nil {
				return nil, wrong("set."+name, `write a whole number in quotes, such as "6"`, "%q is no number", s.text)
			}
			s.number = int32(n)
		}
		r.set = append(r.set, s)
	}
	return r, nil
}

func sorted[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// named reports whether a list holds a name, or a beginning of it with a *.
func named(list []string, name string) bool {
	for _, n := range list {
		if begin, ok := strings.CutSuffix(n, "*"); n == name || ok && strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

func (x *Redact) compile(key string) (*redactor, error) {
	r := &redactor{how: x.Method, first: x.KeepFirst, last: x.KeepLast, length: x.Length, with: x.With}
	if x.KeepFirst < 0 || x.KeepLast < 0 || x.Length < 0 {
		return nil, wrong("length", "write 0 or more", "a number of characters is negative")
	}
	switch x.Method {
	case "hash":
		if key == "" {
			return nil, wrong("hash_key", `write a secret of your own, such as "%ENV[HEKA_HASH_KEY]"`, "method hash has no key")
		}
		if x.Length > 64 {
			return nil, wrong("length", "write at most 64", "a hash has not %d digits", x.Length)
		}
		r.key = []byte(key)
	case "truncate":
		if x.Length == 0 {
			return nil, wrong("length", "write how many characters stay", "truncate leaves nothing")
		}
	case "replace":
		if x.Pattern == "" {
			return nil, wrong("pattern", "write a regular expression", "replace has nothing to look for")
		}
		re, err := regexp.Compile(x.Pattern)
		if err != nil {
			return nil, wrong("pattern", "write an expression of RE2", "%q is no RE2 expression: %s", x.Pattern, err)
		}
		r.re = re
	case "mask", "set":
	default:
		return nil, wrong("method", "write hash, mask, truncate, replace or set", "%q is no method", x.Method)
	}
	return r, nil
}
