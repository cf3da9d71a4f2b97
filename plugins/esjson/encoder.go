// Package esjson holds ESJsonEncoder and ESLogstashV0Encoder, which write each
// message as the two lines that Elasticsearch's bulk interface takes:
//
//	{"index":{"_index":"heka-2026.11.25","_type":"message"}}
//	{"Uuid":"…","Timestamp":"…","Type":"…",…,"status":200}
//
// The second line is the document: flat with the message's own names, or in the
// form of logstash version 0 with @-names and the dynamic fields in an object.
// Lines are appended straight from the encoded message, without allocating.
package esjson

import (
	_ "embed"
	"strings"

	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed esjson.toml
var sample string

func init() {
	plugin.RegisterEncoder("ESJsonEncoder", plugin.About{
		Doc:    "Writes messages as flat JSON documents for Elasticsearch's bulk interface.",
		Sample: sample,
		Readme: readme,
	}, New)
	plugin.RegisterEncoder("ESLogstashV0Encoder", plugin.About{
		Doc:    "Writes messages as documents of logstash's version 0 form for Elasticsearch's bulk interface.",
		Sample: sample,
		Readme: readme,
	}, NewLogstash)
}

// Encoder writes action and document. It belongs to one output.
type Encoder struct {
	action action
	keys   []key
	times  *jsontext.Times
	only   map[string]bool // dynamic fields to write, nil for all
	raw    map[string]bool // fields whose values are JSON
	dots   string          // what stands for a dot in names
	// typeName is the option as written: it stands where it cannot be filled in.
	typeName string
	text     []byte // scratch
}

// key is a header field to write, or the dynamic fields.
type key struct {
	num  int
	text string // its key, quoted and with a colon; of dynamic fields "" when they stand beside the header
	doc  bool   // write the document type instead of the message's
}

// New makes an encoder of flat documents.
func New(cfg Config, env plugin.Env) (plugin.Encoder, error) {
	return build(cfg.Index, &cfg.Common, cfg.FieldMappings.names(), env)
}

// NewLogstash makes an encoder of logstash documents.
func NewLogstash(cfg LogstashConfig, env plugin.Env) (plugin.Encoder, error) {
	e, err := build(cfg.Index, &cfg.Common, logstashNames, env)
	if err != nil {
		return nil, err
	}
	for i := range e.keys {
		if e.keys[i].num == message.NumType {
			e.keys[i].doc = !cfg.UseMessageType && cfg.TypeName != ""
		}
	}
	return e, nil
}

func build(index string, c *Common, names map[int]string, env plugin.Env) (*Encoder, error) {
	now := env.NowFunc()
	if c.IndexFromTimestamp {
		now = nil
	}
	e := &Encoder{dots: c.ReplaceDotsWith, typeName: c.TypeName, only: set(c.DynamicFields), raw: set(c.RawBytesFields)}
	var err error
	if e.action, err = newAction(index, c, now); err != nil {
		return nil, err
	}
	times, err := timetext.New(c.Timestamp, nil)
	if err != nil {
		return nil, err
	}
	e.times = jsontext.NewTimes(times)
	for _, f := range c.Fields {
		num, ok := number(f)
		if !ok {
			return nil, c.Validate()
		}
		k := key{num: num}
		if n := names[num]; n != "" {
			k.text = string(jsontext.AppendString(nil, n)) + ":"
		}
		e.keys = append(e.keys, k)
	}
	return e, nil
}

func set(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// Encode appends both lines. message.ErrDamaged means that a dynamic field
// cannot be read.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	start := len(dst)
	dst = e.action.append(dst, v)
	dst = append(dst, '\n', '{')
	for i := range e.keys {
		k := &e.keys[i]
		if k.num == message.NumFields {
			var ok bool
			if dst, ok = e.fields(dst, k, v); !ok {
				return dst[:start], message.ErrDamaged
			}
			continue
		}
		dst = append(e.header(append(dst, k.text...), k, v), ',')
	}
	if n := len(dst); dst[n-1] == ',' {
		dst = dst[:n-1]
	}
	return append(dst, '}', '\n'), nil
}

// header appends the value of a header field; one that is unset is an empty text
// or 0.
func (e *Encoder) header(dst []byte, k *key, v *message.View) []byte {
	switch k.num {
	case message.NumUUID:
		if raw := v.UUID(); len(raw) == 16 {
			return jsontext.AppendUUID(dst, raw)
		}
		return append(dst, '"', '"')
	case message.NumTimestamp:
		return e.times.Append(dst, v.Timestamp())
	case message.NumSeverity:
		return jsontext.AppendInt(dst, int64(v.Severity()))
	case message.NumPid:
		return jsontext.AppendInt(dst, int64(v.Pid()))
	case message.NumType:
		if k.doc {
			var missing bool
			if e.text, missing = e.action.typ.Append(e.text[:0], v, nil); missing || len(e.text) == 0 {
				return jsontext.AppendString(dst, e.typeName)
			}
			return jsontext.AppendString(dst, message.Borrow(e.text))
		}
	}
	return jsontext.AppendString(dst, v.Text(k.num))
}

// fields appends the dynamic fields with a comma behind each, or the object of
// them; false when one cannot be read.
func (e *Encoder) fields(dst []byte, k *key, v *message.View) ([]byte, bool) {
	object := k.text != ""
	if object {
		dst = append(append(dst, k.text...), '{')
	}
	start := len(dst)
	it := v.Fields()
	for {
		if e.raw == nil {
			if name, t, value, ok := it.Simple(); ok {
				if e.only == nil || e.only[name] {
					dst = append(jsontext.AppendSimple(e.name(dst, name), t, value), ',')
				}
				continue
			}
		}
		if !it.Next() {
			break
		}
		if f := it.Field(); e.only == nil || e.only[f.Name()] {
			dst = append(e.values(e.name(dst, f.Name()), f), ',')
		}
	}
	if object {
		if n := len(dst); n > start {
			dst = dst[:n-1]
		}
		dst = append(dst, '}', ',')
	}
	return dst, !it.Damaged()
}

// name appends a field's key and a colon.
func (e *Encoder) name(dst []byte, name string) []byte {
	if e.dots == "." || strings.IndexByte(name, '.') < 0 {
		return append(jsontext.AppendString(dst, name), ':')
	}
	e.text = e.text[:0]
	for i := range len(name) {
		if name[i] == '.' {
			e.text = append(e.text, e.dots...)
		} else {
			e.text = append(e.text, name[i])
		}
	}
	return append(jsontext.AppendString(dst, message.Borrow(e.text)), ':')
}

// values appends one value as it is and any other number of them as an array.
func (e *Encoder) values(dst []byte, f *message.Field) []byte {
	raw := f.Type <= message.Bytes && e.raw[f.Name()]
	n := f.Len()
	if n != 1 {
		dst = append(dst, '[')
	}
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if raw && jsontext.IsValue(f.Bytes(i)) {
			dst = jsontext.AppendRaw(dst, f.Bytes(i))
		} else {
			dst = jsontext.AppendValue(dst, f, i)
		}
	}
	if n != 1 {
		dst = append(dst, ']')
	}
	return dst
}
