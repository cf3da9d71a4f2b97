// Package jsondecode holds JsonDecoder, which makes fields of the keys of a JSON
// object.
//
//	{"level": "warn", "http": {"status": 404, "tags": ["a", "b"]}}
//	  ─▶ Severity 4, http.status=404, http.tags.1="a", http.tags.2="b"
//
// One pass over the record writes straight into the message: see package
// jsonflat. A decoder belongs to one stream; it borrows the record and allocates
// nothing.
package jsondecode

import (
	"bytes"
	_ "embed"
	"time"

	"github.com/heka-project/heka/internal/jsonflat"
	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed jsondecode.toml
var sample string

// Config holds the options of JsonDecoder.
type Config struct {
	MessageType string `toml:"message_type" default:"json" doc:"Type of the messages; when empty, the input's."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Keep the record as payload."`
	MapFields   bool   `toml:"map_fields" ignored:"keys that Payload, Uuid and so on name are mapped in any case" doc:"Map the keys that are named below to the header."`
	keys.Options
	Separator   string `toml:"separator" default:"." doc:"What stands between the parts of a nested key's name."`
	MaxDepth    int    `toml:"maximum_depth" doc:"Parts of a name at most: what is nested deeper becomes JSON text; 0 for 64."`
	Arrays      string `toml:"arrays" default:"index" enum:"index,values,json" doc:"index: key.1, key.2 and so on; values: one field with all values where they are of one type; json: JSON text."`
	Numbers     string `toml:"numbers" default:"auto" enum:"auto,double" doc:"auto: whole numbers become integers; double: all numbers become doubles, as in the original's Lua decoder."`
	BigIntegers string `toml:"big_integers" default:"double" enum:"double,text" doc:"What whole numbers of more than 64 bits become: a double, or text with all digits."`
}

// Validate checks the options.
func (c Config) Validate() error {
	if p := c.Check(); p != nil {
		return (*plugin.OptionError)(p)
	}
	if c.MaxDepth < 0 {
		return &plugin.OptionError{Option: "maximum_depth", What: "it is negative", Fix: "write 0 for no limit"}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("JsonDecoder", plugin.About{
		Doc:    "Makes fields of the keys of a JSON object.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads JSON objects. It belongs to one stream.
type Decoder struct {
	cfg   Config
	table *keys.Table
	walk  *jsonflat.Walker
	now   func() time.Time

	in    *plugin.Record // of the present call
	out   *message.Builder
	begin func()
}

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, now: env.NowFunc()}
	var err error
	if d.table, err = keys.New(&cfg.Options, cfg.Separator, d.now); err != nil {
		return nil, err
	}
	o := jsonflat.Options{Separator: cfg.Separator, MaxDepth: cfg.MaxDepth, BigText: cfg.BigIntegers == "text",
		Doubles: cfg.Numbers == "double", MaxBytes: env.MaxMessageSize}
	switch cfg.Arrays {
	case "values":
		o.Arrays = jsonflat.Values
	case "json":
		o.Arrays = jsonflat.JSON
	}
	d.walk = jsonflat.New(o, d.table)
	d.begin = d.start
	return d, nil
}

// start begins the message of the present record.
func (d *Decoder) start() {
	d.in.BeginAs(d.out, d.cfg.MessageType, d.cfg.PayloadKeep)
}

var (
	cookie = []byte("@cee:")
	bom    = []byte("\xef\xbb\xbf")
)

// Decode reads one object. White space around it does not count, nor do the @cee:
// that syslog puts in front and the mark that some files begin with.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	d.in, d.out = in, out
	b := in.Data
	if len(b) > 4 && b[0] != '{' {
		b = bytes.TrimPrefix(bytes.TrimPrefix(b, bom), cookie)
	}
	err := d.walk.Flatten(b, out, d.begin)
	d.in, d.out = nil, nil
	if err != nil {
		return err
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
}
