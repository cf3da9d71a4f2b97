package fields

import (
	"errors"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// DecoderConfig holds the options of FieldsDecoder.
type DecoderConfig struct {
	Records bool `toml:"records" doc:"Take records that no decoder before it has read, too: each becomes a message with the record as payload."`
	Options
}

// errUnread means that there is no message to change. Passing the record on would
// show what was to be hidden.
var errUnread = errors.New("no decoder before it has read the record, so there are no fields to change")

func init() {
	plugin.RegisterDecoder("FieldsDecoder", plugin.About{
		Doc:    "Renames, drops, converts and redacts the fields that decoders before it made.",
		Sample: sample,
		Readme: readme,
	}, NewDecoder)
}

// Validate compiles the options.
func (c DecoderConfig) Validate() error { return c.Options.Validate() }

// Decoder changes messages of one stream.
type Decoder struct {
	*changer
	records bool
}

// NewDecoder makes a decoder.
func NewDecoder(cfg DecoderConfig, _ plugin.Env) (plugin.Decoder, error) {
	r, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	return &Decoder{newChanger(r), cfg.Records}, nil
}

// Decode changes the message before it; of a record, where that is wanted, it makes
// a message and changes that.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	if in.Base == nil && !d.records {
		return errUnread
	}
	in.Begin(out)
	d.apply(out, in.Base)
	return out.End()
}

// Report tells what could not be converted.
func (c *changer) Report(r *plugin.Report) {
	r.Int("ConversionFailures", int64(c.failures.Load()), "count")
}
