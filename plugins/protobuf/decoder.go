// Package protobuf holds ProtobufDecoder and ProtobufEncoder: records that are
// Heka's encoded messages already. Where the engine can, it routes and sends
// their bytes as they lie; the methods here are for every other place, such as
// behind another decoder. See docs/formats/message.md.
package protobuf

import (
	_ "embed"
	"errors"
	"fmt"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed protobuf.toml
var sample string

func init() {
	plugin.RegisterDecoder("ProtobufDecoder", plugin.About{
		Doc:    "Reads records that are encoded Heka messages.",
		Readme: readme,
		Sample: sample,
	}, func(Config, plugin.Env) (plugin.Decoder, error) { return &Decoder{}, nil })
	plugin.RegisterEncoder("ProtobufEncoder", plugin.About{
		Doc:    "Writes messages in Heka's own encoding; the output adds the framing.",
		Readme: readme,
		Sample: sample,
	}, func(Config, plugin.Env) (plugin.Encoder, error) { return Encoder{}, nil })
}

// Config holds the options of both: none but the common ones.
type Config struct{}

// Why a record is refused.
var (
	ErrText       = fmt.Errorf("%w but text; set the input's decoder to one that reads it, or to \"\" for none", message.ErrDamaged)
	ErrIncomplete = errors.New("message has no uuid of 16 bytes or no timestamp")
	ErrField      = errors.New("message has a damaged field or one without a name")
)

// Decoder copies encoded messages.
type Decoder struct {
	view message.View
}

// InPlace says that records are encoded messages.
func (*Decoder) InPlace() {}

// isText reports whether the head of a record is what people write.
func isText(b []byte) bool {
	for _, c := range b[:min(len(b), 64)] {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f {
			return false
		}
	}
	return len(b) > 0
}

// Decode reads the message that in holds and adds it to out. Errors:
// message.ErrDamaged, which ErrText is too, ErrIncomplete, ErrField, message.ErrTooBig.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	if !d.view.Parse(in.Data, nil) {
		if isText(in.Data) {
			return ErrText
		}
		return message.ErrDamaged
	}
	if !d.view.Complete() || len(d.view.UUID()) != 16 {
		return ErrIncomplete
	}
	if !d.view.Sound() {
		return ErrField
	}
	out.BeginFrom(&d.view)
	return out.End()
}
