package keys

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/internal/stamp"
)

// Options are the options that decoders of keys and values share.
type Options struct {
	PayloadKey      []string          `toml:"Payload" scalar:"true" doc:"Key whose value becomes the payload, or several."`
	UUIDKey         []string          `toml:"Uuid" scalar:"true" doc:"Key whose value becomes the Uuid, or several."`
	TypeKey         []string          `toml:"Type" scalar:"true" doc:"Key whose value becomes the Type, or several."`
	LoggerKey       []string          `toml:"Logger" scalar:"true" doc:"Key whose value becomes the Logger, or several."`
	HostnameKey     []string          `toml:"Hostname" scalar:"true" doc:"Key whose value becomes the Hostname, or several."`
	SeverityKey     []string          `toml:"Severity" scalar:"true" doc:"Key whose value becomes the Severity, or several: a number, a name such as error or WARN, or a text of severity_map."`
	EnvVersionKey   []string          `toml:"EnvVersion" scalar:"true" doc:"Key whose value becomes the EnvVersion, or several."`
	PidKey          []string          `toml:"Pid" scalar:"true" doc:"Key whose value becomes the Pid, or several."`
	TimestampKey    []string          `toml:"Timestamp" scalar:"true" doc:"Key whose value becomes the Timestamp, or several."`
	TimestampFormat string            `toml:"timestamp_format" doc:"Layout of the Timestamp key: a strftime format, a Go layout, or a name such as RFC3339 or EpochMilli; when it does not fit, and when it is empty, the common layouts are recognised."`
	TZ              string            `toml:"tz" default:"UTC" doc:"Time zone of times that tell none: an IANA name, UTC or Local."`
	SeverityMap     map[string]int32  `toml:"severity_map" doc:"Severity by text of the Severity key."`
	FieldTypes      map[string]string `toml:"field_types" doc:"Type by key: text, integer, double or bool, with a representation behind a bar, as in \"double|s\"."`
	KeepFields      []string          `toml:"keep_fields" doc:"Keys that become fields; when empty, all."`
	DropFields      []string          `toml:"drop_fields" doc:"Keys that do not become fields."`
}

// Problem is a complaint about one option, in the shape of plugin.OptionError, into
// which it converts.
type Problem struct {
	Option, What, Fix string
}

// Check returns what is wrong with the options for themselves, or nil.
func (o Options) Check() *Problem {
	loc, err := stamp.Zone(o.TZ)
	if err != nil {
		return &Problem{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	if _, err := stamp.Compile(o.TimestampFormat, loc, nil); err != nil {
		return &Problem{Option: "timestamp_format", What: err.Error(), Fix: `leave it empty to have the common ones recognised`}
	}
	if _, err := o.types(); err != nil {
		return err
	}
	seen := map[string]string{}
	for _, r := range o.named() {
		for _, key := range r.keys {
			if key == "" {
				return &Problem{Option: r.option, What: "it names an empty key", Fix: "leave the option out"}
			}
			if other := seen[key]; other != "" {
				return &Problem{Option: r.option, What: fmt.Sprintf("key %q is that of %s already", key, other), Fix: "name another key"}
			}
			seen[key] = r.option
		}
	}
	return nil
}

type named struct {
	option string
	keys   []string
	role   Role
}

func (o *Options) named() []named {
	return []named{
		{"Payload", o.PayloadKey, Payload}, {"Uuid", o.UUIDKey, UUID}, {"Type", o.TypeKey, Type}, {"Logger", o.LoggerKey, Logger},
		{"Hostname", o.HostnameKey, Hostname}, {"Severity", o.SeverityKey, Severity}, {"EnvVersion", o.EnvVersionKey, EnvVersion},
		{"Pid", o.PidKey, Pid}, {"Timestamp", o.TimestampKey, Timestamp},
	}
}

func (o *Options) roles() map[string]Role {
	m := map[string]Role{}
	for _, r := range o.named() {
		for _, key := range r.keys {
			m[key] = r.role
		}
	}
	return m
}

var kinds = map[string]Kind{
	"": Given, "text": Text, "string": Text, "integer": Integer, "int": Integer, "double": Double, "float": Double, "bool": Bool, "boolean": Bool,
}

func (o *Options) types() (map[string]kindRepr, *Problem) {
	m := map[string]kindRepr{}
	for key, s := range o.FieldTypes {
		word, repr, _ := strings.Cut(s, "|")
		k, ok := kinds[word]
		if !ok {
			return nil, &Problem{Option: "field_types." + key, What: fmt.Sprintf("%q is no type of field", word), Fix: "write text, integer, double or bool"}
		}
		m[key] = kindRepr{k, repr}
	}
	return m, nil
}
