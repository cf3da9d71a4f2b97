// Package logfmt holds LogfmtDecoder, which makes fields of the pairs of a logfmt
// line.
//
//	level=warn msg="disk is full" free=0 ratio=0.01 readonly
//	  ─▶ Severity 4, payload "disk is full", free=0, ratio=0.01, readonly=true
//
// A decoder belongs to one stream; it borrows the record and allocates nothing.
package logfmt

import (
	"bytes"
	_ "embed"
	"errors"
	"time"

	"github.com/heka-project/heka/internal/keys"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed logfmt.toml
var sample string

// Config holds the options of LogfmtDecoder.
type Config struct {
	MessageType string `toml:"message_type" doc:"Type of the messages; when empty, the input's."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Keep the line as payload."`
	keys.Options
	InferTypes bool `toml:"infer_types" default:"true" doc:"Make integers, doubles and bools of values without quotes that are written like them."`
}

// Validate checks the options.
func (c Config) Validate() error {
	if p := c.Check(); p != nil {
		return (*plugin.OptionError)(p)
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("LogfmtDecoder", plugin.About{
		Doc:    "Makes fields of the pairs of a logfmt line.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads lines. It belongs to one stream.
type Decoder struct {
	cfg     Config
	table   *keys.Table
	chain   *keys.Chain
	now     func() time.Time
	scratch []byte // texts without their escapes
}

// What a record can be refused for.
var (
	errNoPair = errors.New("logfmt line holds no key=value")
	errQuote  = errors.New("logfmt line ends inside a quoted value")
	errKey    = errors.New("logfmt line has a value without a key")
	errBehind = errors.New("logfmt line has text right behind a quoted value")
)

// New makes a decoder.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{cfg: cfg, now: env.NowFunc()}
	var err error
	if d.table, err = keys.New(&cfg.Options, ".", d.now); err != nil {
		return nil, err
	}
	d.chain = keys.NewChain(d.table)
	return d, nil
}

// Decode reads one line.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	in.BeginAs(out, d.cfg.MessageType, d.cfg.PayloadKeep)
	d.chain.Begin()
	d.scratch = d.scratch[:0]
	b, pairs := in.Data, 0
	for i := 0; ; {
		for i < len(b) && b[i] <= ' ' {
			i++
		}
		if i == len(b) {
			break
		}
		from := i
		for i < len(b) && b[i] > ' ' && b[i] != '=' && b[i] != '"' {
			i++
		}
		if i == from {
			return errKey
		}
		name := b[from:i]
		if i == len(b) || b[i] != '=' {
			if i < len(b) && b[i] == '"' {
				return errKey
			}
			if f := d.chain.Next(name); f.Role != keys.Dropped {
				d.table.Bool(out, f, true)
			}
			continue
		}
		pairs++
		f := d.chain.Next(name)
		if i++; i < len(b) && b[i] == '"' {
			v, end, err := d.quoted(b, i+1)
			if err != nil {
				return err
			}
			d.table.Text(out, f, v)
			i = end
			continue
		}
		from = i
		for i < len(b) && b[i] > ' ' {
			i++
		}
		if d.cfg.InferTypes {
			d.table.Infer(out, f, b[from:i])
		} else {
			d.table.Text(out, f, b[from:i])
		}
	}
	if pairs == 0 {
		return errNoPair
	}
	if out.Timestamp == 0 {
		out.Timestamp = d.now().UnixNano()
	}
	return out.End()
}

// quoted reads a value behind its quote; end is the offset past the quote behind
// it.
func (d *Decoder) quoted(b []byte, i int) (v []byte, end int, err error) {
	n := bytes.IndexByte(b[i:], '"')
	if n < 0 {
		return nil, 0, errQuote
	}
	v, end = b[i:i+n], i+n+1
	if bytes.IndexByte(v, '\\') >= 0 {
		from := len(d.scratch)
		if d.scratch, end = unescape(d.scratch, b, i); end < 0 {
			return nil, 0, errQuote
		}
		v = d.scratch[from:]
	}
	if end < len(b) && b[end] > ' ' {
		return nil, 0, errBehind
	}
	return v, end, nil
}

// Report adds what could not be used.
func (d *Decoder) Report(r *plugin.Report) {
	r.Int("UnreadTimes", d.table.BadTimes(), "count")
	r.Int("UnreadValues", d.table.BadValues(), "count")
}
