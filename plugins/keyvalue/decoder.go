// Package keyvalue holds KeyValueDecoder, which makes fields of pairs of keys and
// values, whatever separates and quotes them.
//
//	IN=eth0 OUT= SRC=192.0.2.1 SYN          pairs " "  values "="
//	user: 'alice'; action: "log in"         pairs ";"  values ":"
//
// A decoder belongs to one stream; it borrows the record and allocates nothing.
package keyvalue

import (
	_ "embed"
	"errors"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed keyvalue.toml
var sample string

// Config holds the options of KeyValueDecoder.
type Config struct {
	MessageType string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Keep the record as payload."`
	keys.Options
	PairSeparator  string `toml:"pair_separator" default:" " doc:"What stands between pairs; a blank stands for any white space."`
	ValueSeparator string `toml:"value_separator" default:"=" doc:"What stands between key and value."`
	Quotes         string `toml:"quotes" default:"\"'" doc:"Characters that keys and values may be quoted with; empty for none."`
	Escape         string `toml:"escape" default:"\\" doc:"Character that takes the next one in quotes as it is; empty for none."`
	Bare           string `toml:"bare" default:"field" enum:"field,payload,drop,error" doc:"What becomes of text that is no pair: a field that is true, part of the payload, nothing, or the record is refused."`
	InferTypes     bool   `toml:"infer_types" default:"true" doc:"Make integers, doubles and bools of values without quotes that are written like them."`
}

// Validate checks the options.
func (c Config) Validate() error {
	if p := c.Check(); p != nil {
		return (*plugin.OptionError)(p)
	}
	const fix = "write another"
	switch {
	case c.PairSeparator == "":
		return &plugin.OptionError{Option: "pair_separator", What: "it is empty", Fix: `write what stands between pairs, such as ","`}
	case c.ValueSeparator == "":
		return &plugin.OptionError{Option: "value_separator", What: "it is empty", Fix: `write what stands between key and value, such as ":"`}
	case c.PairSeparator == c.ValueSeparator || strings.TrimSpace(c.ValueSeparator) == "" && strings.TrimSpace(c.PairSeparator) == "":
		return &plugin.OptionError{Option: "value_separator", What: "it is that of pairs too", Fix: fix}
	case len(c.Escape) > 1:
		return &plugin.OptionError{Option: "escape", What: "it is more than one byte", Fix: "write one character or none"}
	case c.Escape != "" && strings.Contains(c.Quotes, c.Escape):
		return &plugin.OptionError{Option: "escape", What: "it is a quote too", Fix: fix}
	}
	for _, q := range []byte(c.Quotes) {
		if q >= 0x80 || q == ' ' {
			return &plugin.OptionError{Option: "quotes", What: "it holds a blank or a character that is not ASCII", Fix: fix}
		}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("KeyValueDecoder", plugin.About{
		Doc:    "Makes fields of pairs of keys and values, whatever separates and quotes them.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads records. It belongs to one stream.
type Decoder struct {
	cfg   Config
	table *keys.Table
	chain *keys.Chain
	now   func() time.Time

	pair, value string
	blank       bool      // pairs are separated by white space
	quote       [256]bool // quotes
	stops       [256]bool // what separators begin with
	escape      int       // -1 for none

	scratch []byte // texts without their escapes
	rest    []byte // what is no pair, for the payload
}

// What a record can be refused for.
var (
	errNoPair = errors.New("record holds no pair of key and value")
	errBare   = errors.New("record holds text that is no pair of key and value")
)

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, now: env.NowFunc(), pair: cfg.PairSeparator, value: cfg.ValueSeparator, escape: -1}
	var err error
	if d.table, err = keys.New(&cfg.Options, ".", d.now); err != nil {
		return nil, err
	}
	d.chain = keys.NewChain(d.table)
	d.blank = strings.TrimSpace(d.pair) == ""
	for _, q := range []byte(cfg.Quotes) {
		d.quote[q] = true
	}
	d.stops[d.value[0]], d.stops[d.pair[0]] = true, true
	for c := range d.stops {
		d.stops[c] = d.stops[c] || d.blank && isSpace(byte(c))
	}
	if cfg.Escape != "" {
		d.escape = int(cfg.Escape[0])
	}
	return d, nil
}

// Decode reads one record.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	in.BeginAs(out, d.cfg.MessageType, d.cfg.PayloadKeep)
	d.chain.Begin()
	d.scratch, d.rest = d.scratch[:0], d.rest[:0]
	b, pairs := in.Data, 0
	for i := 0; ; {
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i == len(b) {
			break
		}
		t := d.token(b, i, d.value)
		if t.stop == atPair && len(t.text) > 0 {
			if k, ok := d.spaced(b, t.next); ok {
				t.stop, t.next = atValue, k
			}
		}
		if t.stop != atValue {
			if i = t.next; len(t.text) > 0 {
				if err := d.bare(t.text, out); err != nil {
					return err
				}
			}
			continue
		}
		name := t.text
		v := d.token(b, t.next, "")
		i = v.next
		if len(name) == 0 {
			if err := d.bare(v.text, out); err != nil {
				return err
			}
			continue
		}
		pairs++
		if f := d.chain.Next(name); d.cfg.InferTypes && !v.quoted {
			d.table.Infer(out, f, v.text)
		} else {
			d.table.Text(out, f, v.text)
		}
	}
	if pairs == 0 {
		return errNoPair
	}
	if d.cfg.Bare == "payload" && !d.cfg.PayloadKeep && out.Payload == "" {
		out.Payload = message.Borrow(d.rest)
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// bare keeps text that is no pair.
func (d *Decoder) bare(v []byte, out *message.Builder) error {
	switch d.cfg.Bare {
	case "field":
		if len(v) > 0 {
			d.table.Bool(out, d.chain.Next(v), true)
		}
	case "payload":
		if len(d.rest) > 0 {
			d.rest = append(d.rest, ' ')
		}
		d.rest = append(d.rest, v...)
	case "error":
		return errBare
	}
	return nil
}

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
}
