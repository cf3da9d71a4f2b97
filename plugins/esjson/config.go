package esjson

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Common holds the options that both encoders have.
type Common struct {
	TypeName           string   `toml:"type_name" default:"message" doc:"Document type, in which %{…} is filled in; empty writes none, as Elasticsearch 8 demands."`
	Action             string   `toml:"action" default:"index" enum:"index,create" doc:"What Elasticsearch does with the document; data streams take create only."`
	Fields             []string `toml:"fields" default:"[\"Uuid\",\"Timestamp\",\"Type\",\"Logger\",\"Severity\",\"Payload\",\"EnvVersion\",\"Pid\",\"Hostname\",\"DynamicFields\"]" doc:"Header fields to write, in this order; DynamicFields stands for the dynamic fields."`
	Timestamp          string   `toml:"timestamp" default:"%Y-%m-%dT%H:%M:%S" doc:"Form of the document's time, in UTC: a strftime format, rfc3339, epoch, epoch_ms, epoch_us or epoch_ns."`
	IndexFromTimestamp bool     `toml:"es_index_from_timestamp" doc:"Fill times in index, type_name and id from the message's time instead of the clock."`
	ID                 string   `toml:"id" doc:"Document id, in which %{…} is filled in; empty, or a message that lacks a name in it, leaves it to Elasticsearch."`
	RawBytesFields     []string `toml:"raw_bytes_fields" doc:"Dynamic fields whose text or bytes are JSON and are written as such."`
	DynamicFields      []string `toml:"dynamic_fields" doc:"Names of the dynamic fields to write; when empty, all."`
	ReplaceDotsWith    string   `toml:"replace_dots_with" default:"." doc:"What stands for each dot in the names of dynamic fields."`
}

// Config holds the options of ESJsonEncoder.
type Config struct {
	Index         string   `toml:"index" default:"heka-%{%Y.%m.%d}" doc:"Index, in which %{…} is filled in: a header or dynamic field, or a strftime format."`
	FieldMappings Mappings `toml:"field_mappings" doc:"Keys of the header fields."`
	Common
}

// LogstashConfig holds the options of ESLogstashV0Encoder.
type LogstashConfig struct {
	Index          string `toml:"index" default:"logstash-%{%Y.%m.%d}" doc:"Index, in which %{…} is filled in: a header or dynamic field, or a strftime format."`
	UseMessageType bool   `toml:"use_message_type" doc:"Write the message's Type as @type, instead of type_name."`
	Common
}

// Mappings holds the keys of header fields.
type Mappings struct {
	Timestamp  string `toml:"Timestamp" default:"Timestamp" doc:"Key of Timestamp."`
	Uuid       string `toml:"Uuid" default:"Uuid" doc:"Key of Uuid."`
	Type       string `toml:"Type" default:"Type" doc:"Key of Type."`
	Logger     string `toml:"Logger" default:"Logger" doc:"Key of Logger."`
	Severity   string `toml:"Severity" default:"Severity" doc:"Key of Severity."`
	Payload    string `toml:"Payload" default:"Payload" doc:"Key of Payload."`
	EnvVersion string `toml:"EnvVersion" default:"EnvVersion" doc:"Key of EnvVersion."`
	Pid        string `toml:"Pid" default:"Pid" doc:"Key of Pid."`
	Hostname   string `toml:"Hostname" default:"Hostname" doc:"Key of Hostname."`
}

func (m *Mappings) names() map[int]string {
	return map[int]string{
		message.NumUUID: m.Uuid, message.NumTimestamp: m.Timestamp, message.NumType: m.Type, message.NumLogger: m.Logger,
		message.NumSeverity: m.Severity, message.NumPayload: m.Payload, message.NumEnvVersion: m.EnvVersion,
		message.NumPid: m.Pid, message.NumHostname: m.Hostname,
	}
}

var logstashNames = map[int]string{
	message.NumUUID: "@uuid", message.NumTimestamp: "@timestamp", message.NumType: "@type", message.NumLogger: "@logger",
	message.NumSeverity: "@severity", message.NumPayload: "@message", message.NumEnvVersion: "@envversion",
	message.NumPid: "@pid", message.NumHostname: "@source_host", message.NumFields: "@fields",
}

var choices = []string{"Uuid", "Timestamp", "Type", "Logger", "Severity", "Payload", "EnvVersion", "Pid", "Hostname", "DynamicFields"}

var numbers = map[string]int{
	"uuid": message.NumUUID, "timestamp": message.NumTimestamp, "type": message.NumType, "logger": message.NumLogger,
	"severity": message.NumSeverity, "payload": message.NumPayload, "envversion": message.NumEnvVersion, "pid": message.NumPid,
	"hostname": message.NumHostname, "dynamicfields": message.NumFields, "fields": message.NumFields,
}

// number finds a name of the option fields, in any case.
func number(name string) (int, bool) {
	n, ok := numbers[strings.ToLower(name)]
	return n, ok
}

// Validate checks the names and what is filled in.
func (c *Common) Validate() error {
	dynamic := false
	seen := map[int]bool{}
	for _, f := range c.Fields {
		n, ok := number(f)
		switch {
		case !ok:
			return &plugin.OptionError{Option: "fields", What: fmt.Sprintf("%q is no header field", f), Fix: "write some of " + strings.Join(choices, ", ")}
		case seen[n]:
			return &plugin.OptionError{Option: "fields", What: fmt.Sprintf("%q is named twice", f), Fix: "name it once"}
		}
		seen[n] = true
		dynamic = dynamic || n == message.NumFields
	}
	if len(c.DynamicFields) > 0 && !dynamic {
		return &plugin.OptionError{Option: "dynamic_fields", What: "dynamic fields are chosen, but none are written", Fix: "add DynamicFields to fields"}
	}
	if _, err := timetext.New(c.Timestamp, nil); err != nil {
		return &plugin.OptionError{Option: "timestamp", What: err.Error(), Fix: timetext.Fix}
	}
	for _, t := range [...]struct{ option, text string }{{"type_name", c.TypeName}, {"id", c.ID}} {
		if err := filled(t.option, t.text); err != nil {
			return err
		}
	}
	return nil
}

// Validate checks index, mappings and the rest.
func (c Config) Validate() error {
	if err := filled("index", c.Index); err != nil {
		return err
	}
	owner := map[string]string{}
	names := c.FieldMappings.names()
	for _, f := range c.Fields {
		n, _ := number(f)
		if n == message.NumFields || n == 0 {
			continue
		}
		k := names[n]
		if k == "" {
			return &plugin.OptionError{Option: "field_mappings." + f, What: "the key is empty", Fix: "write a name, or leave the field out of fields"}
		}
		if other := owner[k]; other != "" {
			return &plugin.OptionError{Option: "field_mappings", What: fmt.Sprintf("%s and %s are both called %q", other, f, k), Fix: "give each a key of its own"}
		}
		owner[k] = f
	}
	return c.Common.Validate()
}

// Validate checks index and the rest.
func (c LogstashConfig) Validate() error {
	if err := filled("index", c.Index); err != nil {
		return err
	}
	return c.Common.Validate()
}

func filled(option, text string) error {
	if option == "index" && text == "" {
		return &plugin.OptionError{Option: option, What: "the index has no name", Fix: `write one such as "heka-%{%Y.%m.%d}"`}
	}
	if _, err := interp.CompilePlain(text, nil); err != nil {
		return &plugin.OptionError{Option: option, What: err.Error(), Fix: "write names as in %{Type}"}
	}
	return nil
}
