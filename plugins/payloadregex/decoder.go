// Package payloadregex holds PayloadRegexDecoder, which reads a record with a
// regular expression and makes header and fields of what its groups captured.
//
//	record ──match_regex──▶ captures ──message_fields──▶ header, fields
//	                        Timestamp ──layout──▶ Timestamp
//	                        Severity  ──map─────▶ Severity
//
// A decoder belongs to one stream; it borrows the record and allocates nothing.
package payloadregex

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/internal/rex"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed payloadregex.toml
var sample string

// Config holds the options of PayloadRegexDecoder.
type Config struct {
	MatchRegex        string            `toml:"match_regex" required:"true" doc:"Regular expression (RE2) with named groups, (?P<name>…), that a record must match."`
	SeverityMap       map[string]int32  `toml:"severity_map" doc:"Severity by text of the group Severity."`
	MessageFields     map[string]string `toml:"message_fields" doc:"Values by name, with %group% in them: Type, Logger, Payload, Hostname, Pid, Severity and Uuid set the header, any other name a field; name|representation gives it a representation."`
	FieldTypes        map[string]string `toml:"field_types" doc:"Type by name of message_fields (or of a group, with capture_fields): text, integer, double or bool."`
	CaptureFields     bool              `toml:"capture_fields" doc:"Make a field of every named group that message_fields has no name for, but Timestamp and Severity."`
	TimestampLayout   string            `toml:"timestamp_layout" doc:"Layout of the group Timestamp: a strftime format, a Go layout, or a name such as Epoch or RFC3339; when it does not fit, and when it is empty, the common layouts are recognised."`
	TimestampLocation string            `toml:"timestamp_location" default:"UTC" doc:"Time zone of times that tell none: an IANA name, UTC or Local."`
	LogErrors         bool              `toml:"log_errors" default:"true" ignored:"what the input's log_decode_failures and a MultiDecoder's log_sub_errors say is logged" doc:"Log what cannot be read."`
}

// Validate compiles what the options say.
func (c Config) Validate() error {
	_, err := c.compile(plugin.Env{})
	return err
}

func init() {
	plugin.RegisterDecoder("PayloadRegexDecoder", plugin.About{
		Doc:    "Reads a record with a regular expression and makes header and fields of its groups.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records with one expression. It belongs to one stream.
type Decoder struct {
	re                  *rex.Regexp
	timestamp, severity int // numbers of the groups, 0 for none
	layout              stamp.Parser
	guess               *stamp.Guess
	table               *keys.Table
	when, level         *keys.Field // for a Timestamp and a Severity that cannot be read
	sets                []set
	now                 func() time.Time
	text                []byte // values put together for the present record
}

// set is one entry of message_fields.
type set struct {
	name   string
	head   string // the header field, or "" for a dynamic one
	field  *keys.Field
	err    error
	pieces []piece
}

var errNoMatch = errors.New("record does not match match_regex")

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) { return cfg.compile(env) }

func (c Config) compile(env plugin.Env) (*Decoder, error) {
	d := &Decoder{now: env.NowFunc()}
	var err error
	if d.re, err = rex.Compile(c.MatchRegex); err != nil {
		return nil, &plugin.OptionError{Option: "match_regex", What: err.Error(), Fix: "write an RE2 expression; it has neither look-around nor back-references"}
	}
	groups := map[string]int{}
	for i, name := range d.re.Names() {
		if name != "" && groups[name] == 0 {
			groups[name] = i
		}
	}
	if len(d.re.Names()) == 1 {
		return nil, &plugin.OptionError{Option: "match_regex", What: "it has no group, so nothing would be taken from the record", Fix: "write (?P<name>…) around what is wanted"}
	}
	d.timestamp, d.severity = groups["Timestamp"], groups["Severity"]
	loc, err := stamp.Zone(c.TimestampLocation)
	if err != nil {
		return nil, &plugin.OptionError{Option: "timestamp_location", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	d.layout, err = stamp.Compile(c.TimestampLayout, loc, d.now)
	if err != nil && !strings.Contains(c.TimestampLayout, "%") { // the original goes on to the common layouts, too
		if env.Log != nil {
			env.Log.Warn("timestamp_layout is none; the common layouts are recognised instead", "err", err)
		}
		d.layout, err = stamp.Compile("", loc, d.now)
	}
	if err != nil {
		return nil, &plugin.OptionError{Option: "timestamp_layout", What: err.Error(), Fix: "leave it empty to have the common layouts recognised"}
	}
	d.guess = &stamp.Guess{Loc: loc, Now: d.now}
	o := keys.Options{TZ: "UTC", SeverityMap: c.SeverityMap, FieldTypes: c.types()}
	if p := o.Check(); p != nil {
		return nil, (*plugin.OptionError)(p)
	}
	if d.table, err = keys.New(&o, ".", d.now); err != nil {
		return nil, err
	}
	d.when, d.level = d.table.Field([]byte("Timestamp")), d.table.Field([]byte("Severity"))
	return d, d.fields(c, groups, env)
}

// types are field_types with the names that message_fields gives.
func (c Config) types() map[string]string {
	m := map[string]string{}
	for name, typ := range c.FieldTypes {
		m[name] = typ
	}
	for name := range c.MessageFields {
		field, repr, _ := strings.Cut(name, "|")
		typ, ok := c.FieldTypes[field]
		if !ok {
			typ = c.FieldTypes[name]
		}
		if typ == "" {
			typ = "text"
		}
		if repr != "" && !strings.Contains(typ, "|") {
			typ += "|" + repr
		}
		m[field] = typ
	}
	return m
}

// Decode reads one record.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	at := d.re.Find(in.Data)
	if at == nil {
		return errNoMatch
	}
	in.Begin(out)
	d.text = d.text[:0]
	if g := d.timestamp; g > 0 && at[2*g] >= 0 {
		d.time(out, in.Data[at[2*g]:at[2*g+1]])
	}
	if g := d.severity; g > 0 && at[2*g] >= 0 {
		d.severityOf(out, in.Data[at[2*g]:at[2*g+1]])
	}
	for k := range d.sets {
		if err := d.sets[k].put(d, in.Data, at, out); err != nil {
			return err
		}
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// time sets the message's time. A text that is none is kept as a field.
func (d *Decoder) time(out *message.Builder, v []byte) {
	ns, ok := stamp.Whole(d.layout, v)
	if !ok {
		ns, ok = stamp.Whole(d.guess, v)
	}
	if ok {
		out.Timestamp = ns
		return
	}
	d.table.BadTime(out, d.when, v)
}

func (d *Decoder) severityOf(out *message.Builder, v []byte) {
	if n, ok := d.table.Severity(v); ok {
		out.Severity = n
		return
	}
	d.table.Misfit(out, d.level, v)
}

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
}

// fields compiles message_fields, in the order of their names, and the groups
// that become fields by themselves.
func (d *Decoder) fields(c Config, groups map[string]int, env plugin.Env) error {
	if env.Log != nil && len(c.SeverityMap) > 0 && d.severity == 0 && c.MessageFields["Severity"] == "" {
		env.Log.Warn("severity_map has no effect: match_regex has no group Severity")
	}
	have := map[string]bool{}
	for _, name := range sorted(c.MessageFields) {
		field, _, _ := strings.Cut(name, "|")
		if field == "" {
			return &plugin.OptionError{Option: "message_fields." + name, What: "the field has no name", Fix: "give it one"}
		}
		pieces, unknown := split(c.MessageFields[name], groups)
		if unknown != "" && env.Log != nil {
			env.Log.Warn("message_fields names no group of match_regex", "field", name, "written", "%"+unknown+"%", "becomes", "<"+unknown+">")
		}
		s := set{name: field, pieces: pieces}
		if headers[name] {
			s.head = name
			s.err = fmt.Errorf("message_fields.%s: the text is not %s", name, map[string]string{"Pid": "a number", "Severity": "a severity", "Uuid": "a UUID"}[name])
			if err := s.constant(d); err != nil {
				return err
			}
		} else {
			s.field = d.table.Field([]byte(field))
		}
		d.sets = append(d.sets, s)
		have[field] = true
	}
	for i, name := range d.re.Names() {
		if c.CaptureFields && name != "" && name != "Timestamp" && name != "Severity" && !have[name] {
			have[name] = true
			d.sets = append(d.sets, set{name: name, field: d.table.Field([]byte(name)), pieces: []piece{{group: i, whole: true}}})
		}
	}
	for name := range c.FieldTypes {
		field, _, _ := strings.Cut(name, "|")
		if !have[field] || headers[field] {
			return &plugin.OptionError{Option: "field_types." + name, What: "message_fields makes no field of that name", Fix: "add it to message_fields, or switch capture_fields on"}
		}
	}
	return nil
}
