package fields

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// DecoderConfig holds the options of FieldsDecoder.
type DecoderConfig struct {
	Options
}

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
type Decoder struct{ *changer }

// NewDecoder makes a decoder.
func NewDecoder(cfg DecoderConfig, _ plugin.Env) (plugin.Decoder, error) {
	r, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	return &Decoder{newChanger(r)}, nil
}

// Decode changes the message before it; of a record, it makes a message and
// changes that.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	in.Begin(out)
	d.apply(out, in.Base)
	return out.End()
}

// Report tells what could not be converted.
func (c *changer) Report(r *plugin.Report) {
	r.Int("ConversionFailures", int64(c.failures.Load()), "count")
}
