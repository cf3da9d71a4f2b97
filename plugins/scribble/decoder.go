// Package scribble holds ScribbleDecoder, which writes fixed values into every
// message: a type for an input that has none, a tag for all that comes from one
// site.
package scribble

import (
	_ "embed"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed scribble.toml
var sample string

// Config holds the options of ScribbleDecoder.
type Config struct {
	MessageFields map[string]string `toml:"message_fields" doc:"Values by name: Type, Logger, Payload, Hostname, Pid, Severity and Uuid set the header, any other name a string field; name|representation gives it a representation."`
}

// Validate checks the values that are not plain text.
func (c Config) Validate() error {
	_, err := c.compile()
	return err
}

func init() {
	plugin.RegisterDecoder("ScribbleDecoder", plugin.About{
		Doc:    "Writes fixed values into header and fields of every message.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder writes the values. It belongs to one stream.
type Decoder struct {
	set []func(*message.Builder)
}

// New makes a decoder.
func New(cfg Config, _ plugin.Env) (plugin.Decoder, error) {
	set, err := cfg.compile()
	return &Decoder{set}, err
}

// Decode passes the record on with the values written.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	in.Begin(out)
	for _, f := range d.set {
		f(out)
	}
	return out.End()
}

// compile makes one setter a value, in the order of their names.
func (c Config) compile() (set []func(*message.Builder), err error) {
	names := make([]string, 0, len(c.MessageFields))
	for name := range c.MessageFields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		f, fix := setter(name, c.MessageFields[name])
		if f == nil {
			return nil, &plugin.OptionError{
				Option: "message_fields." + name,
				What:   fmt.Sprintf("%q does not fit", c.MessageFields[name]),
				Fix:    fix,
			}
		}
		set = append(set, f)
	}
	return set, nil
}

// setter returns what writes the value; nil and what to write instead when the
// header field cannot have it.
func setter(name, v string) (set func(*message.Builder), fix string) {
	switch name {
	case "Type":
		return func(b *message.Builder) { b.Type = v }, ""
	case "Logger":
		return func(b *message.Builder) { b.Logger = v }, ""
	case "Payload":
		return func(b *message.Builder) { b.Payload = v }, ""
	case "Hostname":
		return func(b *message.Builder) { b.Hostname = v }, ""
	case "Pid", "Severity":
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil {
			return nil, `write a whole number in quotes, such as "6"`
		}
		if name == "Pid" {
			return func(b *message.Builder) { b.Pid = int32(n) }, ""
		}
		return func(b *message.Builder) { b.Severity = int32(n) }, ""
	case "Uuid":
		u, ok := message.ParseUUID(v)
		if !ok {
			return nil, "write 32 hexadecimal digits, with hyphens or without"
		}
		return func(b *message.Builder) { b.UUID = u }, ""
	}
	field, repr, _ := strings.Cut(name, "|")
	if field == "" {
		return nil, "give the field a name"
	}
	h := message.NewFieldHead(field, message.String, repr)
	return func(b *message.Builder) { b.PutText(&h, v) }, ""
}
